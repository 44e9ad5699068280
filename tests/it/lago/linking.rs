//! Customers and the provider that collects from them.

use serde_json::{Value, json};

use super::{customers_count, invalid, told};
use crate::world::{Answer, World};

fn link(world: &World, external_id: &str, billing: &Value) -> Answer {
    let customer = json!({"external_id": external_id, "billing_configuration": billing});
    world.api().post("/api/v1/customers", &json!({ "customer": customer }))
}

fn billing(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["customer"]["billing_configuration"].clone()
}

fn methods(world: &World, external_id: &str) -> Vec<Value> {
    let list = world.api().get(&format!("/api/v1/customers/{external_id}/payment_methods"));
    list.body["payment_methods"].as_array().expect("methods").clone()
}

fn second_connection(world: &World) {
    let base_url = format!("base_url={}/sandbox", world.address());
    world.run(&[
        "connection",
        "add",
        "--provider",
        "sandbox",
        "--code",
        "second",
        "--set",
        &base_url,
        "--allow-private-network",
    ]);
}

#[test]
fn a_provider_alone_is_not_stored_on_creation_but_named_later() {
    let world = World::new();
    let created = link(&world, "ada", &json!({"payment_provider": "sandbox"}));
    assert_eq!(billing(&created)["payment_provider"], Value::Null);
    let updated = link(&world, "ada", &json!({"payment_provider": "sandbox"}));
    let shown = billing(&updated);
    assert_eq!(shown["payment_provider"], "sandbox");
    assert_eq!(shown["payment_provider_code"], "sandbox");
    assert!(shown.get("provider_customer_id").is_none(), "no account yet: {shown}");
}

#[test]
fn what_is_wrong_with_the_link_leaves_no_customer_behind() {
    let world = World::new();
    let not_found = invalid(r#"{"base":["payment_provider_not_found"]}"#);
    for provider in [
        json!({"payment_provider": "nobody", "sync_with_provider": true}),
        json!({"payment_provider": "nobody", "provider_customer_id": "cus_ok"}),
        json!({
            "payment_provider": "sandbox", "payment_provider_code": "none",
            "sync_with_provider": true,
        }),
    ] {
        assert_eq!(told(&link(&world, "ada", &provider)), not_found, "{provider}");
    }
    second_connection(&world);
    let several =
        link(&world, "ada", &json!({"payment_provider": "sandbox", "sync_with_provider": true}));
    assert_eq!(told(&several), invalid(r#"{"base":["payment_provider_code_missing"]}"#));
    assert_eq!(customers_count(&world), 0);
}

#[test]
fn a_customer_is_made_at_the_provider_in_the_request_or_after_it() {
    let world = World::new();
    let asked = json!({"payment_provider": "sandbox", "sync_with_provider": true});
    let later = link(&world, "later", &asked);
    let shown = billing(&later);
    assert_eq!(shown["payment_provider_code"], "sandbox");
    assert_eq!(shown["sync_with_provider"], true);
    assert_eq!(shown["provider_payment_methods"], json!(["card"]));
    world.pass(60);
    let read = world.api().get("/api/v1/customers/later");
    assert!(billing(&read)["provider_customer_id"].is_string(), "{read:?}");
    let at_once = json!({"payment_provider": "sandbox", "sync_with_provider": true, "sync": true});
    let now = link(&world, "now", &at_once);
    let id = billing(&now)["provider_customer_id"].clone();
    assert!(id.is_string(), "{now:?}");
    // Asking again makes no second one.
    assert_eq!(billing(&link(&world, "now", &at_once))["provider_customer_id"], id);
}

#[test]
fn a_customer_known_at_the_provider_brings_their_method() {
    let world = World::new();
    world.customer("ada", "ok");
    let found = methods(&world, "ada");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["provider_method_id"], "pm_ok__ada");
    assert_eq!(found[0]["is_default"], true);
}

#[test]
fn leaving_a_provider_discards_its_methods() {
    let world = World::new();
    for (id, provider) in [("null", json!(null)), ("unknown", json!("nobody"))] {
        world.customer(id, "ok");
        let left = link(&world, id, &json!({"payment_provider": provider}));
        let shown = billing(&left);
        assert_eq!(shown["payment_provider"], Value::Null);
        assert_eq!(shown["payment_provider_code"], Value::Null);
        assert!(shown.get("provider_customer_id").is_none());
        assert_eq!(methods(&world, id), Vec::<Value>::new());
    }
}

#[test]
fn another_connection_makes_a_new_account_and_drops_the_old_methods() {
    let world = World::new();
    world.customer("ada", "ok");
    second_connection(&world);
    let moved = link(
        &world,
        "ada",
        &json!({
            "payment_provider": "sandbox", "payment_provider_code": "second",
            "sync_with_provider": true, "sync": true,
        }),
    );
    let shown = billing(&moved);
    assert_eq!(shown["payment_provider_code"], "second");
    assert!(shown["provider_customer_id"].is_string(), "{shown}");
    assert_ne!(shown["provider_customer_id"], "cus_ok__ada");
    assert_eq!(methods(&world, "ada"), Vec::<Value>::new());
}

#[test]
fn another_id_at_the_provider_takes_over() {
    let world = World::new();
    world.customer("ada", "ok");
    let changed = link(
        &world,
        "ada",
        &json!({"provider_customer_id": "cus_declined_expired_card__ada", "sync": true}),
    );
    let shown = billing(&changed);
    assert_eq!(shown["provider_customer_id"], "cus_declined_expired_card__ada");
    let found = methods(&world, "ada");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["provider_method_id"], "pm_declined_expired_card__ada");
}

#[test]
fn a_changed_name_keeps_link_and_methods() {
    let world = World::new();
    world.customer("ada", "ok");
    let customer = json!({"external_id": "ada", "name": "Ada L.", "email": "ada@example.org"});
    let answer = world.api().post("/api/v1/customers", &json!({ "customer": customer }));
    assert_eq!(billing(&answer)["provider_customer_id"], "cus_ok__ada");
    world.pass(60);
    assert_eq!(methods(&world, "ada").len(), 1);
}
