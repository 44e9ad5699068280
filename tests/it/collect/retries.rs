//! The schedule, and people who do not wait for it.

use serde_json::json;

use crate::world::World;

#[test]
fn an_invoice_is_charged_at_once_and_paid() {
    let world = World::new();
    world.customer("ada", "ok");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let read = world.read_invoice(&invoice);
    assert_eq!(read["payment_status"], "succeeded");
    assert_eq!(read["total_paid_amount_cents"], 4_900);
    assert_eq!(read["total_due_amount_cents"], 0);
    assert_eq!(world.money_taken(), 1);
    assert_eq!(world.payments(&invoice)[0]["payment_status"], "succeeded");
}

#[test]
fn a_soft_decline_is_retried_by_the_schedule_and_recovered() {
    let world = World::new();
    world.customer("ada", "fails_2_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "failed");
    assert_eq!(world.charges().len(), 1);
    world.pass_days(2);
    assert_eq!(world.charges().len(), 2, "one retry a day after the first decline");
    world.pass_days(2);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.charges().len(), 3);
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn a_card_that_never_has_money_is_tried_eight_times_in_28_days_and_no_more() {
    let world = World::new();
    world.customer("ada", "declined_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass_days(60);
    assert_eq!(world.charges().len(), 8);
    assert_eq!(world.payment_status(&invoice), "failed");
    assert_eq!(world.money_taken(), 0);
}

#[test]
fn asking_twice_for_a_retry_charges_once() {
    let world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "failed");
    let path = format!("/api/v1/invoices/{invoice}/retry_payment");
    let first = world.api().post(&path, &json!({}));
    let second = world.api().post(&path, &json!({}));
    assert_eq!((first.status, first.text.as_str()), (200, ""));
    assert!(matches!(second.status, 200 | 405), "{second:?}");
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.charges().len(), 2);
    let third = world.api().post(&path, &json!({}));
    assert_eq!(third.status, 405);
    assert_eq!(third.body["code"], "invalid_status");
}

#[test]
fn what_is_paid_by_hand_is_not_charged_again() {
    let world = World::new();
    world.customer("ada", "declined_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let paid = world.api().post(
        "/api/v1/payments",
        &json!({ "payment": {
            "invoice_id": invoice, "amount_cents": 4_900, "reference": "wire 42",
        }}),
    );
    assert_eq!(paid.status, 200, "{paid:?}");
    assert_eq!(world.payment_status(&invoice), "succeeded");
    world.pass_days(40);
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn only_the_rest_is_charged_after_a_partial_payment_by_hand() {
    let world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let body = json!({ "payment": {
        "invoice_id": invoice, "amount_cents": 900, "reference": "cash",
    }});
    assert_eq!(world.api().post("/api/v1/payments", &body).status, 200);
    world.pass_days(2);
    let taken: Vec<_> =
        world.charges().into_iter().filter(|it| it["status"] == "succeeded").collect();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0]["amount"], 4_000);
    assert_eq!(world.payment_status(&invoice), "succeeded");
}

#[test]
fn a_voided_invoice_is_left_alone() {
    let world = World::new();
    world.customer("ada", "declined_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let voided = world.api().post(&format!("/api/v1/invoices/{invoice}/void"), &json!({}));
    assert_eq!(voided.status, 200, "{voided:?}");
    world.pass_days(40);
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn many_invoices_are_each_charged_once() {
    let world = World::new();
    world.customer("ada", "slow_200");
    let invoices: Vec<String> = (0..30).map(|n| world.invoice("ada", 1_000 + n)).collect();
    // All are on one card: as many are out at once as its network lets be declined.
    world.pass(300);
    assert_eq!(world.money_taken(), 30);
    for invoice in invoices {
        assert_eq!(world.payment_status(&invoice), "succeeded");
    }
}
