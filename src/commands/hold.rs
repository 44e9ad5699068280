//! `recoup hold` and `recoup reconcile`: after a restore nothing is charged until the providers
//! were asked, or a person ends it.

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::{Output, Place};
use crate::app::hold::{HELD_DEBTS_MAX, WhichDebts};
use crate::store::StoreError;
use crate::wire::recoup::hold::hold;

const ON_THE_COMMAND_LINE: &str = "somebody on the command line";

#[derive(Args)]
pub struct Hold {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say whether charges are made, and which debts are held
    Show(Output),
    /// End the hold without asking the providers, or release debts that stay held
    Release {
        /// Why it is safe to charge; kept with the event
        #[arg(long)]
        reason: String,
        /// Instead of the hold: the debt of this invoice or payment request
        #[arg(long, value_name = "ID", conflicts_with = "debts")]
        debt: Option<Uuid>,
        /// Instead of the hold: all debts that stay held
        #[arg(long)]
        debts: bool,
    },
}

#[derive(Args)]
pub struct Reconcile {
    #[command(flatten)]
    output: Output,
}

impl Hold {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let built = place.build()?;
        let organization = built.organization.id;
        let release = |which, reason: &str| {
            built.app.release_held_debts(organization, which, (ON_THE_COMMAND_LINE, reason))
        };
        match &self.action {
            Action::Show(output) => {
                let shown = built.app.store().read(|read| -> Result<_, StoreError> {
                    let debts = read.held_debts(organization, HELD_DEBTS_MAX)?;
                    Ok(hold(read.hold()?.as_ref(), &debts))
                })?;
                if output.json {
                    println!("{}", serde_json::to_string_pretty(&json!({ "hold": shown }))?);
                    return Ok(());
                }
                match (shown.message, &shown.since) {
                    (Some(message), Some(since)) => {
                        println!("Nothing is charged since {since}: {message}.");
                    }
                    _ => println!("Charges are made."),
                }
                for debt in &shown.held_debts {
                    println!("{} {} is held: {}", debt.kind, debt.id, debt.reason);
                }
            }
            Action::Release { reason, debt: Some(id), .. } => {
                release(WhichDebts::One(*id), reason)?;
                println!("It is charged again.");
            }
            Action::Release { reason, debts: true, .. } => {
                println!("{} debts are charged again.", release(WhichDebts::All, reason)?);
            }
            Action::Release { reason, .. } => {
                built.app.release_hold(ON_THE_COMMAND_LINE, reason)?;
                println!("Charges are made again.");
            }
        }
        Ok(())
    }
}

impl Reconcile {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let run = place.build()?.app.reconcile(ON_THE_COMMAND_LINE)?;
        if self.output.json {
            let told = json!({ "reconciliation": {
                "debts": run.debts, "found": run.found, "held": run.held,
                "too_early": run.too_early, "ended": run.ended,
            }});
            println!("{}", serde_json::to_string_pretty(&told)?);
        } else {
            println!(
                "{} debts were asked about, {} unknown charges were found, {} debts stay held.",
                run.debts, run.found, run.held
            );
            if run.held > 0 {
                println!("`recoup hold show` lists what a person has to look at.");
            }
        }
        if run.too_early > 0 {
            bail!(
                "of {} debts a provider may still be working on what was sent: \
                 ask again in a few minutes",
                run.too_early
            );
        }
        Ok(())
    }
}
