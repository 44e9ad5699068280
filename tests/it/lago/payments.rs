//! Payments: recorded by hand, and listed beside the charges.

use serde_json::{Value, json};

use super::{each, invalid, keys, not_found, told};
use crate::world::{Answer, World};

/// A customer of no provider who owes 1000, and the invoice's id.
fn one_debt() -> (World, String) {
    let world = World::new();
    let body = json!({"customer": {"external_id": "ada", "currency": "EUR"}});
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    let id = world.invoice("ada", 1_000);
    (world, id)
}

fn record(world: &World, payment: &Value) -> Answer {
    world.api().post("/api/v1/payments", &json!({ "payment": payment }))
}

fn pay(world: &World, invoice: &str, amount: i64) -> Answer {
    record(world, &json!({"invoice_id": invoice, "amount_cents": amount, "reference": "wire 42"}))
}

#[test]
fn a_payment_by_hand_is_shown_whole() {
    let (world, id) = one_debt();
    let answer = record(
        &world,
        &json!({"invoice_id": id, "amount_cents": 400, "reference": "wire 42",
                "paid_at": "2025-01-20"}),
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    let payment = &answer.body["payment"];
    let expected = "lago_id lago_customer_id external_customer_id invoice_ids invoice_numbers \
        lago_payable_id payable_type amount_cents amount_currency status payment_status type \
        reference payment_provider_code payment_provider_type external_payment_id \
        provider_payment_id provider_customer_id next_action created_at";
    assert_eq!(keys(payment), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(payment["external_customer_id"], "ada");
    assert_eq!(payment["invoice_ids"], json!([id]));
    assert_eq!(payment["invoice_numbers"], json!([world.read_invoice(&id)["number"]]));
    assert_eq!(
        (&payment["lago_payable_id"], &payment["payable_type"]),
        (&json!(id), &json!("Invoice"))
    );
    assert_eq!(
        (&payment["amount_cents"], &payment["amount_currency"]),
        (&json!(400), &json!("EUR"))
    );
    assert_eq!(
        (&payment["status"], &payment["payment_status"]),
        (&json!("succeeded"), &json!("succeeded"))
    );
    assert_eq!((&payment["type"], &payment["reference"]), (&json!("manual"), &json!("wire 42")));
    assert_eq!(payment["next_action"], json!({}));
    assert_eq!(payment["created_at"], "2025-01-20T00:00:00Z");
    let payment_id = payment["lago_id"].as_str().expect("an id");
    assert_eq!(world.api().get(&format!("/api/v1/payments/{payment_id}")).body, answer.body);
}

#[test]
fn parts_add_up_until_the_whole_is_paid() {
    let (world, id) = one_debt();
    assert_eq!(pay(&world, &id, 400).status, 200);
    let invoice = world.read_invoice(&id);
    assert_eq!(invoice["payment_status"], "pending");
    assert_eq!(invoice["total_paid_amount_cents"], 400);
    assert_eq!(invoice["total_due_amount_cents"], 600);
    let too_much = pay(&world, &id, 601);
    assert_eq!(told(&too_much), invalid(r#"{"amount_cents":["value_is_out_of_range"]}"#));
    assert_eq!(pay(&world, &id, 600).status, 200);
    let invoice = world.read_invoice(&id);
    assert_eq!(invoice["payment_status"], "succeeded");
    assert_eq!(invoice["total_due_amount_cents"], 0);
    assert_eq!(invoice["fees"][0]["payment_status"], "succeeded");
    let more = pay(&world, &id, 1);
    assert_eq!(told(&more), invalid(r#"{"amount_cents":["value_is_out_of_range"]}"#));
}

#[test]
fn what_is_wrong_is_told_in_its_order_and_nothing_is_stored() {
    let (world, id) = one_debt();
    let voided = world.invoice("ada", 1_000);
    assert_eq!(
        world.api().post(&format!("/api/v1/invoices/{voided}/void"), &json!({})).status,
        200
    );
    let forbidden = r#"403 {"status":403,"error":"Forbidden","code":"feature_unavailable"}"#;
    let unknown = "0195c6a2-7d3b-7000-8000-000000000001";
    let invalid_amount = invalid(r#"{"amount_cents":["invalid_value"]}"#);
    let rows = [
        (json!({"reference": "r"}), invalid(r#"{"invoice_id":["value_is_mandatory"]}"#)),
        (
            json!({"invoice_id": " ", "amount_cents": 1}),
            invalid(r#"{"invoice_id":["value_is_mandatory"]}"#),
        ),
        (json!({"invoice_id": unknown}), invalid_amount.clone()),
        (json!({"invoice_id": unknown, "amount_cents": "100"}), invalid_amount.clone()),
        (json!({"invoice_id": unknown, "amount_cents": 0}), invalid_amount.clone()),
        (json!({"invoice_id": unknown, "amount_cents": -5}), invalid_amount.clone()),
        (json!({"invoice_id": unknown, "amount_cents": 1.5}), invalid_amount),
        (json!({"invoice_id": unknown, "amount_cents": 1}), not_found("invoice")),
        (json!({"invoice_id": "x", "amount_cents": 1}), not_found("invoice")),
        (json!({"invoice_id": voided, "amount_cents": 1, "paid_at": "soon"}), forbidden.to_owned()),
        (
            json!({"invoice_id": id, "amount_cents": 9_999, "paid_at": "soon"}),
            invalid(r#"{"paid_at":["invalid_date"]}"#),
        ),
        (
            json!({"invoice_id": id, "amount_cents": 9_999, "paid_at": "2025-01-20T10:00:00Z"}),
            invalid(r#"{"reference":["value_is_mandatory"]}"#),
        ),
        (
            json!({"invoice_id": id, "amount_cents": 9_999, "reference": "x".repeat(41)}),
            invalid(r#"{"reference":["value_is_too_long"]}"#),
        ),
        (
            json!({"invoice_id": id, "amount_cents": u64::MAX, "reference": "r"}),
            invalid(r#"{"amount_cents":["value_is_out_of_range"]}"#),
        ),
    ];
    for (payment, expected) in rows {
        assert_eq!(told(&record(&world, &payment)), expected, "{payment}");
    }
    let list = world.api().get("/api/v1/payments");
    assert_eq!(list.body["meta"]["total_count"], 0);
}

#[test]
fn charges_and_payments_by_hand_stand_in_one_list() {
    let world = World::new();
    world.customer("ada", "fails_9_insufficient_funds");
    world.customer("bob", "ok");
    let (ada, bob) = (world.invoice("ada", 1_000), world.invoice("bob", 2_000));
    world.pass(10);
    assert_eq!(pay(&world, &ada, 300).status, 200);
    let of_ada = world.payments(&ada);
    let told: Vec<(&Value, &Value, &Value)> = of_ada
        .iter()
        .map(|payment| (&payment["type"], &payment["payment_status"], &payment["amount_cents"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("manual"), &json!("succeeded"), &json!(300)),
            (&json!("provider"), &json!("failed"), &json!(1_000)),
        ]
    );
    let charge = &of_ada[1];
    assert_eq!(charge["reference"], "");
    assert_eq!(charge["payment_provider_type"], "sandbox");
    assert_eq!(charge["payment_provider_code"], "sandbox");
    assert!(charge["provider_payment_id"].is_string(), "{charge}");
    assert_eq!(charge["provider_payment_id"], charge["external_payment_id"]);
    let list = |query: &str| {
        let answer = world.api().get(&format!("/api/v1/{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        each(&answer, "payments", "amount_cents")
    };
    assert_eq!(list("payments").len(), 3);
    assert_eq!(list("payments?external_customer_id=bob"), [2_000]);
    assert_eq!(list("payments?external_customer_id=eve").len(), 0);
    assert_eq!(list("customers/ada/payments").len(), 2);
    assert_eq!(list(&format!("customers/ada/payments?invoice_id={bob}")).len(), 0);
    assert_eq!(list("payments?per_page=1&page=3").len(), 1);
}

#[test]
fn a_payment_that_is_none_is_not_found() {
    let world = World::new();
    for id in ["1", "0195c6a2-7d3b-7000-8000-000000000001"] {
        let answer = world.api().get(&format!("/api/v1/payments/{id}"));
        assert_eq!(told(&answer), not_found("payment"));
    }
    let answer = world.api().get("/api/v1/payments?invoice_id=1");
    assert_eq!(told(&answer), invalid(r#"{"invoice_id":["value_is_invalid"]}"#));
}

#[test]
fn a_debt_paid_by_hand_is_not_charged_and_its_rest_is() {
    let world = World::new();
    world.customer("ada", "fails_2_insufficient_funds");
    let (whole, part) = (world.invoice("ada", 1_000), world.invoice("ada", 2_000));
    world.pass(1);
    assert_eq!(pay(&world, &whole, 1_000).status, 200);
    assert_eq!(pay(&world, &part, 500).status, 200);
    world.pass_days(40);
    assert_eq!(world.payment_status(&whole), "succeeded");
    assert_eq!(world.payment_status(&part), "succeeded");
    let taken: Vec<Value> = world
        .charges()
        .into_iter()
        .filter(|charge| charge["status"] == "succeeded")
        .map(|charge| charge["amount"].clone())
        .collect();
    assert_eq!(taken, [1_500]);
}

#[test]
fn a_debt_settled_while_its_charge_is_open_stays_so_when_the_charge_is_declined() {
    let world = World::new();
    for (customer, how) in [("ada", "hand"), ("bob", "word"), ("eve", "void")] {
        world.customer(customer, "pending_600_insufficient_funds");
        let id = world.invoice(customer, 1_000);
        world.pass(1);
        assert_eq!(world.payments(&id)[0]["payment_status"], "processing");
        let path = format!("/api/v1/invoices/{id}");
        let settled = match how {
            "hand" => pay(&world, &id, 1_000),
            "word" => world.api().put(&path, &json!({"invoice": {"payment_status": "succeeded"}})),
            _ => world.api().post(&format!("{path}/void"), &json!({})),
        };
        assert_eq!(settled.status, 200, "{settled:?}");
        let before = world.payment_status(&id);
        world.pass_days(40);
        assert_eq!(world.payment_status(&id), before, "{how}");
        let last = world.payments(&id).pop().expect("the charge");
        assert_eq!(last["payment_status"], "failed", "{how}");
    }
    assert_eq!(world.charges().len(), 3);
    assert_eq!(world.money_taken(), 0);
}

#[test]
fn a_page_asks_for_what_is_due_now() {
    let world = World::new();
    world.customer("ada", "declined_expired_card");
    let id = world.invoice("ada", 1_000);
    world.pass(1);
    let page = || {
        let link = world.api().post(&format!("/api/v1/invoices/{id}/payment_url"), &json!({}));
        assert_eq!(link.status, 200, "{link:?}");
        link.body["invoice_payment_details"]["payment_url"].clone()
    };
    let first = page();
    assert_eq!(page(), first);
    assert_eq!(pay(&world, &id, 400).status, 200);
    assert_ne!(page(), first);
}

#[test]
fn bought_credits_are_paid_whole_or_not_and_what_is_closed_takes_no_money() {
    let world = World::new();
    let customer = json!({"external_id": "ada", "currency": "EUR",
        "finalize_zero_amount_invoice": "skip"});
    assert_eq!(world.api().post("/api/v1/customers", &json!({"customer": customer})).status, 200);
    let buy = |gated: bool| {
        let wallet = json!({"wallet": {
            "external_customer_id": "ada", "rate_amount": "1", "paid_credits": "10",
            "invoice_requires_successful_payment": gated,
        }});
        let made = world.api().post("/api/v1/wallets", &wallet);
        let id = made.body["wallet"]["lago_id"].as_str().expect("an id").to_owned();
        let rows = world.api().get(&format!("/api/v1/wallets/{id}/wallet_transactions"));
        rows.body["wallet_transactions"][0]["lago_invoice_id"].as_str().expect("one").to_owned()
    };
    for gated in [false, true] {
        let invoice = buy(gated);
        let part = pay(&world, &invoice, 999);
        assert_eq!(told(&part), invalid(r#"{"amount_cents":["invalid_amount"]}"#), "{gated}");
        let more = pay(&world, &invoice, 1_001);
        assert_eq!(told(&more), invalid(r#"{"amount_cents":["value_is_out_of_range"]}"#));
        assert_eq!(pay(&world, &invoice, 1_000).status, 200);
        assert_eq!(world.payment_status(&invoice), "succeeded", "shown once it is paid");
    }
    world.invoice("ada", 100);
    let body = json!({"invoice": {"external_customer_id": "ada",
        "fees": [{"add_on_code": "setup", "units": 0}]}});
    let closed = world.api().post("/api/v1/invoices", &body).body["invoice"].clone();
    assert_eq!(closed["status"], "closed");
    let refused = pay(&world, closed["lago_id"].as_str().expect("an id"), 1);
    let forbidden = r#"403 {"status":403,"error":"Forbidden","code":"feature_unavailable"}"#;
    assert_eq!(told(&refused), forbidden);
}
