//! Backup methods: a debt moves on to what the customer lets be charged next, and to nothing else.

use serde_json::{Value, json};

use crate::world::payer::leaves_card;
use crate::world::{Answer, World};

/// The id of a customer's method that behaves so.
fn method(world: &World, customer: &str, behaviour: &str) -> String {
    let list = world.api().get(&format!("/api/v1/customers/{customer}/payment_methods"));
    let methods = list.body["payment_methods"].as_array().expect("methods").clone();
    let begins = format!("pm_{behaviour}__");
    let named =
        |it: &&Value| it["provider_method_id"].as_str().expect("an id").starts_with(&begins);
    let found = methods.iter().find(named).unwrap_or_else(|| panic!("{behaviour}: {methods:?}"));
    found["lago_id"].as_str().expect("an id").to_owned()
}

fn path(customer: &str) -> String {
    format!("/recoup/v1/customers/{customer}/backup_methods")
}

fn one(id: &str) -> Value {
    json!({ "payment_method_id": id, "consent": {
        "given_by": "Ada Lovelace", "given_at": "2026-01-15T10:00:00Z",
        "words": "If my card is declined, charge the next one.",
    }})
}

fn put(world: &World, customer: &str, list: &[Value]) -> Answer {
    world.api().put(&path(customer), &json!({ "backup_methods": list }))
}

/// Consent to these methods, in their order.
fn consent(world: &World, customer: &str, behaviours: &[&str]) {
    let list: Vec<Value> =
        behaviours.iter().map(|behaviour| one(&method(world, customer, behaviour))).collect();
    let answer = put(world, customer, &list);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// A customer with these cards; the last one is the default.
fn customer(world: &World, name: &str, behaviours: &[&str]) {
    world.customer(name, behaviours[0]);
    for behaviour in &behaviours[1..] {
        leaves_card(world, name, behaviour);
    }
}

fn policy(world: &World, rest: &str) {
    let body = json!({ "toml": format!("name = \"mine\"\n{rest}") });
    let answer = world.api().put("/recoup/v1/policies/mine", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = json!({ "scope": "organization", "policy": "mine" });
    let answer = world.api().put("/recoup/v1/policies/assignments", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn explain(world: &World, customer: &str) -> Value {
    let list = format!("/recoup/v1/recoveries?external_customer_id={customer}");
    let found = world.api().get(&list).body["recoveries"][0].clone();
    let id = found["id"].as_str().expect("an id").to_owned();
    let answer = world.api().get(&format!("/recoup/v1/recoveries/{id}/explain"));
    answer.body["explanation"].clone()
}

/// What was charged, in order, by the behaviour of the card.
fn charged(world: &World) -> Vec<String> {
    let of = |charge: &Value| {
        let method = charge["method"].as_str().expect("a method").trim_start_matches("pm_");
        method.split("__").next().expect("a beginning").to_owned()
    };
    let mut charges = world.charges();
    charges.sort_by_key(|charge| charge["created_at"].to_string());
    charges.iter().map(of).collect()
}

#[test]
fn a_dead_card_is_followed_by_the_next_method_at_once() {
    let world = World::at("2026-03-02T09:00:00Z");
    customer(&world, "ada", &["ok", "declined_lost_card", "declined_expired_card"]);
    consent(&world, "ada", &["declined_lost_card", "ok"]);
    let invoice = world.invoice("ada", 4_900);
    world.pass(5);
    assert_eq!(charged(&world), ["declined_expired_card", "declined_lost_card", "ok"]);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    let explained = explain(&world, "ada");
    let decisions: Vec<&Value> = explained["attempts"]
        .as_array()
        .expect("attempts")
        .iter()
        .map(|attempt| &attempt["decision"])
        .collect();
    assert_eq!(
        (&decisions[0]["rule"], &decisions[1]["rule"]),
        (&json!("backup_method"), &json!("backup_method"))
    );
    assert_eq!(decisions[1]["backup_method_id"], method(&world, "ada", "ok"));
    let told = world.told("retry_planned");
    let sentence = told[1].1.as_deref().expect("a sentence");
    assert!(sentence.contains("(backup 2 of 2)"), "{sentence}");
    let other = world.invoice("ada", 1_000);
    world.pass(5);
    assert_eq!(world.payment_status(&other), "succeeded", "each debt begins with the default");
    assert_eq!(charged(&world).len(), 6);
}

#[test]
fn a_card_without_money_is_waited_for_as_often_as_the_policy_says() {
    let world = World::at("2026-03-02T09:00:00Z");
    policy(&world, "[backup_methods]\nafter_declines = { insufficient_funds = 2 }\n");
    customer(&world, "ada", &["ok", "declined_insufficient_funds"]);
    consent(&world, "ada", &["ok"]);
    let invoice = world.invoice("ada", 4_900);
    world.pass(23 * 3_600);
    assert_eq!(explain(&world, "ada")["decision"]["rule"], "ladder");
    world.pass(2 * 3_600);
    let explained = explain(&world, "ada");
    assert_eq!(explained["decision"]["rule"], "backup_method", "{explained:?}");
    let no_money = "declined_insufficient_funds";
    assert_eq!(charged(&world), [no_money, no_money, "ok"]);
    assert_eq!(world.payment_status(&invoice), "succeeded");
}

#[test]
fn nothing_is_charged_without_consent_or_after_it_was_taken_back() {
    let world = World::at("2026-03-02T09:00:00Z");
    customer(&world, "ada", &["ok", "declined_expired_card"]);
    world.invoice("ada", 4_900);
    world.pass_days(40);
    assert_eq!(charged(&world), ["declined_expired_card"], "there is no list");
    policy(&world, "[ladders]\nsoft = [\"1d\", \"2d\"]\n");
    customer(&world, "ben", &["declined_insufficient_funds", "declined_expired_card"]);
    consent(&world, "ben", &["declined_insufficient_funds"]);
    world.invoice("ben", 4_900);
    world.pass(5);
    assert_eq!(
        explain(&world, "ben")["sentence"].as_str().map(|it| it.contains("step 1")),
        Some(true)
    );
    let taken_back = put(&world, "ben", &[]);
    assert_eq!((taken_back.status, &taken_back.body["backup_methods"]), (200, &json!([])));
    let before = charged(&world).len();
    world.pass_days(40);
    assert_eq!(charged(&world).len(), before, "neither the backup nor the dead card");
    let rests = world.api().get("/recoup/v1/recoveries?external_customer_id=ben");
    assert_eq!(rests.body["recoveries"][0]["reason"], "needs_method", "{rests:?}");
    let log = world.api().get("/recoup/v1/audit_log?action=customer.backup_methods_changed");
    let entries = log.body["audit_log"].as_array().expect("a list").clone();
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert!(log.text.contains("charge the next one"), "the words stay on record");
}

#[test]
fn a_new_default_method_is_charged_before_any_backup() {
    let world = World::at("2026-03-02T09:00:00Z");
    customer(&world, "ada", &["declined_insufficient_funds", "declined_expired_card"]);
    consent(&world, "ada", &["declined_insufficient_funds"]);
    let invoice = world.invoice("ada", 4_900);
    world.pass(5);
    assert_eq!(charged(&world), ["declined_expired_card", "declined_insufficient_funds"]);
    leaves_card(&world, "ada", "ok");
    world.pass(120);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(charged(&world).last().map(String::as_str), Some("ok"));
}

#[test]
fn a_default_method_that_its_network_has_stopped_is_passed_over() {
    let world = World::with_settings(&[("RECOUP_COLLECT__NETWORK_DECLINES_MAX", "1")]);
    customer(&world, "ada", &["ok", "declined_insufficient_funds"]);
    world.invoice("ada", 4_900);
    world.pass(5);
    let other = world.invoice("ada", 1_000);
    world.pass(120);
    assert_eq!(charged(&world), ["declined_insufficient_funds"], "without a list it rests");
    consent(&world, "ada", &["ok"]);
    let retry = format!("/api/v1/invoices/{other}/retry_payment");
    assert_eq!(world.api().post(&retry, &json!({})).status, 200);
    world.pass(5);
    assert_eq!(world.payment_status(&other), "succeeded");
    assert_eq!(charged(&world), ["declined_insufficient_funds", "ok"]);
}

#[test]
fn a_debt_that_names_its_method_stays_with_it_and_withdrawn_consent_ends_it() {
    let world = World::new();
    customer(&world, "ada", &["ok", "declined_expired_card"]);
    consent(&world, "ada", &["ok"]);
    world.invoice("ada", 1);
    world.pass(5);
    let fees = json!([{ "add_on_code": "setup", "units": 1, "unit_amount_cents": 4_900 }]);
    let dead = method(&world, "ada", "declined_expired_card");
    let named = world.api().post(
        "/api/v1/invoices",
        &json!({ "invoice": {
            "external_customer_id": "ada", "currency": "EUR", "fees": fees,
            "payment_method": { "payment_method_type": "provider", "payment_method_id": dead },
        }}),
    );
    assert_eq!(named.status, 200, "{named:?}");
    world.pass_days(40);
    assert_eq!(charged(&world), ["declined_expired_card", "ok", "declined_expired_card"]);
    customer(&world, "ben", &["ok", "declined_revoked_authorization"]);
    consent(&world, "ben", &["ok"]);
    world.invoice("ben", 4_900);
    world.pass_days(40);
    assert_eq!(charged(&world).len(), 4, "who takes it back is not charged on something else");
}

#[test]
fn what_is_wrong_with_a_list_is_told_by_its_place() {
    let world = World::new();
    customer(&world, "ada", &["ok", "declined_expired_card"]);
    customer(&world, "ben", &["ok"]);
    let (hers, his) = (method(&world, "ada", "ok"), method(&world, "ben", "ok"));
    assert_eq!(put(&world, "nobody", &[]).status, 404);
    assert_eq!(world.api().get(&path("nobody")).status, 404);
    let future = json!({ "given_by": "Ada", "given_at": "2999-01-01", "words": "Yes." });
    let nameless = json!({ "given_by": " ", "given_at": "soon", "words": "Yes." });
    let rows = [
        (vec![one(&hers), one(&his)], "backup_methods[1].payment_method_id"),
        (vec![one(&hers), one(&hers)], "backup_methods[1].payment_method_id"),
        (vec![one("nonsense")], "backup_methods[0].payment_method_id"),
        (
            vec![json!({ "payment_method_id": hers, "consent": future })],
            "backup_methods[0].consent.given_at",
        ),
        (
            vec![json!({ "payment_method_id": hers, "consent": nameless })],
            "backup_methods[0].consent.given_by",
        ),
        (vec![one(&hers); 11], "backup_methods"),
    ];
    for (list, field) in rows {
        let refused = put(&world, "ada", &list);
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(refused.body["fields"][field].is_string(), "{field}: {refused:?}");
    }
    assert_eq!(world.api().put(&path("ada"), &json!({})).status, 422);
    let inactive = format!("/api/v1/customers/ada/payment_methods/{hers}/deactivate");
    assert_eq!(world.api().put(&inactive, &json!({})).status, 200);
    let refused = put(&world, "ada", &[one(&hers)]);
    assert!(refused.text.contains("make it active first"), "{refused:?}");
    let shown = world.api().get(&path("ben"));
    assert_eq!(shown.body, json!({ "backup_methods": [] }));
    consent(&world, "ben", &["ok"]);
    let shown = world.api().get(&path("ben")).body["backup_methods"][0].clone();
    assert_eq!((&shown["position"], &shown["status"]), (&json!(1), &json!("active")));
    assert_eq!(shown["consent"]["given_by"], "Ada Lovelace");
}
