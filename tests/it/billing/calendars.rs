//! Months of 28 to 31 days, leap years, time zones and clocks that are put forward and back.

use serde_json::json;

use super::{billed, change_customer, plan, subscribe};
use crate::world::World;

#[test]
fn a_year_of_calendar_months_in_a_leap_year_is_billed_month_by_month() {
    let world = World::at("2024-01-10T10:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "monthly", &json!({}));
    subscribe(&world, "s1", "monthly", &json!({}));
    world.pass_until("2025-01-02T00:00:00Z");
    let billed = billed(&world);
    // 22 of 31 days, then whole months.
    assert_eq!(billed[0], "2024-01-10..2024-01-31 starting 2200");
    assert_eq!(billed[1], "2024-02-01..2024-02-29 periodic 3100");
    assert_eq!(billed[2], "2024-03-01..2024-03-31 periodic 3100");
    assert_eq!(billed[12], "2025-01-01..2025-01-31 periodic 3100");
    assert_eq!(billed.len(), 13);
    assert_eq!(world.money_taken(), 13);
}

#[test]
fn an_anniversary_of_the_31st_falls_on_last_days_of_short_months() {
    let world = World::at("2023-12-31T12:00:00Z");
    world.customer("ada", "ok");
    plan(&world, "monthly", &json!({"pay_in_advance": false}));
    subscribe(&world, "s1", "monthly", &json!({"billing_time": "anniversary"}));
    world.pass_until("2024-05-31T12:00:00Z");
    assert_eq!(
        billed(&world),
        [
            "2023-12-31..2024-01-30 periodic 3100",
            "2024-01-31..2024-02-28 periodic 3100",
            "2024-02-29..2024-03-30 periodic 3100",
            "2024-03-31..2024-04-29 periodic 3100",
            "2024-04-30..2024-05-30 periodic 3100",
        ]
    );
}

#[test]
fn every_interval_has_its_periods() {
    let world = World::at("2024-02-14T09:00:00Z");
    world.customer("ada", "ok");
    for interval in ["weekly", "quarterly", "semiannual", "yearly"] {
        plan(&world, interval, &json!({"interval": interval, "amount_cents": 36_600}));
        subscribe(&world, interval, interval, &json!({}));
    }
    assert_eq!(
        billed(&world),
        [
            // Wednesday to Sunday: five days of seven.
            "2024-02-14..2024-02-18 starting 26143",
            "2024-02-14..2024-03-31 starting 18903",
            "2024-02-14..2024-06-30 starting 27752",
            "2024-02-14..2024-12-31 starting 32200",
        ]
    );
    world.pass_until("2024-02-19T01:00:00Z");
    assert_eq!(billed(&world)[4], "2024-02-19..2024-02-25 periodic 36600");
}

#[test]
fn days_begin_where_the_customer_lives() {
    let world = World::at("2024-03-15T12:00:00Z");
    world.customer("ada", "ok");
    change_customer(&world, &json!({"timezone": "Europe/Berlin"}));
    plan(&world, "monthly", &json!({}));
    subscribe(&world, "s1", "monthly", &json!({}));
    // Clocks go forward on the 31st: the month ends an hour earlier in UTC.
    world.pass_until("2024-03-31T21:59:59Z");
    assert_eq!(billed(&world).len(), 1);
    world.pass_until("2024-03-31T22:00:01Z");
    assert_eq!(
        billed(&world),
        [
            "2024-03-14T23:00:00Z..2024-03-31T21:59:59Z starting 1700",
            "2024-03-31T22:00:00Z..2024-04-30T21:59:59Z periodic 3100",
        ]
    );
    let issued = super::invoices(&world)[1]["issuing_date"].clone();
    assert_eq!(issued, "2024-04-01");
}

#[test]
fn clocks_that_go_back_bill_no_day_twice() {
    let world = World::at("2024-10-28T12:00:00Z");
    world.customer("ada", "ok");
    change_customer(&world, &json!({"timezone": "America/New_York"}));
    plan(&world, "weekly", &json!({"interval": "weekly", "pay_in_advance": false}));
    subscribe(&world, "s1", "weekly", &json!({}));
    world.pass_until("2024-11-11T12:00:00Z");
    assert_eq!(
        billed(&world),
        [
            "2024-10-28T04:00:00Z..2024-11-04T04:59:59Z periodic 3100",
            "2024-11-04T05:00:00Z..2024-11-11T04:59:59Z periodic 3100",
        ]
    );
}

#[test]
fn a_customer_who_moves_is_billed_each_day_once() {
    let world = World::at("2024-03-10T12:00:00Z");
    world.customer("ada", "ok");
    change_customer(&world, &json!({"timezone": "America/New_York"}));
    plan(&world, "monthly", &json!({}));
    subscribe(&world, "s1", "monthly", &json!({}));
    world.pass_until("2024-03-31T20:00:00Z");
    change_customer(&world, &json!({"timezone": "Pacific/Auckland"}));
    // It is April there already.
    world.pass(1);
    assert_eq!(billed(&world).len(), 2);
    change_customer(&world, &json!({"timezone": "America/New_York"}));
    world.pass_until("2024-05-02T00:00:00Z");
    assert_eq!(billed(&world).len(), 3);
}
