//! Collects through Stripe. This file says what the plugin is; each ability
//! has its own file.

mod answers;
mod api;
mod charges;
mod checkout;
#[cfg(test)]
mod conformance;
mod customers;
mod declines;
#[cfg(test)]
mod fixtures;
mod methods;
mod objects;
mod refunds;
mod webhooks;

use recoup_plugin::gateway::{Description, Guest, Idempotency, Mode, Setting};
use recoup_plugin::types::{Failure, Settings};
use recoup_plugin::{Form, settings};
use serde::de::IgnoredAny;

use crate::api::{BASE_URL, Connection};

struct Stripe;

impl Guest for Stripe {
    fn describe() -> Description {
        let text = str::to_owned;
        Description {
            name: text("stripe"),
            title: text("Stripe"),
            version: text(env!("CARGO_PKG_VERSION")),
            settings: vec![
                Setting::secret("secret_key", "The secret or restricted key: sk_… or rk_….")
                    .required(),
                Setting::secret("webhook_secret", "The signing secret of the endpoint: whsec_…."),
                Setting::plain("base_url", "Where the API is.").or(BASE_URL),
                Setting::plain("stripe_account", "The connected account to act for: acct_…."),
                Setting::plain("success_url", "Where payers land if nothing else is said."),
                Setting::plain(
                    "reduced_parameters",
                    "For test peers that know fewer parameters: auto (on loopback), true, false.",
                )
                .or("auto"),
            ],
            hosts: vec![text("api.stripe.com")],
            idempotency: Idempotency {
                key_lifetime_s: 24 * 60 * 60,
                replays_declines: true,
                finds_by_reference: true,
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
        let connection = Connection::of(&settings)?;
        connection.get::<IgnoredAny>("/v1/customers", &Form::new().set("limit", 1))?;
        Ok(())
    }
}

recoup_plugin::export!(
    Stripe: gateway, charging, customers, methods, checkout, refunds, webhooks
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{settings as test_settings, stripe_answers, with};
    use serde_json::json;

    #[test]
    fn only_a_live_key_moves_real_money() {
        for (key, mode) in [
            ("sk_live_1", Mode::Live),
            ("rk_live_1", Mode::Live),
            ("sk_test_1", Mode::Test),
            ("rk_test_1", Mode::Test),
        ] {
            assert_eq!(Stripe::mode_of(with("secret_key", key, Vec::new())), mode, "{key}");
        }
    }

    #[test]
    fn a_wrong_key_is_a_matter_of_configuration() {
        stripe_answers(vec![Ok((401, json!({"error": {"type": "invalid_request_error"}})))]);
        let failure = Stripe::check(test_settings()).expect_err("the key is wrong");
        assert!(matches!(failure, Failure::Misconfigured(_)), "{failure:?}");
    }

    #[test]
    fn every_call_names_key_version_and_account() {
        let sent = stripe_answers(vec![Ok((200, json!({"data": []})))]);
        Stripe::check(with("stripe_account", "acct_1", test_settings())).expect("it works");
        assert_eq!(sent.calls(), ["GET https://api.stripe.com/v1/customers?limit=1"]);
        for (name, value) in [
            ("authorization", "Bearer sk_test_fixture"),
            ("stripe-version", "2026-08-26.dahlia"),
            ("stripe-account", "acct_1"),
        ] {
            assert_eq!(sent.header(0, name).as_deref(), Some(value));
        }
    }
}
