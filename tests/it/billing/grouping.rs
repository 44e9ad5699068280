//! What shares an invoice: what is due at once and paid in the same way.

use serde_json::{Value, json};

use super::{invoices, plan, read, subscribe};
use crate::world::World;
use crate::world::payer::leave_card;

/// The external ids on each invoice that begins with May, oldest first.
fn groups(world: &World) -> Vec<Vec<String>> {
    world.pass_until("2024-05-01T00:00:01Z");
    let mut groups = Vec::new();
    for invoice in invoices(world) {
        let list = |key: &str| invoice[key].as_array().expect("a list").clone();
        assert_eq!(list("fees").len(), list("billing_periods").len());
        assert_eq!(list("subscriptions").len(), list("billing_periods").len());
        let ids = list("fees")
            .into_iter()
            .map(|fee| fee["external_subscription_id"].as_str().expect("an id").to_owned());
        groups.push(ids.collect());
    }
    groups
}

fn method_ids(world: &World) -> Vec<String> {
    let list = world.api().get("/api/v1/customers/ada/payment_methods");
    let methods = list.body["payment_methods"].as_array().expect("methods").clone();
    methods.iter().map(|it| it["lago_id"].as_str().expect("an id").to_owned()).collect()
}

fn by(method: &str) -> Value {
    json!({"payment_method": {"payment_method_type": "provider", "payment_method_id": method}})
}

fn world() -> World {
    let world = World::at("2024-04-10T10:00:00Z");
    world.customer("ada", "ok");
    world.pass(1);
    plan(&world, "monthly", &json!({"pay_in_advance": false}));
    plan(&world, "yearly", &json!({"interval": "yearly", "pay_in_advance": false}));
    plan(&world, "dollars", &json!({"amount_currency": "USD", "pay_in_advance": false}));
    world
}

#[test]
fn what_is_paid_in_the_same_way_shares_an_invoice() {
    let world = world();
    let manual = json!({"payment_method": {"payment_method_type": "manual"}});
    let default = method_ids(&world)[0].clone();
    subscribe(&world, "a1", "monthly", &json!({}));
    subscribe(&world, "m1", "monthly", &manual);
    subscribe(&world, "a2", "monthly", &by(&default));
    subscribe(&world, "usd", "dollars", &json!({}));
    subscribe(&world, "alone", "monthly", &json!({"consolidate_invoice": false}));
    subscribe(&world, "po", "monthly", &json!({"purchase_order_number": "PO-7"}));
    subscribe(&world, "m2", "monthly", &manual);
    subscribe(&world, "year", "yearly", &json!({}));
    assert_eq!(
        groups(&world),
        [vec!["a1", "a2"], vec!["m1", "m2"], vec!["usd"], vec!["alone"], vec!["po"]]
    );
    let invoices = invoices(&world);
    assert_eq!(invoices[1]["payment_method"]["payment_method_type"], "manual");
    assert_eq!(invoices[1]["payment_status"], "pending");
    assert_eq!(invoices[2]["currency"], "USD");
    assert_eq!(invoices[4]["purchase_order_number"], "PO-7");
    world.pass_days(10);
    assert_eq!(world.money_taken(), 4);
}

#[test]
fn another_method_is_another_invoice_and_is_what_is_charged() {
    let world = world();
    let old = method_ids(&world)[0].clone();
    // A page that the payer fills in leaves a second method, which becomes the default.
    let other = second_method(&world);
    assert_ne!(old, other);
    subscribe(&world, "old", "monthly", &by(&old));
    subscribe(&world, "new", "monthly", &json!({}));
    subscribe(&world, "new2", "monthly", &by(&other));
    assert_eq!(groups(&world), [vec!["old"], vec!["new", "new2"]]);
    let charged: Vec<Value> =
        world.charges().iter().map(|charge| charge["method"].clone()).collect();
    assert_eq!(charged.len(), 2);
    assert_ne!(charged[0], charged[1]);
}

#[test]
fn a_method_that_is_gone_is_not_replaced_by_the_default() {
    let world = world();
    let default = method_ids(&world)[0].clone();
    let other = second_method(&world);
    subscribe(&world, "s1", "monthly", &by(&default));
    let path = format!("/api/v1/customers/ada/payment_methods/{default}");
    assert_eq!(world.api().delete(&path).status, 200);
    assert_eq!(method_ids(&world), [other]);
    world.pass_until("2024-05-02T00:00:00Z");
    assert_eq!(invoices(&world)[0]["payment_status"], "pending");
    assert_eq!(world.money_taken(), 0);
    // Another choice is what is tried next.
    let change = json!({"subscription": {"payment_method": {"payment_method_type": "provider"}}});
    assert_eq!(world.api().put("/api/v1/subscriptions/s1", &change).status, 200);
    let id = invoices(&world)[0]["lago_id"].as_str().expect("an id").to_owned();
    let retry = world.api().post(&format!("/api/v1/invoices/{id}/retry_payment"), &json!({}));
    assert_eq!(retry.status, 200);
    world.pass(1);
    assert_eq!(world.payment_status(&id), "succeeded");
}

#[test]
fn what_named_a_method_that_is_made_inactive_is_to_be_paid_by_hand() {
    let world = world();
    let method = method_ids(&world)[0].clone();
    subscribe(&world, "s1", "monthly", &by(&method));
    subscribe(&world, "s2", "monthly", &json!({}));
    let path = format!("/api/v1/customers/ada/payment_methods/{method}/deactivate");
    assert_eq!(world.api().put(&path, &json!({})).status, 200);
    let kind = |id: &str| {
        let read = super::read(&world, id, "active");
        read["payment_method"]["payment_method_type"].clone()
    };
    assert_eq!([kind("s1"), kind("s2")], ["manual", "provider"]);
    assert_eq!(groups(&world), [vec!["s1"], vec!["s2"]]);
    world.pass_days(3);
    assert_eq!(world.money_taken(), 0);
}

/// The id of a further method of `ada`, which is the default now.
fn second_method(world: &World) -> String {
    let before = method_ids(world);
    let page = world.api().post("/api/v1/customers/ada/checkout_url", &json!({}));
    assert_eq!(page.status, 200, "{page:?}");
    leave_card(page.body["customer"]["checkout_url"].as_str().expect("a page"), "ok");
    world.pass(60);
    let after = method_ids(world);
    let added = after.into_iter().find(|id| !before.contains(id));
    added.expect("a second method")
}

#[test]
fn a_subscription_whose_method_is_made_inactive_is_billed_to_be_paid_by_hand() {
    // 40 days from here hold one first of a month.
    let world = World::at("2024-04-16T10:00:00Z");
    world.customer("ada", "ok");
    let methods = world.api().get("/api/v1/customers/ada/payment_methods");
    let id = methods.body["payment_methods"][0]["lago_id"].as_str().expect("an id").to_owned();
    plan(&world, "monthly", &json!({}));
    let reference = json!({"payment_method_type": "provider", "payment_method_id": id});
    subscribe(&world, "s1", "monthly", &json!({ "payment_method": reference }));
    world.pass(60);
    assert_eq!(world.money_taken(), 1);
    let put = |action: &str| {
        let path = format!("/api/v1/customers/ada/payment_methods/{id}/{action}");
        assert_eq!(world.api().put(&path, &json!({})).status, 200, "{action}");
    };
    put("deactivate");
    put("activate");
    put("set_as_default");
    assert_eq!(read(&world, "s1", "active")["payment_method"]["payment_method_type"], "manual");
    world.pass_days(40);
    assert_eq!(invoices(&world).len(), 2);
    assert_eq!(world.money_taken(), 1, "until it is given a method again");
}
