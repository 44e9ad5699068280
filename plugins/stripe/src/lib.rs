//! The Stripe plugin.

use recoup_plugin::gateway::{Description, Guest, Idempotency, Mode, Setting};
use recoup_plugin::types::{Failure, Settings};
use recoup_plugin::{http, settings};

struct Stripe;

impl Guest for Stripe {
    fn describe() -> Description {
        Description {
            name: "stripe".to_owned(),
            title: "Stripe".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: vec![Setting::secret("secret_key", "Stripe's secret API key.").required()],
            hosts: vec!["api.stripe.com".to_owned()],
            idempotency: Idempotency {
                key_lifetime_s: 23 * 60 * 60,
                replays_declines: true,
                finds_by_reference: false,
            },
            has_customers: true,
        }
    }

    fn mode_of(settings: Settings) -> Mode {
        match settings::text(&settings, "secret_key") {
            Some(key) if key.starts_with("sk_live_") || key.starts_with("rk_live_") => Mode::Live,
            Some(_) | None => Mode::Test,
        }
    }

    fn check(settings: Settings) -> Result<(), Failure> {
        let key = settings::required(&settings, "secret_key")?;
        let answer = http::Request::get("https://api.stripe.com/v1/customers?limit=1")
            .bearer(key)
            .send()?;
        match answer.status {
            200 => Ok(()),
            status => Err(Failure::Unknown(format!("HTTP {status}"))),
        }
    }
}

recoup_plugin::export!(Stripe: gateway);
