//! Payments that are given back: never more than they brought, once per key, and never lost when
//! the answer is.

use serde_json::{Value, json};

use super::money::{paid_beside, refunds_at_provider, surplus_of, text};
use crate::world::{Answer, World};

/// Amounts that the pretend provider gives back late, or not at all.
const LATE: i64 = 900_201;
const FAILING: i64 = 900_202;

/// The id of the one payment of a new invoice that is paid.
fn paid(world: &World, customer: &str, amount: i64) -> String {
    world.customer(customer, "ok");
    let invoice = world.invoice(customer, amount);
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    text(&world.payments(&invoice)[0]["lago_id"]).to_owned()
}

fn refund(world: &World, payment: &str, body: &Value) -> Answer {
    world.api().post(&format!("/recoup/v1/payments/{payment}/refund"), body)
}

fn books(world: &World, payment: &str) -> Value {
    let answer = world.api().get(&format!("/recoup/v1/payments/{payment}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["payment"].clone()
}

fn state(world: &World, refund: &Answer) -> String {
    let id = text(&refund.body["refund"]["id"]);
    let shown = world.api().get(&format!("/recoup/v1/refunds/{id}"));
    text(&shown.body["refund"]["state"]).to_owned()
}

#[test]
fn no_more_is_given_back_than_was_charged() {
    let world = World::new();
    let payment = paid(&world, "ada", 4_900);
    let first = refund(&world, &payment, &json!({ "amount_cents": 4_000 }));
    assert_eq!(first.status, 200, "{first:?}");
    let beyond = refund(&world, &payment, &json!({ "amount_cents": 901 }));
    assert_eq!(beyond.status, 422, "{beyond:?}");
    let rest = refund(&world, &payment, &json!({ "note": "gone sour" }));
    assert_eq!(rest.body["refund"]["amount_cents"], 900);
    let nothing = refund(&world, &payment, &json!({}));
    assert_eq!((nothing.status, &nothing.body["code"]), (409, &json!("nothing_left")));
    let given: i64 =
        refunds_at_provider(&world).iter().map(|it| it["amount"].as_i64().expect("cents")).sum();
    assert_eq!(given, 4_900);
    let shown = books(&world, &payment);
    assert_eq!((&shown["refunded_cents"], &shown["refundable_cents"]), (&json!(4_900), &json!(0)));
    let moved: i64 = shown["ledger_entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|it| it["amount_cents"].as_i64().expect("cents"))
        .sum();
    assert_eq!(moved, 0, "all of it went back: {shown}");
    // A refund makes nothing due again.
    world.pass_days(3);
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn what_cannot_be_given_back_is_refused_with_what_to_do() {
    let world = World::new();
    world.customer("ada", "declined_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let declined = text(&world.payments(&invoice)[0]["lago_id"]).to_owned();
    let refused = refund(&world, &declined, &json!({}));
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("not_paid")));
    let none = "00000000-0000-7000-8000-000000000000";
    assert_eq!(refund(&world, none, &json!({})).status, 404);
    assert_eq!(refund(&world, "nonsense", &json!({})).status, 404);
    for wrong in [json!({ "reason": "whim" }), json!({ "amount": 5 }), json!({ "amount_cents": 0 })]
    {
        let payment = paid(&world, "bob", 100);
        assert_eq!(refund(&world, &payment, &wrong).status, 422, "{wrong}");
    }
    // The surplus of a payment is not given back unawares together with what was due.
    let twice = paid_beside(&world, "cyd", (4_900, 4_900));
    let payment = text(&surplus_of(&world, &twice)["payment_id"]).to_owned();
    let refused = refund(&world, &payment, &json!({}));
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("has_surplus")));
}

#[test]
fn a_refund_that_takes_its_time_is_settled_by_the_providers_webhook() {
    let world = World::new();
    let payment = paid(&world, "ada", LATE);
    let asked = refund(&world, &payment, &json!({}));
    assert_eq!(asked.body["refund"]["state"], "pending", "{asked:?}");
    assert_eq!(books(&world, &payment)["refunded_cents"], 0);
    world.pass(120);
    assert_eq!(state(&world, &asked), "succeeded");
    assert_eq!(books(&world, &payment)["refunded_cents"], LATE);
}

/// The provider's message came to a database that a backup has replaced: it does not come again.
#[test]
fn a_refund_whose_end_is_never_told_waits_for_a_person() {
    let mut world = World::new();
    let payment = paid(&world, "ada", LATE);
    let asked = refund(&world, &payment, &json!({}));
    let backup = world.back_up();
    world.pass(120);
    assert_eq!(state(&world, &asked), "succeeded");
    world.restore(&backup);
    world.pass_days(29);
    assert_eq!(state(&world, &asked), "pending", "it may yet be told");
    world.pass_days(2);
    let list = world.api().get("/recoup/v1/unresolved?owner=person").body["unresolved"].clone();
    let id = text(&asked.body["refund"]["id"]);
    assert_eq!((&list[0]["id"], &list[0]["next_step"]), (&json!(id), &json!("resolve")), "{list}");
    let said = json!({ "outcome": "paid", "reason": "it is on the provider's list" });
    let resolved = world.api().post(&format!("/recoup/v1/unresolved/{id}/resolve"), &said);
    assert_eq!(resolved.status, 200, "{resolved:?}");
    assert_eq!(state(&world, &asked), "succeeded");
    assert_eq!(books(&world, &payment)["refunded_cents"], LATE);
    assert_eq!(refunds_at_provider(&world).len(), 1);
}

#[test]
fn a_refund_that_fails_can_be_asked_for_again() {
    let world = World::new();
    let payment = paid(&world, "ada", FAILING + 100);
    let failed = refund(&world, &payment, &json!({ "amount_cents": FAILING }));
    assert_eq!(failed.body["refund"]["state"], "failed", "{failed:?}");
    world.pass(10);
    assert_eq!(state(&world, &failed), "failed");
    let again = refund(&world, &payment, &json!({ "amount_cents": 100 }));
    assert_eq!(again.body["refund"]["state"], "succeeded", "{again:?}");
    let list = world.api().get(&format!("/recoup/v1/refunds?payment_id={payment}&state=failed"));
    assert_eq!(list.body["refunds"].as_array().expect("a list").len(), 1);
    assert_eq!(books(&world, &payment)["refundable_cents"], FAILING);
}

/// Killed before the call, and after it: the same refund is sent again under its key.
#[test]
fn a_server_that_dies_while_it_gives_money_back_gives_it_back_once() {
    for (point, sent) in [("after-refund-intent", 0), ("after-refund-call", 1)] {
        let mut world = World::new();
        let payment = paid(&world, "ada", 4_900);
        world.restart_to_crash_at(point);
        let path = format!("/recoup/v1/payments/{payment}/refund");
        assert!(world.api().try_post(&path, &json!({})).is_none(), "the server was to die");
        world.wait_until_it_dies();
        world.crash_and_restart();
        assert_eq!(refunds_at_provider(&world).len(), sent, "{point}");
        let list = world.api().get("/recoup/v1/unresolved").body["unresolved"].clone();
        assert_eq!((&list[0]["kind"], &list[0]["owner"]), (&json!("refund"), &json!("recoup")));
        // Whether it was done is not known: nothing else of the payment goes out meanwhile.
        let other = refund(&world, &payment, &json!({ "amount_cents": 1 }));
        assert_eq!((other.status, &other.body["code"]), (409, &json!("refund_unresolved")));
        world.pass(60);
        assert_eq!(refunds_at_provider(&world).len(), 1, "{point}");
        assert_eq!(books(&world, &payment)["refunded_cents"], 4_900, "{point}");
        let left = world.api().get("/recoup/v1/unresolved").body["unresolved"].clone();
        assert_eq!(left, json!([]));
    }
}

/// It was to be sent again, and recoup was off until its key was too old for that.
#[test]
fn a_refund_whose_key_grows_old_while_recoup_is_off_waits_for_a_person() {
    let mut world = World::at("2024-01-01T10:00:00Z");
    let payment = paid(&world, "ada", 4_900);
    world.restart_to_crash_at("after-refund-call");
    let path = format!("/recoup/v1/payments/{payment}/refund");
    assert!(world.api().try_post(&path, &json!({})).is_none(), "the server was to die");
    world.wait_until_it_dies();
    world.crash_and_restart();
    world.restart_at("2025-01-01T10:00:00Z");
    world.pass(60);
    let list = world.api().get("/recoup/v1/unresolved?owner=person").body["unresolved"].clone();
    assert_eq!((&list[0]["kind"], &list[0]["next_step"]), (&json!("refund"), &json!("resolve")));
    let id = text(&list[0]["id"]);
    let said = json!({ "outcome": "paid", "reason": "it is on the provider's list" });
    let resolved = world.api().post(&format!("/recoup/v1/unresolved/{id}/resolve"), &said);
    assert_eq!(resolved.status, 200, "{resolved:?}");
    assert_eq!(books(&world, &payment)["refunded_cents"], 4_900);
    assert_eq!(refunds_at_provider(&world).len(), 1);
}
