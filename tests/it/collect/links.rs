//! Payment links and checkout links, and the automatic charge beside them.

use serde_json::json;

use crate::world::World;
use crate::world::payer::{choose_card, leave_card, provider_page};

fn payment_url(world: &World, invoice: &str) -> String {
    let link = world.api().post(&format!("/api/v1/invoices/{invoice}/payment_url"), &json!({}));
    assert_eq!(link.status, 200, "{link:?}");
    link.body["invoice_payment_details"]["payment_url"].as_str().expect("an address").to_owned()
}

#[test]
fn a_debt_that_is_paid_by_link_is_not_charged_automatically() {
    let world = World::new();
    world.customer("ada", "fails_9_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let page = payment_url(&world, &invoice);
    leave_card(&page, "ok");
    world.pass_days(40);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
    assert_eq!(world.charges().len(), 2);
}

#[test]
fn the_same_page_is_given_until_it_expires() {
    let world = World::new();
    world.customer("ada", "declined_expired_card");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let first = payment_url(&world, &invoice);
    assert_eq!(first, payment_url(&world, &invoice));
    world.pass(25 * 3_600);
    assert_ne!(first, payment_url(&world, &invoice));
}

#[test]
fn an_open_page_is_closed_before_the_schedule_charges() {
    let world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    // Asked for shortly before the retry that is due a day after the decline.
    world.pass(86_400 - 120);
    let page = provider_page(&payment_url(&world, &invoice));
    world.pass_days(2);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
    let late = choose_card(&page, "ok");
    world.pass(60);
    assert_eq!(world.money_taken(), 1, "the closed page takes nothing: {late:?}");
}

#[test]
fn no_page_is_made_while_a_charge_is_open() {
    let world = World::new();
    world.customer("ada", "pending_86400");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let link = world.api().post(&format!("/api/v1/invoices/{invoice}/payment_url"), &json!({}));
    assert_eq!(link.status, 405, "{link:?}");
    assert_eq!(link.body["code"], "payment_processor_is_currently_handling_payment");
}
