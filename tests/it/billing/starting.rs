//! Beginnings: now, later, earlier, with a trial.

use serde_json::json;

use super::{billed, invoices, plan, read, statuses, subscribe};
use crate::world::World;

#[test]
fn in_advance_the_first_days_are_billed_and_charged_at_once() {
    let world = World::at("2024-04-16T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "monthly", &json!({"amount_cents": 3_000}));
    let made = subscribe(&world, "s1", "monthly", &json!({}));
    assert_eq!(made["status"], "active");
    assert_eq!(made["current_billing_period_started_at"], "2024-04-01T00:00:00Z");
    assert_eq!(made["current_billing_period_ending_at"], "2024-04-30T23:59:59Z");
    assert_eq!(billed(&world), ["2024-04-16..2024-04-30 starting 1500"]);
    let invoice = &invoices(&world)[0];
    assert_eq!(invoice["invoice_type"], "subscription");
    assert_eq!(invoice["status"], "finalized");
    assert_eq!(invoice["subscriptions"][0]["external_id"], "s1");
    assert_eq!(invoice["fees"][0]["pay_in_advance"], true);
    assert_eq!(invoice["fees"][0]["item"]["type"], "subscription");
    assert_eq!(invoice["fees"][0]["item"]["code"], "monthly");
    assert_eq!(invoice["fees"][0]["lago_subscription_id"], made["lago_id"]);
    world.pass(1);
    assert_eq!(statuses(&world), [("finalized".to_owned(), "succeeded".to_owned())]);
    assert_eq!(world.charges()[0]["amount"], 1_500);
}

#[test]
fn in_arrears_nothing_is_billed_before_the_period_is_over() {
    let world = World::at("2024-04-16T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "monthly", &json!({"amount_cents": 3_000, "pay_in_advance": false}));
    subscribe(&world, "s1", "monthly", &json!({}));
    world.pass_until("2024-04-30T23:59:59Z");
    assert!(billed(&world).is_empty());
    world.pass_until("2024-05-01T00:00:01Z");
    assert_eq!(billed(&world), ["2024-04-16..2024-04-30 periodic 1500"]);
    assert_eq!(world.charges()[0]["amount"], 1_500);
}

#[test]
fn what_begins_later_is_pending_until_then() {
    let world = World::at("2024-04-16T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "monthly", &json!({"amount_cents": 3_000}));
    let later = json!({"subscription_at": "2024-04-21T08:00:00Z"});
    let made = subscribe(&world, "s1", "monthly", &later);
    assert_eq!(made["status"], "pending");
    assert_eq!(made["started_at"], serde_json::Value::Null);
    world.pass_until("2024-04-21T07:59:59Z");
    assert!(billed(&world).is_empty());
    world.pass_until("2024-04-21T08:00:01Z");
    let started = read(&world, "s1", "active");
    assert_eq!(started["started_at"], "2024-04-21T08:00:00.000Z");
    assert_eq!(billed(&world), ["2024-04-21..2024-04-30 starting 1000"]);
}

#[test]
fn what_began_earlier_is_not_billed_for_days_gone_by() {
    let world = World::at("2024-04-16T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "advance", &json!({}));
    plan(&world, "arrears", &json!({"pay_in_advance": false}));
    let earlier = json!({"subscription_at": "2023-11-05T00:00:00Z"});
    let made = subscribe(&world, "s1", "advance", &earlier);
    subscribe(&world, "s2", "arrears", &earlier);
    assert_eq!(made["status"], "active");
    assert_eq!(made["started_at"], "2023-11-05T00:00:00.000Z");
    assert!(billed(&world).is_empty());
    world.pass_until("2024-05-01T00:00:01Z");
    let together = "2024-05-01..2024-05-31 periodic 3100 + 2024-04-01..2024-04-30 periodic 3100";
    assert_eq!(billed(&world), [together]);
}

#[test]
fn days_of_a_trial_cost_nothing() {
    let world = World::at("2024-04-06T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "advance", &json!({"amount_cents": 3_000, "trial_period": 10}));
    let arrears = json!({"amount_cents": 3_000, "trial_period": 40, "pay_in_advance": false});
    plan(&world, "arrears", &arrears);
    let made = subscribe(&world, "s1", "advance", &json!({}));
    subscribe(&world, "s2", "arrears", &json!({}));
    assert_eq!(made["trial_ended_at"], serde_json::Value::Null);
    assert_eq!(made["plan"]["trial_period"].to_string(), "10.0");
    world.pass_until("2024-04-15T23:59:59Z");
    assert!(billed(&world).is_empty());
    world.pass_until("2024-04-16T00:00:01Z");
    assert_eq!(billed(&world), ["2024-04-16..2024-04-30 periodic 1500"]);
    assert_eq!(read(&world, "s1", "active")["trial_ended_at"], "2024-04-16T00:00:00Z");
    world.pass_until("2024-06-01T00:00:01Z");
    // 16 of 31 days are left of May when the second trial is over.
    let june = "2024-06-01..2024-06-30 periodic 3000 + 2024-05-16..2024-05-31 periodic 1548";
    assert_eq!(billed(&world)[1..], ["2024-05-01..2024-05-31 periodic 3000", june]);
    // A trial is not had twice.
    super::end(&world, "s1", "");
    subscribe(&world, "s1", "advance", &json!({}));
    assert_eq!(billed(&world)[3], "2024-06-01..2024-06-30 starting 3000");
}

#[test]
fn nothing_is_asked_for_what_costs_nothing() {
    let world = World::at("2024-04-16T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "free", &json!({"amount_cents": 0}));
    subscribe(&world, "s1", "free", &json!({}));
    assert_eq!(statuses(&world), [("finalized".to_owned(), "succeeded".to_owned())]);
    super::change_customer(&world, &json!({"finalize_zero_amount_invoice": "skip"}));
    subscribe(&world, "s2", "free", &json!({}));
    world.pass_days(31);
    assert_eq!(invoices(&world).len(), 1);
    assert!(world.charges().is_empty());
}

#[test]
fn a_declined_invoice_of_a_subscription_is_retried() {
    let world = World::at("2024-04-01T10:00:00Z");
    world.customer("ada", "fails_2_insufficient_funds");
    plan(&world, "monthly", &json!({}));
    subscribe(&world, "s1", "monthly", &json!({}));
    world.pass(1);
    assert_eq!(statuses(&world), [("finalized".to_owned(), "failed".to_owned())]);
    world.pass_days(4);
    assert_eq!(statuses(&world), [("finalized".to_owned(), "succeeded".to_owned())]);
    assert_eq!(world.charges().len(), 3);
    assert_eq!(world.money_taken(), 1);
}
