//! A customer's payment methods: shown, made the default, discarded.

use serde_json::{Value, json};

use super::{keys, not_found, told};
use crate::world::World;

fn path(customer: &str) -> String {
    format!("/api/v1/customers/{customer}/payment_methods")
}

/// The only method of a customer, who has one at the provider.
fn method_of(world: &World, customer: &str) -> Value {
    world.customer(customer, "ok");
    world.api().get(&path(customer)).body["payment_methods"][0].clone()
}

#[test]
fn a_method_is_shown_with_where_it_is_held() {
    let world = World::new();
    let method = method_of(&world, "ada");
    let expected = "lago_id is_default payment_provider_code payment_provider_name \
        payment_provider_type provider_method_id created_at details status";
    assert_eq!(keys(&method), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(method["payment_provider_type"], "sandbox");
    assert_eq!(method["payment_provider_code"], "sandbox");
    assert_eq!(method["is_default"], true);
    let list = world.api().get(&path("ada"));
    assert_eq!(list.body["meta"]["total_count"], 1);
}

#[test]
fn making_a_method_the_default_twice_is_the_same_as_once() {
    let world = World::new();
    let method = method_of(&world, "ada");
    let id = method["lago_id"].as_str().expect("an id");
    let put = format!("{}/{id}/set_as_default", path("ada"));
    for _ in 0..2 {
        let answer = world.api().put(&put, &json!({}));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body["payment_method"]["is_default"], true);
        assert_eq!(answer.body["payment_method"]["lago_id"], id);
    }
}

#[test]
fn a_discarded_method_is_gone_and_no_other_takes_its_place() {
    let world = World::new();
    let method = method_of(&world, "ada");
    let id = method["lago_id"].as_str().expect("an id");
    let one = format!("{}/{id}", path("ada"));
    let gone = world.api().delete(&one);
    assert_eq!(gone.status, 200, "{gone:?}");
    assert_eq!(gone.body["payment_method"]["is_default"], false);
    assert_eq!(world.api().get(&path("ada")).body["payment_methods"], json!([]));
    assert_eq!(told(&world.api().delete(&one)), not_found("payment_method"));
    let put = world.api().put(&format!("{one}/set_as_default"), &json!({}));
    assert_eq!(told(&put), not_found("payment_method"));
}

#[test]
fn methods_of_others_and_things_that_are_no_ids_are_not_found() {
    let world = World::new();
    let hers = method_of(&world, "ada");
    method_of(&world, "bob");
    let id = hers["lago_id"].as_str().expect("an id");
    for (customer, id, resource) in [
        ("nobody", id, "customer"),
        ("nobody", "nonsense", "customer"),
        ("bob", id, "payment_method"),
        ("ada", "nonsense", "payment_method"),
        ("ada", "00000000-0000-4000-8000-000000000000", "payment_method"),
    ] {
        let one = format!("{}/{id}", path(customer));
        assert_eq!(told(&world.api().delete(&one)), not_found(resource), "{one}");
        let put = world.api().put(&format!("{one}/set_as_default"), &json!({}));
        assert_eq!(told(&put), not_found(resource), "{one}");
    }
    assert_eq!(told(&world.api().get(&path("nobody"))), not_found("customer"));
    assert_eq!(world.api().get(&path("ada")).body["meta"]["total_count"], 1);
}
