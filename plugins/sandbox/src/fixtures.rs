//! For the tests: settings of a connection, answers as the PSP gave them, and
//! what was asked.

use recoup_plugin::http::Error;
use recoup_plugin::testing::{self, Sent};
use recoup_plugin::types::Settings;
use serde_json::{Value, json};

pub const NOW_MS: u64 = 1_700_000_000_000;
pub const SECRET: &str = "whsec_fixture";

pub fn settings() -> Settings {
    [("base_url", "http://127.0.0.1:8081/"), ("webhook_secret", SECRET)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec()
}

pub fn charge(status: &str) -> Value {
    json!({
        "object": "charge", "id": "ch_1", "status": status, "amount": 1050, "currency": "EUR",
        "customer": "cus_ok", "method": method(), "reference": "att_1", "order": null,
        "description": "Acme - Invoice 1", "metadata": {}, "idempotency_key": "k1",
        "session": null, "session_reference": null, "decline": null, "action": null,
        "refunded": 0, "dispute": null, "created_at": "2023-11-14T22:13:20.000Z",
    })
}

pub fn declined(code: &str) -> Value {
    let decline = json!({
        "code": code, "message": "The card is reported lost.", "network_code": "41",
        "advice_code": null, "retry_after_s": null,
    });
    let mut charge = charge("declined");
    charge["decline"] = decline.clone();
    let mut error = decline;
    error["type"] = json!("declined");
    json!({"error": error, "charge": charge})
}

pub fn method() -> Value {
    json!({
        "object": "payment_method", "id": "pm_ok", "customer": "cus_ok", "kind": "card",
        "brand": "visa", "last4": "4242", "expiry_month": 12, "expiry_year": 2034,
        "fingerprint": "fp_1",
    })
}

pub fn session(status: &str) -> Value {
    json!({
        "object": "session", "id": "cs_1", "kind": "payment", "amount": 1050, "currency": "EUR",
        "status": status, "url": "http://127.0.0.1:8081/checkout/cs_1", "customer": "cus_ok",
        "reference": "ses_1", "return_url": "https://shop.example/",
        "expires_at_ms": 1_700_003_600_000_u64, "metadata": {}, "charge": null, "method": null,
        "created_at": "2023-11-14T22:13:20.000Z",
    })
}

pub fn refund(status: &str) -> Value {
    json!({
        "object": "refund", "id": "re_1", "status": status, "charge": "ch_1", "amount": 400,
        "currency": "EUR", "reference": "ref_1", "reason": "duplicate", "failure": null,
        "idempotency_key": "r1", "created_at": "2023-11-14T22:13:20.000Z",
    })
}

pub fn list(items: &[Value]) -> Value {
    json!({"object": "list", "data": items})
}

pub fn error(code: &str, processed: Option<bool>) -> Value {
    let error = json!({
        "type": "invalid_request", "code": code, "message": "It did not work.", "param": null,
        "processed": processed,
    });
    json!({"error": error})
}

/// The PSP answers these, in order.
pub fn sandbox_answers(answers: Vec<Result<(u16, Value), Error>>) -> Sent {
    testing::set_now_ms(NOW_MS);
    testing::answer_in_order(answers)
}
