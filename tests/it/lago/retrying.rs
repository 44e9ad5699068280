//! `retry_payment`: what is taken, what is refused, and what the business hears when there is
//! nothing to charge.

use serde_json::{Value, json};

use super::{invalid, not_found, told};
use crate::world::{Answer, Ears, World};

const NO_ONE: &str = "0195c6a2-7d3b-7000-8000-000000000001";

fn retry(world: &World, invoice: &str, body: &Value) -> Answer {
    world.api().post(&format!("/api/v1/invoices/{invoice}/retry_payment"), body)
}

fn upsert(world: &World, external_id: &str, billing: &Value) {
    let customer = json!({
        "external_id": external_id, "currency": "EUR", "billing_configuration": billing,
    });
    let answer = world.api().post("/api/v1/customers", &json!({ "customer": customer }));
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn method_of(world: &World, customer: &str) -> String {
    let list = world.api().get(&format!("/api/v1/customers/{customer}/payment_methods"));
    list.body["payment_methods"][0]["lago_id"].as_str().expect("an id").to_owned()
}

#[test]
fn where_there_is_nothing_to_charge_it_is_taken_and_the_reason_is_told() {
    let world = World::new();
    upsert(&world, "lonely", &json!({}));
    upsert(&world, "nobody", &json!({}));
    upsert(&world, "nobody", &json!({"payment_provider": "sandbox"}));
    world.customer("cardless", "no_method");
    for (customer, code) in [
        ("lonely", "customer_must_have_payment_provider"),
        ("nobody", "customer_has_no_payment_method"),
        ("cardless", "customer_has_no_payment_method"),
    ] {
        let invoice = world.quiet_invoice(customer, (1_000, "EUR"));
        let ears = Ears::of(&world);
        let answer = retry(&world, &invoice, &json!({}));
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{customer}");
        world.pass(1);
        let heard = ears.of_kind("invoice.payment_failure");
        assert_eq!(heard.len(), 1, "{customer}: {heard:?}");
        assert_eq!(heard[0]["lago_invoice_id"], json!(invoice));
        assert_eq!(heard[0]["error_details"], json!({ "code": code }), "{customer}");
        assert_eq!(heard[0]["provider_error"], Value::Null);
        assert!(world.payments(&invoice).is_empty(), "{customer}");
        assert_eq!(world.payment_status(&invoice), "pending");
    }
    assert!(world.charges().is_empty());
}

#[test]
fn what_is_to_be_paid_by_hand_is_taken_without_a_word() {
    let world = World::new();
    world.customer("ada", "ok");
    let invoice = world.quiet_invoice("ada", (1_000, "EUR"));
    let ears = Ears::of(&world);
    let by_hand = json!({"payment_method": {"payment_method_type": "manual"}});
    let answer = retry(&world, &invoice, &by_hand);
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    world.pass(60);
    assert!(ears.heard().is_empty() && world.charges().is_empty());
    // Without a word the invoice's own method is charged, though nobody charges it by itself.
    assert_eq!(retry(&world, &invoice, &json!({"payment_method": null})).status, 200);
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "succeeded");
}

#[test]
fn a_reference_that_names_no_method_of_theirs_is_refused_and_nothing_is_charged() {
    let world = World::new();
    world.customer("ada", "ok");
    world.customer("bob", "ok");
    let (own, others) = (method_of(&world, "ada"), method_of(&world, "bob"));
    let invoice = world.quiet_invoice("ada", (1_000, "EUR"));
    let reference = |kind: Value, id: Value| {
        let reference = json!({"payment_method_type": kind, "payment_method_id": id});
        json!({ "payment_method": reference })
    };
    for body in [
        reference(json!("provider"), json!(NO_ONE)),
        reference(json!("provider"), json!(others)),
        reference(json!("provider"), json!("pm_ok__ada")),
        reference(json!("manual"), json!(own)),
        reference(json!("manual"), json!(NO_ONE)),
        reference(json!(null), json!(own)),
        reference(json!("gift"), json!(null)),
        json!({"payment_method": "provider"}),
        json!({"payment_method": []}),
    ] {
        let refused = told(&retry(&world, &invoice, &body));
        assert_eq!(refused, invalid(r#"{"payment_method":["invalid_payment_method"]}"#), "{body}");
    }
    for id in ["1", NO_ONE] {
        let body = reference(json!("gift"), json!(null));
        assert_eq!(told(&retry(&world, id, &body)), not_found("invoice"));
    }
    world.pass(60);
    assert!(world.charges().is_empty());
    assert_eq!(retry(&world, &invoice, &reference(json!("provider"), json!(own))).status, 200);
    world.pass(1);
    assert_eq!(world.money_taken(), 1);
}
