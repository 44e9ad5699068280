//! A customer's own page.

use serde_json::json;

use super::{declined_debt, payment_url, portal_url};
use crate::world::World;
use crate::world::payer::{leave_card, open, press};

#[test]
fn a_customer_sees_what_they_owe_and_paid_and_which_methods_are_stored() {
    let world = World::new();
    world.customer("bob", "ok");
    let others = world.invoice("bob", 1_200);
    world.customer("ada", "fails_1_insufficient_funds");
    let paid = world.invoice("ada", 700);
    world.pass_days(2);
    assert_eq!(world.payment_status(&paid), "succeeded");
    let link = world.api().post("/api/v1/customers/ada/checkout_url", &json!({}));
    leave_card(
        link.body["customer"]["checkout_url"].as_str().expect("an address"),
        "declined_do_not_honor",
    );
    world.pass(5);
    let owed = world.invoice("ada", 4_900);
    world.pass(5);
    let shown = open(&portal_url(&world, "ada"));
    assert_eq!(shown.status, 200);
    for text in ["Pay 49.00\u{a0}EUR", "7.00\u{a0}EUR, paid", "ending in", "Add a payment method"] {
        assert!(shown.says(text), "{text}: {}", shown.html);
    }
    for (id, is_shown) in [(&owed, true), (&others, false)] {
        assert_eq!(shown.says(id), is_shown, "{id}");
    }
    for text in ["bob", "12.00", "pm_", "cus_", "<script"] {
        assert!(!shown.says(text), "{text}: {}", shown.html);
    }
}

#[test]
fn a_customer_pays_an_invoice_and_leaves_a_method_from_their_page() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_expired_card");
    let portal = portal_url(&world, "ada");
    let pay = press(&format!("{portal}/invoices/{invoice}"));
    assert_eq!(pay.status, 303, "{pay:?}");
    leave_card(&pay.location.expect("the page to pay on"), "ok");
    world.pass(5);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert!(open(&portal).says("49.00\u{a0}EUR, paid"));
    let add = press(&format!("{portal}/methods"));
    assert_eq!(add.status, 303, "{add:?}");
    leave_card(&add.location.expect("the page to leave it on"), "ok");
    world.pass(5);
    let list = world.api().get("/api/v1/customers/ada/payment_methods");
    assert_eq!(list.body["meta"]["total_count"], 3);
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn the_page_is_good_for_twelve_hours_and_shows_nothing_after() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_expired_card");
    let portal = portal_url(&world, "ada");
    world.pass(12 * 3_600 - 2);
    assert_eq!(open(&portal).status, 200);
    assert_ne!(portal_url(&world, "ada"), portal, "each is good for its whole time");
    world.pass(2);
    let shown = open(&portal);
    assert_eq!(shown.status, 410);
    assert!(!shown.says(&invoice) && !shown.says("49.00"), "{}", shown.html);
    let token = portal.rsplit('/').next().expect("a token");
    let pressed = press(&format!("{portal}/invoices/{invoice}"));
    assert_eq!(pressed.location, Some(format!("../../{token}")));
    assert_eq!(press(&format!("{portal}/methods")).location, Some(format!("../{token}")));
}

#[test]
fn nobody_pays_from_a_page_what_is_not_theirs() {
    let world = World::new();
    declined_debt(&world, "declined_expired_card");
    world.customer("bob", "declined_expired_card");
    let others = world.invoice("bob", 1_200);
    world.pass(5);
    let portal = portal_url(&world, "ada");
    let token = portal.rsplit('/').next().expect("a token");
    for id in [others.as_str(), "nonsense", "00000000-0000-4000-8000-000000000000"] {
        let pressed = press(&format!("{portal}/invoices/{id}"));
        assert_eq!(pressed.location, Some(format!("../../{token}")), "{id}");
    }
    let missing = world.api().get("/api/v1/customers/eve/portal_url");
    assert_eq!(missing.body["code"], "customer_not_found");
}

#[test]
fn a_deleted_customer_has_no_page_any_more() {
    let world = World::new();
    declined_debt(&world, "declined_expired_card");
    let portal = portal_url(&world, "ada");
    assert_eq!(world.api().delete("/api/v1/customers/ada").status, 200);
    assert_eq!(open(&portal).status, 410);
    assert_eq!(world.api().get("/api/v1/customers/ada/portal_url").status, 404);
}

#[test]
fn pages_that_were_over_long_ago_are_forgotten() {
    let world = World::with_settings(&[("RECOUP_LINKS__KEPT_DAYS", "2")]);
    let invoice = declined_debt(&world, "declined_expired_card");
    let pages = [portal_url(&world, "ada"), payment_url(&world, &invoice)];
    world.pass_days(2);
    for page in &pages {
        assert_eq!(open(page).status, 410, "{page}");
    }
    let young = portal_url(&world, "ada");
    world.pass_days(1);
    for page in &pages {
        assert_eq!(open(page).status, 404, "{page}");
    }
    assert_eq!(open(&young).status, 410);
    assert_eq!(open(&payment_url(&world, &invoice)).status, 200, "another can be made");
}
