//! Collecting is paused, resumed, stopped and moved: one debt, a customer, all of a filter.

use serde_json::{Value, json};

use crate::world::{Answer, World};

fn recoveries(world: &World, customer: &str) -> Vec<Value> {
    let path = format!("/recoup/v1/recoveries?external_customer_id={customer}");
    let answer = world.api().get(&path);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["recoveries"].as_array().expect("a list").clone()
}

fn recovery(world: &World, customer: &str) -> Value {
    let found = recoveries(world, customer);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

fn order(world: &World, customer: &str, verb: &str, body: &Value) -> Answer {
    let id = recovery(world, customer)["id"].as_str().expect("an id").to_owned();
    world.api().post(&format!("/recoup/v1/recoveries/{id}/{verb}"), body)
}

fn carried_out(world: &World, customer: &str, verb: &str, body: &Value) -> Value {
    let answer = order(world, customer, verb, body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["recovery"].clone()
}

fn of_customer(world: &World, customer: &str, body: &Value) -> Value {
    let answer = world.api().post(&format!("/recoup/v1/customers/{customer}/collection"), body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["control"].clone()
}

#[test]
fn a_paused_debt_is_not_charged_until_it_is_resumed() {
    let world = World::at("2026-03-02T09:00:00Z");
    world.customer("ada", "fails_1_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let paused = carried_out(&world, "ada", "pause", &json!({ "reason": "she called" }));
    assert_eq!((&paused["paused"], &paused["next_attempt_at"]), (&json!(true), &json!(null)));
    assert!(paused["sentence"].as_str().expect("one").starts_with("Collecting is paused"));
    carried_out(&world, "ada", "pause", &json!({}));
    world.pass_days(5);
    assert_eq!(world.charges().len(), 1, "nothing is tried meanwhile");
    assert_eq!(world.told("recovery_paused").len(), 1, "asked twice, paused once");
    assert_eq!(world.told("recovery_paused")[0].1.as_deref(), Some("she called"));
    carried_out(&world, "ada", "resume", &json!({}));
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.told("recovery_resumed").len(), 1);
    let log = world.api().get("/recoup/v1/audit_log");
    let entries = log.body["audit_log"].as_array().expect("a list").clone();
    let of = |action: &str| entries.iter().filter(|entry| entry["action"] == action).count();
    assert_eq!((of("recovery.paused"), of("recovery.resumed")), (1, 1), "{entries:?}");
    let ended = order(&world, "ada", "pause", &json!({}));
    assert_eq!((ended.status, &ended.body["code"]), (409, &json!("ended")));
}

#[test]
fn a_stopped_debt_rests_whatever_comes_and_can_be_taken_up_again() {
    let world = World::at("2026-03-02T09:00:00Z");
    world.customer("ada", "fails_1_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let stopped = carried_out(&world, "ada", "stop", &json!({ "reason": "a dispute" }));
    assert_eq!((&stopped["state"], &stopped["reason"]), (&json!("idle"), &json!("stopped")));
    let link = world.api().post("/api/v1/customers/ada/checkout_url", &json!({}));
    let page = link.body["customer"]["checkout_url"].as_str().expect("an address").to_owned();
    crate::world::payer::leave_card(&page, "ok");
    world.pass_days(30);
    assert_eq!(world.charges().len(), 1, "a new card does not wake it");
    let bulk = world.api().post("/recoup/v1/bulk_retries", &json!({ "filter": {} }));
    assert_eq!(bulk.status, 201, "{bulk:?}");
    world.pass(60);
    assert_eq!(world.charges().len(), 1, "nor does a bulk retry");
    carried_out(&world, "ada", "resume", &json!({}));
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn the_next_attempt_is_made_when_it_was_moved_to() {
    let world = World::at("2026-03-02T09:00:00Z");
    world.customer("ada", "fails_1_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let wrong = order(&world, "ada", "move", &json!({ "next_attempt_at": "soon" }));
    assert_eq!(wrong.status, 422);
    assert!(wrong.body["fields"]["next_attempt_at"].is_string(), "{wrong:?}");
    let over = order(&world, "ada", "move", &json!({ "next_attempt_at": "2026-03-01T00:00:00Z" }));
    assert_eq!(over.status, 422, "{over:?}");
    let at = json!({ "next_attempt_at": "2026-03-02T15:00:00Z" });
    let moved = carried_out(&world, "ada", "move", &at);
    assert_eq!(moved["reason"], "moved");
    assert_eq!(moved["next_attempt_at"], "2026-03-02T15:00:00Z");
    world.pass_until("2026-03-02T14:59:00Z");
    assert_eq!(world.charges().len(), 1);
    world.pass_until("2026-03-02T15:01:00Z");
    assert_eq!(world.payment_status(&invoice), "succeeded");
    let none = "/recoup/v1/recoveries/0195c6a2-7d3b-7000-8000-000000000001/move";
    assert_eq!(world.api().post(none, &at).status, 422, "that time is over");
    let later = json!({ "next_attempt_at": "2026-04-02T15:00:00Z" });
    assert_eq!(world.api().post(none, &later).status, 404);
}

#[test]
fn an_open_attempt_goes_on_and_is_neither_stopped_nor_moved() {
    let world = World::at("2026-03-02T09:00:00Z");
    world.customer("ada", "pending_3600_insufficient_funds");
    world.invoice("ada", 4_900);
    world.pass(1);
    let stop = order(&world, "ada", "stop", &json!({}));
    assert_eq!((stop.status, &stop.body["code"]), (409, &json!("attempt_open")));
    let at = json!({ "next_attempt_at": "2026-03-03T15:00:00Z" });
    assert_eq!(order(&world, "ada", "move", &at).status, 409);
    carried_out(&world, "ada", "pause", &json!({}));
    world.pass_days(10);
    assert_eq!(world.charges().len(), 1, "its decline is heard, and nothing comes after it");
    assert_eq!(recovery(&world, "ada")["state"], "waiting");
}

#[test]
fn a_customers_pause_holds_for_their_later_debts_too() {
    let world = World::at("2026-03-02T09:00:00Z");
    for customer in ["ada", "ben"] {
        world.customer(customer, "ok");
    }
    let paused = of_customer(&world, "ada", &json!({ "action": "pause", "reason": "in talks" }));
    assert_eq!(paused["changed"], 0);
    let first = world.invoice("ada", 4_900);
    let other = world.invoice("ben", 4_900);
    world.pass_days(2);
    assert_eq!(world.payment_status(&first), "pending");
    assert_eq!(world.payment_status(&other), "succeeded");
    let shown = world.api().get("/recoup/v1/customers/ada/collection");
    assert_eq!(shown.body["collection"]["paused"], true, "{shown:?}");
    assert_eq!(shown.body["collection"]["reason"], "in talks");
    let resumed = of_customer(&world, "ada", &json!({ "action": "resume" }));
    assert_eq!(resumed["changed"], 1, "{resumed:?}");
    world.pass(1);
    assert_eq!(world.payment_status(&first), "succeeded");
    let shown = world.api().get("/recoup/v1/customers/ada/collection");
    assert_eq!(shown.body["collection"]["paused"], false);
    let nobody = "/recoup/v1/customers/nobody/collection";
    assert_eq!(world.api().post(nobody, &json!({ "action": "pause" })).status, 404);
    assert_eq!(world.api().get(nobody).status, 404);
}

#[test]
fn many_are_controlled_by_a_filter_that_can_be_tried_first() {
    let world = World::at("2026-03-02T09:00:00Z");
    for customer in ["ada", "ben"] {
        world.customer(customer, "declined_insufficient_funds");
        world.invoice(customer, 4_900);
    }
    world.customer("eve", "declined_expired_card");
    world.invoice("eve", 4_900);
    world.pass(1);
    let ask = |dry_run: bool| {
        let body = json!({
            "action": "pause", "filter": { "reason": "retry" }, "dry_run": dry_run,
        });
        let answer = world.api().post("/recoup/v1/recovery_controls", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["control"].clone()
    };
    assert_eq!(ask(true)["changed"], 2);
    assert_eq!(recovery(&world, "ada")["paused"], false, "it was only tried");
    assert_eq!(ask(false)["changed"], 2);
    let again = ask(false);
    assert_eq!((&again["changed"], &again["unchanged"]), (&json!(0), &json!(2)));
    assert_eq!(again["next"], json!(null));
    world.pass_days(10);
    assert_eq!(world.charges().len(), 3);
    let moved = json!({
        "action": "move", "next_attempt_at": "2026-04-01T09:00:00Z", "filter": { "state": "idle" },
    });
    let answer = world.api().post("/recoup/v1/recovery_controls", &moved);
    let refused = &answer.body["control"]["refused"];
    assert_eq!(refused, &json!([{ "code": "nothing_planned", "count": 1 }]), "{answer:?}");
    for wrong in [
        json!({ "action": "pause", "filter": {} }),
        json!({ "action": "halt", "filter": { "state": "waiting" } }),
        json!({ "action": "move", "filter": { "state": "waiting" } }),
        json!({ "action": "pause", "filter": { "colour": "red" } }),
    ] {
        let answer = world.api().post("/recoup/v1/recovery_controls", &wrong);
        assert_eq!(answer.status, 422, "{wrong}");
    }
}
