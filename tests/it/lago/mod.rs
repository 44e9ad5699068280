//! Lago's dialect as its clients see it: objects, every error with its exact body, bad input.

mod catalog;
mod customers;
mod endpoints;
mod fees;
mod framework;
mod invoice_changes;
mod invoice_lists;
mod invoices;
mod linking;
mod methods;
mod organization;
mod pages;
mod payment_requests;
mod payments;
mod plans;
pub mod raw;
mod receipts;
mod retrying;
mod shapes;
mod subscriptions;
mod wallet_transactions;
mod wallets;

use serde_json::{Value, json};

use crate::world::{Answer, World};

/// The status and the body, as one text to compare.
fn told(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.text)
}

fn not_found(resource: &str) -> String {
    format!(r#"404 {{"status":404,"error":"Not Found","code":"{resource}_not_found"}}"#)
}

fn not_allowed(code: &str) -> String {
    format!(r#"405 {{"status":405,"error":"Method Not Allowed","code":"{code}"}}"#)
}

fn invalid(details: &str) -> String {
    format!(
        "422 {{\"status\":422,\"error\":\"Unprocessable Entity\",\"code\":\"validation_errors\",\
         \"error_details\":{details}}}"
    )
}

fn root_missing(root: &str) -> String {
    format!(
        "400 {{\"status\":400,\"error\":\"BadRequest: param is missing or the value is empty or \
         invalid: {root}\"}}"
    )
}

/// The values of one key in a list of an answer.
fn each(answer: &Answer, list: &str, key: &str) -> Vec<Value> {
    let items = answer.body[list].as_array().unwrap_or_else(|| panic!("no {list}: {answer:?}"));
    items.iter().map(|item| item[key].clone()).collect()
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// One of each kind of value that a field may be given, and some that are far too large.
fn anything() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("\u{0}"),
        json!("Zoë 雪 \u{202e}\u{1f9fe}"),
        json!("x".repeat(5000)),
        json!([]),
        json!([null, 1, {}]),
        json!({}),
        json!({"a": {"b": []}}),
    ]
}

/// How many customers there are.
fn customers_count(world: &World) -> u64 {
    let list = world.api().get("/api/v1/customers");
    list.body["meta"]["total_count"].as_u64().expect("a count")
}
