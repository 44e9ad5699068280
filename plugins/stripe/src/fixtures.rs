//! For the tests: settings of a connection, answers in Stripe's shapes, and
//! what was asked.

use recoup_plugin::http::Error;
use recoup_plugin::testing;
pub use recoup_plugin::testing::Sent;
use recoup_plugin::types::Settings;
use serde_json::{Value, json};

pub const NOW_MS: u64 = 1_700_000_000_000;

/// A connection to Stripe itself.
pub fn settings() -> Settings {
    with("secret_key", "sk_test_fixture", Vec::new())
}

pub fn with(key: &str, value: &str, mut settings: Settings) -> Settings {
    settings.push((key.to_owned(), value.to_owned()));
    settings
}

pub fn reduced() -> Settings {
    with("base_url", "http://127.0.0.1:8420", settings())
}

pub fn intent(status: &str) -> Value {
    json!({
        "id": "pi_1", "object": "payment_intent", "status": status, "amount": 1050,
        "amount_received": if status == "succeeded" { 1050 } else { 0 }, "currency": "eur",
        "customer": "cus_1", "payment_method": "pm_1", "created": 1_700_000_000,
        "last_payment_error": null, "next_action": null,
        "metadata": {"recoup_attempt": "att_1"},
        "latest_charge": {
            "id": "ch_1", "status": status, "outcome": {"type": "authorized"},
            "payment_method_details": {"type": "card", "card": card()["card"]},
        },
    })
}

/// A PaymentIntent after a decline.
pub fn declined_intent(error: Value) -> Value {
    let mut intent = intent("requires_payment_method");
    intent["payment_method"] = Value::Null;
    intent["latest_charge"] = json!("ch_1");
    intent["last_payment_error"] = error;
    intent
}

pub fn card() -> Value {
    json!({
        "id": "pm_1", "object": "payment_method", "type": "card", "created": 1_600_000_000,
        "customer": "cus_1",
        "card": {"brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2030,
                 "fingerprint": "fp_1", "funding": "credit"},
    })
}

pub fn card_error(code: &str, decline_code: Option<&str>) -> Value {
    json!({
        "type": "card_error", "code": code, "decline_code": decline_code,
        "message": "Your card was declined.", "charge": "ch_1", "payment_method": card(),
    })
}

pub fn list(items: &[Value], has_more: bool) -> Value {
    json!({"object": "list", "data": items, "has_more": has_more, "url": "/v1/things"})
}

/// Stripe answers these, in order.
pub fn stripe_answers(answers: Vec<Result<(u16, Value), Error>>) -> Sent {
    testing::set_now_ms(NOW_MS);
    testing::answer_in_order(answers)
}
