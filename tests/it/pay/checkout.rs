//! The page behind a checkout link.

use serde_json::json;

use super::text;
use crate::world::World;
use crate::world::payer::{choose_card, leave_card, open, press, provider_page};

fn checkout_url(world: &World, customer: &str) -> String {
    let link = world.api().post(&format!("/api/v1/customers/{customer}/checkout_url"), &json!({}));
    assert_eq!(link.status, 200, "{link:?}");
    text(&link.body["customer"]["checkout_url"])
}

#[test]
fn a_payer_leaves_a_method_and_is_thanked() {
    let world = World::new();
    world.customer("ada", "no_method");
    let url = checkout_url(&world, "ada");
    assert!(url.starts_with(&format!("{}/checkout/", world.address())), "{url}");
    assert!(open(&url).has_button());
    let provider = provider_page(&url);
    assert_eq!(provider_page(&url), provider);
    let left = choose_card(&provider, "ok");
    assert_eq!(left.location.as_deref(), Some(format!("{url}/returned").as_str()));
    assert_eq!(open(&format!("{url}/returned")).status, 303);
    let shown = open(&url);
    assert!(shown.says("is stored") && !shown.has_button(), "{}", shown.html);
    let list = world.api().get("/api/v1/customers/ada/payment_methods");
    assert_eq!(list.body["meta"]["total_count"], 1);
    assert_eq!(press(&url).location.as_deref(), url.rsplit('/').next());
}

#[test]
fn each_call_makes_another_address_and_each_is_good_for_a_day() {
    let world = World::new();
    world.customer("ada", "no_method");
    let (first, second) = (checkout_url(&world, "ada"), checkout_url(&world, "ada"));
    assert_ne!(first, second);
    world.pass(23 * 3_600);
    leave_card(&first, "ok");
    world.pass(2 * 3_600);
    let shown = open(&second);
    assert_eq!(shown.status, 410);
    assert!(shown.says("no longer good"), "{}", shown.html);
    assert_eq!(press(&second).location.as_deref(), second.rsplit('/').next());
}
