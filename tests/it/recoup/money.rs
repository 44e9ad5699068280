//! What stories about money that came in twice begin with.

use serde_json::{Value, json};

use crate::world::World;

/// How long a charge is pending that is paid twice here.
const PENDING_S: u64 = 3_600;

/// A person records money that came outside any provider.
pub fn record(world: &World, invoice: &str, amount_cents: i64) -> u16 {
    let body = json!({ "payment": {
        "invoice_id": invoice, "amount_cents": amount_cents, "reference": "bank",
    }});
    world.api().post("/api/v1/payments", &body).status
}

/// An invoice whose charge is under way when a person records so much of it, and succeeds then.
pub fn paid_beside(world: &World, customer: &str, (amount, recorded): (i64, i64)) -> String {
    world.customer(customer, &format!("pending_{PENDING_S}"));
    let invoice = world.invoice(customer, amount);
    world.pass(1);
    assert_eq!(record(world, &invoice, recorded), 200);
    world.pass(PENDING_S + 60);
    invoice
}

pub fn surplus(world: &World, query: &str) -> Vec<Value> {
    let answer = world.api().get(&format!("/recoup/v1/surplus_payments{query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["surplus_payments"].as_array().expect("a list").clone()
}

/// The one surplus payment of an invoice.
pub fn surplus_of(world: &World, invoice: &str) -> Value {
    let mut found = surplus(world, &format!("?invoice_id={invoice}"));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// The provider's ledger, refunds only.
pub fn refunds_at_provider(world: &World) -> Vec<Value> {
    let ledger = world.api().get("/sandbox/ledger");
    ledger.body["refunds"].as_array().expect("a ledger").clone()
}

pub fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
