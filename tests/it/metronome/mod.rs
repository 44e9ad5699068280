//! Metronome's dialect as its clients see it: payments that are asked for, the customers and
//! invoices of the other dialect under the same ids, every refusal.

mod crashes;
mod customers;
mod framework;
mod guards;
mod invoices;
mod notifications;
mod payments;
mod refusals;
mod retries;

use serde_json::{Value, json};

use crate::world::{Answer, World};

/// A customer of this dialect with one invoice of the other, which nobody charges unasked.
pub struct Debtor {
    pub id: String,
    pub invoice: String,
}

impl Debtor {
    pub fn names(&self) -> Value {
        json!({ "customer_id": self.id, "invoice_id": self.invoice })
    }
}

pub fn customer(world: &World, alias: &str, behaviour: &str, collection: &str) -> String {
    made(
        world,
        alias,
        (
            "billing_config",
            json!({
                "billing_provider_type": "stripe",
                "billing_provider_customer_id": format!("cus_{behaviour}__{alias}"),
                "stripe_collection_method": collection,
            }),
        ),
    )
}

/// A customer with this said of how it is charged.
pub fn made(world: &World, alias: &str, (member, billing): (&str, Value)) -> String {
    let body = json!({ "name": "Aster Books", "ingest_aliases": [alias], (member): billing });
    let answer = world.api().post("/v1/customers", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["data"]["id"].as_str().expect("an id").to_owned()
}

pub fn debtor(world: &World, alias: &str, behaviour: &str) -> Debtor {
    let id = customer(world, alias, behaviour, "manually_charge_payment_intent");
    let invoice = world.invoice(alias, 4_900);
    Debtor { id, invoice }
}

pub fn attempt(world: &World, debtor: &Debtor) -> Answer {
    world.api().post("/v1/payments/attempt", &debtor.names())
}

pub fn cancel(world: &World, debtor: &Debtor) -> Answer {
    world.api().post("/v1/payments/cancel", &debtor.names())
}

/// The payment that an answer holds.
pub fn payment(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["data"].clone()
}

/// Of the invoice, newest first.
pub fn payments(world: &World, debtor: &Debtor) -> Vec<Value> {
    let answer = world.api().post("/v1/payments/list", &debtor.names());
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["data"].as_array().expect("payments").clone()
}

pub fn statuses(world: &World, debtor: &Debtor) -> Vec<String> {
    let all = payments(world, debtor);
    all.iter().map(|it| it["status"].as_str().expect("a status").to_owned()).collect()
}

/// Status and code of a refusal, after a look at its body.
pub fn refusal(answer: &Answer) -> String {
    let message = answer.body["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty(), "{answer:?}");
    format!("{} {}", answer.status, answer.body["code"].as_str().expect("a code"))
}
