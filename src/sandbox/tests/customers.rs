//! Customers and their methods.

use serde_json::json;

use super::world::{World, charge_of};

#[test]
fn a_named_customer_has_the_method_of_its_name() {
    let world = World::new();
    let customer = world.get("/v1/customers/cus_declined_lost_card__acme").json();
    assert_eq!(customer["default_method"]["id"], "pm_declined_lost_card__acme");
    let without = world.get("/v1/customers/cus_no_method__acme").json();
    assert_eq!(without["default_method"], json!(null));
    assert_eq!(world.get("/v1/customers/cus_no_method/methods").json()["data"], json!([]));
}

#[test]
fn a_name_without_a_behaviour_is_explained() {
    let world = World::new();
    let answer = world.get("/v1/customers/cus_acme");
    assert_eq!(answer.status, 404);
    let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("`acme` is no behaviour; there are ok, declined_<code>"), "{message}");
}

#[test]
fn a_created_customer_has_no_method_and_one_key_makes_one() {
    let world = World::new();
    let profile = json!({"name": "Acme", "reference": "cst_1"});
    let first = world.post("/v1/customers", "key_1", profile.clone()).json();
    assert_eq!(world.post("/v1/customers", "key_1", profile).json()["id"], first["id"]);
    assert_eq!(world.post("/v1/customers", "key_1", json!({"name": "Other"})).status, 422);
    assert_eq!(first["default_method"], json!(null));
    assert_eq!(first["name"], "Acme");
}

#[test]
fn methods_are_added_made_the_default_and_removed() {
    let world = World::new();
    let added = json!({"method": "pm_ok__second"});
    assert_eq!(world.post("/v1/customers/cus_lost/methods", "x", added.clone()).status, 200);
    assert_eq!(world.post("/v1/customers/cus_lost/methods", "x", added.clone()).status, 409);
    let ids = || {
        let list = world.get("/v1/customers/cus_lost/methods").json()["data"].clone();
        list.as_array().unwrap().iter().map(|m| m["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(), ["pm_ok__second", "pm_lost"]);
    let default = || world.get("/v1/customers/cus_lost").json()["default_method"]["id"].clone();
    assert_eq!(default(), "pm_lost");

    assert_eq!(world.put("/v1/customers/cus_lost/default_method", added).status, 200);
    assert_eq!(default(), "pm_ok__second");
    assert_eq!(world.delete("/v1/methods/pm_lost").status, 204);
    assert_eq!(world.delete("/v1/methods/pm_lost").status, 404);
    assert_eq!(ids(), ["pm_ok__second"]);
    assert_eq!(world.charge("lost", "key_1").status, 404);

    let mut asked = charge_of("lost");
    asked["method"] = "pm_ok__second".into();
    assert_eq!(world.post("/v1/charges", "key_2", asked).status, 200);
    assert_eq!(world.delete("/v1/methods/pm_ok__second").status, 204);
    assert_eq!(default(), json!(null));
}

#[test]
fn one_card_stored_twice_by_one_customer_has_one_fingerprint() {
    let world = World::new();
    let fingerprint =
        |id: &str| world.get(&format!("/v1/methods/{id}")).json()["fingerprint"].clone();
    world.post("/v1/customers/cus_ok__a/methods", "x", json!({"method": "pm_ok__again"}));
    assert_eq!(fingerprint("pm_ok__a"), fingerprint("pm_ok__again"));
    assert_ne!(fingerprint("pm_ok__a"), fingerprint("pm_ok__b"));
}
