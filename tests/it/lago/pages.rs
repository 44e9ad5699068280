//! Pages to pay on and to leave a method on: every reason why there is none, in its order.

use serde_json::{Value, json};

use super::{invalid, not_allowed, not_found, told};
use crate::psp::guest::Guest;
use crate::psp::peer::Peer;
use crate::world::{Answer, Ears, World};

fn upsert(world: &World, external_id: &str, billing: &Value) {
    let customer = json!({
        "external_id": external_id, "currency": "EUR", "billing_configuration": billing,
    });
    let answer = world.api().post("/api/v1/customers", &json!({ "customer": customer }));
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn payment_url(world: &World, invoice: &str) -> Answer {
    world.api().post(&format!("/api/v1/invoices/{invoice}/payment_url"), &json!({}))
}

fn checkout_url(world: &World, customer: &str) -> Answer {
    world.api().post(&format!("/api/v1/customers/{customer}/checkout_url"), &json!({}))
}

fn base(code: &str) -> String {
    invalid(&format!(r#"{{"base":["{code}"]}}"#))
}

fn connect(world: &World, provider: &str, base_url: &str) {
    let (base_url, key) = (format!("base_url={base_url}"), "secret_key=sk_sandbox_x");
    let named = ["--provider", provider, "--code", provider_code(provider)];
    let set = ["--set", base_url.as_str(), "--set", key, "--allow-private-network"];
    world.run(&[&["connection", "add"][..], &named, &set].concat());
}

/// The sandbox has a connection of its own already.
fn provider_code(provider: &str) -> &str {
    if provider == "sandbox" { "peer" } else { provider }
}

/// A provider without pages, one of whom nothing is known, one where the customer is not, and none.
fn everybody() -> World {
    let mut world = World::new();
    world.add_plugin("direct", &Guest::new("direct", "(local.get $answer)").component());
    connect(&world, "direct", "https://direct.example");
    upsert(
        &world,
        "pageless",
        &json!({
            "payment_provider": "direct", "provider_customer_id": "c1", "sync": true,
        }),
    );
    for (customer, code) in [("nowhere", "none"), ("nobody", "sandbox")] {
        upsert(&world, customer, &json!({}));
        let named = json!({"payment_provider": "sandbox", "payment_provider_code": code});
        upsert(&world, customer, &named);
    }
    upsert(&world, "lonely", &json!({}));
    upsert(
        &world,
        "transfers",
        &json!({
            "payment_provider": "sandbox", "provider_customer_id": "cus_ok__t",
            "provider_payment_methods": ["customer_balance"],
        }),
    );
    world
}

#[test]
fn a_page_to_pay_on_is_refused_with_the_first_reason() {
    let world = everybody();
    let rows = [
        ("lonely", "no_linked_payment_provider", "no_linked_payment_provider"),
        ("pageless", "invalid_payment_provider", "invalid_payment_provider"),
        ("nowhere", "missing_payment_provider", "invalid_invoice_status_or_payment_status"),
        ("nobody", "missing_payment_provider_customer", "invalid_invoice_status_or_payment_status"),
    ];
    for (customer, of_open, of_settled) in rows {
        let [open, voided, paid] = [0; 3].map(|_| world.quiet_invoice(customer, (1_000, "EUR")));
        assert_eq!(told(&payment_url(&world, &open)), base(of_open), "{customer}");
        let voids = world.api().post(&format!("/api/v1/invoices/{voided}/void"), &json!({}));
        let word = json!({"invoice": {"payment_status": "succeeded"}});
        let pays = world.api().put(&format!("/api/v1/invoices/{paid}"), &word);
        assert_eq!((voids.status, pays.status), (200, 200));
        for settled in [&voided, &paid] {
            assert_eq!(told(&payment_url(&world, settled)), base(of_settled), "{customer}");
        }
    }
}

#[test]
fn a_page_to_leave_a_method_on_is_refused_with_the_first_reason() {
    let world = everybody();
    let none = r#"{"provider_payment_methods":["no_payment_methods_to_setup_available"]}"#;
    let rows = [
        ("eve", not_found("customer")),
        ("lonely", base("no_linked_payment_provider")),
        ("nowhere", base("no_linked_payment_provider")),
        ("nobody", base("no_linked_payment_provider")),
        ("pageless", not_allowed("feature_not_supported")),
        ("transfers", invalid(none)),
    ];
    for (customer, expected) in rows {
        assert_eq!(told(&checkout_url(&world, customer)), expected, "{customer}");
    }
}

/// What a provider answers to everything, and what becomes of it.
fn refused_by(answer: &'static str) -> [Answer; 2] {
    let peer = Peer::answering(answer);
    let world = World::new();
    connect(&world, "sandbox", peer.url().trim_end_matches("/v1/charges"));
    let ears = Ears::of(&world);
    upsert(
        &world,
        "ada",
        &json!({
            "payment_provider": "sandbox", "payment_provider_code": "peer",
            "provider_customer_id": "cus_1",
        }),
    );
    let invoice = world.quiet_invoice("ada", (1_000, "EUR"));
    let refused = [payment_url(&world, &invoice), checkout_url(&world, "ada")];
    world.pass(1);
    let failures = ears.of_kind("invoice.payment_failure");
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0]["lago_invoice_id"], json!(invoice));
    assert_eq!(failures[0]["payment_provider_code"], "peer");
    let errors = ears.of_kind("customer.payment_provider_error");
    let of_page = errors.iter().filter(|error| error["external_customer_id"] == "ada");
    assert!(of_page.count() >= 1, "{errors:?}");
    assert_eq!(world.payment_status(&invoice), "pending");
    refused
}

#[test]
fn what_a_provider_says_while_a_caller_waits_is_told_and_heard_of() {
    let refused = refused_by(concat!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n",
        "content-length: 77\r\n\r\n",
        r#"{"error":{"type":"invalid_request","code":"no_such_customer","message":"No"}}"#,
    ));
    for answer in refused {
        assert_eq!((answer.status, &answer.body["code"]), (422, &json!("third_party_error")));
        let details = &answer.body["error_details"];
        assert_eq!(details["third_party"], "Sandbox", "{answer:?}");
        let message = details["thirdparty_error"].as_str().expect("a sentence");
        assert!(message.contains("No"), "{message}");
    }
}

#[test]
fn a_provider_that_is_asked_too_often_is_told_as_such() {
    let refused = refused_by(concat!(
        "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\n",
        "content-length: 71\r\n\r\n",
        r#"{"error":{"type":"rate_limit","code":"rate_limit","message":"Slowly."}}"#,
    ));
    for answer in refused {
        let code = &answer.body["code"];
        assert_eq!((answer.status, code), (429, &json!("too_many_provider_requests")));
        assert_eq!(answer.body["error"], "Too Many Provider Requests");
        let details = &answer.body["error_details"];
        assert_eq!(details["provider_name"], "Sandbox", "{answer:?}");
        assert!(details["message"].is_string(), "{answer:?}");
    }
}

/// Clients give up after five seconds.
#[test]
fn nobody_waits_for_a_provider_that_says_nothing() {
    let silent = Peer::new(|visit| while visit.request().is_some() {});
    let world = World::new();
    connect(&world, "sandbox", silent.url().trim_end_matches("/v1/charges"));
    let begun = std::time::Instant::now();
    upsert(
        &world,
        "ada",
        &json!({
            "payment_provider": "sandbox", "payment_provider_code": "peer",
            "provider_customer_id": "cus_1", "sync": true,
        }),
    );
    let invoice = world.quiet_invoice("ada", (1_000, "EUR"));
    let refused = [payment_url(&world, &invoice), checkout_url(&world, "ada")];
    // Three times four seconds, and some for a machine that is busy.
    assert!(begun.elapsed().as_secs() < 25, "{:?}", begun.elapsed());
    assert!(silent.requests() >= 3, "each was begun");
    for answer in refused {
        assert_eq!((answer.status, &answer.body["code"]), (422, &json!("third_party_error")));
        let message = answer.body["error_details"]["thirdparty_error"].as_str().expect("why");
        assert!(message.contains("has not answered within 4 seconds"), "{message}");
    }
    assert!(world.payments(&invoice).is_empty() && world.payment_status(&invoice) == "pending");
}
