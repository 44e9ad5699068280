//! Drafts: invoices that have time of grace.

use serde_json::{Value, json};

use super::{billed, change_customer, invoices, plan, statuses, subscribe};
use crate::world::World;

fn world_with_draft() -> (World, String) {
    let world = World::at("2024-04-16T10:00:00Z");
    world.customer("ada", "ok");
    let grace = json!({
        "billing_configuration": {"invoice_grace_period": 3}, "net_payment_term": 7,
    });
    change_customer(&world, &grace);
    plan(&world, "monthly", &json!({"amount_cents": 3_000}));
    subscribe(&world, "s1", "monthly", &json!({}));
    let id = invoices(&world)[0]["lago_id"].as_str().expect("an id").to_owned();
    (world, id)
}

fn act(world: &World, id: &str, verb: &str) -> (u16, Value) {
    let answer = world.api().put(&format!("/api/v1/invoices/{id}/{verb}"), &json!({}));
    (answer.status, answer.body)
}

#[test]
fn a_draft_is_not_charged_and_becomes_final_when_its_grace_is_over() {
    let (world, id) = world_with_draft();
    let draft = world.read_invoice(&id);
    assert_eq!(draft["status"], "draft");
    assert_eq!(draft["sequential_id"], Value::Null);
    assert!(draft["number"].as_str().expect("a number").ends_with("-DRAFT"));
    assert_eq!(draft["issuing_date"], "2024-04-19");
    let count = |world: &World| {
        let plan = world.api().get("/api/v1/plans/monthly");
        plan.body["plan"]["draft_invoices_count"].clone()
    };
    assert_eq!(count(&world), 1);
    world.pass_until("2024-04-18T23:59:59Z");
    assert!(world.charges().is_empty());
    assert_eq!(world.payment_status(&id), "pending");
    world.pass_until("2024-04-19T00:00:01Z");
    let last = world.read_invoice(&id);
    assert_eq!(last["status"], "finalized");
    assert_eq!(last["sequential_id"], 1);
    assert!(last["number"].as_str().expect("a number").ends_with("-001-001"));
    assert_eq!(last["issuing_date"], "2024-04-19");
    assert_eq!(last["payment_due_date"], "2024-04-26");
    assert_eq!(last["payment_status"], "succeeded");
    assert_eq!(world.money_taken(), 1);
    assert_eq!(count(&world), 0);
}

#[test]
fn a_draft_follows_prices_and_taxes_and_a_final_invoice_does_not() {
    let (world, id) = world_with_draft();
    let price = json!({"plan": {"amount_cents": 6_000}});
    assert_eq!(world.api().put("/api/v1/plans/monthly", &price).status, 200);
    let tax = json!({"tax": {
        "name": "VAT", "code": "vat", "rate": 20, "applied_to_organization": true,
    }});
    assert_eq!(world.api().post("/api/v1/taxes", &tax).status, 200);
    assert_eq!(world.read_invoice(&id)["total_amount_cents"], 1_500);
    let (status, body) = act(&world, &id, "refresh");
    assert_eq!((status, &body["invoice"]["status"]), (200, &json!("draft")));
    assert_eq!(body["invoice"]["fees_amount_cents"], 3_000);
    assert_eq!(body["invoice"]["taxes_amount_cents"], 600);
    assert_eq!(body["invoice"]["total_amount_cents"], 3_600);
    assert_eq!(body["invoice"]["applied_taxes"][0]["tax_code"], "vat");
    assert_eq!(body["invoice"]["fees"].as_array().map(Vec::len), Some(1));
    let price = json!({"plan": {"amount_cents": 12_000, "tax_codes": []}});
    assert_eq!(world.api().put("/api/v1/plans/monthly", &price).status, 200);
    // Whoever makes it final takes the price of then.
    let (status, body) = act(&world, &id, "finalize");
    assert_eq!((status, &body["invoice"]["status"]), (200, &json!("finalized")));
    assert_eq!(body["invoice"]["total_amount_cents"], 7_200);
    assert_eq!(body["invoice"]["issuing_date"], "2024-04-16");
    assert_eq!(body["invoice"]["payment_due_date"], "2024-04-23");
    world.pass(1);
    assert_eq!(world.charges()[0]["amount"], 7_200);
    let price = json!({"plan": {"amount_cents": 1}});
    assert_eq!(world.api().put("/api/v1/plans/monthly", &price).status, 200);
    let (status, body) = act(&world, &id, "refresh");
    assert_eq!((status, &body["invoice"]["total_amount_cents"]), (200, &json!(7_200)));
    let (status, body) = act(&world, &id, "finalize");
    assert_eq!((status, &body["code"]), (404, &json!("invoice_not_found")));
}

#[test]
fn a_deleted_draft_is_gone_and_its_days_are_not_billed_again() {
    let (world, id) = world_with_draft();
    let path = format!("/api/v1/invoices/{id}");
    let deleted = world.api().delete(&path);
    assert_eq!((deleted.status, &deleted.body["invoice"]["status"]), (200, &json!("deleted")));
    assert_eq!(world.api().delete(&path).status, 404);
    assert_eq!(world.api().get(&path).status, 404);
    assert_eq!(act(&world, &id, "refresh").0, 404);
    assert_eq!(act(&world, &id, "finalize").0, 404);
    world.pass_until("2024-05-10T00:00:00Z");
    assert_eq!(billed(&world), ["2024-05-01..2024-05-31 periodic 3000"]);
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn only_drafts_of_subscriptions_are_drafts() {
    let (world, id) = world_with_draft();
    let one_off = world.invoice("ada", 1_000);
    let (status, body) = act(&world, &one_off, "refresh");
    assert_eq!((status, &body["code"]), (403, &json!("feature_unavailable")));
    let (status, body) = act(&world, &one_off, "finalize");
    assert_eq!((status, &body["code"]), (404, &json!("invoice_not_found")));
    act(&world, &id, "finalize");
    let refused = world.api().delete(&format!("/api/v1/invoices/{id}"));
    assert_eq!((refused.status, &refused.body["code"]), (405, &json!("not_deletable")));
}

#[test]
fn a_draft_takes_no_payment_and_no_metadata() {
    let (world, id) = world_with_draft();
    let path = format!("/api/v1/invoices/{id}");
    let metadata = json!({"invoice": {"metadata": []}});
    let paid = json!({"invoice": {"payment_status": "succeeded"}});
    let rows = [
        (world.api().put(&path, &metadata), 405, "metadata_on_draft_invoice"),
        (world.api().put(&path, &paid), 405, "payment_status_update_on_draft_invoice"),
        (world.api().post(&format!("{path}/void"), &json!({})), 405, "not_voidable"),
        (world.api().post(&format!("{path}/lose_dispute"), &json!({})), 405, "not_disputable"),
        (world.api().post(&format!("{path}/retry_payment"), &json!({})), 405, "invalid_status"),
    ];
    for (answer, status, code) in rows {
        assert_eq!((answer.status, &answer.body["code"]), (status, &json!(code)));
    }
    let money = json!({"payment": {
        "invoice_id": id, "amount_cents": 100, "reference": "wire",
    }});
    assert_eq!(world.api().post("/api/v1/payments", &money).status, 403);
    assert_eq!(statuses(&world)[0].0, "draft");
}
