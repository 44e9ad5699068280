//! Payment requests as clients see them: the object, the lists, each refusal.

use serde_json::{Value, json};

use super::{each, invalid, keys, not_allowed, not_found, told};
use crate::world::World;

const NOBODY: &str = "0195c6a2-7d3b-7000-8000-000000000001";

/// A customer of no provider: what they are asked for stays pending.
fn somebody(world: &World, external_id: &str, email: &Value) {
    let customer = json!({"external_id": external_id, "currency": "EUR", "email": email});
    let answer = world.api().post("/api/v1/customers", &json!({ "customer": customer }));
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn a_request_is_shown_whole() {
    let world = World::new();
    somebody(&world, "ada", &json!("ada@example.com"));
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    let made = world.request("ada", &invoices);
    let request = &made.body["payment_request"];
    let expected = "lago_id amount_cents amount_currency email payment_status created_at customer \
        invoices";
    assert_eq!(keys(request), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(request["amount_cents"], 3_000);
    assert_eq!(request["amount_currency"], "EUR");
    assert_eq!(request["email"], "ada@example.com");
    assert_eq!(request["payment_status"], "pending");
    assert_eq!(request["customer"]["external_id"], "ada");
    assert!(request["customer"].get("taxes").is_none());
    let invoice = &request["invoices"][1];
    assert_eq!(invoice["lago_id"], json!(invoices[1]));
    let shown = world.read_invoice(&invoices[1]);
    let beside = [
        "customer",
        "metadata",
        "applied_taxes",
        "payment_method",
        "subscriptions",
        "billing_periods",
        "fees",
        "credits",
        "error_details",
        "applied_invoice_custom_sections",
    ];
    let scalar: Vec<&str> = keys(&shown).into_iter().filter(|key| !beside.contains(key)).collect();
    assert_eq!(keys(invoice), scalar);
    for key in scalar {
        assert_eq!(invoice[key], shown[key], "{key}");
    }
    let id = request["lago_id"].as_str().expect("an id");
    let read = world.api().get(&format!("/api/v1/payment_requests/{id}"));
    assert_eq!(read.body, made.body);
}

#[test]
fn the_address_is_the_given_one_else_the_customers_else_empty() {
    let world = World::new();
    somebody(&world, "ada", &json!("ada@example.com"));
    somebody(&world, "bob", &Value::Null);
    let ids = world.overdue("ada", &[1_000]);
    let body = |email: &Value| {
        json!({ "payment_request": {
            "external_customer_id": "ada", "lago_invoice_ids": ids, "email": email,
        }})
    };
    for (given, expected) in [
        (json!("boss@example.com"), "boss@example.com"),
        (json!(""), "ada@example.com"),
        (Value::Null, "ada@example.com"),
        (json!(7), "ada@example.com"),
    ] {
        let made = world.api().post("/api/v1/payment_requests", &body(&given));
        assert_eq!(made.body["payment_request"]["email"], expected, "{given}");
    }
    let ids = world.overdue("bob", &[1_000]);
    assert_eq!(world.request("bob", &ids).body["payment_request"]["email"], "");
}

#[test]
fn the_first_thing_that_is_wrong_is_told() {
    let world = World::new();
    world.customer("ada", "pending_600");
    somebody(&world, "bob", &Value::Null);
    let late = world.overdue("ada", &[1_000, 2_000]);
    let dollars = world.quiet_invoice("ada", (3_000, "USD"));
    let early = world.quiet_invoice("ada", (4_000, "EUR"));
    let of_bob = world.quiet_invoice("bob", (5_000, "EUR"));
    let refused = |customer: &str, ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        told(&world.request(customer, &ids))
    };
    assert_eq!(refused("eve", &[&late[0]]), not_found("customer"));
    assert_eq!(refused("", &[&late[0]]), not_found("customer"));
    for none in [&[][..], &["1"], &[NOBODY], &[of_bob.as_str()]] {
        assert_eq!(refused("ada", none), not_found("invoice"), "{none:?}");
    }
    let not_overdue = not_allowed("invoices_not_overdue");
    assert_eq!(refused("ada", &[&late[0], &early]), not_overdue);
    assert_eq!(refused("ada", &[&late[0], &dollars]), not_overdue, "before the currencies");
    world.become_overdue();
    let different = not_allowed("invoices_have_different_currencies");
    assert_eq!(refused("ada", &[&late[0], &dollars]), different);
    // Unknown ids among known ones are passed over, and one that is named twice counts once.
    let ids = [late[0].clone(), late[0].clone(), NOBODY.to_owned(), "x".to_owned()];
    let made = world.request("ada", &ids);
    assert_eq!(made.body["payment_request"]["amount_cents"], 1_000);
    world.pass(1);
    let not_ready = not_allowed("invoices_not_ready_for_payment_processing");
    assert_eq!(refused("ada", &[&late[0], &late[1]]), not_ready);
    assert_eq!(refused("ada", &[&late[0], &dollars]), different, "before the readiness");
    for ids in [json!(null), json!("x"), json!({}), json!([1, null])] {
        let body = json!({"payment_request": {"external_customer_id": "ada",
            "lago_invoice_ids": ids}});
        let answer = world.api().post("/api/v1/payment_requests", &body);
        assert_eq!(told(&answer), not_found("invoice"), "{ids}");
    }
}

#[test]
fn an_invoice_that_is_being_charged_alone_is_not_ready() {
    let world = World::new();
    world.customer("ada", "pending_172800");
    let own = world.invoice("ada", 1_000);
    world.become_overdue();
    let refused = world.request("ada", std::slice::from_ref(&own));
    let code = "invoices_not_ready_for_payment_processing";
    assert_eq!(told(&refused), not_allowed(code));
}

#[test]
fn a_request_that_is_none_is_not_found() {
    let world = World::new();
    for id in ["1", NOBODY] {
        let answer = world.api().get(&format!("/api/v1/payment_requests/{id}"));
        assert_eq!(told(&answer), not_found("payment_request"));
    }
    let answer = world.api().get("/api/v1/customers/eve/payment_requests");
    assert_eq!(told(&answer), not_found("customer"));
}

#[test]
fn requests_are_listed_newest_first_and_narrowed() {
    let world = World::new();
    world.customer("ada", "ok");
    somebody(&world, "bob", &Value::Null);
    let of_ada = world.quiet_invoice("ada", (1_000, "EUR"));
    let of_bob = world.quiet_invoice("bob", (2_000, "EUR"));
    let dollars = world.quiet_invoice("bob", (3_000, "USD"));
    world.become_overdue();
    for (customer, invoice) in [("ada", of_ada), ("bob", of_bob), ("bob", dollars)] {
        world.requested(customer, &[invoice]);
        world.pass(60);
    }
    let list = |path: &str| {
        let answer = world.api().get(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        each(&answer, "payment_requests", "amount_cents")
    };
    assert_eq!(list("payment_requests"), [3_000, 2_000, 1_000]);
    assert_eq!(list("payment_requests?external_customer_id=ada"), [1_000]);
    assert!(list("payment_requests?external_customer_id=eve").is_empty());
    assert_eq!(list("payment_requests?payment_status=pending"), [3_000, 2_000]);
    assert_eq!(list("payment_requests?payment_status=succeeded"), [1_000]);
    assert_eq!(list("payment_requests?currency=USD"), [3_000]);
    assert!(list("payment_requests?currency=nothing").is_empty());
    assert_eq!(list("payment_requests?billing_entity_codes[]=default").len(), 3);
    assert_eq!(list("payment_requests?per_page=1&page=2"), [2_000]);
    assert_eq!(list("customers/bob/payment_requests"), [3_000, 2_000]);
    assert_eq!(list("customers/bob/payment_requests?currency=EUR"), [2_000]);
    let wrong = world.api().get("/api/v1/payment_requests?payment_status=paid");
    let details = r#"{"payment_status":["must be one of: pending, succeeded, failed"]}"#;
    assert_eq!(told(&wrong), invalid(details));
    let elsewhere = world.api().get("/api/v1/payment_requests?billing_entity_codes[]=other");
    assert_eq!(told(&elsewhere), not_found("billing_entity"));
}

#[test]
fn the_payment_of_a_request_names_all_its_invoices() {
    let world = World::new();
    world.customer("ada", "ok");
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    let request = world.requested("ada", &invoices);
    world.pass(1);
    for invoice in &invoices {
        let payments = world.payments(invoice);
        assert_eq!(payments.len(), 1);
        let payment = &payments[0];
        assert_eq!(payment["payable_type"], "PaymentRequest");
        assert_eq!(payment["lago_payable_id"], json!(request));
        assert_eq!(payment["invoice_ids"], json!(invoices));
        let numbers: Vec<Value> =
            invoices.iter().map(|id| world.read_invoice(id)["number"].clone()).collect();
        assert_eq!(payment["invoice_numbers"], json!(numbers));
        assert_eq!(payment["amount_cents"], 3_000);
        assert_eq!(payment["payment_status"], "succeeded");
        let id = payment["lago_id"].as_str().expect("an id");
        let read = world.api().get(&format!("/api/v1/payments/{id}"));
        assert_eq!(&read.body["payment"], payment);
    }
    for list in ["payments", "payments?external_customer_id=ada", "customers/ada/payments"] {
        let answer = world.api().get(&format!("/api/v1/{list}"));
        assert_eq!(answer.body["meta"]["total_count"], 1, "{list}");
    }
    assert_eq!(world.charges()[0]["reference"], world.payments(&invoices[0])[0]["lago_id"]);
}
