//! `recoup demo`: a server on throw-away data with sample customers whose cards fail in
//! different ways, and a clock so fast that days pass in seconds.

use std::net::SocketAddr;

use clap::Args;

use super::Place;
use super::serve::start_log;
use super::server::{Plan, Server};
use crate::app::App;
use crate::domain::id::OrganizationId;
use crate::startup::Time;

/// A day passes in four seconds.
const SPEED: u32 = 86_400 / 4;

#[derive(Args)]
pub struct Demo {
    /// Where it listens
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    listen: SocketAddr,
}

impl Demo {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let mut settings = place.settings()?;
        settings.listen = self.listen;
        settings.mode = crate::config::Mode::Test;
        let folder = throw_away_folder()?;
        settings.data_dir = folder.path().to_owned();
        start_log(&settings);
        let plan = Plan { settings, time: Time::Fast(SPEED), open_to_all: true };
        let server = Server::prepare(plan)?;
        let address = server.address;
        server.run(move |built| {
            println!("recoup demo: http://{address}");
            println!("  the overview       http://{address}/");
            println!("  Lago's API         http://{address}/api/v1/invoices (no key needed here)");
            println!("  the provider       http://{address}/sandbox/ledger");
            println!("A day passes in four seconds. All of it is thrown away at the end (Ctrl-C).");
            let (app, organization) = (built.app.clone(), built.organization.id);
            std::thread::spawn(move || {
                if let Err(error) = add_samples(&app, organization) {
                    tracing::error!("the sample invoices could not be made: {error:#}");
                }
            });
        })
    }
}

fn throw_away_folder() -> anyhow::Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new().prefix("recoup-demo-").tempdir()?)
}

struct Sample {
    name: &'static str,
    /// How the card behaves at the pretend provider.
    behaviour: &'static str,
    amount_cents: i64,
}

const SAMPLES: &[Sample] = &[
    Sample { name: "Aster Books", behaviour: "ok", amount_cents: 4_900 },
    Sample { name: "Birch Bakery", behaviour: "fails_1_insufficient_funds", amount_cents: 12_900 },
    Sample { name: "Cedar Cycles", behaviour: "fails_2_insufficient_funds", amount_cents: 7_450 },
    Sample {
        name: "Dahlia Dental",
        behaviour: "fails_1_issuer_not_available",
        amount_cents: 31_000,
    },
    Sample { name: "Elm Electric", behaviour: "declined_insufficient_funds", amount_cents: 99_000 },
    Sample { name: "Fern Fitness", behaviour: "declined_expired_card", amount_cents: 2_900 },
    Sample { name: "Ginkgo Games", behaviour: "declined_do_not_honor", amount_cents: 5_900 },
    Sample { name: "Hazel Hotel", behaviour: "pending_20", amount_cents: 84_000 },
    Sample { name: "Iris Imports", behaviour: "lost", amount_cents: 15_500 },
    Sample { name: "Juniper Jams", behaviour: "action", amount_cents: 1_990 },
];

fn add_samples(app: &App, organization: OrganizationId) -> anyhow::Result<()> {
    for sample in SAMPLES {
        app.add_sample(organization, sample.name, sample.behaviour, sample.amount_cents)?;
    }
    Ok(())
}
