//! Ends: by hand, as agreed, with the plan, with the customer.

use serde_json::{Value, json};

use super::{billed, change_customer, end, invoices, plan, read, subscribe};
use crate::world::World;

fn world_with(plan_fields: &Value) -> World {
    let world = World::at("2024-04-01T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "monthly", &json!({"amount_cents": 3_000}));
    plan(&world, "arrears", &json!({"amount_cents": 3_000, "pay_in_advance": false}));
    if plan_fields.is_object() {
        plan(&world, "other", plan_fields);
    }
    world
}

#[test]
fn in_arrears_the_days_that_were_used_are_billed() {
    let world = world_with(&Value::Null);
    subscribe(&world, "s1", "arrears", &json!({}));
    world.pass_until("2024-04-10T15:00:00Z");
    let ended = end(&world, "s1", "");
    assert_eq!(ended["status"], "terminated");
    assert_eq!(ended["terminated_at"], "2024-04-10T15:00:00Z");
    assert_eq!(billed(&world), ["2024-04-01..2024-04-10 terminating 1000"]);
    world.pass_days(60);
    assert_eq!(billed(&world).len(), 1);
    assert_eq!(world.money_taken(), 1);
    let path = "/api/v1/subscriptions/s1";
    assert_eq!(world.api().delete(path).body["code"], "subscription_not_found");
}

#[test]
fn the_last_invoice_can_be_left_out() {
    let world = world_with(&Value::Null);
    subscribe(&world, "s1", "arrears", &json!({}));
    subscribe(&world, "s2", "arrears", &json!({"on_termination_invoice": "skip"}));
    world.pass_days(10);
    let ended = end(&world, "s1", "?on_termination_invoice=skip&on_termination_credit_note=skip");
    assert_eq!(ended["on_termination_invoice"], "skip");
    assert_eq!(ended["on_termination_credit_note"], "skip");
    end(&world, "s2", "");
    world.pass_days(60);
    assert!(billed(&world).is_empty());
}

#[test]
fn in_advance_nothing_more_is_billed_and_nothing_given_back() {
    let world = world_with(&Value::Null);
    subscribe(&world, "s1", "monthly", &json!({}));
    world.pass_days(10);
    end(&world, "s1", "");
    world.pass_days(60);
    assert_eq!(billed(&world), ["2024-04-01..2024-04-30 starting 3000"]);
}

#[test]
fn an_agreed_end_comes_by_itself() {
    let world = world_with(&Value::Null);
    let until = json!({"ending_at": "2024-05-15T23:59:59Z"});
    subscribe(&world, "s1", "arrears", &until);
    let made = subscribe(&world, "s2", "monthly", &until);
    assert_eq!(made["ending_at"], "2024-05-15T23:59:59Z");
    world.pass_until("2024-07-01T00:00:00Z");
    assert_eq!(
        billed(&world),
        [
            "2024-04-01..2024-04-30 starting 3000",
            // In advance only the days that will be used: 15 of 31.
            "2024-04-01..2024-04-30 periodic 3000 + 2024-05-01..2024-05-15 periodic 1452",
            "2024-05-01..2024-05-15 terminating 1452",
        ]
    );
    for id in ["s1", "s2"] {
        assert_eq!(read(&world, id, "terminated")["terminated_at"], "2024-05-15T23:59:59Z");
    }
}

#[test]
fn an_end_that_is_put_off_is_billed_for_the_days_between() {
    let world = world_with(&Value::Null);
    subscribe(&world, "s1", "monthly", &json!({"ending_at": "2024-04-16T00:00:00Z"}));
    assert_eq!(billed(&world), ["2024-04-01..2024-04-15 starting 1500"]);
    let later = json!({"subscription": {"ending_at": "2024-05-01T00:00:00Z"}});
    assert_eq!(world.api().put("/api/v1/subscriptions/s1", &later).status, 200);
    world.pass_until("2024-06-01T12:00:00Z");
    assert_eq!(billed(&world)[1..], ["2024-04-16..2024-04-30 periodic 1500"]);
    assert_eq!(read(&world, "s1", "terminated")["terminated_at"], "2024-05-01T00:00:00Z");
}

#[test]
fn what_has_not_started_is_canceled() {
    let world = world_with(&Value::Null);
    subscribe(&world, "s1", "monthly", &json!({"subscription_at": "2024-05-01T00:00:00Z"}));
    assert_eq!(world.api().delete("/api/v1/subscriptions/s1").status, 404);
    let canceled = end(&world, "s1", "?status=pending");
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["canceled_at"], "2024-04-01T10:00:00Z");
    world.pass_days(60);
    assert!(billed(&world).is_empty());
}

#[test]
fn a_deleted_plan_ends_its_subscriptions() {
    let world = world_with(&Value::Null);
    subscribe(&world, "s1", "arrears", &json!({}));
    subscribe(&world, "s2", "arrears", &json!({"subscription_at": "2024-05-01T00:00:00Z"}));
    let varied = json!({"plan_overrides": {"amount_cents": 6_000}});
    subscribe(&world, "s3", "arrears", &varied);
    world.pass_until("2024-04-10T15:00:00Z");
    let deleted = world.api().delete("/api/v1/plans/arrears");
    assert_eq!(deleted.body["plan"]["pending_deletion"], true);
    assert_eq!(deleted.body["plan"]["active_subscriptions_count"], 2);
    world.pass(1);
    assert_eq!(read(&world, "s1", "terminated")["terminated_at"], "2024-04-10T15:00:00Z");
    assert_eq!(read(&world, "s2", "canceled")["status"], "canceled");
    let both = "2024-04-01..2024-04-10 terminating 1000 + 2024-04-01..2024-04-10 terminating 2000";
    assert_eq!(billed(&world), [both]);
    assert_eq!(world.api().get("/api/v1/plans/arrears").status, 404);
    // The code is free again.
    plan(&world, "arrears", &json!({}));
}

#[test]
fn a_deleted_customer_has_nothing_left_running() {
    let world = world_with(&Value::Null);
    let grace = json!({"billing_configuration": {"invoice_grace_period": 5}});
    change_customer(&world, &grace);
    subscribe(&world, "s1", "monthly", &json!({}));
    subscribe(&world, "s2", "arrears", &json!({}));
    subscribe(&world, "s3", "monthly", &json!({"subscription_at": "2024-05-01T00:00:00Z"}));
    world.pass_until("2024-04-03T15:00:00Z");
    assert_eq!(invoices(&world)[0]["status"], "draft");
    assert_eq!(world.api().delete("/api/v1/customers/ada").status, 200);
    for (id, status) in [("s1", "terminated"), ("s2", "terminated"), ("s3", "canceled")] {
        assert_eq!(read(&world, id, status)["external_customer_id"], "ada");
    }
    assert_eq!(
        billed(&world),
        ["2024-04-01..2024-04-30 starting 3000", "2024-04-01..2024-04-03 terminating 300",]
    );
    assert!(invoices(&world).iter().all(|invoice| invoice["status"] == "finalized"));
    world.pass_days(60);
    assert_eq!(world.money_taken(), 2);
}
