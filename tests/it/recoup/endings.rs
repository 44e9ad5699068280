//! What a policy leads to beside the next attempt: subscriptions that end, and payers that are
//! asked and waited for.

use serde_json::{Value, json};

use crate::billing::{invoices, plan, subscribe};
use crate::world::World;
use crate::world::payer::press;

fn recovery(world: &World, customer: &str) -> Value {
    let path = format!("/recoup/v1/recoveries?external_customer_id={customer}");
    world.api().get(&path).body["recoveries"][0].clone()
}

fn put(world: &World, code: &str, rest: &str) {
    let body = json!({ "toml": format!("name = \"{code}\"\n{rest}") });
    let answer = world.api().put(&format!("/recoup/v1/policies/{code}"), &body);
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn assign(world: &World, scope: &str, target: &str, policy: &str) {
    let body = json!({ "scope": scope, "target": target, "policy": policy });
    let answer = world.api().put("/recoup/v1/policies/assignments", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn a_plans_policy_ends_the_subscription_that_is_not_paid_and_leaves_the_debt() {
    let world = World::at("2026-03-02T09:00:00Z");
    let cancel = "[ladders]\nsoft = [\"1d\"]\n[exhausted]\nthen = \"cancel_subscription\"\n";
    put(&world, "strict", cancel);
    plan(&world, "gold", &json!({}));
    plan(&world, "tin", &json!({}));
    assign(&world, "organization", "", "off");
    assign(&world, "plan", "gold", "strict");
    let unknown = json!({ "scope": "plan", "target": "none", "policy": "off" });
    assert_eq!(world.api().put("/recoup/v1/policies/assignments", &unknown).status, 404);
    world.customer("ada", "declined_insufficient_funds");
    world.customer("ben", "declined_insufficient_funds");
    subscribe(&world, "sub-ada", "gold", &json!({}));
    subscribe(&world, "sub-ben", "tin", &json!({ "external_customer_id": "ben" }));
    world.pass(3_600);
    assert_eq!(recovery(&world, "ada")["policy"]["code"], "strict");
    assert_eq!(recovery(&world, "ben")["policy"]["code"], "off");
    let status = |id: &str, status: &str| {
        world.api().get(&format!("/api/v1/subscriptions/{id}?status={status}")).status
    };
    assert_eq!(status("sub-ada", "active"), 200, "an attempt is left");
    world.pass_days(1);
    world.pass(3_600);
    let ended = recovery(&world, "ada");
    assert_eq!((&ended["state"], &ended["reason"]), (&json!("idle"), &json!("exhausted")));
    let sentence = ended["sentence"].as_str().expect("one");
    assert!(sentence.contains("its subscription is ended"), "{sentence}");
    assert_eq!(status("sub-ada", "terminated"), 200);
    assert_eq!(status("sub-ben", "active"), 200, "the other plan's policy says nothing of it");
    world.pass_days(60);
    let hers = |it: &&Value| it["customer"]["external_id"] == "ada";
    let all = invoices(&world);
    let of_ada: Vec<&Value> = all.iter().filter(hers).collect();
    assert_eq!(of_ada.len(), 1, "nothing more is billed");
    assert_eq!(of_ada[0]["payment_status"], "failed", "what was billed stays owed");
}

#[test]
fn a_payer_who_has_to_confirm_is_sent_a_link_and_waited_for() {
    let world = World::at("2026-03-02T09:00:00Z");
    world.customer("ada", "action");
    let invoice = world.invoice("ada", 4_900);
    world.pass(5);
    let asked = world.told("payer_asked");
    assert_eq!(asked.len(), 1, "{asked:?}");
    let page = asked[0].1.clone().expect("an address");
    let waits = recovery(&world, "ada");
    assert_eq!((&waits["state"], &waits["next_attempt_at"]), (&json!("charging"), &json!(null)));
    assert!(waits["sentence"].as_str().expect("one").contains("has to confirm"), "{waits}");
    world.pass(20 * 3_600);
    assert_eq!(world.charges().len(), 1, "nothing else is tried meanwhile");
    assert_eq!(world.told("payer_asked").len(), 1, "nor is the payer asked twice");
    let confirm = press(&page).location.expect("the bank's page");
    let agent = ureq::Agent::new_with_defaults();
    agent.post(&confirm).send_form([("verdict", "confirm")]).expect("an answer");
    world.pass(60);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
}
