//! The biller: however often, however late, whatever happens to it, each day is billed once.

use serde_json::json;

use super::{billed, plan, subscribe};
use crate::world::World;

#[test]
fn run_again_and_again_it_bills_nothing_twice() {
    let world = World::at("2024-01-31T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "monthly", &json!({}));
    subscribe(&world, "s1", "monthly", &json!({"billing_time": "anniversary"}));
    // A command has the machine's time: all the months since then are due at once.
    world.run(&["job", "run", "bill-subscriptions"]);
    let once = billed(&world);
    assert_eq!(once[0], "2024-01-31..2024-02-28 starting 3100");
    assert_eq!(once[1], "2024-02-29..2024-03-30 periodic 3100");
    assert!(once.len() > 20, "{once:?}");
    for _ in 0..3 {
        world.run(&["job", "run", "bill-subscriptions"]);
        world.run(&["job", "run", "finalize-invoices"]);
    }
    assert_eq!(billed(&world), once);
}

#[test]
fn a_server_that_was_killed_goes_on_where_it_was() {
    let mut world = World::at("2024-01-15T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "monthly", &json!({}));
    subscribe(&world, "s1", "monthly", &json!({}));
    subscribe(&world, "s2", "monthly", &json!({"billing_time": "anniversary"}));
    for month in ["02", "03", "04"] {
        world.pass_until(&format!("2024-{month}-01T00:00:00Z"));
        world.crash_and_restart();
        world.pass_until(&format!("2024-{month}-16T00:00:00Z"));
        world.crash_and_restart();
    }
    world.pass_days(1);
    assert_eq!(
        billed(&world),
        [
            "2024-01-15..2024-01-31 starting 1700",
            "2024-01-15..2024-02-14 starting 3100",
            "2024-02-01..2024-02-29 periodic 3100",
            "2024-02-15..2024-03-14 periodic 3100",
            "2024-03-01..2024-03-31 periodic 3100",
            "2024-03-15..2024-04-14 periodic 3100",
            "2024-04-01..2024-04-30 periodic 3100",
            "2024-04-15..2024-05-14 periodic 3100",
        ]
    );
    assert_eq!(world.money_taken(), 8);
}

#[test]
fn a_server_that_was_off_for_months_bills_each_period_once_when_it_is_back() {
    let mut world = World::at("2024-01-01T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "monthly", &json!({"pay_in_advance": false}));
    plan(&world, "small", &json!({"amount_cents": 1_000}));
    plan(&world, "weekly", &json!({"interval": "weekly", "amount_cents": 700}));
    subscribe(&world, "s1", "monthly", &json!({"ending_at": "2024-04-10T12:00:00Z"}));
    subscribe(&world, "s2", "monthly", &json!({}));
    subscribe(&world, "later", "small", &json!({"subscription_at": "2024-03-31T00:00:00Z"}));
    world.restart_at("2024-05-02T09:00:00Z");
    world.pass(1);
    let month = |days: &str| format!("{days} periodic 3100 + {days} periodic 3100");
    assert_eq!(
        billed(&world),
        [
            month("2024-01-01..2024-01-31"),
            month("2024-02-01..2024-02-29"),
            "2024-03-31..2024-03-31 starting 32".to_owned(),
            format!("{} + 2024-04-01..2024-04-30 periodic 1000", month("2024-03-01..2024-03-31")),
            "2024-04-01..2024-04-10 terminating 1033".to_owned(),
            "2024-04-01..2024-04-30 periodic 3100 + 2024-05-01..2024-05-31 periodic 1000"
                .to_owned(),
        ]
    );
    world.pass_days(1);
    assert_eq!(billed(&world).len(), 6);
    assert_eq!(world.money_taken(), 6);
}

#[test]
fn many_customers_are_each_billed_once() {
    let world = World::at("2024-01-15T10:00:00Z");
    plan(&world, "monthly", &json!({"pay_in_advance": false}));
    for number in 0..30 {
        let id = format!("c{number}");
        subscribe(&world, &id, "monthly", &json!({"external_customer_id": id}));
    }
    world.pass_until("2024-03-01T00:00:01Z");
    assert_eq!(billed(&world).len(), 60);
}
