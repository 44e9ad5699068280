//! Outcomes that nobody knows: on the list with an owner and a next step, asked for at once, or
//! said by a person, whom the provider may contradict.

use serde_json::{Value, json};

use super::money::{surplus, text};
use crate::world::{Answer, World};

const DAY_S: u64 = 86_400;

fn list(world: &World, query: &str) -> Vec<Value> {
    let answer = world.api().get(&format!("/recoup/v1/unresolved{query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["unresolved"].as_array().expect("a list").clone()
}

fn resolve(world: &World, id: &str, outcome: &str) -> Answer {
    let body = json!({ "outcome": outcome, "reason": "looked at the provider's list" });
    world.api().post(&format!("/recoup/v1/unresolved/{id}/resolve"), &body)
}

/// An invoice whose charge says "pending" longer than the provider is asked, and its id on the
/// list.
fn forgotten(world: &World, behaviour: &str) -> (String, String) {
    world.customer("ada", behaviour);
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    assert_eq!(list(world, ""), Vec::<Value>::new(), "it is pending, and being asked for");
    world.pass(7 * DAY_S);
    let found = list(world, "?owner=person");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["invoice_id"], invoice.as_str());
    assert_eq!((&found[0]["lookups"], &found[0]["next_step"]), (&json!(11), &json!("resolve")));
    assert_eq!(found[0]["next_at"], Value::Null);
    assert!(found[0]["age_seconds"].as_u64().expect("seconds") >= 7 * DAY_S);
    (invoice, text(&found[0]["id"]).to_owned())
}

/// Killed between the intent and the call: whether the provider was asked is not known.
#[test]
fn an_outcome_that_nobody_knows_stands_on_the_list_and_is_asked_for_at_once() {
    let mut world = World::new();
    world.customer("ada", "ok");
    let invoice = world.quiet_invoice("ada", (4_900, "EUR"));
    world.restart_to_crash_at("after-intent");
    world.api().try_post(&format!("/api/v1/invoices/{invoice}/retry_payment"), &json!({}));
    world.wait_until_it_dies();
    world.crash_and_restart();
    let found = list(&world, "");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["kind"], &found[0]["state"]), (&json!("payment"), &json!("unknown")));
    let step = (&found[0]["owner"], &found[0]["next_step"]);
    assert_eq!(step, (&json!("recoup"), &json!("ask_provider")));
    assert_ne!(found[0]["next_at"], Value::Null);
    assert_eq!(list(&world, "?owner=person").len(), 0);
    let path = format!("/recoup/v1/unresolved/{}/ask", text(&found[0]["id"]));
    let asked = world.api().post(&path, &json!({}));
    assert_eq!(asked.status, 200, "{asked:?}");
    assert_eq!(list(&world, "").len(), 0, "the provider knows of none");
    assert_eq!(world.api().post(&path, &json!({})).status, 409);
    world.pass(10);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
    assert_eq!(world.api().get("/recoup/v1/unresolved?owner=nobody").status, 422);
}

#[test]
fn a_person_says_paid_and_the_debt_is_settled() {
    let world = World::new();
    let (invoice, id) = forgotten(&world, "pending_2592000");
    let path = format!("/recoup/v1/unresolved/{id}/resolve");
    for wrong in [
        json!({ "outcome": "paid" }),
        json!({ "outcome": "paid", "reason": "" }),
        json!({ "outcome": "perhaps", "reason": "x" }),
    ] {
        assert_eq!(world.api().post(&path, &wrong).status, 422, "{wrong}");
    }
    let resolved = resolve(&world, &id, "paid");
    assert_eq!(resolved.body["resolved"]["state"], "paid", "{resolved:?}");
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(list(&world, "").len(), 0);
    assert_eq!(resolve(&world, &id, "paid").status, 409);
    let log = world.api().get("/recoup/v1/audit_log?action=payment.resolved").body;
    assert_eq!(log["audit_log"][0]["subject"]["id"], id.as_str());
    assert_eq!(log["audit_log"][0]["reason"], "looked at the provider's list");
    // Nothing is known of the provider's charge, so nothing can be given back through it.
    let refused = world.api().post(&format!("/recoup/v1/payments/{id}/refund"), &json!({}));
    assert!(matches!(refused.status, 200 | 409), "{refused:?}");
}

#[test]
fn money_that_comes_after_a_person_said_not_paid_is_counted() {
    let world = World::new();
    let (invoice, id) = forgotten(&world, "pending_864000");
    assert_eq!(resolve(&world, &id, "not_paid").body["resolved"]["state"], "declined");
    assert_eq!(world.payment_status(&invoice), "failed");
    world.pass(DAY_S);
    assert_eq!(world.charges().len(), 1, "nothing is charged by itself");
    world.pass(3 * DAY_S);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.read_invoice(&invoice)["total_paid_amount_cents"], 4_900);
    assert_eq!(world.told("attempt_contradicted").len(), 1);
    assert_eq!(list(&world, "").len(), 0, "it is counted: nothing is left to be done");
}

#[test]
fn money_that_comes_for_what_was_paid_since_is_a_surplus() {
    let world = World::new();
    let (invoice, id) = forgotten(&world, "pending_864000");
    assert_eq!(resolve(&world, &id, "not_paid").status, 200);
    assert_eq!(super::money::record(&world, &invoice, 4_900), 200);
    world.pass(4 * DAY_S);
    let found = surplus(&world, &format!("?invoice_id={invoice}"));
    assert_eq!((found.len(), &found[0]["amount_cents"]), (1, &json!(4_900)));
}

#[test]
fn a_payment_that_never_was_is_taken_off_when_the_provider_denies_it() {
    let world = World::new();
    let (invoice, id) = forgotten(&world, "pending_864000_insufficient_funds");
    assert_eq!(resolve(&world, &id, "paid").status, 200);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    world.pass(4 * DAY_S);
    assert_eq!(world.payment_status(&invoice), "succeeded", "nobody decides but a person");
    let found = list(&world, "?owner=person");
    assert_eq!(
        (&found[0]["state"], &found[0]["next_step"]),
        (&json!("contradicted"), &json!("correct"))
    );
    assert!(text(&found[0]["reason"]).contains("insufficient_funds"), "{found:?}");
    let corrected = resolve(&world, &id, "not_paid");
    assert_eq!(corrected.body["resolved"]["state"], "declined", "{corrected:?}");
    let after = world.read_invoice(&invoice);
    assert_eq!(
        (&after["payment_status"], &after["total_paid_amount_cents"]),
        (&json!("failed"), &json!(0))
    );
    assert_eq!(list(&world, "").len(), 0);
    let moved = world.api().get(&format!("/recoup/v1/ledger_entries?invoice_id={invoice}")).body;
    let kinds: Vec<&str> = moved["ledger_entries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| text(&it["kind"]))
        .collect();
    assert_eq!(kinds, ["correction", "charge"], "nothing is rubbed out");
    let log = world.api().get("/recoup/v1/audit_log?action=payment.contradicted").body;
    assert_eq!(log["audit_log"][0]["actor"]["kind"], "provider");
}
