//! `recoup demo`: a server on throw-away data with sample customers whose cards fail in
//! different ways, and a clock so fast that days pass in seconds.

use std::net::SocketAddr;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::Place;
use super::serve::{greet, start_log};
use super::server::{Plan, Server};
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
        // What it shows is on its pages.
        settings.log.level = "error".to_owned();
        start_log(&settings);
        let plan = Plan { settings, time: Time::Fast(SPEED), open_to_all: true };
        let server = Server::prepare(plan)?;
        let address = server.address;
        server.run(move |_| {
            greet(&[
                format!("recoup demo: http://{address}"),
                format!("  the dashboard  http://{address}/"),
                format!("  Lago's API     http://{address}/api/v1/invoices (no key needed here)"),
                format!("  the provider   http://{address}/sandbox/ledger"),
                "A day passes in four seconds. All is thrown away at the end (Ctrl-C).".to_owned(),
            ]);
            std::thread::spawn(move || {
                if let Err(error) = add_samples(&format!("http://{address}")) {
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
    Sample { name: "Dahlia Dental", behaviour: "fails_1_issuer_unavailable", amount_cents: 31_000 },
    Sample { name: "Elm Electric", behaviour: "declined_insufficient_funds", amount_cents: 99_000 },
    Sample { name: "Fern Fitness", behaviour: "declined_expired_card", amount_cents: 2_900 },
    Sample { name: "Ginkgo Games", behaviour: "declined_do_not_honor", amount_cents: 5_900 },
    Sample { name: "Hazel Hotel", behaviour: "pending_20", amount_cents: 84_000 },
    Sample { name: "Iris Imports", behaviour: "lost", amount_cents: 15_500 },
    Sample { name: "Juniper Jams", behaviour: "action", amount_cents: 1_990 },
];

/// Through the front door, as anybody would.
fn add_samples(base: &str) -> anyhow::Result<()> {
    let agent = ureq::agent();
    let post = |path: &str, body: &Value| -> anyhow::Result<()> {
        let url = format!("{base}/api/v1/{path}");
        let sent = agent.post(&url).content_type("application/json").send(body.to_string());
        sent.with_context(|| format!("POST {path}"))?;
        Ok(())
    };
    let add_on = json!({
        "name": "Monthly plan", "code": "plan", "amount_cents": 4_900, "amount_currency": "EUR",
    });
    post("add_ons", &json!({ "add_on": add_on }))?;
    for sample in SAMPLES {
        let external_id = sample.name.to_lowercase().replace(' ', "-");
        let customer = json!({
            "external_id": external_id,
            "name": sample.name,
            "currency": "EUR",
            "billing_configuration": {
                "payment_provider": "sandbox",
                "payment_provider_code": "sandbox",
                "provider_customer_id": format!("cus_{}__{external_id}", sample.behaviour),
                "sync": true,
            },
        });
        post("customers", &json!({ "customer": customer }))?;
        let fee = json!({
            "add_on_code": "plan", "units": 1, "unit_amount_cents": sample.amount_cents,
        });
        let invoice =
            json!({ "external_customer_id": external_id, "currency": "EUR", "fees": [fee] });
        post("invoices", &json!({ "invoice": invoice }))?;
    }
    Ok(())
}
