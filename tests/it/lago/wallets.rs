//! Wallets as clients see them: made, read, changed, terminated, and every way to ask wrongly.

use serde_json::{Value, json};

use super::{each, invalid, keys, not_found, root_missing, told};
use crate::world::{Answer, World};

const WALLET: &str = "lago_id lago_customer_id external_customer_id billing_entity_code status \
    currency name code purchase_order_number rate_amount credits_balance \
    credits_ongoing_balance credits_ongoing_usage_balance balance_cents ongoing_balance_cents \
    ongoing_usage_balance_cents consumed_credits created_at expiration_at \
    last_balance_sync_at last_consumed_credit_at terminated_at \
    invoice_requires_successful_payment paid_top_up_min_amount_cents \
    paid_top_up_max_amount_cents priority recurring_transaction_rules applies_to \
    applied_invoice_custom_sections payment_method";
const RULE: &str = "lago_id paid_credits granted_credits grants_target_top_up interval method \
    started_at expiration_at status target_ongoing_balance threshold_credits trigger created_at \
    invoice_requires_successful_payment transaction_metadata transaction_name \
    purchase_order_number ignore_paid_top_up_limits applied_invoice_custom_sections \
    payment_method";
const NO_ONE: &str = "0195c6a2-7d3b-7000-8000-000000000001";

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn ada() -> World {
    let world = World::new();
    let body = json!({"customer": {"external_id": "ada", "currency": "EUR"}});
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    world
}

fn post(world: &World, wallet: &Value) -> Answer {
    world.api().post("/api/v1/wallets", &json!({ "wallet": wallet }))
}

fn with(fields: &Value) -> Value {
    let mut wallet = json!({"external_customer_id": "ada", "rate_amount": "1.0"});
    for (key, value) in fields.as_object().expect("an object") {
        wallet[key] = value.clone();
    }
    wallet
}

fn made(world: &World, fields: &Value) -> Value {
    let answer = post(world, &with(fields));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["wallet"].clone()
}

fn path(wallet: &Value) -> String {
    format!("/api/v1/wallets/{}", wallet["lago_id"].as_str().expect("an id"))
}

#[test]
fn a_wallet_is_shown_whole() {
    let world = ada();
    let wallet = made(
        &world,
        &json!({
            "name": "My Wallet", "rate_amount": "0.5", "granted_credits": "10", "priority": 7,
            "expiration_at": "2099-01-01T00:00:00Z", "purchase_order_number": " PO-1 ",
            "paid_top_up_min_amount_cents": 100, "paid_top_up_max_amount_cents": 5000,
            "applies_to": {"fee_types": ["subscription"]}, "metadata": {"b": "1", "a": "2"},
            "payment_method": {"payment_method_type": "manual"},
            "recurring_transaction_rules": [{
                "trigger": "threshold", "threshold_credits": "5.5", "method": "target",
                "target_ongoing_balance": "20", "transaction_name": "Refill",
                "transaction_metadata": [{"key": "k", "value": "v"}],
            }],
        }),
    );
    assert_eq!(keys(&wallet), words(&format!("{WALLET} metadata")));
    assert_eq!((&wallet["code"], &wallet["status"]), (&json!("my_wallet"), &json!("active")));
    assert_eq!((&wallet["currency"], &wallet["rate_amount"]), (&json!("EUR"), &json!("0.5")));
    assert_eq!(wallet["credits_balance"], "10.0");
    assert_eq!(wallet["credits_ongoing_balance"], "10.0");
    assert_eq!(wallet["credits_ongoing_usage_balance"], "0.0");
    assert_eq!(
        (&wallet["balance_cents"], &wallet["consumed_credits"]),
        (&json!(500), &json!("0.0"))
    );
    assert_eq!(wallet["purchase_order_number"], "PO-1");
    assert_eq!(
        wallet["applies_to"],
        json!({"fee_types": ["subscription"], "billable_metric_codes": []})
    );
    assert_eq!(wallet["metadata"].to_string(), r#"{"b":"1","a":"2"}"#);
    assert_eq!(wallet["payment_method"]["payment_method_type"], "manual");
    let rule = &wallet["recurring_transaction_rules"][0];
    assert_eq!(keys(rule), words(RULE));
    assert_eq!(rule["threshold_credits"], "5.5");
    assert_eq!(rule["target_ongoing_balance"], "20.0");
    assert_eq!((&rule["paid_credits"], &rule["granted_credits"]), (&json!("0.0"), &json!("10.0")));
    assert_eq!((&rule["interval"], &rule["status"]), (&Value::Null, &json!("active")));
    assert_eq!(rule["transaction_metadata"], json!([{"key": "k", "value": "v"}]));
    world.pass(1);
    let plain = made(&world, &json!({"currency": "USD", "rate_amount": 2}));
    assert_eq!(keys(&plain), words(WALLET));
    assert_eq!((&plain["currency"], &plain["rate_amount"]), (&json!("USD"), &json!("2.0")));
    assert_eq!((&plain["code"], &plain["priority"]), (&json!("default"), &json!(50)));
    assert_eq!(world.api().get(&path(&wallet)).body["wallet"], wallet);
    assert_eq!(world.api().get("/api/v1/customers/ada/wallets/my_wallet").body["wallet"], wallet);
    let all = world.api().get("/api/v1/wallets?external_customer_id=ada");
    assert_eq!(all.body["wallets"], json!([plain, wallet]));
    assert_eq!(all.body["meta"]["total_count"], 2);
    let euros = world.api().get("/api/v1/wallets?currency=EUR");
    assert_eq!(each(&euros, "wallets", "code"), ["my_wallet"]);
    let of_ada = world.api().get("/api/v1/customers/ada/wallets?currency=USD");
    assert_eq!(each(&of_ada, "wallets", "code"), ["default"]);
    assert_eq!(world.api().get("/api/v1/wallets").body["meta"]["total_count"], 2);
}

#[test]
fn what_is_wrong_with_a_wallet_is_said_under_its_field() {
    let world = ada();
    made(&world, &json!({"code": "taken"}));
    let rows = [
        (json!({"external_customer_id": "eve"}), r#"{"customer":["customer_not_found"]}"#),
        (json!({"external_customer_id": null}), r#"{"customer":["customer_not_found"]}"#),
        (json!({"rate_amount": "0"}), r#"{"rate_amount":["value_is_out_of_range"]}"#),
        (json!({"rate_amount": "-1"}), r#"{"rate_amount":["value_is_out_of_range"]}"#),
        (json!({"rate_amount": "much"}), r#"{"rate_amount":["value_is_out_of_range"]}"#),
        (json!({"rate_amount": null}), r#"{"rate_amount":["value_is_mandatory"]}"#),
        (json!({"currency": "XXX"}), r#"{"currency":["value_is_invalid"]}"#),
        (json!({"code": "taken"}), r#"{"code":["value_already_exist"]}"#),
        (json!({"name": "x".repeat(256)}), r#"{"name":["value_is_too_long"]}"#),
        (json!({"priority": 0}), r#"{"priority":["value_is_out_of_range"]}"#),
        (json!({"priority": 51}), r#"{"priority":["value_is_out_of_range"]}"#),
    ];
    for (fields, details) in rows {
        assert_eq!(told(&post(&world, &with(&fields))), invalid(details), "{fields}");
    }
    let entity = post(&world, &with(&json!({"billing_entity_code": "other"})));
    assert_eq!(told(&entity), not_found("billing_entity"));
    let bare = world.api().post("/api/v1/wallets", &json!({"wallet": {}}));
    assert_eq!(told(&bare), root_missing("wallet"));
    assert_eq!(world.api().get("/api/v1/wallets").body["meta"]["total_count"], 1);
    let ignored = json!({"paid_top_up_max_amount_cents": 1000, "paid_credits": "10.01",
        "ignore_paid_top_up_limits_on_creation": true});
    made(&world, &ignored);
}

#[test]
fn what_is_wrong_with_its_credits_is_said_under_their_field() {
    let world = ada();
    let rows = [
        (
            json!({"paid_credits": "x"}),
            r#"{"paid_credits":["invalid_paid_credits","invalid_amount"]}"#,
        ),
        (
            json!({"paid_credits": "-1"}),
            r#"{"paid_credits":["invalid_paid_credits","invalid_amount"]}"#,
        ),
        (
            json!({"granted_credits": "1,5"}),
            r#"{"granted_credits":["invalid_granted_credits","invalid_amount"]}"#,
        ),
        (json!({"paid_credits": "0.004"}), r#"{"paid_credits":["amount_rounds_to_zero"]}"#),
        (json!({"granted_credits": "0.004"}), r#"{"granted_credits":["amount_rounds_to_zero"]}"#),
        (
            json!({"granted_credits": "99999999999999999999"}),
            r#"{"granted_credits":["invalid_amount"]}"#,
        ),
        (json!({"expiration_at": "2020-01-01"}), r#"{"expiration_at":["invalid_date"]}"#),
        (json!({"expiration_at": "soon"}), r#"{"expiration_at":["invalid_date"]}"#),
        (json!({"expiration_at": {}}), r#"{"expiration_at":["invalid_date"]}"#),
        (
            json!({"paid_top_up_min_amount_cents": 0}),
            r#"{"paid_top_up_min_amount_cents":["value_is_out_of_range"]}"#,
        ),
        (
            json!({"paid_top_up_min_amount_cents": 200, "paid_top_up_max_amount_cents": 100}),
            r#"{"paid_top_up_max_amount_cents":["must_be_greater_than_or_equal_min"]}"#,
        ),
        (
            json!({"paid_top_up_min_amount_cents": 1000, "paid_credits": "9.99"}),
            r#"{"paid_credits":["amount_below_minimum"]}"#,
        ),
        (
            json!({"paid_top_up_max_amount_cents": 1000, "paid_credits": "10.01"}),
            r#"{"paid_credits":["amount_above_maximum"]}"#,
        ),
    ];
    for (fields, details) in rows {
        assert_eq!(told(&post(&world, &with(&fields))), invalid(details), "{fields}");
    }
}

#[test]
fn what_is_wrong_with_its_rule_or_its_notes_is_said_under_their_field() {
    let world = ada();
    let weekly = json!({"trigger": "interval", "interval": "weekly"});
    let rule = |fields: &Value| {
        let mut rule = weekly.clone();
        for (key, value) in fields.as_object().expect("an object") {
            rule[key] = value.clone();
        }
        json!({"recurring_transaction_rules": [rule]})
    };
    let bad_rule = r#"{"recurring_transaction_rules":["invalid_recurring_rule"]}"#;
    let bad_method = r#"{"payment_method":["invalid_payment_method"]}"#;
    let bad_limits = r#"{"applies_to":["invalid_limitations"]}"#;
    let many = json!([{"key": "a", "value": "1"}, {"key": "b", "value": "1"},
        {"key": "c", "value": "1"}, {"key": "d", "value": "1"}, {"key": "e", "value": "1"},
        {"key": "f", "value": "1"}]);
    let rows = [
        (json!({"transaction_metadata": {}}), r#"{"metadata":["invalid_type"]}"#),
        (json!({"transaction_metadata": many}), r#"{"metadata":["too_many_keys"]}"#),
        (json!({"metadata": ["a"]}), r#"{"metadata":["invalid_type"]}"#),
        (json!({"metadata": {"a": {}}}), r#"{"metadata":["nested_structure_not_allowed"]}"#),
        (json!({"applies_to": {"fee_types": ["gifts"]}}), bad_limits),
        (json!({"applies_to": {"billable_metric_codes": ["api"]}}), bad_limits),
        (json!({"applies_to": "all"}), bad_limits),
        (json!({"payment_method": {"payment_method_type": "gift"}}), bad_method),
        (
            json!({"payment_method":
                {"payment_method_type": "provider", "payment_method_id": NO_ONE}}),
            bad_method,
        ),
        (rule(&json!({"interval": "daily"})), bad_rule),
        (rule(&json!({"trigger": "threshold"})), bad_rule),
        (rule(&json!({"method": "target"})), bad_rule),
        (rule(&json!({"expiration_at": "2020-01-01"})), bad_rule),
        (rule(&json!({"lago_id": NO_ONE})), bad_rule),
        (rule(&json!({"transaction_metadata": many})), bad_rule),
        (rule(&json!({"payment_method": {"payment_method_type": "gift"}})), bad_rule),
        (
            rule(&json!({"trigger": "threshold", "threshold_credits": "10", "method": "target",
                "target_ongoing_balance": "9"})),
            bad_rule,
        ),
        (
            json!({"recurring_transaction_rules": [weekly, weekly]}),
            r#"{"recurring_transaction_rules":["invalid_number_of_recurring_rules"]}"#,
        ),
    ];
    for (fields, details) in rows {
        assert_eq!(told(&post(&world, &with(&fields))), invalid(details), "{fields}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_together() {
    let world = ada();
    let wallet = json!({
        "external_customer_id": "eve", "rate_amount": "0", "paid_credits": "x",
        "expiration_at": "2020-01-01", "recurring_transaction_rules": [{}],
    });
    assert_eq!(
        told(&post(&world, &wallet)),
        invalid(
            "{\"rate_amount\":[\"value_is_out_of_range\"],\
             \"paid_credits\":[\"invalid_paid_credits\",\"invalid_amount\"],\
             \"recurring_transaction_rules\":[\"invalid_recurring_rule\"],\
             \"customer\":[\"customer_not_found\"],\"expiration_at\":[\"invalid_date\"]}"
        )
    );
    let bob = json!({"customer": {"external_id": "bob"}});
    assert_eq!(world.api().post("/api/v1/customers", &bob).status, 200);
    let wallet = json!({"external_customer_id": "bob", "rate_amount": "1",
        "granted_credits": "0.001"});
    assert_eq!(
        told(&post(&world, &wallet)),
        invalid(r#"{"currency":["value_is_invalid"],"granted_credits":["amount_rounds_to_zero"]}"#)
    );
    let euros = json!({"external_customer_id": "bob", "rate_amount": "1", "currency": "EUR"});
    assert_eq!(post(&world, &euros).status, 200);
    let bob = world.api().get("/api/v1/customers/bob");
    assert_eq!(bob.body["customer"]["currency"], "EUR", "the first one becomes the customer's");
}

#[test]
fn fields_that_are_null_are_fields_that_are_not_there() {
    let world = ada();
    let mut wallet = with(&json!({}));
    for key in [
        "name",
        "code",
        "priority",
        "paid_credits",
        "granted_credits",
        "currency",
        "expiration_at",
        "recurring_transaction_rules",
        "transaction_name",
        "transaction_metadata",
        "transaction_priority",
        "applies_to",
        "payment_method",
        "invoice_requires_successful_payment",
        "paid_top_up_min_amount_cents",
        "paid_top_up_max_amount_cents",
        "ignore_paid_top_up_limits_on_creation",
        "metadata",
        "purchase_order_number",
        "billing_entity_code",
    ] {
        wallet[key] = Value::Null;
    }
    let answer = post(&world, &wallet);
    assert_eq!(answer.status, 200, "{answer:?}");
    let made = &answer.body["wallet"];
    assert_eq!((&made["code"], &made["currency"]), (&json!("default"), &json!("EUR")));
    let changed = world.api().put(&path(made), &json!({ "wallet": wallet }));
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.body["wallet"]["code"], "default");
}

#[test]
fn a_code_that_is_taken_gets_the_time_after_it() {
    let world = ada();
    let codes: Vec<Value> =
        (0..3).map(|_| made(&world, &json!({"name": "A B"}))["code"].clone()).collect();
    assert_eq!(codes[0], "a_b");
    let timed = codes[1].as_str().expect("a code");
    assert!(timed.strip_prefix("a_b_").is_some_and(|it| it.parse::<u64>().is_ok()), "{timed}");
    assert_ne!(codes[1], codes[2]);
}

#[test]
fn a_customer_has_six_active_wallets_at_most() {
    let world = ada();
    let wallets: Vec<Value> = (0..6).map(|_| made(&world, &json!({}))).collect();
    let limit = invalid(r#"{"customer":["wallet_limit_reached"]}"#);
    assert_eq!(told(&post(&world, &with(&json!({})))), limit);
    assert_eq!(world.api().delete(&path(&wallets[0])).status, 200);
    assert_eq!(post(&world, &with(&json!({}))).status, 200);
    assert_eq!(told(&post(&world, &with(&json!({})))), limit);
}

#[test]
fn a_wallet_is_changed_and_only_where_the_request_says_so() {
    let world = ada();
    made(&world, &json!({"code": "other"}));
    let wallet = made(
        &world,
        &json!({"name": "One", "paid_top_up_min_amount_cents": 500, "recurring_transaction_rules":
            [{"trigger": "interval", "interval": "monthly", "granted_credits": "3"}]}),
    );
    let put = |fields: Value| world.api().put(&path(&wallet), &json!({ "wallet": fields }));
    let changed = put(json!({
        "name": "Two", "priority": 3, "rate_amount": "9", "currency": "USD",
        "granted_credits": "100", "paid_top_up_min_amount_cents": null,
        "expiration_at": "2099-01-01", "invoice_requires_successful_payment": true,
        "metadata": {"a": "b"},
    }));
    assert_eq!(changed.status, 200, "{changed:?}");
    let now = &changed.body["wallet"];
    assert_eq!((&now["name"], &now["priority"]), (&json!("Two"), &json!(3)));
    assert_eq!((&now["rate_amount"], &now["currency"]), (&json!("1.0"), &json!("EUR")));
    assert_eq!((&now["credits_balance"], &now["code"]), (&json!("0.0"), &json!("one")));
    assert_eq!(now["paid_top_up_min_amount_cents"], Value::Null);
    assert_eq!(now["expiration_at"], "2099-01-01T00:00:00Z");
    assert_eq!(now["metadata"], json!({"a": "b"}));
    let rule = &wallet["recurring_transaction_rules"][0];
    assert_eq!(now["recurring_transaction_rules"], json!([rule]));
    let by_id = json!([{"lago_id": rule["lago_id"], "trigger": "interval", "interval": "weekly"}]);
    let kept = put(json!({"recurring_transaction_rules": by_id}));
    let kept = &kept.body["wallet"]["recurring_transaction_rules"][0];
    assert_eq!((&kept["lago_id"], &kept["interval"]), (&rule["lago_id"], &json!("weekly")));
    assert_eq!(kept["granted_credits"], "3.0");
    let another = json!([{"trigger": "threshold", "threshold_credits": "0"}]);
    let replaced = put(json!({"recurring_transaction_rules": another}));
    let replaced = &replaced.body["wallet"]["recurring_transaction_rules"];
    assert_eq!(replaced.as_array().expect("rules").len(), 1);
    assert_ne!(replaced[0]["lago_id"], rule["lago_id"]);
    let none = put(json!({"recurring_transaction_rules": []}));
    assert_eq!(none.body["wallet"]["recurring_transaction_rules"], json!([]));
    assert_eq!(
        told(&put(json!({"code": "other"}))),
        invalid(r#"{"code":["value_already_exist"]}"#)
    );
    assert_eq!(
        told(&put(json!({"expiration_at": "2020-01-01", "priority": 99}))),
        invalid(r#"{"priority":["value_is_out_of_range"],"expiration_at":["invalid_date"]}"#)
    );
    assert_eq!(told(&put(json!({}))), root_missing("wallet"));
}

#[test]
fn a_terminated_wallet_stays_as_it_is() {
    let world = ada();
    let wallet = made(
        &world,
        &json!({"code": "main", "granted_credits": "10", "recurring_transaction_rules":
            [{"trigger": "interval", "interval": "monthly"}]}),
    );
    let ended = world.api().delete(&path(&wallet));
    assert_eq!(ended.body["wallet"]["status"], "terminated");
    assert_eq!(ended.body["wallet"]["recurring_transaction_rules"], json!([]));
    assert_eq!(ended.body["wallet"]["credits_balance"], "10.0", "credits are kept");
    let at = ended.body["wallet"]["terminated_at"].as_str().expect("a time").to_owned();
    assert!(at.ends_with(".000Z") || at.contains('.'), "with milliseconds: {at}");
    world.pass(60);
    assert_eq!(world.api().delete(&path(&wallet)).body, ended.body, "once is enough");
    let by_code = world.api().delete("/api/v1/customers/ada/wallets/main");
    assert_eq!(by_code.body, ended.body);
    let change = world.api().put(&path(&wallet), &json!({"wallet": {"name": "x"}}));
    let terminated = invalid(r#"{"wallet_id":["wallet_is_terminated"]}"#);
    assert_eq!(told(&change), terminated);
    let grant = json!({"wallet_transaction":
        {"wallet_id": wallet["lago_id"], "granted_credits": "1"}});
    assert_eq!(told(&world.api().post("/api/v1/wallet_transactions", &grant)), terminated);
    let again = made(&world, &json!({"code": "main"}));
    let found = world.api().get("/api/v1/customers/ada/wallets/main");
    assert_eq!(found.body["wallet"], again, "the active one of this code");
}

#[test]
fn wallets_are_reached_under_their_customer() {
    let world = ada();
    let path = "/api/v1/customers/ada/wallets";
    let made = world.api().post(path, &json!({"wallet": {"rate_amount": "1", "code": "a"}}));
    assert_eq!(made.status, 200, "{made:?}");
    assert_eq!(made.body["wallet"]["external_customer_id"], "ada");
    let of_a = format!("{path}/a");
    let changed = world.api().put(&of_a, &json!({"wallet": {"name": "A"}}));
    assert_eq!(changed.body["wallet"]["name"], "A");
    assert_eq!(world.api().get(&of_a).body, changed.body);
    assert_eq!(world.api().delete(&of_a).body["wallet"]["status"], "terminated");
    let (customer, wallet) = (not_found("customer"), not_found("wallet"));
    let body = json!({"wallet": {"rate_amount": "1"}});
    assert_eq!(told(&world.api().post("/api/v1/customers/eve/wallets", &body)), customer);
    assert_eq!(told(&world.api().get("/api/v1/customers/eve/wallets")), customer);
    assert_eq!(told(&world.api().get("/api/v1/customers/eve/wallets/a")), customer);
    assert_eq!(told(&world.api().put("/api/v1/customers/eve/wallets/a", &body)), customer);
    assert_eq!(told(&world.api().delete("/api/v1/customers/eve/wallets/a")), customer);
    assert_eq!(told(&world.api().get("/api/v1/wallets?external_customer_id=eve")), customer);
    assert_eq!(told(&world.api().get(&format!("{path}/b"))), wallet);
    assert_eq!(told(&world.api().put(&format!("{path}/b"), &body)), wallet);
    assert_eq!(told(&world.api().delete(&format!("{path}/b"))), wallet);
    for id in ["1", NO_ONE] {
        let one = format!("/api/v1/wallets/{id}");
        assert_eq!(told(&world.api().get(&one)), wallet);
        assert_eq!(told(&world.api().put(&one, &body)), wallet);
        assert_eq!(told(&world.api().delete(&one)), wallet);
    }
    for absent in ["metadata", "alerts"] {
        let answer = world.api().get(&format!("/api/v1/wallets/{NO_ONE}/{absent}"));
        assert_eq!(told(&answer), not_found("resource"));
    }
}

#[test]
fn a_deleted_customer_has_no_active_wallet() {
    let world = ada();
    let wallet = made(&world, &json!({"granted_credits": "10"}));
    assert_eq!(world.api().delete("/api/v1/customers/ada").status, 200);
    assert_eq!(world.api().get(&path(&wallet)).body["wallet"]["status"], "terminated");
}
