//! For the tests: settings of a connection, requests, and answers in
//! GoCardless's shapes.

use recoup_plugin::charging::{ChargeQuery, ChargeRequest};
use recoup_plugin::checkout::{PaymentRequest, SetupRequest};
use recoup_plugin::http::Error;
use recoup_plugin::refunds::RefundRequest;
use recoup_plugin::testing::{self, Sent};
use recoup_plugin::types::{Address, Customer, Money, Settings};
use serde_json::{Value, json};

pub const NOW_MS: u64 = 1_700_000_000_000;

/// A connection to the sandbox.
pub fn settings() -> Settings {
    with("access_token", "sandbox_fixture", Vec::new())
}

pub fn with(key: &str, value: &str, mut settings: Settings) -> Settings {
    settings.push((key.to_owned(), value.to_owned()));
    settings
}

/// GoCardless answers these, in order.
pub fn answers(answers: Vec<Result<(u16, Value), Error>>) -> Sent {
    testing::set_now_ms(NOW_MS);
    testing::answer_in_order(answers)
}

/// An object in its envelope.
pub fn of(name: &str, object: Value) -> Value {
    json!({ name: object })
}

pub fn list(name: &str, items: &[Value]) -> Value {
    json!({name: items, "meta": {"cursors": {"before": null, "after": null}, "limit": 500}})
}

pub fn payment(status: &str) -> Value {
    json!({
        "id": "PM1", "status": status, "amount": 1050, "amount_refunded": 0, "currency": "EUR",
        "charge_date": "2023-11-20", "created_at": "2023-11-14T22:13:20.000Z",
        "reference": null, "retry_if_possible": false, "scheme": "sepa_core",
        "metadata": {"recoup_attempt": "att_1"}, "links": {"mandate": "MD1", "creditor": "CR1"},
    })
}

pub fn mandate(status: &str) -> Value {
    json!({
        "id": "MD1", "status": status, "scheme": "sepa_core", "reference": "REF-1",
        "created_at": "2023-01-01T12:00:00.000Z", "next_possible_charge_date": "2023-11-20",
        "metadata": {},
        "links": {"customer": "CU1", "customer_bank_account": "BA1", "creditor": "CR1"},
    })
}

pub fn account() -> Value {
    json!({"id": "BA1", "account_number_ending": "34", "bank_name": "A BANK", "enabled": true,
           "country_code": "DE", "currency": "EUR", "links": {"customer": "CU1"}})
}

pub fn billing_request(status: &str) -> Value {
    json!({"id": "BRQ1", "status": status, "links": {"customer": "CU1"}, "metadata": {}})
}

pub fn flow() -> Value {
    json!({"id": "BRF1", "authorisation_url": "https://pay.example/flow/BRF1",
           "expires_at": "2023-11-21T22:13:20.000Z", "links": {"billing_request": "BRQ1"}})
}

/// An event of any kind of resource: its links name one of each.
pub fn event(action: &str, details: Value) -> Value {
    json!({
        "id": "EV1", "created_at": "2023-11-14T22:13:20.000Z", "resource_type": "payments",
        "action": action, "details": details, "metadata": {},
        "resource_metadata": {"recoup_attempt": "att_1"},
        "links": {"payment": "PM1", "mandate": "MD1", "billing_request": "BRQ1", "refund": "RF1"},
    })
}

pub fn refusal(status: u16, kind: &str, reason: &str) -> Value {
    let why = match reason {
        "" => json!({"message": "is too small", "field": "amount",
                     "request_pointer": "/payments/amount"}),
        reason => json!({"reason": reason, "message": "no"}),
    };
    json!({"error": {"type": kind, "code": status, "message": "no", "request_id": "r1",
                     "errors": [why]}})
}

/// The answer to a key that has made this already.
pub fn conflict(id: &str) -> Value {
    let mut conflict = refusal(409, "invalid_state", "idempotent_creation_conflict");
    conflict["error"]["errors"][0]["links"] = json!({"conflicting_resource_id": id});
    conflict
}

fn euros(minor_units: u64) -> Money {
    Money { minor_units, currency: "EUR".to_owned() }
}

pub fn charge_request() -> ChargeRequest {
    ChargeRequest {
        idempotency_key: "k1".to_owned(),
        reference: "att_1".to_owned(),
        amount: euros(1050),
        customer_id: "CU1".to_owned(),
        method_id: "MD1".to_owned(),
        method_kind: "sepa_core".to_owned(),
        description: "Acme - Invoice 1".to_owned(),
        country: Some("DE".to_owned()),
        metadata: vec![("lago_invoice_id".to_owned(), "inv 1".to_owned())],
    }
}

pub fn charge_query() -> ChargeQuery {
    ChargeQuery {
        idempotency_key: "k1".to_owned(),
        reference: "att_1".to_owned(),
        charge_id: None,
        customer_id: Some("CU1".to_owned()),
        started_at_ms: NOW_MS - 600_000,
    }
}

pub fn customer() -> Customer {
    Customer {
        reference: "c1".to_owned(),
        name: Some("Ünï & Co".to_owned()),
        email: Some("a@b.example".to_owned()),
        phone: None,
        address: Some(Address {
            line1: None,
            line2: None,
            city: None,
            state: None,
            postal_code: None,
            country: Some("DE".to_owned()),
        }),
    }
}

pub fn setup_request() -> SetupRequest {
    SetupRequest {
        idempotency_key: "k1".to_owned(),
        reference: "lnk_1".to_owned(),
        customer_id: "CU1".to_owned(),
        currency: Some("EUR".to_owned()),
        method_kinds: Vec::new(),
        return_url: "https://shop.example/".to_owned(),
        expires_at_ms: NOW_MS + 3_600_000,
        metadata: Vec::new(),
    }
}

pub fn payment_request() -> PaymentRequest {
    PaymentRequest {
        idempotency_key: "k1".to_owned(),
        reference: "lnk_1".to_owned(),
        customer_id: "CU1".to_owned(),
        amount: euros(1050),
        method_kinds: Vec::new(),
        keep_method: true,
        description: "Acme - Invoice 1".to_owned(),
        return_url: "https://shop.example/".to_owned(),
        expires_at_ms: NOW_MS + 3_600_000,
        metadata: Vec::new(),
    }
}

pub fn refund_request() -> RefundRequest {
    RefundRequest {
        idempotency_key: "k1".to_owned(),
        reference: "ref_1".to_owned(),
        charge_id: "PM1".to_owned(),
        amount: euros(50),
        reason: None,
    }
}
