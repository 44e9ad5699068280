//! For the tests: settings of a connection, requests, and answers in Adyen's
//! shapes.

use recoup_plugin::charging::{ChargeQuery, ChargeRequest};
use recoup_plugin::checkout::{PaymentRequest, SetupRequest};
use recoup_plugin::http::Error;
use recoup_plugin::refunds::RefundRequest;
use recoup_plugin::testing::{self, Sent};
use recoup_plugin::types::{Money, Settings};
use serde_json::{Value, json};

pub const NOW_MS: u64 = 1_700_000_000_000;

/// A connection to the test platform.
pub fn settings() -> Settings {
    with("merchant_account", "RecoupECOM", with("api_key", "fixture", Vec::new()))
}

/// The setting in the place of an earlier one.
pub fn with(key: &str, value: &str, mut settings: Settings) -> Settings {
    settings.retain(|(known, _)| known != key);
    settings.push((key.to_owned(), value.to_owned()));
    settings
}

/// Adyen answers these, in order.
pub fn answers(answers: Vec<Result<(u16, Value), Error>>) -> Sent {
    testing::set_now_ms(NOW_MS);
    testing::answer_in_order(answers)
}

pub fn payment(result_code: &str) -> Value {
    json!({
        "pspReference": "993617895199574A", "resultCode": result_code,
        "merchantReference": "att_1", "amount": {"currency": "EUR", "value": 1050},
        "additionalData": {"authCode": "098871"},
    })
}

pub fn refused(code: &str) -> Value {
    let mut refused = payment("Refused");
    refused["refusalReason"] = json!("A reason");
    refused["refusalReasonCode"] = json!(code);
    refused
}

pub fn refusal(status: u16, code: &str, kind: &str) -> Value {
    json!({"status": status, "errorCode": code, "message": "no", "errorType": kind})
}

/// The answer to a cancellation or a refund.
pub fn received() -> Value {
    json!({"merchantAccount": "RecoupECOM", "paymentPspReference": "993617895199574A",
           "pspReference": "881234", "reference": "ref_1", "status": "received"})
}

pub fn link(status: &str, value: u64) -> Value {
    json!({
        "id": "PL1", "url": "https://test.adyen.link/PL1", "status": status,
        "amount": {"currency": "EUR", "value": value}, "reference": "lnk_1",
        "merchantAccount": "RecoupECOM", "shopperReference": "shopper_1",
        "expiresAt": "2023-11-14T23:13:20Z",
    })
}

/// A card.
pub fn stored(id: &str) -> Value {
    json!({
        "id": id, "type": "scheme", "brand": "visa", "name": "VISA", "lastFour": "1111",
        "expiryMonth": "10", "expiryYear": "30",
        "supportedRecurringProcessingModels":
            ["CardOnFile", "Subscription", "UnscheduledCardOnFile"],
    })
}

pub fn stored_list(methods: &[Value]) -> Value {
    json!({"merchantAccount": "RecoupECOM", "shopperReference": "shopper_1",
           "storedPaymentMethods": methods})
}

fn euros(minor_units: u64) -> Money {
    Money { minor_units, currency: "EUR".to_owned() }
}

pub fn charge_request() -> ChargeRequest {
    ChargeRequest {
        idempotency_key: "k1".to_owned(),
        reference: "att_1".to_owned(),
        amount: euros(1050),
        customer_id: "shopper_1".to_owned(),
        method_id: "M5N7".to_owned(),
        method_kind: "scheme".to_owned(),
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
        customer_id: Some("shopper_1".to_owned()),
        started_at_ms: NOW_MS - 600_000,
    }
}

pub fn setup_request() -> SetupRequest {
    SetupRequest {
        idempotency_key: "k1".to_owned(),
        reference: "lnk_1".to_owned(),
        customer_id: "shopper_1".to_owned(),
        currency: Some("EUR".to_owned()),
        method_kinds: vec!["card".to_owned()],
        return_url: "https://shop.example/".to_owned(),
        expires_at_ms: NOW_MS + 3_600_000,
        metadata: Vec::new(),
    }
}

pub fn payment_request() -> PaymentRequest {
    PaymentRequest {
        idempotency_key: "k1".to_owned(),
        reference: "lnk_1".to_owned(),
        customer_id: "shopper_1".to_owned(),
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
        charge_id: "993617895199574A".to_owned(),
        amount: euros(50),
        reason: None,
    }
}
