//! Credits that pay: invoices of subscriptions take them out of wallets, and give them back when
//! they are voided.

use serde_json::{Value, json};

use crate::world::World;

fn wallet(world: &World, fields: &Value) -> Value {
    let mut wallet = json!({"external_customer_id": "ada", "rate_amount": "1.0"});
    for (key, value) in fields.as_object().expect("an object") {
        wallet[key] = value.clone();
    }
    let answer = world.api().post("/api/v1/wallets", &json!({ "wallet": wallet }));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["wallet"].clone()
}

fn id(object: &Value) -> &str {
    object["lago_id"].as_str().expect("an id")
}

fn read(world: &World, wallet: &Value) -> Value {
    world.api().get(&format!("/api/v1/wallets/{}", id(wallet))).body["wallet"].clone()
}

fn rows(world: &World, wallet: &Value, filter: &str) -> Vec<Value> {
    let path = format!("/api/v1/wallets/{}/wallet_transactions?{filter}", id(wallet));
    world.api().get(&path).body["wallet_transactions"].as_array().expect("rows").clone()
}

/// Ada subscribes to something of so many cents a month, and is billed for it at once.
fn subscribe(world: &World, amount_cents: i64) -> Value {
    let code = format!("plan_{amount_cents}");
    let plan = json!({"plan": {"name": "Reader", "code": code, "interval": "monthly",
        "amount_cents": amount_cents, "amount_currency": "EUR", "pay_in_advance": true}});
    let made = world.api().post("/api/v1/plans", &plan);
    assert_eq!(made.status, 200, "{made:?}");
    let subscription = json!({"subscription": {"external_customer_id": "ada", "plan_code": code,
        "external_id": code, "billing_time": "anniversary"}});
    let made = world.api().post("/api/v1/subscriptions", &subscription);
    assert_eq!(made.status, 200, "{made:?}");
    world.pass(60);
    let list = world.api().get("/api/v1/invoices?invoice_type=subscription");
    let newest = list.body["invoices"]
        .as_array()
        .expect("invoices")
        .iter()
        .find(|invoice| invoice["fees_amount_cents"] == amount_cents)
        .expect("an invoice")
        .clone();
    world.read_invoice(id(&newest))
}

#[test]
fn credits_pay_first_and_the_rest_is_charged() {
    let world = World::new();
    world.customer("ada", "ok");
    let bought = wallet(&world, &json!({"code": "bought", "paid_credits": "5"}));
    world.pass(60);
    let first = wallet(&world, &json!({"code": "first", "priority": 1, "granted_credits": "3"}));
    let dollars =
        wallet(&world, &json!({"code": "usd", "currency": "USD", "granted_credits": "9"}));
    let metered = wallet(
        &world,
        &json!({"code": "metered", "granted_credits": "9", "priority": 1,
            "applies_to": {"fee_types": ["charge"]}}),
    );
    let one_off = world.invoice("ada", 100);
    world.pass(60);
    let invoice = subscribe(&world, 2_000);
    assert_eq!(invoice["prepaid_credit_amount_cents"], 800);
    assert_eq!(invoice["prepaid_granted_credit_amount_cents"], 300);
    assert_eq!(invoice["prepaid_purchased_credit_amount_cents"], 500);
    assert_eq!(invoice["sub_total_including_taxes_amount_cents"], 2_000);
    assert_eq!(invoice["total_amount_cents"], 1_200);
    assert_eq!(invoice["payment_status"], "succeeded");
    let taken: Vec<Value> =
        world.charges().into_iter().map(|charge| charge["amount"].clone()).collect();
    assert_eq!(taken, [500, 100, 1_200]);
    for (wallet, left, consumed) in
        [(&bought, 0, "5.0"), (&first, 0, "3.0"), (&dollars, 900, "0.0"), (&metered, 900, "0.0")]
    {
        let now = read(&world, wallet);
        assert_eq!(
            (&now["balance_cents"], &now["consumed_credits"]),
            (&json!(left), &json!(consumed))
        );
        assert_eq!(now["last_consumed_credit_at"].is_string(), left == 0);
    }
    let spent = rows(&world, &first, "transaction_status=invoiced");
    assert_eq!(spent.len(), 1);
    assert_eq!(spent[0]["lago_invoice_id"], invoice["lago_id"]);
    assert_eq!(
        (&spent[0]["transaction_type"], &spent[0]["status"], &spent[0]["amount"]),
        (&json!("outbound"), &json!("settled"), &json!("3.0"))
    );
    assert_eq!(world.read_invoice(&one_off)["prepaid_credit_amount_cents"], 0);
}

#[test]
fn an_invoice_that_credits_pay_in_full_is_not_charged() {
    let world = World::new();
    world.customer("ada", "ok");
    let made = wallet(&world, &json!({"granted_credits": "50"}));
    let invoice = subscribe(&world, 2_000);
    assert_eq!(
        (&invoice["total_amount_cents"], &invoice["payment_status"]),
        (&json!(0), &json!("succeeded"))
    );
    assert_eq!(read(&world, &made)["balance_cents"], 3_000);
    world.pass_days(70);
    assert_eq!(read(&world, &made)["balance_cents"], 0, "two more months");
    let taken: i64 =
        world.charges().iter().map(|charge| charge["amount"].as_i64().expect("cents")).sum();
    assert_eq!(taken, 1_000, "and what was missing");
}

#[test]
fn a_voided_invoice_gives_its_credits_back_as_what_they_were() {
    let world = World::new();
    world.customer("ada", "ok");
    let made = wallet(&world, &json!({"paid_credits": "10", "granted_credits": "5"}));
    world.pass(60);
    let invoice = subscribe(&world, 1_000);
    assert_eq!(read(&world, &made)["balance_cents"], 500);
    let void = |expected: u16| {
        let path = format!("/api/v1/invoices/{}/void", id(&invoice));
        assert_eq!(world.api().post(&path, &json!({})).status, expected);
    };
    void(200);
    void(405);
    let now = read(&world, &made);
    assert_eq!((&now["balance_cents"], &now["credits_balance"]), (&json!(1_500), &json!("15.0")));
    assert_eq!(now["consumed_credits"], "0.0");
    let mut back: Vec<(String, String)> = rows(&world, &made, "transaction_type=inbound")
        .into_iter()
        .filter(|row| row["lago_voided_invoice_id"] == invoice["lago_id"])
        .map(|row| (row["transaction_status"].to_string(), row["amount"].to_string()))
        .collect();
    back.sort();
    let text = |words: [&str; 2]| words.map(|word| format!("\"{word}\""));
    let expected = [text(["granted", "5.0"]), text(["purchased", "5.0"])];
    assert_eq!(back, expected.map(|[kind, amount]| (kind, amount)));
    let again = subscribe(&world, 600);
    assert_eq!(again["prepaid_granted_credit_amount_cents"], 500);
    assert_eq!(again["prepaid_purchased_credit_amount_cents"], 100);
    assert_eq!(world.money_taken(), 1, "only the credits were ever charged");
}

#[test]
fn spending_credits_wakes_the_threshold() {
    let world = World::new();
    world.customer("ada", "ok");
    let rule = json!([{"trigger": "threshold", "threshold_credits": "10", "paid_credits": "40",
        "granted_credits": "0"}]);
    let fields = json!({"granted_credits": "25", "recurring_transaction_rules": rule});
    let made = wallet(&world, &fields);
    world.pass(60);
    assert_eq!(read(&world, &made)["balance_cents"], 2_500);
    subscribe(&world, 2_000);
    assert_eq!(read(&world, &made)["balance_cents"], 4_500);
    let by_rule = |row: &Value| row["source"] == "threshold";
    assert_eq!(rows(&world, &made, "").iter().filter(|row| by_rule(row)).count(), 1);
}

#[test]
fn a_method_that_is_made_inactive_is_not_charged_for_top_ups() {
    let world = World::new();
    world.customer("ada", "ok");
    let methods = "/api/v1/customers/ada/payment_methods";
    let method = world.api().get(methods).body["payment_methods"][0]["lago_id"].clone();
    let named = json!({"payment_method_type": "provider", "payment_method_id": method});
    let rule = json!([{"trigger": "threshold", "threshold_credits": "0", "paid_credits": "5",
        "payment_method": named, "expiration_at": "2999-01-01"}]);
    let made = wallet(
        &world,
        &json!({"granted_credits": "5", "payment_method": named,
            "recurring_transaction_rules": rule}),
    );
    let method = method.as_str().expect("an id");
    let path = format!("{methods}/{method}/deactivate");
    let deactivated = world.api().put(&path, &json!({}));
    assert_eq!(deactivated.status, 200, "{deactivated:?}");
    let now = read(&world, &made);
    assert_eq!(now["payment_method"]["payment_method_type"], "manual");
    let rule = &now["recurring_transaction_rules"][0];
    assert_eq!(rule["payment_method"]["payment_method_type"], "manual");
    subscribe(&world, 500);
    assert_eq!(world.charges().len(), 0);
}
