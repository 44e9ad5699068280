//! What can become of an invoice: paid by a person's word, noted on, voided, disputed, overdue.

use serde_json::{Value, json};

use super::{invalid, not_allowed, not_found, told};
use crate::world::{Answer, World};

/// A customer of no provider who owes 1000, and the invoice's id.
fn one_debt() -> (World, String) {
    let world = World::new();
    let body = json!({"customer": {"external_id": "ada", "currency": "EUR"}});
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    let id = world.invoice("ada", 1_000);
    (world, id)
}

const FORBIDDEN: &str = r#"403 {"status":403,"error":"Forbidden","code":"feature_unavailable"}"#;

fn update(world: &World, id: &str, invoice: &Value) -> Answer {
    world.api().put(&format!("/api/v1/invoices/{id}"), &json!({ "invoice": invoice }))
}

fn act(world: &World, id: &str, action: &str) -> Answer {
    world.api().post(&format!("/api/v1/invoices/{id}/{action}"), &json!({}))
}

fn ids(invoice: &Value) -> Vec<(Value, Value)> {
    let pairs = invoice["metadata"].as_array().expect("metadata");
    pairs.iter().map(|pair| (pair["lago_id"].clone(), pair["value"].clone())).collect()
}

#[test]
fn what_is_no_visible_invoice_is_not_found_on_any_route() {
    let world = World::new();
    let api = world.api();
    let body = json!({"invoice": {"payment_status": "paid", "generate_credit_note": true}});
    for id in ["1", "0195c6a2-7d3b-7000-8000-000000000001", "%00"] {
        let path = format!("/api/v1/invoices/{id}");
        let mut answers = vec![api.get(&path), api.put(&path, &body), api.delete(&path)];
        for action in ["refresh", "finalize", "lose_dispute"] {
            answers.push(api.put(&format!("{path}/{action}"), &json!({})));
        }
        for action in ["void", "lose_dispute", "retry", "retry_payment", "payment_url"] {
            answers.push(api.post(&format!("{path}/{action}"), &body));
        }
        for answer in answers {
            assert_eq!(told(&answer), not_found("invoice"), "{id}");
        }
    }
}

#[test]
fn a_persons_word_changes_the_payment_status_and_nothing_else() {
    let (world, id) = one_debt();
    let paid = update(&world, &id, &json!({"payment_status": "succeeded"}));
    assert_eq!(paid.status, 200, "{paid:?}");
    let invoice = &paid.body["invoice"];
    assert_eq!(invoice["payment_status"], "succeeded");
    assert_eq!(invoice["total_paid_amount_cents"], 0);
    assert_eq!(invoice["fees"][0]["payment_status"], "succeeded");
    assert!(invoice["fees"][0]["succeeded_at"].is_string());
    assert!(world.payments(&id).is_empty());
    assert_eq!(told(&act(&world, &id, "retry_payment")), not_allowed("invalid_status"));
    for status in ["failed", "pending", "pending"] {
        let answer = update(&world, &id, &json!({"payment_status": status}));
        assert_eq!(answer.body["invoice"]["payment_status"], status);
        assert_eq!(answer.body["invoice"]["fees"][0]["payment_status"], status);
    }
}

#[test]
fn a_debt_that_a_person_called_paid_is_not_charged_and_one_taken_back_can_be() {
    let world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    let id = world.invoice("ada", 1_000);
    world.pass(1);
    assert_eq!(world.payment_status(&id), "failed");
    assert_eq!(update(&world, &id, &json!({"payment_status": "succeeded"})).status, 200);
    world.pass_days(40);
    assert_eq!(world.money_taken(), 0);
    assert_eq!(update(&world, &id, &json!({"payment_status": "pending"})).status, 200);
    let retried = act(&world, &id, "retry_payment");
    assert_eq!((retried.status, retried.text.as_str()), (200, ""));
    world.pass(1);
    assert_eq!(world.payment_status(&id), "succeeded");
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn metadata_is_replaced_as_a_set() {
    let (world, id) = one_debt();
    let pairs = json!([{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]);
    let first = update(&world, &id, &json!({ "metadata": pairs }));
    assert_eq!(first.status, 200, "{first:?}");
    let before = ids(&first.body["invoice"]);
    assert_eq!(before.len(), 2);
    let kept = json!([{"id": before[1].0, "key": "c", "value": "3"}, {"key": "d", "value": "4"}]);
    let second = update(&world, &id, &json!({ "metadata": kept }));
    let after = ids(&second.body["invoice"]);
    assert_eq!(after.len(), 2);
    assert!(after.contains(&(before[1].0.clone(), json!("3"))), "{after:?}");
    assert!(!after.iter().any(|(id, _)| *id == before[0].0));
    // One id twice, and the key of a pair that is named by its id: each is one pair.
    let (kept, key) = (&after[0].0, "c");
    let twice = json!([
        {"id": kept, "key": "x", "value": "5"},
        {"id": kept, "key": "y", "value": "6"},
        {"key": key, "value": "7"},
    ]);
    let third = update(&world, &id, &json!({ "metadata": twice }));
    assert_eq!(third.status, 200, "{third:?}");
    let after = ids(&third.body["invoice"]);
    let values: Vec<&Value> = after.iter().map(|(_, value)| value).collect();
    assert_eq!(values, ["5", "6", "7"]);
    assert_eq!(after[0].0, *kept);
    let untouched = update(&world, &id, &json!({"payment_status": "failed"}));
    assert_eq!(ids(&untouched.body["invoice"]), after);
    let none = update(&world, &id, &json!({"metadata": []}));
    assert_eq!(none.body["invoice"]["metadata"], json!([]));
}

#[test]
fn what_is_wrong_with_a_change_is_told_and_nothing_changes() {
    let (world, id) = one_debt();
    let before = world.read_invoice(&id);
    let six: Vec<Value> = (0..6).map(|n| json!({"key": n.to_string(), "value": "v"})).collect();
    let long = |count: usize| "x".repeat(count);
    let wrong_status = r#"{"payment_status":["value_is_invalid"]}"#;
    let rows = [
        (json!({"payment_status": "paid"}), wrong_status),
        (json!({"payment_status": null}), wrong_status),
        (json!({"payment_status": 1, "metadata": six}), wrong_status),
        (json!({ "metadata": six }), r#"{"metadata":["invalid_count"]}"#),
        (
            json!({"metadata": [{"key": long(21), "value": "v"}]}),
            r#"{"key":["value_is_too_long"]}"#,
        ),
        (
            json!({"metadata": [{"key": "k", "value": long(141)}]}),
            r#"{"value":["value_is_too_long"]}"#,
        ),
        (json!({"metadata": [{"value": "v"}]}), r#"{"key":["value_is_mandatory"]}"#),
        (json!({"metadata": "x"}), r#"{"metadata":["value_is_invalid"]}"#),
        (
            json!({"metadata": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}]}),
            r#"{"key":["value_already_exist"]}"#,
        ),
    ];
    for (change, expected) in rows {
        assert_eq!(told(&update(&world, &id, &change)), invalid(expected), "{change}");
    }
    assert_eq!(world.read_invoice(&id), before);
    let longest = json!({"metadata": [{"key": long(20), "value": long(140)}]});
    assert_eq!(update(&world, &id, &longest).status, 200);
}

#[test]
fn a_voided_invoice_is_owed_no_more_and_does_not_change() {
    let (world, id) = one_debt();
    let asked = world
        .api()
        .post(&format!("/api/v1/invoices/{id}/void"), &json!({"generate_credit_note": true}));
    assert_eq!(told(&asked), FORBIDDEN);
    let voided = act(&world, &id, "void");
    assert_eq!(voided.status, 200, "{voided:?}");
    let invoice = &voided.body["invoice"];
    assert_eq!(invoice["status"], "voided");
    assert_eq!(invoice["total_due_amount_cents"], 0);
    assert!(invoice["voided_at"].is_string());
    assert_eq!(told(&act(&world, &id, "void")), not_allowed("not_voidable"));
    let changed = update(&world, &id, &json!({"payment_status": "nonsense"}));
    assert_eq!(told(&changed), not_allowed("update_on_voided_invoice"));
    assert_eq!(told(&act(&world, &id, "retry_payment")), not_allowed("invalid_status"));
    let lost = act(&world, &id, "lose_dispute");
    assert_eq!(lost.status, 200, "{lost:?}");
}

#[test]
fn a_voided_debt_is_never_charged() {
    let world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    let id = world.invoice("ada", 1_000);
    world.pass(1);
    assert_eq!(act(&world, &id, "void").status, 200);
    world.pass_days(40);
    assert_eq!(world.money_taken(), 0);
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn what_cannot_be_done_with_a_finalized_one_off_is_refused() {
    let (world, id) = one_debt();
    let path = format!("/api/v1/invoices/{id}");
    assert_eq!(told(&world.api().delete(&path)), not_allowed("not_deletable"));
    let refreshed = world.api().put(&format!("{path}/refresh"), &json!({}));
    assert_eq!(told(&refreshed), FORBIDDEN);
    let finalized = world.api().put(&format!("{path}/finalize"), &json!({}));
    assert_eq!(told(&finalized), not_found("invoice"));
    assert_eq!(told(&act(&world, &id, "retry")), not_allowed("invalid_status"));
    assert_eq!(world.read_invoice(&id)["status"], "finalized");
}

#[test]
fn a_dispute_is_lost_once_by_either_verb() {
    let (world, id) = one_debt();
    let lost = act(&world, &id, "lose_dispute");
    let at = lost.body["invoice"]["payment_dispute_lost_at"].clone();
    assert!(at.as_str().expect("a time").ends_with('Z'), "{lost:?}");
    world.pass(3_600);
    let again = world.api().put(&format!("/api/v1/invoices/{id}/lose_dispute"), &json!({}));
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(again.body["invoice"]["payment_dispute_lost_at"], at);
    assert_eq!(again.body["invoice"]["payment_status"], "pending");
}

#[test]
fn what_is_unpaid_past_its_day_is_overdue_until_it_is_settled() {
    let (world, paid) = one_debt();
    let [voided, disputed, late] = [0; 3].map(|_| world.invoice("ada", 1_000));
    assert_eq!(act(&world, &disputed, "lose_dispute").status, 200);
    let overdue = |id: &str| world.read_invoice(id)["payment_overdue"].clone();
    assert_eq!(overdue(&paid), false);
    world.pass_days(2);
    for id in [&paid, &voided, &late] {
        assert_eq!(overdue(id), true, "{id}");
    }
    assert_eq!(overdue(&disputed), false);
    assert_eq!(act(&world, &voided, "void").status, 200);
    assert_eq!(update(&world, &paid, &json!({"payment_status": "succeeded"})).status, 200);
    assert_eq!((overdue(&voided), overdue(&paid)), (json!(false), json!(false)));
    assert_eq!(act(&world, &late, "lose_dispute").status, 200);
    world.pass_days(2);
    for id in [&paid, &voided, &late, &disputed] {
        assert_eq!(overdue(id), false, "{id}");
    }
}
