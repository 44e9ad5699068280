//! `recoup key`: keys to the API, and what receivers of webhooks check signatures with.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Output, Place};

#[derive(Args)]
pub struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a key. It is shown once and kept only as a hash
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Show the key that the receivers of `hmac` webhooks check signatures with
    Webhooks {
        #[command(flatten)]
        output: Output,
    },
}

impl Key {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        match &self.action {
            Action::Create { name, output } => create(place, name, *output),
            Action::Webhooks { output } => webhooks(place, *output),
        }
    }
}

fn create(place: &Place, name: &str, output: Output) -> anyhow::Result<()> {
    let built = place.build()?;
    let (key, secret) = built.app.create_api_key(built.organization.id, name)?;
    if output.json {
        let shown = json!({
            "id": key.id.to_string(), "name": key.name, "key": secret.reveal(),
        });
        println!("{shown}");
    } else {
        println!("{}", secret.reveal());
        eprintln!("This is the only time that the key of \"{name}\" is shown.");
    }
    Ok(())
}

fn webhooks(place: &Place, output: Output) -> anyhow::Result<()> {
    let built = place.build()?;
    let keys = built.app.signing_keys(built.organization.id)?;
    if output.json {
        println!("{}", json!({ "hmac_key": keys.hmac.reveal() }));
    } else {
        println!("{}", keys.hmac.reveal());
        eprintln!("Receivers of `jwt` webhooks need none: GET /api/v1/webhooks/public_key.");
    }
    Ok(())
}
