//! What clients need of every answer: no empty ids and times, numbers and texts where they read
//! them, a page beyond the end of each list, calls without a body.

use serde_json::{Value, json};

use super::anything;
use super::raw::{bearer, call};
use crate::world::{Ears, World};

/// Texts, though they are figures.
const DECIMALS: &[&str] = &[
    "units",
    "rate_amount",
    "credits_balance",
    "credits_ongoing_balance",
    "credits_ongoing_usage_balance",
    "consumed_credits",
    "credit_amount",
    "remaining_credit_amount",
    "paid_credits",
    "granted_credits",
    "threshold_credits",
    "target_ongoing_balance",
    "precise_amount",
    "precise_total_amount",
    "precise_unit_amount",
    "taxes_precise_amount",
    "precise_coupons_amount_cents",
    "sub_total_excluding_taxes_precise_amount_cents",
];

/// What is wrong with the values under these keys, and under those within.
fn faults(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let path = format!("{path}.{key}");
                if !fits(key, value) {
                    found.push(format!("{path} = {value}"));
                }
                faults(value, &path, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                faults(item, &format!("{path}[]"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fits(key: &str, value: &Value) -> bool {
    if value.is_null() {
        return true;
    }
    let text = value.as_str();
    if DECIMALS.contains(&key) {
        return text.is_some_and(|text| text.contains('.') && text.parse::<f64>().is_ok());
    }
    match key {
        "lago_id" => text.is_some_and(|text| text.parse::<uuid::Uuid>().is_ok()),
        "rate" | "tax_rate" | "taxes_rate" => value.is_number(),
        _ if key.starts_with("lago_") && key.ends_with("_id") => {
            text.is_some_and(|text| text.parse::<uuid::Uuid>().is_ok())
        }
        _ if key.ends_with("_cents") => value.is_i64(),
        _ if key.ends_with("_at") || key.ends_with("_datetime") => {
            text.is_some_and(|text| chrono::DateTime::parse_from_rfc3339(text).is_ok())
        }
        "issuing_date" | "payment_due_date" => {
            text.is_some_and(|text| text.parse::<chrono::NaiveDate>().is_ok())
        }
        _ => true,
    }
}

fn made(world: &World, path: &str, root: &str, object: Value) -> Value {
    let answer = world.api().post(&format!("/api/v1/{path}"), &json!({ root: object }));
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.body[root].clone()
}

/// Somebody of whom there is one of everything.
fn one_of_everything() -> World {
    let world = World::new();
    world.customer("ada", "ok");
    made(&world, "taxes", "tax", json!({"name": "VAT", "code": "vat", "rate": 20}));
    let customer = json!({
        "external_id": "ada", "email": "ada@example.org", "tax_codes": ["vat"],
        "metadata": [{"key": "plan", "value": "gold"}],
    });
    made(&world, "customers", "customer", customer);
    world.invoice("ada", 4_900);
    let plan = json!({
        "name": "Reader", "code": "reader", "interval": "monthly", "amount_cents": 3_000,
        "amount_currency": "EUR", "pay_in_advance": true, "trial_period": 0,
    });
    made(&world, "plans", "plan", plan);
    let subscription =
        json!({"external_customer_id": "ada", "external_id": "s1", "plan_code": "reader"});
    made(&world, "subscriptions", "subscription", subscription);
    let wallet = json!({
        "external_customer_id": "ada", "rate_amount": "1.5", "name": "Main",
        "granted_credits": "10", "paid_credits": "3",
        "recurring_transaction_rules": [
            {"trigger": "threshold", "threshold_credits": "0", "granted_credits": "3"},
        ],
    });
    made(&world, "wallets", "wallet", wallet);
    world.pass(1);
    let late = world.overdue("ada", &[1_000, 2_000]);
    world.requested("ada", &late);
    world.pass(1);
    world
}

const LISTS: &[&str] = &[
    "customers",
    "add_ons",
    "taxes",
    "plans",
    "subscriptions",
    "invoices",
    "fees",
    "payments",
    "payment_receipts",
    "payment_requests",
    "wallets",
    "webhook_endpoints",
    "customers/ada/invoices",
    "customers/ada/payments",
    "customers/ada/payment_methods",
    "customers/ada/payment_requests",
    "customers/ada/subscriptions",
    "customers/ada/wallets",
];

fn lists(world: &World) -> Vec<String> {
    let wallet = world.api().get("/api/v1/wallets").body["wallets"][0]["lago_id"].clone();
    let transactions = format!("wallets/{}/wallet_transactions", wallet.as_str().expect("an id"));
    LISTS.iter().map(|list| (*list).to_owned()).chain([transactions]).collect()
}

#[test]
fn every_answer_and_every_webhook_can_be_read_by_clients_with_types() {
    let world = one_of_everything();
    let ears = Ears::of(&world);
    let mut found = Vec::new();
    let mut look = |path: &str| {
        let answer = world.api().get(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        faults(&answer.body, path, &mut found);
        answer.body
    };
    for list in lists(&world) {
        let body = look(&list);
        let key = list.rsplit('/').next().expect("a name");
        let items = body[key].as_array().unwrap_or_else(|| panic!("no {key}: {body}"));
        assert!(!items.is_empty(), "{list} shows nothing");
        if list.contains('/') {
            continue;
        }
        let names = match key {
            "customers" | "subscriptions" => "external_id",
            "add_ons" | "taxes" | "plans" => "code",
            _ => "lago_id",
        };
        look(&format!("{list}/{}", items[0][names].as_str().expect("a name")));
    }
    look("organizations");
    look("billing_entities");
    // One of most events, while somebody listens.
    let invoice = world.invoice("ada", 900);
    world.pass(1);
    let path = format!("/api/v1/invoices/{invoice}");
    assert_eq!(world.api().post(&format!("{path}/lose_dispute"), &json!({})).status, 200);
    assert_eq!(world.api().post(&format!("{path}/void"), &json!({})).status, 200);
    assert_eq!(world.api().delete("/api/v1/subscriptions/s1").status, 200);
    assert_eq!(world.api().delete("/api/v1/customers/ada").status, 200);
    world.pass(1);
    let heard = ears.heard();
    assert!(heard.len() > 5, "{}", heard.len());
    for webhook in heard {
        let name = webhook["webhook_type"].as_str().expect("a name").to_owned();
        faults(&webhook, &name, &mut found);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_page_beyond_the_end_is_empty_and_says_how_many_there_are() {
    let world = one_of_everything();
    Ears::of(&world);
    for list in lists(&world) {
        let key = list.rsplit('/').next().expect("a name");
        let beyond = world.api().get(&format!("/api/v1/{list}?page=900&per_page=1"));
        assert_eq!(beyond.body[key], json!([]), "{list}");
        let total = beyond.body["meta"]["total_count"].as_u64().expect("a count");
        assert!(total > 0, "{list}");
        assert_eq!(
            beyond.body["meta"],
            json!({
                "current_page": 900, "next_page": null, "prev_page": null,
                "total_pages": total, "total_count": total,
            }),
            "{list}"
        );
        for query in ["page=99999999999999999999&per_page=99999999999999999999", "page=-1"] {
            let answer = world.api().get(&format!("/api/v1/{list}?{query}"));
            assert_eq!(answer.status, 200, "{list}?{query}: {answer:?}");
        }
    }
}

/// Some clients say JSON and send nothing; others say nothing at all.
#[test]
fn what_needs_no_body_takes_none() {
    let world = one_of_everything();
    let key = bearer(&world);
    let method = {
        let list = world.api().get("/api/v1/customers/ada/payment_methods");
        list.body["payment_methods"][0]["lago_id"].as_str().expect("an id").to_owned()
    };
    for content_type in [Some("application/json"), None] {
        let invoice = world.quiet_invoice("ada", (1_000, "EUR"));
        let of_invoice = |action: &str| format!("/api/v1/invoices/{invoice}/{action}");
        for (verb, path, status) in [
            ("GET", "/api/v1/customers/ada".to_owned(), 200),
            ("GET", "/api/v1/customers/ada/portal_url".to_owned(), 200),
            ("POST", "/api/v1/customers/ada/checkout_url".to_owned(), 200),
            ("PUT", format!("/api/v1/customers/ada/payment_methods/{method}/set_as_default"), 200),
            ("POST", of_invoice("payment_url"), 200),
            ("POST", of_invoice("retry_payment"), 200),
            ("POST", of_invoice("retry"), 405),
            ("PUT", of_invoice("refresh"), 403),
            ("PUT", of_invoice("finalize"), 404),
            ("POST", of_invoice("lose_dispute"), 200),
            ("PUT", of_invoice("lose_dispute"), 200),
            ("POST", of_invoice("void"), 200),
            ("DELETE", format!("/api/v1/invoices/{invoice}"), 405),
        ] {
            let answer = call(&world, (verb, &path), Some(&key), (content_type, b""));
            assert_eq!(answer.status, status, "{verb} {path}: {}", answer.told());
        }
    }
}

#[test]
fn any_type_in_any_field_of_a_change_is_an_answer_of_the_contract() {
    let world = one_of_everything();
    let invoice = world.quiet_invoice("ada", (1_000, "EUR"));
    let wallet = world.api().get("/api/v1/wallets").body["wallets"][0]["lago_id"].clone();
    let of_wallet = format!("wallets/{}", wallet.as_str().expect("an id"));
    let of_invoice = format!("invoices/{invoice}");
    let payment = json!({"invoice_id": invoice, "amount_cents": 1, "reference": "r"});
    let request = json!({"external_customer_id": "ada", "lago_invoice_ids": [invoice]});
    let (puts, posts) = (
        [
            (of_invoice.as_str(), "invoice", "payment_status metadata"),
            (of_wallet.as_str(), "wallet", include_str!("fields/wallet.txt")),
            ("plans/reader", "plan", include_str!("fields/plan.txt")),
            ("subscriptions/s1", "subscription", include_str!("fields/subscription.txt")),
            ("add_ons/setup", "add_on", include_str!("fields/add_on.txt")),
            ("taxes/vat", "tax", include_str!("fields/tax.txt")),
        ],
        [
            ("payments", "payment", "invoice_id amount_cents reference paid_at", payment),
            (
                "payment_requests",
                "payment_request",
                "email external_customer_id lago_invoice_ids",
                request,
            ),
        ],
    );
    let expect = |answer: &crate::world::Answer, what: &str| {
        let known = matches!(answer.status, 200 | 400 | 403 | 404 | 405 | 422);
        assert!(known && answer.body.is_object(), "{what}: {answer:?}");
    };
    for (path, root, fields) in puts {
        for field in fields.split_whitespace().filter(|field| *field != "code") {
            for value in anything() {
                let object = match field.split_once('.') {
                    None => json!({ field: value }),
                    Some((outer, inner)) => json!({ outer: { inner: value } }),
                };
                let body = json!({ root: object });
                let answer = world.api().put(&format!("/api/v1/{path}"), &body);
                expect(&answer, &format!("{path} {body}"));
            }
        }
    }
    for (path, root, fields, object) in posts {
        for field in fields.split_whitespace() {
            for value in anything() {
                let mut object = object.clone();
                object[field] = value;
                let body = json!({ root: object });
                expect(&world.api().post(&format!("/api/v1/{path}"), &body), &body.to_string());
            }
        }
    }
    for action in ["retry_payment", "void"] {
        for value in anything() {
            let path = format!("/api/v1/invoices/{invoice}/{action}");
            for body in [
                json!({"generate_credit_note": value, "payment_method": value}),
                json!({ "invoice": value }),
                value,
            ] {
                let status = world.api().post(&path, &body).status;
                assert!(matches!(status, 200 | 403 | 405 | 422), "{path} {body}: {status}");
            }
        }
    }
}
