//! What the business hears, in which order.

use serde_json::{Value, json};

use super::{change_customer, end, plan, subscribe};
use crate::outbound::receiver::{Answer, Receiver};
use crate::world::World;

fn listened() -> (World, Receiver) {
    let world = World::at("2024-04-01T10:00:00Z");
    let receiver = Receiver::answering([Answer::status(200)]);
    world.customer("ada", "declined_insufficient_funds");
    plan(&world, "small", &json!({"amount_cents": 3_000}));
    plan(&world, "large", &json!({"amount_cents": 6_000}));
    world.pass(1);
    let endpoint = json!({"webhook_endpoint": {"webhook_url": receiver.url()}});
    assert_eq!(world.api().post("/api/v1/webhook_endpoints", &endpoint).status, 200);
    (world, receiver)
}

/// What came so far, in the order in which it happened: it may have come in another.
fn told(receiver: &Receiver) -> Vec<Value> {
    let mut received = receiver.received();
    // Ids of deliveries sort by the time at which they were made.
    received.sort_by_key(|it| it.header("x-lago-unique-key").to_owned());
    received.iter().map(|it| serde_json::from_str(it.text()).expect("JSON")).collect()
}

fn names(told: &[Value]) -> Vec<&str> {
    told.iter().map(|webhook| webhook["webhook_type"].as_str().expect("a name")).collect()
}

fn one<'t>(told: &'t [Value], name: &str) -> &'t Value {
    let found = told.iter().find(|webhook| webhook["webhook_type"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {:?}", names(told)))
}

#[test]
fn a_start_is_told_before_its_invoice_and_that_before_its_payment() {
    let (world, receiver) = listened();
    subscribe(&world, "s1", "small", &json!({}));
    world.pass(1);
    let told = told(&receiver);
    let names = names(&told);
    assert_eq!(names, ["subscription.started", "invoice.created", "invoice.payment_failure"]);
    let started = &one(&told, "subscription.started")["subscription"];
    assert_eq!(started["plan"]["code"], "small");
    assert_eq!(started["customer"]["external_id"], "ada");
    let created = &one(&told, "invoice.created")["invoice"];
    assert_eq!(created["billing_periods"][0]["invoicing_reason"], "subscription_starting");
    assert_eq!(created["subscriptions"][0]["external_id"], "s1");
    assert_eq!(created["fees"][0]["amount_cents"], 3_000);
}

#[test]
fn every_move_of_a_subscription_is_told() {
    let (world, receiver) = listened();
    subscribe(&world, "s1", "large", &json!({}));
    let change = json!({"subscription": {"name": "Ours"}});
    assert_eq!(world.api().put("/api/v1/subscriptions/s1", &change).status, 200);
    subscribe(&world, "s1", "small", &json!({}));
    end(&world, "s1", "");
    world.pass(1);
    let told = told(&receiver);
    let mut names = names(&told);
    names.retain(|name| name.starts_with("subscription."));
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "subscription.canceled",
            "subscription.started",
            "subscription.terminated",
            "subscription.updated",
            "subscription.updated",
        ]
    );
    let ended = &one(&told, "subscription.terminated")["subscription"];
    assert_eq!(ended["status"], "terminated");
}

#[test]
fn a_draft_is_told_when_it_is_made_made_final_and_deleted() {
    let (world, receiver) = listened();
    change_customer(&world, &json!({"billing_configuration": {"invoice_grace_period": 2}}));
    subscribe(&world, "s1", "small", &json!({}));
    subscribe(&world, "s2", "small", &json!({}));
    world.pass(1);
    let so_far = told(&receiver);
    let draft = &one(&so_far, "invoice.drafted")["invoice"];
    assert_eq!(draft["error_details"], json!([]));
    assert_eq!(draft["status"], "draft");
    let path = format!("/api/v1/invoices/{}", draft["lago_id"].as_str().expect("an id"));
    assert_eq!(world.api().delete(&path).status, 200);
    world.pass_days(3);
    let told = told(&receiver);
    assert_eq!(one(&told, "invoice.deleted")["invoice"]["status"], "deleted");
    let created: Vec<&str> =
        names(&told).into_iter().filter(|name| *name == "invoice.created").collect();
    assert_eq!(created.len(), 1);
    assert_eq!(one(&told, "invoice.created")["invoice"]["status"], "finalized");
}
