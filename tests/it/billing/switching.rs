//! Another plan: a dearer one at once, a cheaper one when the period is over.

use serde_json::{Value, json};

use super::{billed, end, invoices, plan, read, subscribe};
use crate::world::World;

fn world() -> World {
    let world = World::at("2024-04-01T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "small", &json!({"amount_cents": 3_000}));
    plan(&world, "large", &json!({"amount_cents": 6_000}));
    plan(&world, "small_after", &json!({"amount_cents": 3_000, "pay_in_advance": false}));
    plan(&world, "large_after", &json!({"amount_cents": 6_000, "pay_in_advance": false}));
    let yearly = json!({"amount_cents": 36_600, "interval": "yearly"});
    plan(&world, "yearly", &yearly);
    world
}

#[test]
fn a_dearer_plan_begins_at_once_and_days_paid_ahead_are_not_paid_twice() {
    let world = world();
    let first = subscribe(&world, "s1", "small", &json!({"name": "Ours"}));
    world.pass_until("2024-04-16T10:00:00Z");
    let second = subscribe(&world, "s1", "large", &json!({}));
    assert_ne!(second["lago_id"], first["lago_id"]);
    assert_eq!(second["status"], "active");
    assert_eq!(second["plan_code"], "large");
    assert_eq!(second["previous_plan_code"], "small");
    assert_eq!(second["name"], "Ours");
    let old = read(&world, "s1", "terminated");
    assert_eq!(old["lago_id"], first["lago_id"]);
    assert_eq!(old["next_plan_code"], "large");
    // 15 of 30 days at 60, less as many at 30 that are paid.
    let upgrade = "2024-04-16..2024-04-30 starting 1500";
    assert_eq!(billed(&world), ["2024-04-01..2024-04-30 starting 3000", upgrade]);
    let fee = &invoices(&world)[1]["fees"][0];
    assert_eq!(fee["description"], "30.00 EUR less 15.00 EUR that was paid ahead for these days");
    world.pass_until("2024-05-01T00:00:01Z");
    assert_eq!(billed(&world)[2..], ["2024-05-01..2024-05-31 periodic 6000"]);
    assert_eq!(world.money_taken(), 3);
}

#[test]
fn an_upgrade_in_arrears_bills_the_days_before_it() {
    let world = world();
    subscribe(&world, "s1", "small_after", &json!({}));
    world.pass_until("2024-04-16T10:00:00Z");
    subscribe(&world, "s1", "large_after", &json!({}));
    assert_eq!(billed(&world), ["2024-04-01..2024-04-15 terminating 1500"]);
    world.pass_until("2024-05-01T00:00:01Z");
    assert_eq!(billed(&world)[1..], ["2024-04-16..2024-04-30 periodic 3000"]);
}

#[test]
fn an_upgrade_from_arrears_to_advance_is_one_invoice() {
    let world = world();
    subscribe(&world, "s1", "small_after", &json!({}));
    world.pass_until("2024-04-16T10:00:00Z");
    subscribe(&world, "s1", "large", &json!({}));
    let both = "2024-04-01..2024-04-15 terminating 1500 + 2024-04-16..2024-04-30 starting 3000";
    assert_eq!(billed(&world), [both]);
}

#[test]
fn what_was_paid_ahead_is_taken_off_until_it_is_used_up() {
    let world = world();
    subscribe(&world, "s1", "large", &json!({}));
    world.pass_until("2024-04-16T10:00:00Z");
    // As dear by the year, but a week costs less than what is left of the month.
    plan(&world, "weekly", &json!({"interval": "weekly", "amount_cents": 1_400}));
    subscribe(&world, "s1", "weekly", &json!({}));
    // Tuesday to Sunday is 12.00, then 14.00 a week: 30.00 last until the third week.
    world.pass_until("2024-05-06T12:00:00Z");
    assert_eq!(
        billed(&world)[1..],
        [
            "2024-04-16..2024-04-21 starting 0",
            "2024-04-22..2024-04-28 periodic 0",
            "2024-04-29..2024-05-05 periodic 1000",
            "2024-05-06..2024-05-12 periodic 1400",
        ]
    );
}

#[test]
fn a_draft_deleted_before_an_upgrade_has_paid_nothing_ahead() {
    let world = world();
    let grace = json!({"billing_configuration": {"invoice_grace_period": 30}});
    super::change_customer(&world, &grace);
    subscribe(&world, "s1", "small", &json!({}));
    let draft = invoices(&world)[0]["lago_id"].as_str().expect("an id").to_owned();
    assert_eq!(world.api().delete(&format!("/api/v1/invoices/{draft}")).status, 200);
    world.pass_until("2024-04-16T10:00:00Z");
    subscribe(&world, "s1", "large", &json!({}));
    assert_eq!(billed(&world), ["2024-04-16..2024-04-30 starting 3000"]);
}

#[test]
fn a_cheaper_plan_waits_for_the_end_of_the_period() {
    let world = world();
    let first = subscribe(&world, "s1", "large", &json!({}));
    world.pass_until("2024-04-16T10:00:00Z");
    let answer = subscribe(&world, "s1", "small", &json!({}));
    assert_eq!(answer["lago_id"], first["lago_id"]);
    assert_eq!(answer["status"], "active");
    assert_eq!(answer["plan_code"], "large");
    assert_eq!(answer["next_plan_code"], "small");
    assert_eq!(answer["downgrade_plan_date"], "2024-05-01");
    let pending = read(&world, "s1", "pending");
    assert_eq!(
        (&pending["plan_code"], &pending["previous_plan_code"]),
        (&json!("small"), &json!("large"))
    );
    world.pass_until("2024-05-01T00:00:01Z");
    assert_eq!(read(&world, "s1", "active")["plan_code"], "small");
    assert_eq!(read(&world, "s1", "terminated")["lago_id"], first["lago_id"]);
    assert_eq!(
        billed(&world),
        ["2024-04-01..2024-04-30 starting 6000", "2024-05-01..2024-05-31 starting 3000",]
    );
}

#[test]
fn a_downgrade_in_arrears_bills_the_whole_period_of_the_old_plan() {
    let world = world();
    subscribe(&world, "s1", "large_after", &json!({}));
    subscribe(&world, "s1", "small_after", &json!({}));
    world.pass_until("2024-06-01T00:00:01Z");
    assert_eq!(
        billed(&world),
        ["2024-04-01..2024-04-30 terminating 6000", "2024-05-01..2024-05-31 periodic 3000",]
    );
}

#[test]
fn a_planned_downgrade_can_be_replaced_and_canceled() {
    let world = world();
    subscribe(&world, "s1", "yearly", &json!({}));
    world.pass_days(10);
    subscribe(&world, "s1", "small", &json!({"plan_overrides": {"amount_cents": 1_000}}));
    assert_eq!(read(&world, "s1", "pending")["plan_amount_cents"], 1_000);
    subscribe(&world, "s1", "small_after", &json!({"plan_overrides": {"amount_cents": 500}}));
    assert_eq!(read(&world, "s1", "pending")["plan_code"], "small_after");
    end(&world, "s1", "?status=pending");
    let active = read(&world, "s1", "active");
    assert_eq!(active["next_plan_code"], Value::Null);
    assert_eq!(active["downgrade_plan_date"], Value::Null);
    world.pass_until("2025-01-01T00:00:01Z");
    assert_eq!(billed(&world)[1..], ["2025-01-01..2025-12-31 periodic 36600"]);
}

#[test]
fn ending_a_subscription_cancels_what_was_to_follow() {
    let world = world();
    subscribe(&world, "s1", "large", &json!({}));
    subscribe(&world, "s1", "small", &json!({}));
    end(&world, "s1", "");
    assert_eq!(read(&world, "s1", "canceled")["plan_code"], "small");
    world.pass_days(60);
    assert_eq!(billed(&world).len(), 1);
}

#[test]
fn the_same_plan_again_changes_nothing() {
    let world = world();
    let first = subscribe(&world, "s1", "small", &json!({"name": "Ours"}));
    let again = subscribe(&world, "s1", "small", &json!({"name": "Theirs"}));
    assert_eq!(first, again);
    assert_eq!(billed(&world).len(), 1);
}

#[test]
fn what_has_not_started_simply_starts_with_the_other_plan() {
    let world = world();
    let later = json!({"subscription_at": "2024-05-01T00:00:00Z"});
    let first = subscribe(&world, "s1", "large", &later);
    let changed = subscribe(&world, "s1", "small", &json!({}));
    assert_eq!(changed["lago_id"], first["lago_id"]);
    assert_eq!((&changed["status"], &changed["plan_code"]), (&json!("pending"), &json!("small")));
    world.pass_until("2024-05-01T00:00:01Z");
    assert_eq!(billed(&world), ["2024-05-01..2024-05-31 starting 3000"]);
}
