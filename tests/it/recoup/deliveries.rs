//! Webhooks on their way: listed, read, and sent again under the same key with the same bytes.

use serde_json::{Value, json};

use crate::outbound::receiver::{Answer as Reply, Receiver};
use crate::world::World;

const PATH: &str = "/recoup/v1/webhook_deliveries";

fn endpoint(world: &World, receiver: &Receiver) -> String {
    let answer = world.api().post(
        "/api/v1/webhook_endpoints",
        &json!({ "webhook_endpoint": {
            "webhook_url": receiver.url(), "signature_algo": "hmac",
            "event_types": ["customer.created", "customer.updated"],
        }}),
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["webhook_endpoint"]["lago_id"].as_str().expect("an id").to_owned()
}

fn customer(world: &World, external_id: &str) {
    let body = json!({ "customer": { "external_id": external_id, "currency": "EUR" } });
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
}

fn list(world: &World, query: &str) -> Vec<Value> {
    let answer = world.api().get(&format!("{PATH}{query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["webhook_deliveries"].as_array().expect("a list").clone()
}

#[test]
fn deliveries_are_found_by_state_endpoint_and_event() {
    let world = World::new();
    let fine = Receiver::answering([Reply::status(200)]);
    let broken = Receiver::answering([Reply::status(500)]);
    let (to_fine, to_broken) = (endpoint(&world, &fine), endpoint(&world, &broken));
    customer(&world, "ada");
    customer(&world, "ada");
    world.pass(600);
    let all = list(&world, "");
    assert_eq!(all.len(), 4);
    assert_eq!(all[0]["webhook_type"], "customer.updated", "newest first");
    assert!(all[0].get("payload").is_none());
    for (query, count) in [
        ("?state=succeeded".to_owned(), 2),
        ("?state=failed".to_owned(), 2),
        ("?state=pending".to_owned(), 0),
        ("?event_type=customer.created".to_owned(), 2),
        ("?event_type=invoice.voided".to_owned(), 0),
        (format!("?webhook_endpoint_id={to_fine}"), 2),
        (format!("?webhook_endpoint_id={to_broken}&state=succeeded"), 0),
        ("?per_page=3&page=2".to_owned(), 1),
    ] {
        assert_eq!(list(&world, &query).len(), count, "{query}");
    }
    let failed = list(&world, &format!("?webhook_endpoint_id={to_broken}")).remove(1);
    assert_eq!((&failed["tries"], &failed["last_status"]), (&json!(3), &json!(500)));
    assert_eq!(failed["next_try_at"], Value::Null);
    let id = failed["id"].as_str().expect("an id");
    let shown = world.api().get(&format!("{PATH}/{id}")).body["webhook_delivery"].clone();
    assert_eq!(shown["payload"]["webhook_type"], "customer.created");
    assert_eq!(shown["payload"]["customer"]["external_id"], "ada");
    for wrong in ["?state=lost", "?event_type=nothing", "?webhook_endpoint_id=x"] {
        assert_eq!(world.api().get(&format!("{PATH}{wrong}")).status, 422, "{wrong}");
    }
    let none = format!("{PATH}/00000000-0000-7000-8000-000000000000");
    assert_eq!(world.api().get(&none).status, 404);
    assert_eq!(world.api().get(&format!("{PATH}/nonsense")).status, 404);
    assert_eq!(world.api().post(&format!("{none}/retry"), &json!({})).status, 404);
}

#[test]
fn a_webhook_that_is_sent_again_has_the_same_bytes_and_key() {
    let world = World::new();
    let receiver = Receiver::answering([Reply::status(200)]);
    endpoint(&world, &receiver);
    customer(&world, "ada");
    world.pass(1);
    let id = list(&world, "")[0]["id"].as_str().expect("an id").to_owned();
    // What the event is about changes; what was told does not.
    let renamed = json!({ "customer": { "external_id": "ada", "name": "Ada" } });
    world.api().post("/api/v1/customers", &renamed);
    world.pass(1);
    assert_eq!(receiver.received().len(), 2);
    let again = world.api().post(&format!("{PATH}/{id}/retry"), &json!({}));
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(again.body["webhook_delivery"]["state"], "pending");
    world.pass(1);
    let received = receiver.received();
    assert_eq!(received.len(), 3);
    assert_eq!(received[2].body, received[0].body);
    let key = |place: usize| received[place].header("x-lago-unique-key").to_owned();
    assert_eq!((key(2), key(0)), (id.clone(), id.clone()));
    assert_eq!(list(&world, "?state=succeeded").len(), 2);
}

#[test]
fn what_is_still_being_sent_is_not_sent_twice() {
    let world = World::new();
    let receiver = Receiver::answering([Reply::status(500)]);
    endpoint(&world, &receiver);
    customer(&world, "ada");
    world.pass(1);
    let waiting = &list(&world, "")[0];
    assert_eq!(waiting["state"], "retrying");
    let id = waiting["id"].as_str().expect("an id");
    let refused = world.api().post(&format!("{PATH}/{id}/retry"), &json!({}));
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("pending")));
}

#[test]
fn all_that_failed_at_an_endpoint_is_sent_again() {
    let world = World::new();
    // Three tries of each of two, then it works again.
    let mut replies = vec![Reply::status(503); 6];
    replies.push(Reply::status(200));
    let receiver = Receiver::answering(replies);
    let to = endpoint(&world, &receiver);
    let other = endpoint(&world, &Receiver::answering([Reply::status(200)]));
    customer(&world, "ada");
    customer(&world, "bob");
    world.pass(600);
    let failed = format!("?state=failed&webhook_endpoint_id={to}");
    assert_eq!(list(&world, &failed).len(), 2);
    let path = format!("{PATH}/retry_failed");
    let answer = world.api().post(&path, &json!({ "webhook_endpoint_id": to }));
    assert_eq!((answer.status, &answer.body["retried"]), (200, &json!(2)));
    world.pass(1);
    assert_eq!(list(&world, &failed).len(), 0);
    assert_eq!(receiver.received().len(), 8);
    let nothing = world.api().post(&path, &json!({ "webhook_endpoint_id": to }));
    assert_eq!(nothing.body["retried"], 0);
    for wrong in [json!({}), json!({ "webhook_endpoint_id": 5 }), json!({ "endpoint": to })] {
        assert_eq!(world.api().post(&path, &wrong).status, 422, "{wrong}");
    }
    let none = json!({ "webhook_endpoint_id": "00000000-0000-7000-8000-000000000000" });
    assert_eq!(world.api().post(&path, &none).status, 404);
    let away = format!("?state=failed&webhook_endpoint_id={other}");
    assert_eq!(list(&world, &away).len(), 2, "that one is gone, and its own affair");
}

#[test]
fn what_was_sent_or_given_up_long_ago_is_forgotten() {
    let world = World::with_settings(&[("RECOUP_WEBHOOKS__KEPT_DAYS", "2")]);
    let fine = Receiver::answering([Reply::status(200)]);
    let broken = Receiver::answering([Reply::status(500)]);
    let (to_fine, to_broken) = (endpoint(&world, &fine), endpoint(&world, &broken));
    customer(&world, "ada");
    world.pass(600);
    let of_ada = list(&world, "");
    assert_eq!(of_ada.len(), 2);
    world.pass_days(1);
    assert_eq!(list(&world, ""), of_ada);
    customer(&world, "bob");
    world.pass_days(1);
    for to in [to_fine, to_broken] {
        let left = list(&world, &format!("?webhook_endpoint_id={to}"));
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(!of_ada.contains(&left[0]), "{left:?}");
    }
    for gone in &of_ada {
        let id = gone["id"].as_str().expect("an id");
        assert_eq!(world.api().get(&format!("{PATH}/{id}")).status, 404);
    }
    assert_eq!(fine.received().len(), 2, "and nothing is sent again for it");
}
