//! The business is told of attempts ahead of their time, and may have one left out, or end it.

use serde_json::{Value, json};

use crate::outbound::receiver::{Answer, Receiver};
use crate::world::World;

const HOUR: u64 = 3_600;

fn says(json: &str) -> Answer {
    Answer::Bytes(format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{json}", json.len()))
}

/// Told an hour ahead.
fn world(answers: Vec<Answer>) -> (World, Receiver) {
    let world = World::with_settings(&[("RECOUP_COLLECT__ATTEMPT_DUE_MINUTES", "60")]);
    let receiver = listens(&world, answers);
    (world, receiver)
}

fn listens(world: &World, answers: Vec<Answer>) -> Receiver {
    let receiver = Receiver::answering(answers);
    let endpoint = json!({ "webhook_endpoint": {
        "webhook_url": receiver.url(), "signature_algo": "hmac", "name": "billing",
        "event_types": ["recovery.attempt_due"],
    }});
    let made = world.api().post("/api/v1/webhook_endpoints", &endpoint);
    assert_eq!(made.status, 200, "{made:?}");
    receiver
}

fn heard(receiver: &Receiver) -> Vec<Value> {
    let received = receiver.received();
    received.iter().map(|it| serde_json::from_slice(&it.body).expect("JSON")).collect()
}

fn recovery(world: &World) -> Value {
    world.api().get("/recoup/v1/recoveries").body["recoveries"][0].clone()
}

fn declined(world: &World) {
    world.customer("ada", "declined_insufficient_funds");
    world.invoice("ada", 4_900);
    world.pass(5);
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn an_attempt_that_the_business_leaves_out_is_followed_by_the_next_step() {
    let (world, receiver) = world(vec![says(r#"{"recoup": "skip"}"#), Answer::status(200)]);
    declined(&world);
    let planned = recovery(&world)["next_attempt_at"].clone();
    world.pass(22 * HOUR);
    assert_eq!(heard(&receiver).len(), 0, "not earlier than an hour ahead");
    world.pass(HOUR + 60);
    let told = heard(&receiver);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["webhook_type"], "recovery.attempt_due");
    assert_eq!(told[0]["recovery"]["next_attempt_at"], planned);
    let put_off = world.told("attempt_put_off");
    let sentence = put_off[0].1.as_deref().expect("a sentence");
    assert!(sentence.starts_with("webhook endpoint billing answered"), "{sentence}");
    let waits = recovery(&world);
    assert!(waits["sentence"].as_str().expect("one").contains("left out"), "{waits}");
    world.pass(24 * HOUR);
    assert_eq!(world.charges().len(), 1, "it is left out");
    world.pass(25 * HOUR);
    assert_eq!(heard(&receiver).len(), 2, "the next one is told too, once");
    assert_eq!(world.charges().len(), 2, "and made on the third day");
    let explained = recovery(&world)["sentence"].to_string();
    assert!(explained.contains("step 3 of 7"), "the ladder goes on from there: {explained}");
}

#[test]
fn collecting_ends_where_the_business_answers_so() {
    let (world, _receiver) = world(vec![says(r#"{"recoup": "stop"}"#)]);
    declined(&world);
    world.pass(24 * HOUR);
    let stopped = recovery(&world);
    assert_eq!((&stopped["state"], &stopped["reason"]), (&json!("idle"), &json!("stopped")));
    assert!(world.told("recovery_stopped")[0].1.as_deref().expect("one").contains("billing"));
    world.pass(40 * 24 * HOUR);
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn no_answer_and_no_other_answer_keeps_an_attempt_from_being_made() {
    let long = format!("{}{{\"recoup\": \"stop\"}}", " ".repeat(5_000));
    let answers = vec![
        Answer::status(500),
        says("skip"),
        says(&long),
        Answer::BytesThenClose("HTTP/1.1 200".to_owned()),
    ];
    let (world, receiver) = world(answers);
    declined(&world);
    world.pass(7 * 24 * HOUR);
    assert_eq!(world.charges().len(), 4, "on days 1, 3 and 6");
    assert!(heard(&receiver).len() >= 3);
    assert_eq!(world.told("attempt_due").len(), 3, "each attempt is told once");
    assert_eq!(world.told("attempt_put_off").len(), 0);
}

#[test]
fn what_is_always_left_out_is_exhausted_in_the_end() {
    let (world, receiver) = world(vec![says(r#"{"recoup": "skip"}"#)]);
    declined(&world);
    world.pass(30 * 24 * HOUR);
    assert_eq!(world.charges().len(), 1);
    assert_eq!(heard(&receiver).len(), 7, "each step of the ladder");
    let ended = recovery(&world);
    assert_eq!((&ended["state"], &ended["reason"]), (&json!("idle"), &json!("exhausted")));
    assert_eq!(world.told("recovery_exhausted").len(), 1);
}

#[test]
fn nobody_is_told_ahead_unless_a_setting_says_so() {
    let world = World::new();
    let receiver = listens(&world, vec![says(r#"{"recoup": "stop"}"#)]);
    declined(&world);
    world.pass(2 * 24 * HOUR);
    assert_eq!(heard(&receiver).len(), 0);
    assert_eq!(world.charges().len(), 2);
}
