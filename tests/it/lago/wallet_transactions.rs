//! Wallet transactions as clients see them, and every way to ask wrongly.

use serde_json::{Value, json};

use super::{each, invalid, keys, not_found, root_missing, told};
use crate::world::{Answer, World};

const ROW: &str = "lago_id lago_wallet_id lago_invoice_id lago_credit_note_id \
    lago_voided_invoice_id billing_entity_code status source transaction_status \
    transaction_type amount credit_amount remaining_amount_cents remaining_credit_amount \
    priority purchase_order_number settled_at failed_at created_at \
    invoice_requires_successful_payment metadata name payment_method";
const NO_ONE: &str = "0195c6a2-7d3b-7000-8000-000000000001";

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// Somebody without a provider, with a wallet, and the wallet's id.
fn ada(wallet: &Value) -> (World, String) {
    let world = World::new();
    let body = json!({"customer": {"external_id": "ada", "currency": "EUR"}});
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    let made = world.api().post("/api/v1/customers/ada/wallets", &json!({ "wallet": wallet }));
    assert_eq!(made.status, 200, "{made:?}");
    let id = made.body["wallet"]["lago_id"].as_str().expect("an id").to_owned();
    (world, id)
}

fn post(world: &World, wallet: &str, fields: &Value) -> Answer {
    let mut transaction = json!({ "wallet_id": wallet });
    for (key, value) in fields.as_object().expect("an object") {
        transaction[key] = value.clone();
    }
    let body = json!({ "wallet_transaction": transaction });
    world.api().post("/api/v1/wallet_transactions", &body)
}

fn wallet(world: &World, id: &str) -> Value {
    world.api().get(&format!("/api/v1/wallets/{id}")).body["wallet"].clone()
}

#[test]
fn one_call_buys_grants_and_voids_in_this_order() {
    let (world, id) = ada(&json!({"rate_amount": "2.0", "granted_credits": "10"}));
    let answer = post(
        &world,
        &id,
        &json!({
            "paid_credits": "5", "granted_credits": "3.0", "voided_credits": "4", "name": "Spring",
            "priority": 9, "metadata": [{"key": "a", "value": "b"}],
            "purchase_order_number": "PO-7",
        }),
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(keys(&answer.body), ["wallet_transactions"], "no meta");
    let rows = answer.body["wallet_transactions"].as_array().expect("rows");
    assert_eq!(rows.len(), 3);
    let [paid, granted, voided] = [&rows[0], &rows[1], &rows[2]];
    for row in rows {
        assert_eq!(keys(row), words(ROW));
        assert_eq!((&row["lago_wallet_id"], &row["source"]), (&json!(id), &json!("manual")));
        assert_eq!((&row["name"], &row["priority"]), (&json!("Spring"), &json!(9)));
        assert_eq!(row["metadata"], json!([{"key": "a", "value": "b"}]));
    }
    assert_eq!(
        (&paid["transaction_status"], &paid["transaction_type"], &paid["status"]),
        (&json!("purchased"), &json!("inbound"), &json!("pending"))
    );
    assert_eq!((&paid["amount"], &paid["credit_amount"]), (&json!("10.0"), &json!("5.0")));
    assert!(paid["lago_invoice_id"].is_string(), "{paid}");
    assert_eq!(
        (&paid["settled_at"], &paid["remaining_amount_cents"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&granted["transaction_status"], &granted["transaction_type"], &granted["status"]),
        (&json!("granted"), &json!("inbound"), &json!("settled"))
    );
    assert_eq!(
        (&granted["remaining_amount_cents"], &granted["remaining_credit_amount"]),
        (&json!(600), &json!("3.0"))
    );
    assert_eq!(
        (&voided["transaction_status"], &voided["transaction_type"], &voided["status"]),
        (&json!("voided"), &json!("outbound"), &json!("settled"))
    );
    assert_eq!((&voided["amount"], &voided["credit_amount"]), (&json!("8.0"), &json!("4.0")));
    assert_eq!(voided["remaining_amount_cents"], Value::Null);
    let wallet = wallet(&world, &id);
    assert_eq!(
        (&wallet["credits_balance"], &wallet["balance_cents"]),
        (&json!("9.0"), &json!(1800))
    );
    let one = world.api().get(&format!(
        "/api/v1/wallet_transactions/{}",
        granted["lago_id"].as_str().expect("an id")
    ));
    let alone = &one.body["wallet_transaction"];
    assert_eq!(keys(alone), words(&format!("{ROW} applied_invoice_custom_sections")));
    assert_eq!(alone["remaining_amount_cents"], 0, "the lowest priority is used first");
}

#[test]
fn paid_credits_have_an_invoice_of_one_line() {
    let (world, id) = ada(&json!({"rate_amount": "0.333333"}));
    let answer = post(&world, &id, &json!({"paid_credits": "10"}));
    let row = &answer.body["wallet_transactions"][0];
    assert_eq!((&row["amount"], &row["credit_amount"]), (&json!("3.33"), &json!("9.99")));
    let invoice = world.read_invoice(row["lago_invoice_id"].as_str().expect("an id"));
    assert_eq!(
        (&invoice["invoice_type"], &invoice["status"], &invoice["payment_status"]),
        (&json!("credit"), &json!("finalized"), &json!("pending"))
    );
    assert_eq!(invoice["total_amount_cents"], 333);
    assert_eq!(invoice["taxes_amount_cents"], 0);
    assert_eq!(invoice["sequential_id"], 1);
    let fees = invoice["fees"].as_array().expect("fees");
    assert_eq!(fees.len(), 1);
    let item = &fees[0]["item"];
    assert_eq!(
        (&item["type"], &item["code"], &item["name"]),
        (&json!("credit"), &json!("credit"), &json!("credit"))
    );
    assert_eq!(
        (&item["item_type"], &item["lago_item_id"]),
        (&json!("WalletTransaction"), &row["lago_id"])
    );
    assert_eq!((&fees[0]["units"], &fees[0]["amount_cents"]), (&json!("9.99"), &json!(333)));
    assert_eq!(fees[0]["precise_amount"], "3.33");
    assert_eq!(fees[0]["precise_unit_amount"], "0.3333333333");
    let named = post(&world, &id, &json!({"paid_credits": "10", "name": "Summer"}));
    let named = named.body["wallet_transactions"][0]["lago_invoice_id"].clone();
    let invoice = world.read_invoice(named.as_str().expect("an id"));
    assert_eq!(invoice["fees"][0]["item"]["name"], "Summer");
    let list = world.api().get("/api/v1/invoices?invoice_type=credit");
    assert_eq!(list.body["meta"]["total_count"], 2);
}

#[test]
fn what_is_wrong_with_a_transaction_is_said_under_its_field() {
    let limits = json!({"rate_amount": "1", "granted_credits": "10",
        "paid_top_up_min_amount_cents": 500, "paid_top_up_max_amount_cents": 1000});
    let (world, id) = ada(&limits);
    let rows = [
        (json!({"wallet_id": NO_ONE}), r#"{"wallet_id":["wallet_not_found"]}"#),
        (json!({"wallet_id": "1"}), r#"{"wallet_id":["wallet_not_found"]}"#),
        (json!({"wallet_id": null}), r#"{"wallet_id":["wallet_not_found"]}"#),
        (
            json!({"paid_credits": 10}),
            r#"{"paid_credits":["invalid_paid_credits","invalid_amount"]}"#,
        ),
        (
            json!({"paid_credits": "-5"}),
            r#"{"paid_credits":["invalid_paid_credits","invalid_amount"]}"#,
        ),
        (
            json!({"granted_credits": 10}),
            r#"{"granted_credits":["invalid_granted_credits","invalid_amount"]}"#,
        ),
        (
            json!({"voided_credits": 10}),
            r#"{"voided_credits":["invalid_voided_credits","invalid_amount"]}"#,
        ),
        (json!({"voided_credits": "10.00001"}), r#"{"voided_credits":["insufficient_credits"]}"#),
        (
            json!({"voided_credits": "11", "granted_credits": "5"}),
            r#"{"voided_credits":["insufficient_credits"]}"#,
        ),
        (json!({"voided_credits": "0.001"}), r#"{"voided_credits":["amount_rounds_to_zero"]}"#),
        (json!({"granted_credits": "0.001"}), r#"{"granted_credits":["amount_rounds_to_zero"]}"#),
        (json!({"paid_credits": "4.99"}), r#"{"paid_credits":["amount_below_minimum"]}"#),
        (json!({"paid_credits": "10.01"}), r#"{"paid_credits":["amount_above_maximum"]}"#),
    ];
    for (fields, details) in rows {
        assert_eq!(told(&post(&world, &id, &fields)), invalid(details), "{fields}");
    }
    let bare = json!({"wallet_transaction": {}});
    let bare = world.api().post("/api/v1/wallet_transactions", &bare);
    assert_eq!(told(&bare), root_missing("wallet_transaction"));
    let list = world.api().get(&format!("/api/v1/wallets/{id}/wallet_transactions"));
    assert_eq!(list.body["meta"]["total_count"], 1, "nothing of it was made");
    let beyond = json!({"paid_credits": "10.01", "ignore_paid_top_up_limits": true});
    assert_eq!(post(&world, &id, &beyond).status, 200);
}

#[test]
fn what_is_wrong_with_its_notes_is_said_under_their_field() {
    let (world, id) = ada(&json!({"rate_amount": "1"}));
    let many: Vec<Value> = (0..16).map(|n| json!({"key": format!("k{n}"), "value": "v"})).collect();
    let rows = [
        (json!({"name": "x".repeat(256)}), r#"{"name":["too_long"]}"#),
        (json!({"name": 5}), r#"{"name":["invalid_value"]}"#),
        (json!({"priority": 0}), r#"{"priority":["value_is_out_of_range"]}"#),
        (json!({"priority": 51}), r#"{"priority":["value_is_out_of_range"]}"#),
        (json!({"metadata": {"a": "b"}}), r#"{"metadata":["invalid_type"]}"#),
        (json!({"metadata": many}), r#"{"metadata":["too_many_keys"]}"#),
        (
            json!({"metadata": [{"key": "x".repeat(21), "value": "v"}]}),
            r#"{"metadata":["key_too_long"]}"#,
        ),
        (
            json!({"metadata": [{"key": "k", "value": "x".repeat(101)}]}),
            r#"{"metadata":["value_too_long"]}"#,
        ),
        (json!({"metadata": [{"key": "k"}]}), r#"{"metadata":["invalid_key_value_pair"]}"#),
        (
            json!({"metadata": [{"key": "k", "value": []}]}),
            r#"{"metadata":["nested_structure_not_allowed"]}"#,
        ),
        (
            json!({"payment_method": {"payment_method_type": "gift"}}),
            r#"{"payment_method":["invalid_payment_method"]}"#,
        ),
        (
            json!({"invoice_requires_successful_payment": "perhaps"}),
            r#"{"invoice_requires_successful_payment":["value_is_invalid"]}"#,
        ),
        (
            json!({"paid_credits": "x", "voided_credits": "99", "priority": 99}),
            "{\"paid_credits\":[\"invalid_paid_credits\",\"invalid_amount\"],\
              \"priority\":[\"value_is_out_of_range\"],\
              \"voided_credits\":[\"insufficient_credits\"]}",
        ),
    ];
    for (fields, details) in rows {
        assert_eq!(told(&post(&world, &id, &fields)), invalid(details), "{fields}");
    }
}

/// As the client for Python sends it.
#[test]
fn fields_that_are_null_are_skipped() {
    let (world, id) = ada(&json!({"rate_amount": "1"}));
    let fields = json!({
        "paid_credits": null, "granted_credits": "5.0", "voided_credits": null, "name": null,
        "invoice_requires_successful_payment": null, "metadata": null, "priority": null,
        "ignore_paid_top_up_limits": null, "payment_method": null, "purchase_order_number": null,
        "invoice_custom_section": null, "voided_transaction_id": null,
    });
    let answer = post(&world, &id, &fields);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(each(&answer, "wallet_transactions", "transaction_status"), ["granted"]);
    let nothing = json!({"paid_credits": "0", "granted_credits": "0.0", "voided_credits": null});
    assert_eq!(post(&world, &id, &nothing).body, json!({"wallet_transactions": []}));
}

#[test]
fn a_list_is_narrowed_by_what_is_known() {
    let (world, id) = ada(&json!({"rate_amount": "1"}));
    let noted = json!([{"key": "plan", "value": "gold \"x\""}]);
    post(&world, &id, &json!({"granted_credits": "10", "metadata": noted}));
    post(&world, &id, &json!({"paid_credits": "5", "voided_credits": "2"}));
    let list = |query: &str| {
        let answer = world.api().get(&format!("/api/v1/wallets/{id}/wallet_transactions?{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        let mut kinds = each(&answer, "wallet_transactions", "transaction_status");
        kinds.sort_by_key(ToString::to_string);
        kinds
    };
    let all = [json!("granted"), json!("purchased"), json!("voided")];
    assert_eq!(list(""), all);
    assert_eq!(list("status=pending"), ["purchased"]);
    assert_eq!(list("transaction_type=outbound"), ["voided"]);
    assert_eq!(list("transaction_status=granted"), ["granted"]);
    assert_eq!(list("transaction_type=outbound&transaction_status=granted").len(), 0);
    assert_eq!(list("metadata[plan]=gold%20%22x%22"), ["granted"]);
    assert_eq!(list("metadata[plan]=silver").len(), 0);
    assert_eq!(list("metadata[plan]="), ["purchased", "voided"]);
    for unknown in ["status=x", "transaction_type=x", "transaction_status=x"] {
        assert_eq!(list(unknown), all, "{unknown}");
    }
    let page = world.api().get(&format!("/api/v1/wallets/{id}/wallet_transactions?per_page=2"));
    assert_eq!(page.body["meta"]["total_pages"], 2);
    for wallet in ["1", NO_ONE] {
        let answer = world.api().get(&format!("/api/v1/wallets/{wallet}/wallet_transactions"));
        assert_eq!(told(&answer), not_found("wallet"));
    }
}

#[test]
fn a_page_to_pay_is_refused_with_the_reason() {
    let (world, id) = ada(&json!({"rate_amount": "1"}));
    let rows = post(&world, &id, &json!({"paid_credits": "5", "granted_credits": "5"}));
    let [paid, granted] = [0, 1].map(|at| rows.body["wallet_transactions"][at].clone());
    let url = |id: &str| {
        let path = format!("/api/v1/wallet_transactions/{id}/payment_url");
        told(&world.api().post(&path, &json!({})))
    };
    let of = |row: &Value| url(row["lago_id"].as_str().expect("an id"));
    assert_eq!(of(&granted), invalid(r#"{"base":["wallet_transaction_not_purchased"]}"#));
    assert_eq!(of(&paid), invalid(r#"{"base":["no_linked_payment_provider"]}"#));
    let payment = json!({"payment": {
        "invoice_id": paid["lago_invoice_id"], "amount_cents": 500, "reference": "wire",
    }});
    assert_eq!(world.api().post("/api/v1/payments", &payment).status, 200);
    assert_eq!(of(&paid), invalid(r#"{"base":["wallet_transaction_already_settled"]}"#));
    for unknown in ["1", NO_ONE] {
        assert_eq!(url(unknown), not_found("wallet_transaction"));
        let answer = world.api().get(&format!("/api/v1/wallet_transactions/{unknown}"));
        assert_eq!(told(&answer), not_found("wallet_transaction"));
    }
    for absent in ["consumptions", "fundings"] {
        let answer = world.api().get(&format!("/api/v1/wallet_transactions/{NO_ONE}/{absent}"));
        assert_eq!(told(&answer), not_found("resource"));
    }
}
