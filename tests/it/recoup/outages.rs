//! A connection that fails for technical reasons: its attempts wait, cost nothing, and go on when
//! it answers again.

use serde_json::{Value, json};

use crate::lago::raw::{bearer, call};
use crate::outbound::receiver::{self, Receiver};
use crate::world::{Ears, World};

/// Out after three technical failures, which three customers bring about.
fn out_world() -> (World, Ears, Receiver) {
    let world = World::with_settings(&[("RECOUP_COLLECT__OUTAGE_AFTER", "3")]);
    let everything = Ears::of(&world);
    let receiver = Receiver::answering([receiver::Answer::status(200)]);
    let endpoint = json!({ "webhook_endpoint": {
        "webhook_url": receiver.url(), "signature_algo": "hmac",
        "event_types": ["connection.outage_began", "connection.outage_ended"],
    }});
    assert_eq!(world.api().post("/api/v1/webhook_endpoints", &endpoint).status, 200);
    for name in ["ben", "eve", "kim"] {
        world.customer(name, "unreachable");
        world.invoice(name, 1_000);
    }
    world.customer("ada", "ok");
    world.pass(1);
    (world, everything, receiver)
}

fn heard(receiver: &Receiver) -> Vec<Value> {
    let received = receiver.received();
    received.iter().map(|it| serde_json::from_slice(&it.body).expect("JSON")).collect()
}

fn recovery(world: &World, customer: &str) -> Value {
    let path = format!("/recoup/v1/recoveries?external_customer_id={customer}");
    world.api().get(&path).body["recoveries"][0].clone()
}

#[test]
fn attempts_wait_while_a_connection_is_out_and_go_on_when_it_answers() {
    let (world, everything, receiver) = out_world();
    assert_eq!(world.told("outage_began").len(), 1);
    let invoice = world.invoice("ada", 4_900);
    world.pass(60);
    let waits = recovery(&world, "ada");
    assert_eq!((&waits["state"], &waits["reason"]), (&json!("waiting"), &json!("outage")));
    assert_eq!(waits["attempts_made"], 0, "it costs no attempt");
    assert!(waits["sentence"].as_str().expect("one").contains("technical reasons"), "{waits}");
    assert_eq!(world.charges().len(), 0);
    let told = heard(&receiver);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["webhook_type"], "connection.outage_began");
    assert_eq!(told[0]["connection"]["code"], "sandbox");
    let of_ours = |it: &Value| it["webhook_type"].to_string().contains("outage");
    assert!(!everything.heard().iter().any(of_ours), "only who asks for it hears of it");
    let key = bearer(&world);
    let metrics = call(&world, ("GET", "/metrics"), Some(&key), (None, b"")).text;
    assert!(metrics.contains("recoup_connection_out{"), "{metrics}");
    let listed = world.run(&["connection", "list", "--json"]);
    assert!(listed[0]["out_since"].is_string(), "{listed}");
    world.pass(6 * 3_600);
    assert_eq!(world.payment_status(&invoice), "succeeded", "its turn to go through has come");
    assert_eq!(world.money_taken(), 1);
    let ended = heard(&receiver).iter().any(|it| it["connection"]["is_out"] == false);
    assert!(ended, "it is told that it is over");
}

#[test]
fn what_a_person_asks_for_goes_through_an_outage_and_may_end_it() {
    let (world, _everything, receiver) = out_world();
    let invoice = world.invoice("ada", 4_900);
    world.pass(60);
    assert_eq!(recovery(&world, "ada")["reason"], "outage");
    let retry = format!("/api/v1/invoices/{invoice}/retry_payment");
    assert_eq!(world.api().post(&retry, &json!({})).status, 200);
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.told("outage_ended").len(), 1);
    let last = heard(&receiver).pop().expect("one");
    assert_eq!(last["webhook_type"], "connection.outage_ended");
}

#[test]
fn a_connection_that_answers_now_and_then_is_not_out() {
    let world = World::with_settings(&[("RECOUP_COLLECT__OUTAGE_AFTER", "3")]);
    for (number, behaviour) in [
        "declined_issuer_unavailable",
        "ok",
        "declined_issuer_unavailable",
        "declined_expired_card",
        "declined_issuer_unavailable",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("c{number}");
        world.customer(&name, behaviour);
        world.invoice(&name, 1_000);
        world.pass(1);
    }
    assert_eq!(world.told("outage_began").len(), 0);
}

/// Of which nothing can ever be sent, and who come again every hour.
const UNREACHABLE: usize = 24;

#[test]
fn debts_that_fail_each_time_do_not_keep_the_others_waiting() {
    let (world, _everything, _receiver) = out_world();
    for n in 0..UNREACHABLE {
        let name = format!("gone-{n}");
        world.customer(&name, "unreachable");
        world.invoice(&name, 1_000);
        world.pass(60);
    }
    // Each has taken a turn by then, and failed.
    world.pass(6 * 3_600);
    assert!(world.told("outage_ended").is_empty());
    let invoice = world.invoice("ada", 4_900);
    world.pass(2 * 3_600);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.told("outage_ended").len(), 1);
}
