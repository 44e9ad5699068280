//! Collects through GoCardless: bank debits on a mandate, and instant bank
//! payments on a hosted page. This file says what the plugin is; each ability
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
#[cfg(test)]
mod published_causes;
mod refunds;
mod schemes;
mod webhooks;

use recoup_plugin::Form;
use recoup_plugin::gateway::{Description, Guest, Idempotency, Mode, Setting};
use recoup_plugin::types::{Failure, Settings};
use serde_json::Value;

use crate::api::Connection;

struct GoCardless;

impl Guest for GoCardless {
    fn describe() -> Description {
        let text = str::to_owned;
        Description {
            name: text("gocardless"),
            title: text("GoCardless"),
            version: text(env!("CARGO_PKG_VERSION")),
            settings: vec![
                Setting::secret("access_token", "The access token: live_… or sandbox_….")
                    .required(),
                Setting::secret("webhook_secret", "The secret of the webhook endpoint."),
                Setting::plain("base_url", "Where the API is. Else the token says it."),
                Setting::plain(
                    "succeed_on",
                    "When a payment is paid: confirmed (collected) or paid_out (at your bank).",
                )
                .or("confirmed"),
                Setting::plain("success_url", "Where payers land if nothing else is said."),
            ],
            hosts: vec![text("api.gocardless.com"), text("api-sandbox.gocardless.com")],
            idempotency: Idempotency {
                // Not published; the official clients rely on about a day.
                key_lifetime_s: 24 * 60 * 60,
                // A create that failed does not use up its key.
                replays_declines: false,
                finds_by_reference: true,
            },
            has_customers: true,
        }
    }

    fn mode_of(settings: Settings) -> Mode {
        match Connection::of(&settings) {
            Ok(connection) if connection.is_live() => Mode::Live,
            Ok(_) | Err(_) => Mode::Test,
        }
    }

    fn check(settings: Settings) -> Result<(), Failure> {
        let connection = Connection::of(&settings)?;
        connection.get::<Value>("/creditors", "creditors", &Form::new().set("limit", 1))?;
        Ok(())
    }
}

recoup_plugin::export!(
    GoCardless: gateway, charging, customers, methods, checkout, refunds, webhooks
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{answers, refusal, settings as test_settings, with};
    use serde_json::json;

    #[test]
    fn only_a_live_token_or_the_live_address_moves_real_money() {
        let mode = |token: &str, base_url: &str| {
            let settings = with("access_token", token, Vec::new());
            GoCardless::mode_of(with("base_url", base_url, settings))
        };
        assert_eq!(mode("live_1", ""), Mode::Live);
        assert_eq!(mode("live_1", "http://127.0.0.1:1"), Mode::Live);
        assert_eq!(mode("other", "https://api.gocardless.com"), Mode::Live);
        assert_eq!(mode("sandbox_1", ""), Mode::Test);
        assert_eq!(mode("sandbox_1", "https://api-sandbox.gocardless.com/"), Mode::Test);
    }

    #[test]
    fn every_call_names_token_and_version() {
        let sent = answers(vec![Ok((200, json!({"creditors": []})))]);
        GoCardless::check(test_settings()).expect("it works");
        assert_eq!(sent.calls(), ["GET https://api-sandbox.gocardless.com/creditors?limit=1"]);
        for (name, value) in
            [("authorization", "Bearer sandbox_fixture"), ("gocardless-version", "2015-07-06")]
        {
            assert_eq!(sent.header(0, name).as_deref(), Some(value));
        }
    }

    #[test]
    fn a_wrong_token_is_a_matter_of_configuration() {
        answers(vec![Ok((401, refusal(401, "invalid_api_usage", "access_token_not_found")))]);
        let failure = GoCardless::check(test_settings()).expect_err("the token is wrong");
        assert!(matches!(failure, Failure::Misconfigured(_)), "{failure:?}");
    }
}
