//! Subscriptions over time: what is billed, when, how much, and that it is once.

mod calendars;
mod drafts;
mod ending;
mod grouping;
mod running;
mod starting;
mod switching;
mod told;

use serde_json::{Value, json};

use crate::world::World;

/// A plan in euros.
pub fn plan(world: &World, code: &str, fields: &Value) {
    let mut plan = json!({
        "name": code, "code": code, "interval": "monthly", "amount_cents": 3_100,
        "amount_currency": "EUR", "pay_in_advance": true,
    });
    merge(&mut plan, fields);
    let answer = world.api().post("/api/v1/plans", &json!({ "plan": plan }));
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn merge(object: &mut Value, fields: &Value) {
    for (key, value) in fields.as_object().expect("an object") {
        object[key] = value.clone();
    }
}

/// A subscription of `ada`, or of whom the fields name.
pub fn subscribe(world: &World, external_id: &str, plan: &str, fields: &Value) -> Value {
    let mut subscription = json!({
        "external_customer_id": "ada", "external_id": external_id, "plan_code": plan,
    });
    merge(&mut subscription, fields);
    let body = json!({ "subscription": subscription });
    let answer = world.api().post("/api/v1/subscriptions", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["subscription"].clone()
}

pub fn change_customer(world: &World, fields: &Value) {
    let mut customer = json!({ "external_id": "ada" });
    merge(&mut customer, fields);
    let answer = world.api().post("/api/v1/customers", &json!({ "customer": customer }));
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn read(world: &World, external_id: &str, status: &str) -> Value {
    let path = format!("/api/v1/subscriptions/{external_id}?status={status}");
    let answer = world.api().get(&path);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["subscription"].clone()
}

fn end(world: &World, external_id: &str, query: &str) -> Value {
    let answer = world.api().delete(&format!("/api/v1/subscriptions/{external_id}{query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["subscription"].clone()
}

/// Every invoice that is shown, oldest first, whole.
pub fn invoices(world: &World) -> Vec<Value> {
    let list = world.api().get("/api/v1/invoices?per_page=1000");
    let mut items = list.body["invoices"].as_array().expect("invoices").clone();
    // Ids sort by the time at which they were made.
    items.sort_by_key(|invoice| invoice["lago_id"].as_str().expect("an id").to_owned());
    items
        .iter()
        .map(|invoice| world.read_invoice(invoice["lago_id"].as_str().expect("an id")))
        .collect()
}

/// Of each invoice, oldest first: the days that it is for, why, and what is asked.
fn billed(world: &World) -> Vec<String> {
    let told = |invoice: &Value| {
        let parts = invoice["billing_periods"].as_array().expect("periods");
        let fees = invoice["fees"].as_array().expect("fees");
        let lines: Vec<String> = parts
            .iter()
            .zip(fees)
            .map(|(period, fee)| {
                let time = |key: &str| period[key].as_str().expect("a time").to_owned();
                let reason = time("invoicing_reason").replace("subscription_", "");
                let from = time("subscription_from_datetime");
                let to = time("subscription_to_datetime");
                assert_eq!(fee["from_date"], from.as_str());
                assert_eq!(fee["to_date"], to.as_str());
                let (from, to) = (short(&from, "T00:00:00Z"), short(&to, "T23:59:59Z"));
                format!("{from}..{to} {reason} {}", fee["amount_cents"])
            })
            .collect();
        lines.join(" + ")
    };
    invoices(world).iter().map(told).collect()
}

/// The day alone when it is the usual moment of it.
fn short(time: &str, usual: &str) -> String {
    time.strip_suffix(usual).unwrap_or(time).to_owned()
}

fn statuses(world: &World) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let invoices = invoices(world);
    invoices.iter().map(|it| (text(&it["status"]), text(&it["payment_status"]))).collect()
}
