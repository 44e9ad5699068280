//! Collects through Adyen's Checkout API. This file says what the plugin is;
//! each ability has its own file. Adyen has no customer objects, and no way to
//! look a payment up: it is found by sending its key again, or by a webhook.

mod amounts;
mod answers;
mod api;
mod base64;
mod charges;
mod checkout;
#[cfg(test)]
mod conformance;
mod declines;
#[cfg(test)]
mod fixtures;
mod methods;
mod objects;
mod refunds;
mod signatures;
mod webhooks;

use recoup_plugin::gateway::{Description, Guest, Idempotency, Mode, Setting};
use recoup_plugin::settings;
use recoup_plugin::types::{Failure, Settings};
use serde_json::{Value, json};

use crate::api::{BASE_URL, Connection};

struct Adyen;

impl Guest for Adyen {
    fn describe() -> Description {
        let text = str::to_owned;
        Description {
            name: text("adyen"),
            title: text("Adyen"),
            version: text(env!("CARGO_PKG_VERSION")),
            settings: vec![
                Setting::secret("api_key", "The API key of the web service user.").required(),
                Setting::plain("merchant_account", "The merchant account to charge for.")
                    .required(),
                Setting::secret(
                    "hmac_key",
                    "The HMAC key of the webhook; while it is replaced, both with a comma between.",
                ),
                Setting::plain("webhook_user", "The webhook's user name, if it has one."),
                Setting::secret("webhook_password", "The webhook's password, if it has one."),
                Setting::plain(
                    "base_url",
                    "Where the API is. Live: \
                     https://PREFIX-checkout-live.adyenpayments.com/checkout/v72",
                )
                .or(BASE_URL),
                Setting::plain(
                    "recurring_model",
                    "UnscheduledCardOnFile, Subscription or CardOnFile: what payers agree to.",
                )
                .or("UnscheduledCardOnFile"),
                Setting::plain("setup_currency", "For pages without a currency.").or("EUR"),
                Setting::plain("success_url", "Where payers land if nothing else is said."),
            ],
            hosts: vec![text("checkout-test.adyen.com"), text("*.adyenpayments.com")],
            idempotency: Idempotency {
                // Documented are seven days at least; a day is what is relied on.
                key_lifetime_s: 24 * 60 * 60,
                replays_declines: true,
                finds_by_reference: false,
            },
            // A shopper is our own word for a customer.
            has_customers: false,
        }
    }

    fn mode_of(settings: Settings) -> Mode {
        match settings::text(&settings, "base_url").unwrap_or(BASE_URL) {
            url if url.contains("-live.") || url.contains("adyenpayments.com") => Mode::Live,
            _ => Mode::Test,
        }
    }

    fn check(settings: Settings) -> Result<(), Failure> {
        let connection = Connection::of(&settings)?;
        let body = json!({"merchantAccount": connection.merchant_account});
        connection.post::<Value>("/paymentMethods", None, &body)?;
        Ok(())
    }
}

recoup_plugin::export!(Adyen: gateway, charging, methods, checkout, refunds, webhooks);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{answers, refusal, settings as test_settings, with};

    #[test]
    fn only_the_live_address_moves_real_money() {
        for (url, mode) in [
            (
                "https://1797a841fbb37ca7-shop-checkout-live.adyenpayments.com/checkout/v72",
                Mode::Live,
            ),
            ("https://checkout-live.adyen.com/v72", Mode::Live),
            (BASE_URL, Mode::Test),
            ("http://127.0.0.1:4013", Mode::Test),
            ("", Mode::Test),
        ] {
            assert_eq!(Adyen::mode_of(with("base_url", url, Vec::new())), mode, "{url}");
        }
    }

    #[test]
    fn a_check_changes_nothing_and_names_key_and_account() {
        let sent = answers(vec![Ok((200, json!({"paymentMethods": []})))]);
        Adyen::check(test_settings()).expect("it works");
        assert_eq!(sent.calls(), ["POST https://checkout-test.adyen.com/v72/paymentMethods"]);
        assert_eq!(sent.header(0, "x-api-key").as_deref(), Some("fixture"));
        assert_eq!(sent.json(0), json!({"merchantAccount": "RecoupECOM"}));
    }

    #[test]
    fn a_wrong_key_is_a_matter_of_configuration() {
        answers(vec![Ok((401, refusal(401, "000", "security")))]);
        let failure = Adyen::check(test_settings()).expect_err("the key is wrong");
        assert!(matches!(failure, Failure::Misconfigured(_)), "{failure:?}");
    }
}
