//! Pages for payers, as a browser sees them, and the automatic charge beside them. What counts in
//! the end is the pretend provider's ledger.

mod checkout;
mod payment;
mod portal;
mod races;

use serde_json::{Value, json};

use crate::world::{Answer, World};

fn ask_for_link(world: &World, invoice: &str) -> Answer {
    world.api().post(&format!("/api/v1/invoices/{invoice}/payment_url"), &json!({}))
}

/// The address that the business is told.
pub fn payment_url(world: &World, invoice: &str) -> String {
    let link = ask_for_link(world, invoice);
    assert_eq!(link.status, 200, "{link:?}");
    text(&link.body["invoice_payment_details"]["payment_url"])
}

fn portal_url(world: &World, customer: &str) -> String {
    let link = world.api().get(&format!("/api/v1/customers/{customer}/portal_url"));
    assert_eq!(link.status, 200, "{link:?}");
    text(&link.body["customer"]["portal_url"])
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// A debt of 49 euros whose first charge was declined.
fn declined_debt(world: &World, behaviour: &str) -> String {
    world.customer("ada", behaviour);
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "failed");
    invoice
}
