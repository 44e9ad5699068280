//! Campaigns that ask customers for what is overdue, over weeks.

use serde_json::{Value, json};

use crate::world::{Answer, Ears, World};

const CAMPAIGNS: &str = "/recoup/v1/dunning_campaigns";

fn campaign(code: &str, more: &Value) -> Value {
    let mut campaign = json!({
        "code": code, "name": "Gentle reminders",
        "thresholds": [{"currency": "EUR", "amount_cents": 2_000},
                       {"currency": "USD", "amount_cents": 5_000}],
        "max_attempts": 3, "days_between_attempts": 7, "applied_to_organization": true,
    });
    for (key, value) in more.as_object().expect("an object") {
        campaign[key] = value.clone();
    }
    json!({ "dunning_campaign": campaign })
}

fn made(world: &World, code: &str, more: &Value) -> Value {
    let answer = world.api().post(CAMPAIGNS, &campaign(code, more));
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["dunning_campaign"].clone()
}

fn change(world: &World, code: &str, what: &Value) -> Answer {
    let body = json!({ "dunning_campaign": what });
    world.api().put(&format!("{CAMPAIGNS}/{code}"), &body)
}

fn choose(world: &World, customer: &str, what: &Value) -> Answer {
    world.api().put(&format!("/recoup/v1/customers/{customer}/dunning"), what)
}

fn standing(world: &World, customer: &str) -> Value {
    let answer = world.api().get(&format!("/recoup/v1/customers/{customer}/dunning"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["dunning"].clone()
}

fn counters(world: &World, customer: &str) -> Value {
    let counters = standing(world, customer)["counters"].clone();
    let pairs = counters.as_array().expect("counters").iter();
    let pairs = pairs.map(|it| json!([it["currency"], it["attempts"]]));
    Value::Array(pairs.collect())
}

/// Amount and currency of each request, oldest first.
fn requests(world: &World) -> Vec<(i64, String)> {
    let list = world.api().get("/api/v1/payment_requests");
    let all = list.body["payment_requests"].as_array().expect("requests").iter().rev();
    all.map(|it| {
        let amount = it["amount_cents"].as_i64().expect("an amount");
        (amount, it["amount_currency"].as_str().expect("a currency").to_owned())
    })
    .collect()
}

fn eur(amount: i64) -> (i64, String) {
    (amount, "EUR".to_owned())
}

fn usd(amount: i64) -> (i64, String) {
    (amount, "USD".to_owned())
}

#[test]
fn a_customer_is_asked_over_weeks_in_two_currencies_and_the_end_is_told_once() {
    let world = World::new();
    made(&world, "gentle", &json!({}));
    world.customer("ada", "declined_insufficient_funds");
    world.quiet_invoice("ada", (1_500, "EUR"));
    world.quiet_invoice("ada", (5_000, "USD"));
    let ears = Ears::of(&world);
    world.become_overdue();
    // Too little in euros: only dollars are asked for.
    assert_eq!(requests(&world), [usd(5_000)]);
    assert_eq!(counters(&world, "ada"), json!([["USD", 1]]));
    world.quiet_invoice("ada", (500, "EUR"));
    world.pass_days(6);
    assert_eq!(requests(&world).len(), 1, "the clock is one for both");
    world.pass_days(2);
    let mut two = requests(&world)[1..].to_vec();
    two.sort();
    assert_eq!(two, [eur(2_000), usd(5_000)]);
    assert_eq!(counters(&world, "ada"), json!([["EUR", 1], ["USD", 2]]));
    world.pass_days(8);
    assert_eq!(counters(&world, "ada"), json!([["EUR", 2], ["USD", 3]]));
    assert!(ears.of_kind("dunning_campaign.finished").is_empty());
    world.pass_days(60);
    assert_eq!(counters(&world, "ada"), json!([["EUR", 3], ["USD", 3]]));
    assert_eq!(requests(&world).len(), 6);
    assert_eq!(world.charges().len(), 6);
    let told = ears.of_kind("dunning_campaign.finished");
    assert_eq!(
        told,
        [json!({
            "external_customer_id": "ada", "customer_external_id": "ada",
            "dunning_campaign_code": "gentle",
            "overdue_balance_cents": 2_000, "overdue_balance_currency": "EUR",
            "overdue_balances": [{"currency": "EUR", "amount_cents": 2_000},
                                 {"currency": "USD", "amount_cents": 5_000}],
        })]
    );
}

#[test]
fn the_job_asks_nobody_twice() {
    let world = World::new();
    made(&world, "gentle", &json!({}));
    let body = json!({"customer": {"external_id": "ada", "currency": "EUR"}});
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    world.overdue("ada", &[3_000]);
    assert_eq!(requests(&world), [eur(3_000)]);
    for _ in 0..2 {
        world.run(&["job", "run", "run-dunning"]);
    }
    assert_eq!(requests(&world), [eur(3_000)]);
    assert_eq!(counters(&world, "ada"), json!([["EUR", 1]]));
}

#[test]
fn a_request_that_is_paid_ends_it_and_the_next_debt_begins_anew() {
    let world = World::new();
    made(&world, "gentle", &json!({"max_attempts": 1}));
    world.customer("ada", "ok");
    let ears = Ears::of(&world);
    world.overdue("ada", &[2_000]);
    assert_eq!(world.money_taken(), 1);
    let standing = standing(&world, "ada");
    assert_eq!(standing["counters"], json!([]));
    assert_eq!(standing["last_attempt_at"], Value::Null);
    assert_eq!(ears.of_kind("dunning_campaign.finished").len(), 1, "it had its one attempt");
    world.overdue("ada", &[2_500]);
    assert_eq!(requests(&world), [eur(2_000), eur(2_500)]);
    assert_eq!(world.money_taken(), 2);
}

#[test]
fn an_invoice_that_was_asked_for_and_is_paid_by_hand_begins_its_currency_anew() {
    let world = World::new();
    made(&world, "gentle", &json!({}));
    world.customer("ada", "declined_insufficient_funds");
    let dollars = world.quiet_invoice("ada", (5_000, "USD"));
    let euros = world.overdue("ada", &[2_000, 3_000]);
    assert_eq!(counters(&world, "ada"), json!([["EUR", 1], ["USD", 1]]));
    let pay = |invoice: &str, amount: i64| {
        let payment = json!({"invoice_id": invoice, "amount_cents": amount, "reference": "cash"});
        let answer = world.api().post("/api/v1/payments", &json!({ "payment": payment }));
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    pay(&euros[0], 500);
    assert_eq!(counters(&world, "ada"), json!([["EUR", 1], ["USD", 1]]), "a part is not enough");
    pay(&euros[0], 1_500);
    assert_eq!(counters(&world, "ada"), json!([["USD", 1]]));
    assert!(standing(&world, "ada")["last_attempt_at"].is_string());
    pay(&dollars, 5_000);
    assert_eq!(standing(&world, "ada")["last_attempt_at"], Value::Null);
}

#[test]
fn what_somebody_else_collects_is_left_out_and_the_attempt_counts() {
    let world = World::new();
    made(&world, "gentle", &json!({}));
    world.customer("ada", "pending_864000");
    let being_charged = world.invoice("ada", 4_000);
    world.quiet_invoice("ada", (1_000, "EUR"));
    world.become_overdue();
    assert!(requests(&world).is_empty(), "too little is ready");
    assert_eq!(counters(&world, "ada"), json!([["EUR", 1]]));
    assert_eq!(world.payment_status(&being_charged), "pending");
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn a_customer_has_their_own_campaign_or_none() {
    let world = World::new();
    made(&world, "gentle", &json!({}));
    made(
        &world,
        "strict",
        &json!({"applied_to_organization": false, "thresholds":
        [{"currency": "EUR", "amount_cents": 0}]}),
    );
    for customer in ["ada", "bob", "eve"] {
        let body = json!({"customer": {"external_id": customer, "currency": "EUR"}});
        assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
        world.quiet_invoice(customer, (1_000, "EUR"));
    }
    let chosen = choose(&world, "ada", &json!({"campaign": "strict"}));
    assert_eq!(chosen.status, 200, "{chosen:?}");
    assert_eq!(chosen.body["dunning"]["campaign"], "strict");
    assert_eq!(chosen.body["dunning"]["applied_campaign"], "strict");
    assert_eq!(standing(&world, "bob")["applied_campaign"], "gentle");
    let excluded = choose(&world, "eve", &json!({"campaign": "strict", "excluded": true}));
    assert_eq!(excluded.body["dunning"]["applied_campaign"], Value::Null);
    assert_eq!(excluded.body["dunning"]["excluded"], true);
    world.become_overdue();
    assert_eq!(requests(&world), [eur(1_000)], "only the strict one asks for so little");
    let ada = standing(&world, "ada");
    assert_eq!(ada["counters"], json!([{"currency": "EUR", "attempts": 1}]));
    assert_eq!(ada["overdue_balances"], json!([{"currency": "EUR", "amount_cents": 1_000}]));
    assert!(ada["next_attempt_after"].is_string());
    // Another campaign, and all begins anew.
    choose(&world, "ada", &json!({"campaign": null}));
    assert_eq!(counters(&world, "ada"), json!([]));
    assert_eq!(standing(&world, "ada")["last_attempt_at"], Value::Null);
}

#[test]
fn counters_begin_anew_when_the_campaign_changes_under_them() {
    let world = World::new();
    made(&world, "gentle", &json!({}));
    let body = json!({"customer": {"external_id": "ada", "currency": "EUR"}});
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    world.overdue("ada", &[3_000]);
    let one = json!([["EUR", 1]]);
    assert_eq!(counters(&world, "ada"), one);
    let threshold =
        |amount: i64| json!({"thresholds": [{"currency": "EUR", "amount_cents": amount}]});
    assert_eq!(change(&world, "gentle", &threshold(2_999)).status, 200);
    assert_eq!(counters(&world, "ada"), one, "it still asks for as much");
    assert_eq!(change(&world, "gentle", &json!({"max_attempts": 9})).status, 200);
    assert_eq!(counters(&world, "ada"), one);
    assert_eq!(change(&world, "gentle", &threshold(3_001)).status, 200);
    assert_eq!(counters(&world, "ada"), json!([]));
    assert_eq!(change(&world, "gentle", &threshold(0)).status, 200);
    world.pass(7_200);
    assert_eq!(counters(&world, "ada"), one);
    // Another becomes the organization's.
    made(&world, "strict", &json!({}));
    assert_eq!(counters(&world, "ada"), json!([]));
    world.pass(7_200);
    assert_eq!(counters(&world, "ada"), one);
    let gone = world.api().delete(&format!("{CAMPAIGNS}/strict"));
    assert_eq!(gone.status, 200, "{gone:?}");
    assert_eq!(counters(&world, "ada"), json!([]));
    assert_eq!(standing(&world, "ada")["applied_campaign"], Value::Null);
    let before = requests(&world).len();
    world.pass_days(30);
    assert_eq!(requests(&world).len(), before, "nobody asks any more");
}

#[test]
fn a_campaign_is_made_shown_changed_and_deleted() {
    let world = World::new();
    let made = made(&world, "gentle", &json!({"description": "be kind", "bcc_emails": ["a@b.co"]}));
    let expected = "id code name description thresholds max_attempts days_between_attempts \
        bcc_emails applied_to_organization created_at updated_at";
    let keys: Vec<&String> = made.as_object().expect("an object").keys().collect();
    assert_eq!(keys, expected.split_whitespace().collect::<Vec<_>>());
    let path = format!("{CAMPAIGNS}/gentle");
    assert_eq!(world.api().get(&path).body["dunning_campaign"], made);
    let renamed = change(&world, "gentle", &json!({"code": "kind", "max_attempts": 5}));
    assert_eq!(renamed.body["dunning_campaign"]["code"], "kind");
    assert_eq!(renamed.body["dunning_campaign"]["max_attempts"], 5);
    assert_eq!(renamed.body["dunning_campaign"]["thresholds"], made["thresholds"]);
    assert_eq!(world.api().get(&path).status, 404);
    world.pass(1);
    let answer = world.api().post(CAMPAIGNS, &json!({"dunning_campaign": {
        "code": "least", "name": "Least", "thresholds": [{"currency": "JPY", "amount_cents": 0}],
    }}));
    let least = &answer.body["dunning_campaign"];
    assert_eq!((&least["max_attempts"], &least["days_between_attempts"]), (&json!(1), &json!(1)));
    assert_eq!(least["applied_to_organization"], false);
    let list = world.api().get(CAMPAIGNS);
    let codes: Vec<&Value> = list.body["dunning_campaigns"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|campaign| &campaign["code"])
        .collect();
    assert_eq!(codes, ["least", "kind"]);
    assert_eq!(list.body["meta"]["total_count"], 2);
    assert_eq!(world.api().delete(&format!("{CAMPAIGNS}/kind")).status, 200);
    assert_eq!(world.api().delete(&format!("{CAMPAIGNS}/kind")).status, 404);
    assert_eq!(world.api().get(CAMPAIGNS).body["meta"]["total_count"], 1);
}

#[test]
fn what_is_wrong_is_said_field_by_field() {
    let world = World::new();
    made(&world, "gentle", &json!({}));
    let post = |body: &Value| world.api().post(CAMPAIGNS, body);
    let empty = post(&json!({"dunning_campaign": {}}));
    assert_eq!(empty.status, 422);
    assert_eq!(empty.body["code"], "invalid");
    let fields: Vec<&String> = empty.body["fields"].as_object().expect("fields").keys().collect();
    assert_eq!(fields, ["code", "name", "thresholds"]);
    let wrong = campaign("x", &json!({"thresholds": [{"currency": "EURO", "amount_cents": 1}]}));
    let said = post(&wrong).body["fields"]["thresholds[0].currency"].clone();
    assert_eq!(said, "give an ISO 4217 code in upper case, such as EUR");
    let taken = post(&campaign("gentle", &json!({})));
    assert_eq!((taken.status, &taken.body["code"]), (409, &json!("code_taken")));
    assert!(taken.body["fields"]["code"].is_string(), "{taken:?}");
    for body in [json!({}), json!([]), json!({"dunning_campaign": 1})] {
        assert_eq!(post(&body).status, 422, "{body}");
    }
    assert_eq!(change(&world, "none", &json!({"name": "x"})).status, 404);
    assert_eq!(choose(&world, "nobody", &json!({"excluded": true})).status, 404);
    let body = json!({"customer": {"external_id": "ada"}});
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    assert_eq!(choose(&world, "ada", &json!({"campaign": "none"})).status, 404);
    assert_eq!(choose(&world, "ada", &json!({"excluded": "yes"})).status, 422);
    assert_eq!(choose(&world, "ada", &json!({})).status, 422);
}
