//! Wallets that are topped up: bought credits are a debt like any other, and the balance grows
//! once, when it is paid.

use chrono::{DateTime, Datelike, Days, Utc};
use serde_json::{Value, json};

use crate::outbound::receiver::{Answer, Receiver};
use crate::world::World;
use crate::world::payer::leave_card;

const HOUR: u64 = 3_600;

fn wallet_with(world: &World, customer: &str, fields: &Value) -> Value {
    let mut wallet = json!({"external_customer_id": customer, "rate_amount": "1.0"});
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
    let answer = world.api().get(&format!("/api/v1/wallets/{}", id(wallet)));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["wallet"].clone()
}

fn balance(world: &World, wallet: &Value) -> String {
    read(world, wallet)["credits_balance"].as_str().expect("credits").to_owned()
}

/// Newest first.
fn transactions(world: &World, wallet: &Value) -> Vec<Value> {
    let path = format!("/api/v1/wallets/{}/wallet_transactions?per_page=1000", id(wallet));
    world.api().get(&path).body["wallet_transactions"].as_array().expect("rows").clone()
}

fn of_status(world: &World, wallet: &Value, status: &str) -> Vec<Value> {
    let all = transactions(world, wallet);
    all.into_iter().filter(|row| row["status"] == status).collect()
}

fn buy(world: &World, wallet: &Value, fields: &Value) -> Value {
    let mut transaction = json!({"wallet_id": id(wallet), "paid_credits": "10"});
    for (key, value) in fields.as_object().expect("an object") {
        transaction[key] = value.clone();
    }
    let body = json!({ "wallet_transaction": transaction });
    let answer = world.api().post("/api/v1/wallet_transactions", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["wallet_transactions"][0].clone()
}

fn transaction(world: &World, row: &Value) -> Value {
    let answer = world.api().get(&format!("/api/v1/wallet_transactions/{}", id(row)));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["wallet_transaction"].clone()
}

fn invoice_of(row: &Value) -> &str {
    row["lago_invoice_id"].as_str().expect("an invoice")
}

/// An endpoint that hears everything.
fn listen(world: &World) -> Receiver {
    let receiver = Receiver::answering([Answer::status(200)]);
    let endpoint = json!({"webhook_endpoint":
        {"webhook_url": receiver.url(), "signature_algo": "hmac"}});
    let made = world.api().post("/api/v1/webhook_endpoints", &endpoint);
    assert_eq!(made.status, 200, "{made:?}");
    receiver
}

fn heard(receiver: &Receiver) -> Vec<Value> {
    let all = receiver.received();
    all.iter().map(|got| serde_json::from_slice(&got.body).expect("JSON")).collect()
}

/// How often each name was heard among those of wallets and invoices.
fn count(heard: &[Value], name: &str) -> usize {
    heard.iter().filter(|told| told["webhook_type"] == name).count()
}

#[test]
fn bought_credits_are_charged_and_the_balance_grows_once() {
    for behaviour in ["ok", "duplicate", "lost", "error500", "late"] {
        let world = World::new();
        world.customer("ada", behaviour);
        let wallet = wallet_with(&world, "ada", &json!({"paid_credits": "10"}));
        world.pass(10);
        world.pass_days(3);
        assert_eq!(balance(&world, &wallet), "10.0", "{behaviour}");
        assert_eq!(read(&world, &wallet)["balance_cents"], 1_000, "{behaviour}");
        let rows = transactions(&world, &wallet);
        assert_eq!(rows.len(), 1, "{behaviour}");
        assert_eq!(rows[0]["status"], "settled", "{behaviour}");
        assert!(rows[0]["settled_at"].is_string(), "{behaviour}");
        assert_eq!(rows[0]["remaining_amount_cents"], 1_000, "{behaviour}");
        assert_eq!(world.payment_status(invoice_of(&rows[0])), "succeeded", "{behaviour}");
        assert_eq!(world.money_taken(), 1, "{behaviour}");
    }
}

#[test]
fn a_purchase_is_told_from_its_beginning_to_its_end() {
    let world = World::new();
    world.customer("ada", "ok");
    let receiver = listen(&world);
    let wallet = wallet_with(&world, "ada", &json!({"paid_credits": "10", "metadata": {"a": "b"}}));
    world.pass(60);
    let heard = heard(&receiver);
    for (name, times) in [
        ("wallet.created", 1),
        ("wallet_transaction.created", 1),
        ("invoice.paid_credit_added", 1),
        ("wallet_transaction.updated", 1),
        ("wallet.updated", 1),
        ("invoice.payment_status_updated", 1),
        ("payment.succeeded", 1),
        ("wallet_transaction.payment_failure", 0),
    ] {
        assert_eq!(count(&heard, name), times, "{name}");
    }
    let told = |name: &str| {
        let found = heard.iter().find(|told| told["webhook_type"] == name).expect("told");
        let key = found["object_type"].as_str().expect("a type");
        (key.to_owned(), found[key].clone())
    };
    let (key, shown) = told("wallet.updated");
    assert_eq!((key.as_str(), &shown["lago_id"]), ("wallet", &wallet["lago_id"]));
    assert_eq!(shown["credits_balance"], "10.0");
    assert!(shown.get("applies_to").is_none());
    assert_eq!(shown["metadata"], json!({"a": "b"}));
    let (key, shown) = told("wallet_transaction.updated");
    assert_eq!((key.as_str(), &shown["status"]), ("wallet_transaction", &json!("settled")));
    assert_eq!(shown["wallet"]["lago_id"], wallet["lago_id"]);
    let (_, invoice) = told("invoice.paid_credit_added");
    assert_eq!(invoice["invoice_type"], "credit");
    assert_eq!(invoice["fees"][0]["item"]["type"], "credit");
}

#[test]
fn a_declined_purchase_fails_and_a_later_success_settles_it() {
    let world = World::new();
    world.customer("ada", "fails_2_insufficient_funds");
    let receiver = listen(&world);
    let wallet = wallet_with(&world, "ada", &json!({}));
    let row = buy(&world, &wallet, &json!({}));
    world.pass(60);
    let failed = transaction(&world, &row);
    assert_eq!(failed["status"], "failed");
    assert!(failed["failed_at"].is_string() && failed["settled_at"].is_null(), "{failed}");
    assert_eq!(failed["remaining_amount_cents"], Value::Null);
    assert_eq!(balance(&world, &wallet), "0.0");
    let early = heard(&receiver);
    assert_eq!(count(&early, "wallet_transaction.payment_failure"), 1);
    assert_eq!(count(&early, "invoice.payment_failure"), 1);
    assert_eq!(count(&early, "wallet_transaction.updated"), 1);
    let failure = early
        .iter()
        .find(|told| told["webhook_type"] == "wallet_transaction.payment_failure")
        .expect("told");
    let error = &failure["payment_provider_wallet_transaction_payment_error"];
    assert_eq!(
        error.as_object().expect("an object").keys().collect::<Vec<_>>(),
        [
            "lago_wallet_transaction_id",
            "lago_customer_id",
            "external_customer_id",
            "provider_customer_id",
            "payment_provider",
            "payment_provider_code",
            "provider_error",
        ]
    );
    assert_eq!(error["lago_wallet_transaction_id"], row["lago_id"]);
    assert_eq!(error["provider_error"]["error_code"], "insufficient_funds");
    world.pass_days(10);
    let settled = transaction(&world, &row);
    assert_eq!((&settled["status"], &settled["failed_at"]), (&json!("settled"), &Value::Null));
    assert_eq!(balance(&world, &wallet), "10.0");
    assert_eq!(world.money_taken(), 1);
    let late = heard(&receiver);
    assert_eq!(count(&late, "wallet_transaction.payment_failure"), 2, "one for each decline");
    assert_eq!(count(&late, "wallet_transaction.updated"), 2);
}

#[test]
fn an_invoice_that_waits_for_its_payment_is_not_shown_before() {
    let world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    let receiver = listen(&world);
    let gated = json!({"invoice_requires_successful_payment": true});
    let wallet = wallet_with(&world, "ada", &gated);
    let row = buy(&world, &wallet, &json!({}));
    assert_eq!(row["invoice_requires_successful_payment"], true, "as the wallet says");
    world.pass(60);
    assert_eq!(transaction(&world, &row)["status"], "failed");
    let invoice = invoice_of(&row);
    assert_eq!(world.api().get(&format!("/api/v1/invoices/{invoice}")).status, 404);
    let retry = world.api().post(&format!("/api/v1/invoices/{invoice}/retry_payment"), &json!({}));
    assert_eq!(retry.status, 404);
    let link = world.api().post(&format!("/api/v1/invoices/{invoice}/payment_url"), &json!({}));
    assert_eq!(link.status, 404);
    assert_eq!(world.api().get("/api/v1/invoices").body["meta"]["total_count"], 0);
    assert_eq!(world.api().get("/api/v1/payments").body["meta"]["total_count"], 0);
    let early = heard(&receiver);
    assert_eq!(count(&early, "wallet_transaction.payment_failure"), 1);
    for silent in
        ["invoice.payment_failure", "invoice.paid_credit_added", "invoice.payment_status_updated"]
    {
        assert_eq!(count(&early, silent), 0, "{silent}");
    }
    let other = world.invoice("ada", 100);
    world.pass_days(2);
    assert_eq!(transaction(&world, &row)["status"], "settled");
    let shown = world.read_invoice(invoice);
    assert_eq!(
        (&shown["status"], &shown["payment_status"]),
        (&json!("finalized"), &json!("succeeded"))
    );
    assert_eq!(shown["sequential_id"], 2, "numbered after what was issued before");
    assert_eq!(world.read_invoice(&other)["sequential_id"], 1);
    assert_eq!(shown["issuing_date"], shown["payment_due_date"]);
    let settled_at = transaction(&world, &row)["settled_at"].clone();
    let day = settled_at.as_str().expect("a time").get(..10).expect("a day").to_owned();
    assert_eq!(shown["issuing_date"], day);
    assert_eq!(world.payments(invoice).len(), 2, "its payments are shown with it");
    let late = heard(&receiver);
    assert_eq!(count(&late, "invoice.paid_credit_added"), 1);
    assert_eq!(balance(&world, &wallet), "10.0");
}

#[test]
fn a_payer_pays_for_a_top_up_on_a_page() {
    for gated in [false, true] {
        let world = World::new();
        world.customer("ada", "declined_expired_card");
        let fields = json!({"invoice_requires_successful_payment": gated});
        let wallet = wallet_with(&world, "ada", &fields);
        let row = buy(&world, &wallet, &json!({}));
        world.pass(60);
        assert_eq!(transaction(&world, &row)["status"], "failed");
        let path = format!("/api/v1/wallet_transactions/{}/payment_url", id(&row));
        let made = world.api().post(&path, &json!({}));
        assert_eq!(made.status, 200, "{made:?}");
        let details = &made.body["wallet_transaction_payment_details"];
        assert_eq!(
            details.as_object().expect("an object").keys().collect::<Vec<_>>(),
            [
                "lago_customer_id",
                "external_customer_id",
                "payment_provider",
                "lago_wallet_transaction_id",
                "payment_url",
            ]
        );
        assert_eq!(details["lago_wallet_transaction_id"], row["lago_id"]);
        let url = details["payment_url"].as_str().expect("an address");
        assert_eq!(made.body["wallet_transaction_payment_url"]["payment_url"], url);
        assert_eq!(world.api().post(&path, &json!({})).body, made.body, "the same for a day");
        leave_card(url, "ok");
        world.pass(60);
        assert_eq!(transaction(&world, &row)["status"], "settled");
        assert_eq!(balance(&world, &wallet), "10.0");
        assert_eq!(world.read_invoice(invoice_of(&row))["status"], "finalized");
        assert_eq!(world.money_taken(), 1);
        let again = world.api().post(&path, &json!({}));
        assert_eq!(again.status, 422, "{again:?}");
    }
}

#[test]
fn what_a_person_says_of_the_invoice_holds_for_the_credits() {
    let world = World::new();
    world.customer("ada", "no_method");
    let wallet = wallet_with(&world, "ada", &json!({}));
    let pay = |row: &Value, amount: i64| {
        let payment = json!({"payment":
            {"invoice_id": invoice_of(row), "amount_cents": amount, "reference": "wire"}});
        world.api().post("/api/v1/payments", &payment)
    };
    let say = |row: &Value, status: &str| {
        let body = json!({"invoice": {"payment_status": status}});
        world.api().put(&format!("/api/v1/invoices/{}", invoice_of(row)), &body)
    };
    let by_hand = buy(&world, &wallet, &json!({"invoice_requires_successful_payment": true}));
    assert_eq!(pay(&by_hand, 999).status, 422, "a part is not taken");
    assert_eq!(pay(&by_hand, 1_000).status, 200);
    assert_eq!(transaction(&world, &by_hand)["status"], "settled");
    assert_eq!(world.read_invoice(invoice_of(&by_hand))["status"], "finalized");
    assert_eq!(balance(&world, &wallet), "10.0");
    let by_word = buy(&world, &wallet, &json!({}));
    assert_eq!(say(&by_word, "failed").status, 200);
    assert_eq!(transaction(&world, &by_word)["status"], "failed");
    assert_eq!(say(&by_word, "succeeded").status, 200);
    assert_eq!(balance(&world, &wallet), "20.0");
    for status in ["pending", "succeeded", "failed", "succeeded"] {
        assert_eq!(say(&by_word, status).status, 200);
        assert_eq!(transaction(&world, &by_word)["status"], "settled", "never un-settled");
    }
    assert_eq!(balance(&world, &wallet), "20.0", "and not settled twice");
}

#[test]
fn a_server_that_dies_while_it_settles_puts_the_credits_in_once() {
    for point in ["after-intent", "after-call", "in-settle"] {
        let mut world = World::new();
        world.customer("ada", "fails_1_insufficient_funds");
        let wallet = wallet_with(&world, "ada", &json!({"paid_credits": "10"}));
        world.pass(1);
        assert_eq!(balance(&world, &wallet), "0.0", "{point}");
        world.restart_to_crash_at(point);
        world.pass_until_it_dies(2 * 86_400);
        world.crash_and_restart();
        world.pass_days(5);
        assert_eq!(balance(&world, &wallet), "10.0", "{point}");
        assert_eq!(world.money_taken(), 1, "{point}");
    }
}

#[test]
fn the_first_that_names_a_method_says_what_is_charged() {
    let world = World::new();
    world.customer("ada", "ok");
    let methods = world.api().get("/api/v1/customers/ada/payment_methods");
    let method = methods.body["payment_methods"][0]["lago_id"].clone();
    let manual = json!({"payment_method_type": "manual"});
    let named = json!({"payment_method_type": "provider", "payment_method_id": method});
    let wallet = wallet_with(&world, "ada", &json!({"payment_method": manual}));
    let by_wallet = buy(&world, &wallet, &json!({}));
    let by_itself = buy(&world, &wallet, &json!({ "payment_method": named }));
    let open = wallet_with(&world, "ada", &json!({"code": "open"}));
    let by_hand = buy(&world, &open, &json!({ "payment_method": manual }));
    let usual = buy(&world, &open, &json!({}));
    world.pass(60);
    for (row, status) in
        [(by_wallet, "pending"), (by_itself, "settled"), (by_hand, "pending"), (usual, "settled")]
    {
        assert_eq!(transaction(&world, &row)["status"], status, "{row}");
    }
    let rule = json!([{"trigger": "threshold", "threshold_credits": "5", "paid_credits": "10",
        "payment_method": named}]);
    let ruled = json!({"code": "ruled", "payment_method": manual,
        "recurring_transaction_rules": rule});
    let ruled = wallet_with(&world, "ada", &ruled);
    world.pass(60);
    assert_eq!(balance(&world, &ruled), "10.0", "the rule comes before the wallet");
}

#[test]
fn a_wallet_whose_time_is_up_is_terminated() {
    let world = World::new();
    world.customer("ada", "ok");
    let receiver = listen(&world);
    let wallet = wallet_with(&world, "ada", &json!({"granted_credits": "10"}));
    let created = wallet["created_at"].as_str().expect("a time");
    let created: DateTime<Utc> = created.parse().expect("a time");
    let end = (created + chrono::TimeDelta::hours(10)).to_rfc3339();
    let change = json!({"wallet": {"expiration_at": end, "recurring_transaction_rules":
        [{"trigger": "threshold", "threshold_credits": "5", "granted_credits": "10"}]}});
    let path = format!("/api/v1/wallets/{}", id(&wallet));
    assert_eq!(world.api().put(&path, &change).status, 200);
    world.pass(9 * HOUR);
    assert_eq!(read(&world, &wallet)["status"], "active");
    world.pass(HOUR);
    let ended = read(&world, &wallet);
    assert_eq!(
        (&ended["status"], &ended["credits_balance"]),
        (&json!("terminated"), &json!("10.0"))
    );
    assert_eq!(ended["recurring_transaction_rules"], json!([]));
    assert_eq!(count(&heard(&receiver), "wallet.terminated"), 1);
}

/// Days of the month's end, at the customer's, wherever the server is.
#[test]
fn an_interval_rule_tops_up_on_its_day_at_the_customers() {
    for zone in ["UTC", "Pacific/Auckland", "America/Los_Angeles"] {
        let world = World::new();
        world.customer("ada", "ok");
        let moved = json!({"customer": {"external_id": "ada", "timezone": zone}});
        assert_eq!(world.api().post("/api/v1/customers", &moved).status, 200);
        let rule = json!([{"trigger": "interval", "interval": "monthly", "paid_credits": "10",
            "granted_credits": "1", "started_at": "2024-12-31T12:00:00Z",
            "transaction_name": "Monthly"}]);
        // In Auckland the 31st of December at noon in UTC is the first of January.
        let last_day = zone != "Pacific/Auckland";
        let wallet = wallet_with(&world, "ada", &json!({"recurring_transaction_rules": rule}));
        let tz: chrono_tz::Tz = zone.parse().expect("a zone");
        let created: DateTime<Utc> =
            wallet["created_at"].as_str().expect("a time").parse().expect("a time");
        let first = created.with_timezone(&tz).date_naive();
        for _ in 0..100 {
            world.pass_days(1);
        }
        let end = (created + Days::new(100)).with_timezone(&tz).date_naive();
        let expected: Vec<String> = first
            .iter_days()
            .skip(1)
            .take_while(|day| *day <= end)
            .filter(|day| if last_day { (*day + Days::new(1)).day() == 1 } else { day.day() == 1 })
            .map(|day| day.to_string())
            .collect();
        let mut rows = transactions(&world, &wallet);
        rows.reverse();
        let days: Vec<String> = rows
            .iter()
            .filter(|row| row["transaction_status"] == "purchased")
            .map(|row| {
                let at: DateTime<Utc> =
                    row["created_at"].as_str().expect("a time").parse().expect("a time");
                assert_eq!((&row["source"], &row["name"]), (&json!("interval"), &json!("Monthly")));
                assert_eq!(row["status"], "settled");
                at.with_timezone(&tz).date_naive().to_string()
            })
            .collect();
        assert_eq!(days, expected, "{zone}");
        let granted = rows.iter().filter(|row| row["transaction_status"] == "granted").count();
        assert_eq!(granted, expected.len(), "{zone}");
        assert_eq!(world.money_taken(), expected.len(), "{zone}");
        // Once more, and once more: nothing.
        for _ in 0..3 {
            world.run(&["job", "run", "top-up-wallets"]);
        }
        assert_eq!(transactions(&world, &wallet).len(), rows.len(), "{zone}");
    }
}

#[test]
fn a_rule_ends_with_its_time_and_is_not_shown_after() {
    let world = World::new();
    world.customer("ada", "ok");
    let wallet = wallet_with(&world, "ada", &json!({}));
    let created: DateTime<Utc> =
        wallet["created_at"].as_str().expect("a time").parse().expect("a time");
    let end = (created + Days::new(10)).to_rfc3339();
    let rule = json!([{"trigger": "interval", "interval": "weekly", "granted_credits": "1",
        "expiration_at": end}]);
    let path = format!("/api/v1/wallets/{}", id(&wallet));
    let change = json!({"wallet": {"recurring_transaction_rules": rule}});
    let changed = world.api().put(&path, &change);
    assert_eq!(changed.body["wallet"]["recurring_transaction_rules"][0]["status"], "active");
    world.pass_days(9);
    assert_eq!(balance(&world, &wallet), "1.0");
    world.pass_days(1);
    assert_eq!(read(&world, &wallet)["recurring_transaction_rules"], json!([]));
    world.pass_days(30);
    assert_eq!(balance(&world, &wallet), "1.0");
}

#[test]
fn a_threshold_rule_fills_the_wallet_up_when_there_is_little_left() {
    let world = World::new();
    world.customer("ada", "pending_7200");
    let rule = json!([{"trigger": "threshold", "threshold_credits": "20", "method": "target",
        "target_ongoing_balance": "100"}]);
    let fields = json!({"granted_credits": "50", "recurring_transaction_rules": rule});
    let wallet = wallet_with(&world, "ada", &fields);
    world.pass(60);
    assert_eq!(transactions(&world, &wallet).len(), 1, "there is enough");
    let void = |credits: &str| {
        let body = json!({"wallet_transaction":
            {"wallet_id": id(&wallet), "voided_credits": credits}});
        assert_eq!(world.api().post("/api/v1/wallet_transactions", &body).status, 200);
        world.pass(60);
    };
    void("30");
    let pending = of_status(&world, &wallet, "pending");
    assert_eq!(pending.len(), 1);
    assert_eq!(
        (&pending[0]["source"], &pending[0]["credit_amount"]),
        (&json!("threshold"), &json!("80.0"))
    );
    void("10");
    assert_eq!(of_status(&world, &wallet, "pending").len(), 1, "what is coming counts");
    world.pass(2 * HOUR);
    assert_eq!(balance(&world, &wallet), "90.0");
    world.pass_days(5);
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn after_a_declined_top_up_nothing_is_bought_for_an_hour_and_one_alone_is_collected() {
    let world = World::new();
    world.customer("ada", "declined_insufficient_funds");
    let rule = json!([{"trigger": "threshold", "threshold_credits": "20", "paid_credits": "50"}]);
    let wallet = wallet_with(&world, "ada", &json!({"recurring_transaction_rules": rule}));
    world.pass(60);
    assert_eq!(of_status(&world, &wallet, "failed").len(), 1);
    world.pass(HOUR - 120);
    assert_eq!(transactions(&world, &wallet).len(), 1, "not within the hour");
    world.pass(180);
    assert_eq!(of_status(&world, &wallet, "failed").len(), 2, "another one after it");
    world.pass(HOUR + 600);
    assert_eq!(transactions(&world, &wallet).len(), 2, "then it takes longer each time");
    world.pass(27 * HOUR);
    let rows = of_status(&world, &wallet, "failed");
    assert_eq!(rows.len(), 5, "after 1, 3, 7 and 15 hours");
    assert_eq!(world.charges().len(), 5, "what was replaced is not tried again");
    let path = format!("/api/v1/wallet_transactions/{}/payment_url", id(&rows[0]));
    let page = world.api().post(&path, &json!({}));
    let url = &page.body["wallet_transaction_payment_details"]["payment_url"];
    leave_card(url.as_str().expect("an address"), "ok");
    world.pass_days(40);
    assert_eq!(balance(&world, &wallet), "50.0");
    assert_eq!((world.money_taken(), world.charges().len()), (1, 6));
}

#[test]
fn a_top_up_that_needs_another_method_waits_for_it() {
    let world = World::new();
    world.customer("ada", "declined_expired_card");
    let rule = json!([{"trigger": "threshold", "threshold_credits": "20", "paid_credits": "50"}]);
    let wallet = wallet_with(&world, "ada", &json!({"recurring_transaction_rules": rule}));
    world.pass_days(10);
    assert_eq!(of_status(&world, &wallet, "failed").len(), 1);
    assert_eq!(world.charges().len(), 1, "another one would be declined as well");
    let link = world.api().post("/api/v1/customers/ada/checkout_url", &json!({}));
    leave_card(link.body["customer"]["checkout_url"].as_str().expect("an address"), "ok");
    world.pass(60);
    assert_eq!(balance(&world, &wallet), "50.0");
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn a_purchase_is_not_held_up_by_a_decline_before_a_success() {
    let world = World::new();
    world.customer("ada", "declined_insufficient_funds");
    let rule = json!([{"trigger": "threshold", "threshold_credits": "20", "paid_credits": "50"}]);
    let wallet = wallet_with(&world, "ada", &json!({"recurring_transaction_rules": rule}));
    world.pass(60);
    assert_eq!(of_status(&world, &wallet, "failed").len(), 1);
    let manual = json!({"payment_method_type": "manual"});
    let row = buy(&world, &wallet, &json!({"paid_credits": "5", "payment_method": manual}));
    let payment = json!({"payment":
        {"invoice_id": invoice_of(&row), "amount_cents": 500, "reference": "wire"}});
    assert_eq!(world.api().post("/api/v1/payments", &payment).status, 200);
    world.pass(60);
    let automatic =
        transactions(&world, &wallet).into_iter().filter(|row| row["source"] == "threshold");
    assert_eq!(automatic.count(), 2, "somebody can pay again: no need to wait");
}

#[test]
fn voiding_the_invoice_gives_up_the_purchase() {
    let world = World::new();
    world.customer("ada", "no_method");
    let wallet = wallet_with(&world, "ada", &json!({}));
    let row = buy(&world, &wallet, &json!({}));
    let path = format!("/api/v1/invoices/{}/void", invoice_of(&row));
    assert_eq!(world.api().post(&path, &json!({})).status, 200);
    assert_eq!(transaction(&world, &row)["status"], "failed");
    assert_eq!(balance(&world, &wallet), "0.0");
}

#[test]
fn a_rule_brings_no_more_than_the_wallet_allows() {
    let world = World::new();
    world.customer("ada", "ok");
    let rule = json!([{"trigger": "threshold", "threshold_credits": "20", "method": "target",
        "target_ongoing_balance": "100"}]);
    let fields = json!({"paid_top_up_max_amount_cents": 3_000,
        "recurring_transaction_rules": rule});
    let wallet = wallet_with(&world, "ada", &fields);
    world.pass(60);
    assert_eq!(balance(&world, &wallet), "30.0");
    let free = json!({"code": "free", "paid_top_up_max_amount_cents": 3_000,
        "recurring_transaction_rules": [{"trigger": "threshold", "threshold_credits": "20",
            "method": "target", "target_ongoing_balance": "100",
            "ignore_paid_top_up_limits": true}]});
    let free = wallet_with(&world, "ada", &free);
    let gift = json!({"code": "gift", "recurring_transaction_rules": [{"trigger": "threshold",
        "threshold_credits": "20", "method": "target", "target_ongoing_balance": "100",
        "grants_target_top_up": true}]});
    let gift = wallet_with(&world, "ada", &gift);
    world.pass(60);
    assert_eq!(balance(&world, &free), "100.0");
    assert_eq!(balance(&world, &gift), "100.0");
    assert_eq!(transactions(&world, &gift)[0]["transaction_status"], "granted");
}
