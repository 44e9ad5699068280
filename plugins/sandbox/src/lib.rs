//! Collects through the pretend PSP that recoup brings along. Read this one
//! first when you write a plugin: it is the smallest that has every ability.
//! This file says what the plugin is; each ability has its own file.

mod answers;
mod api;
mod charges;
mod checkout;
mod customers;
mod declines;
#[cfg(test)]
mod fixtures;
mod methods;
mod objects;
mod refunds;
mod webhooks;

use recoup_plugin::Form;
use recoup_plugin::gateway::{Description, Guest, Idempotency, Mode, Setting};
use recoup_plugin::types::{Failure, Settings};
use serde::de::IgnoredAny;

use crate::api::{Connection, DEFAULT_KEY};

struct Sandbox;

impl Guest for Sandbox {
    fn describe() -> Description {
        let text = str::to_owned;
        Description {
            name: text("sandbox"),
            title: text("Sandbox"),
            version: text(env!("CARGO_PKG_VERSION")),
            settings: vec![
                Setting::plain("base_url", "Where the pretend PSP is: http://127.0.0.1:8081.")
                    .required(),
                Setting::secret("secret_key", "Any key that begins with sk_sandbox_.")
                    .or(DEFAULT_KEY),
                Setting::secret("webhook_secret", "What the endpoint was registered with."),
            ],
            // Only the `base_url` of the connection.
            hosts: Vec::new(),
            idempotency: Idempotency {
                // Its ledger forgets nothing.
                key_lifetime_s: 365 * 24 * 60 * 60,
                replays_declines: true,
                finds_by_reference: true,
            },
            has_customers: true,
        }
    }

    fn mode_of(_: Settings) -> Mode {
        Mode::Test
    }

    fn check(settings: Settings) -> Result<(), Failure> {
        Connection::of(&settings)?.get::<IgnoredAny>("/v1/account", &Form::new())?;
        Ok(())
    }
}

recoup_plugin::export!(
    Sandbox: gateway, charging, customers, methods, checkout, refunds, webhooks
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{error, sandbox_answers, settings};
    use serde_json::json;

    #[test]
    fn a_key_that_works_is_sent_with_every_call() {
        let sent = sandbox_answers(vec![Ok((200, json!({"object": "account"})))]);
        assert_eq!(Sandbox::check(settings()), Ok(()));
        assert_eq!(sent.calls(), ["GET http://127.0.0.1:8081/v1/account"]);
        let key = sent.header(0, "authorization");
        assert_eq!(key.as_deref(), Some("Bearer sk_sandbox_default"));
    }

    #[test]
    fn a_wrong_key_is_a_matter_of_configuration() {
        sandbox_answers(vec![Ok((401, error("secret_key_missing", Some(false))))]);
        let failure = Sandbox::check(settings()).expect_err("the key is wrong");
        assert!(matches!(failure, Failure::Misconfigured(_)), "{failure:?}");
    }

    #[test]
    fn without_an_address_nothing_is_called() {
        let failure = Sandbox::check(Vec::new()).expect_err("there is no base_url");
        assert!(matches!(failure, Failure::Misconfigured(_)), "{failure:?}");
    }
}
