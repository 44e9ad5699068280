//! Webhooks: signed, tried again, and as disorderly as the behaviour asks for.

use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;

use super::world::{SECRET, START_MS, World};

#[test]
fn a_webhook_is_signed_over_its_time_and_bytes() {
    let world = World::new();
    let inbox = world.listen();
    world.charge("ok", "key_1");
    world.sandbox.run_due();
    let (signature, event, text) = inbox.signed().pop().unwrap();
    assert_eq!(event["type"], "charge.succeeded");
    assert_eq!(event["data"]["reference"], "att_1");
    assert_eq!(event["created_at_ms"], START_MS);
    let (time, hex) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    assert_eq!(time, (START_MS / 1000).to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}.{text}").as_bytes());
    let bytes: Vec<_> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    mac.verify_slice(&bytes).unwrap();
}

#[test]
fn a_duplicate_comes_three_times_with_one_id() {
    let world = World::new();
    let inbox = world.listen();
    world.charge("duplicate", "key_1");
    world.sandbox.run_due();
    let events = inbox.events();
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| event == &events[0]));
}

#[test]
fn a_late_one_comes_before_the_answer_and_again_a_day_later() {
    let world = World::new();
    let inbox = world.listen();
    world.charge("late", "key_1");
    // Nothing was run: it was there when the answer was.
    let early = inbox.events();
    assert_eq!(early.len(), 1);
    world.pass_seconds(86_399);
    assert!(inbox.events().is_empty());
    world.pass_seconds(1);
    assert_eq!(inbox.events(), early);
    world.pass_seconds(86_400);
    assert!(inbox.events().is_empty());
}

#[test]
fn reordered_news_come_newest_first() {
    let world = World::new();
    let inbox = world.listen();
    assert_eq!(world.charge("reordered", "key_1").json()["status"], "pending");
    world.sandbox.run_due();
    assert_eq!(inbox.types(), ["charge.succeeded", "charge.pending"]);
}

#[test]
fn what_became_due_meanwhile_is_told_in_order() {
    let world = World::new();
    let inbox = world.listen();
    world.charge("pending_60_lost_card", "key_1");
    world.charge("pending_5", "key_2");
    world.sandbox.run_due();
    assert_eq!(inbox.types(), ["charge.pending", "charge.pending"]);
    world.pass_seconds(3_600);
    let events = inbox.events();
    assert_eq!(events[0]["type"], "charge.succeeded");
    assert_eq!(events[0]["created_at_ms"], START_MS + 5_000);
    assert_eq!(events[1]["type"], "charge.declined");
    assert_eq!(events[1]["created_at_ms"], START_MS + 60_000);
}

#[test]
fn a_refused_webhook_is_tried_again_and_given_up_in_the_end() {
    let world = World::new();
    let inbox = world.listen();
    inbox.refuse(2);
    world.charge("ok", "key_1");
    world.sandbox.run_due();
    world.pass_seconds(2);
    assert!(inbox.types().is_empty());
    world.pass_seconds(30);
    assert_eq!(inbox.types(), ["charge.succeeded"]);

    inbox.refuse(5);
    world.charge("ok", "key_2");
    world.sandbox.run_due();
    for pause_s in [2, 30, 300, 3_600, 86_400] {
        world.pass_seconds(pause_s);
    }
    assert!(inbox.types().is_empty());
    assert_eq!(world.sandbox.next_due_ms(), None);
}

#[test]
fn refunds_disputes_and_methods_are_told() {
    let world = World::new();
    let inbox = world.listen();
    let id = world.charge("ok", "key_1").json()["id"].as_str().unwrap().to_owned();
    world.post("/v1/refunds", "r1", json!({"charge": id, "amount": 1}));
    world.post(&format!("/v1/charges/{id}/dispute"), "x", json!({"reason": "fraudulent"}));
    world.post("/v1/customers/cus_ok/methods", "x", json!({"method": "pm_ok__2"}));
    world.delete("/v1/methods/pm_ok__2");
    world.sandbox.run_due();
    assert_eq!(
        inbox.types(),
        [
            "charge.succeeded",
            "refund.succeeded",
            "charge.disputed",
            "payment_method.attached",
            "payment_method.detached",
        ]
    );
}

#[test]
fn an_endpoint_is_registered_over_the_api_and_its_secret_shown_once() {
    let world = World::new();
    let asked = json!({"url": "http://127.0.0.1:9/hook"});
    let made = world.post("/v1/webhook_endpoints", "x", asked).json();
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let listed = world.get("/v1/webhook_endpoints").json()["data"].clone();
    assert_eq!(
        listed,
        json!([{"object": "webhook_endpoint", "id": made["id"], "url": made["url"]}])
    );
    let path = format!("/v1/webhook_endpoints/{}", made["id"].as_str().unwrap());
    assert_eq!(world.delete(&path).status, 204);
    assert_eq!(world.delete(&path).status, 404);
    let wrong = world.post("/v1/webhook_endpoints", "x", json!({"url": "ftp://x"}));
    assert_eq!(wrong.status, 400);
}
