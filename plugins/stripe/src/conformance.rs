//! Stripe's published shapes against what the plugin says. The documents are
//! not part of this repository: where they do not lie beside it, these tests
//! say so and pass.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use recoup_plugin::charging::{ChargeQuery, ChargeRequest, Guest as Charging};
use recoup_plugin::checkout::{Guest as Checkout, PaymentRequest, SetupRequest};
use recoup_plugin::customers::Guest as Customers;
use recoup_plugin::methods::Guest as Methods;
use recoup_plugin::refunds::{Guest as Refunds, RefundRequest};
use recoup_plugin::types::{Address, Customer, Money};
use serde_json::{Value, json};

use crate::Stripe;
use crate::fixtures::{NOW_MS, Sent, intent, settings, stripe_answers};

fn document(path: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("../shared/contracts").join(path)).ok();
    if text.is_none() {
        eprintln!("NOT RUN: {path} does not lie beside this repository");
    }
    text
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn euros() -> Money {
    Money { minor_units: 1050, currency: "EUR".to_owned() }
}

fn charge_request(country: &str, method_kind: &str) -> ChargeRequest {
    ChargeRequest {
        idempotency_key: "k".to_owned(),
        reference: "att_1".to_owned(),
        amount: euros(),
        customer_id: "cus_1".to_owned(),
        method_id: "pm_1".to_owned(),
        method_kind: method_kind.to_owned(),
        description: "Invoice 1".to_owned(),
        country: some(country),
        metadata: vec![("invoice".to_owned(), "1".to_owned())],
    }
}

fn customer() -> Customer {
    let address = Address {
        line1: some("1"),
        line2: some("2"),
        city: some("3"),
        state: some("4"),
        postal_code: some("5"),
        country: some("DE"),
    };
    let (name, email, phone) = (some("N"), some("n@example.com"), some("+49"));
    Customer { reference: "c1".to_owned(), name, email, phone, address: Some(address) }
}

fn setup_request() -> SetupRequest {
    SetupRequest {
        idempotency_key: "k".to_owned(),
        reference: "lnk_1".to_owned(),
        customer_id: "cus_1".to_owned(),
        currency: some("EUR"),
        method_kinds: vec!["card".to_owned()],
        return_url: "https://shop.example/{CHECKOUT_SESSION_ID}".to_owned(),
        expires_at_ms: NOW_MS + 3_600_000,
        metadata: vec![("customer".to_owned(), "1".to_owned())],
    }
}

fn payment_request() -> PaymentRequest {
    PaymentRequest {
        idempotency_key: "k".to_owned(),
        reference: "lnk_1".to_owned(),
        customer_id: "cus_1".to_owned(),
        amount: euros(),
        method_kinds: Vec::new(),
        keep_method: true,
        description: "Invoice 1".to_owned(),
        return_url: "https://shop.example/".to_owned(),
        expires_at_ms: NOW_MS + 3_600_000,
        metadata: vec![("invoice".to_owned(), "1".to_owned())],
    }
}

/// Every form that the plugin posts, with the name of its schema.
fn forms() -> Vec<(&'static str, String)> {
    let sent_by = |call: &dyn Fn()| -> Sent {
        let sent = stripe_answers(vec![Ok((200, intent("canceled")))]);
        call();
        sent
    };
    let query = || ChargeQuery {
        idempotency_key: "k".to_owned(),
        reference: "att_1".to_owned(),
        charge_id: some("pi_1"),
        customer_id: None,
        started_at_ms: NOW_MS,
    };
    let refund = || RefundRequest {
        idempotency_key: "k".to_owned(),
        reference: "ref_1".to_owned(),
        charge_id: "pi_1".to_owned(),
        amount: euros(),
        reason: some("requested_by_customer"),
    };
    let charged = |country: &str, kind: &str| {
        sent_by(&|| drop(Stripe::charge(settings(), charge_request(country, kind))))
    };
    let id = || "x".to_owned();
    let s = settings;
    [
        ("paymentIntentCreate", charged("DE", "card")),
        ("paymentIntentCreate", charged("DE", "")),
        ("paymentIntentCreate", charged("IN", "card")),
        ("paymentIntentCancel", sent_by(&|| drop(Stripe::cancel_charge(s(), query())))),
        ("customerCreate", sent_by(&|| drop(Stripe::create_customer(s(), id(), customer())))),
        ("customerUpdate", sent_by(&|| drop(Stripe::update_customer(s(), id(), customer())))),
        ("customerUpdate", sent_by(&|| drop(Stripe::set_default_method(s(), id(), id())))),
        ("paymentMethodDetach", sent_by(&|| drop(Stripe::detach_method(s(), id())))),
        ("checkoutSessionCreate", sent_by(&|| drop(Stripe::start_setup(s(), setup_request())))),
        ("checkoutSessionCreate", sent_by(&|| drop(Stripe::start_payment(s(), payment_request())))),
        ("checkoutSessionExpire", sent_by(&|| drop(Stripe::expire_session(s(), id())))),
        ("refundCreate", sent_by(&|| drop(Stripe::refund(s(), refund())))),
    ]
    .map(|(schema, sent)| (schema, sent.body(0)))
    .into()
}

/// What a schema says about one parameter, given as the parts of its name.
/// None: there is no such parameter.
fn parameter<'a>(schema: &'a Value, parts: &[&str]) -> Option<Vec<&'a Value>> {
    let variants = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array);
    if let Some(variants) = variants {
        let found: Vec<_> =
            variants.iter().filter_map(|variant| parameter(variant, parts)).flatten().collect();
        return Some(found).filter(|found| !found.is_empty());
    }
    let Some((first, rest)) = parts.split_first() else {
        return Some(vec![schema]);
    };
    let inner = match schema.get("type").and_then(Value::as_str) {
        Some("array") if first.parse::<usize>().is_ok() => schema.get("items")?,
        _ => match schema.pointer(&format!("/properties/{first}")) {
            Some(known) => known,
            None => schema.get("additionalProperties").filter(|open| open.is_object())?,
        },
    };
    parameter(inner, rest)
}

fn accepts(leaf: &Value, value: &str) -> bool {
    if let Some(words) = leaf.get("enum").and_then(Value::as_array) {
        return words.iter().any(|word| word.as_str() == Some(value));
    }
    match leaf.get("type").and_then(Value::as_str) {
        Some("integer") => value.parse::<i64>().is_ok(),
        Some("boolean") => value.parse::<bool>().is_ok(),
        Some("string") => true,
        _ => false,
    }
}

#[test]
fn every_form_has_only_parameters_that_stripe_publishes() {
    let Some(slice) = document("openapi/stripe-slice.json") else {
        return;
    };
    let slice: Value = serde_json::from_str(&slice).expect("the slice is JSON");
    for (name, body) in forms() {
        let schema = &slice["components"]["schemas"][format!("request.{name}")];
        assert!(schema.is_object(), "no schema {name}");
        let mut names = BTreeSet::new();
        for pair in body.split('&').filter(|pair| !pair.is_empty()) {
            let (path, value) = pair.split_once('=').expect("a pair");
            let parts: Vec<_> = path.split(['[', ']']).filter(|part| !part.is_empty()).collect();
            names.insert(parts[0]);
            let leaves = parameter(schema, &parts);
            let leaves = leaves.unwrap_or_else(|| panic!("{name} has no parameter {path}"));
            assert!(leaves.iter().any(|leaf| accepts(leaf, value)), "{name}: {path}={value}");
        }
        let required = schema.get("required").and_then(Value::as_array);
        for needed in required.into_iter().flatten().filter_map(Value::as_str) {
            assert!(names.contains(needed), "{name} lacks {needed}");
        }
    }
}

#[test]
fn the_schemas_would_notice_a_misspelled_parameter() {
    let schema = json!({"properties": {
        "amount": {"type": "integer"},
        "expand": {"type": "array", "items": {"type": "string"}},
    }, "additionalProperties": false});
    assert!(parameter(&schema, &["amonut"]).is_none());
    assert!(parameter(&schema, &["expand", "first"]).is_none());
    let amount = parameter(&schema, &["amount"]).expect("it is there");
    assert!(!accepts(amount[0], "ten"));
}

#[test]
fn every_code_of_the_taxonomy_is_known() {
    let Some(taxonomy) = document("decline-taxonomy.md") else {
        return;
    };
    let (_, section) = taxonomy.split_once("\n## 2. Stripe").expect("it has a section on Stripe");
    let (section, _) = section.split_once("\n## 3.").expect("another section follows");
    let mut seen = 0;
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let codes = row.split('|').nth(1).expect("a row has cells");
        let category = row.split('|').nth(2).expect("a row has cells").trim();
        for code in codes.split('`').skip(1).step_by(2).filter(|code| !code.contains(['=', '.'])) {
            if code == "decline_code" {
                continue;
            }
            let error = json!({"decline_code": code});
            let error = serde_json::from_value(error).expect("an error has optional fields");
            let decline = crate::declines::decline(&error, None);
            let expected = category.replace('_', "");
            let class = format!("{:?}", decline.class).to_lowercase();
            assert!(class.ends_with(&expected), "{code} is {class}, not {category}");
            seen += 1;
        }
    }
    assert!(seen > 60, "only {seen} codes were read");
}
