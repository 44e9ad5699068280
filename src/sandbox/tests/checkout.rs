//! The hosted pages, clicked through without a browser.

use serde_json::{Value, json};

use super::world::{START_MS, World};

const RETURN_URL: &str = "http://shop.example/back?a=1&b=2";

fn session(world: &World, change: Value) -> Value {
    let mut asked = json!({
        "kind": "payment",
        "customer": "cus_no_method__acme",
        "amount": 4900,
        "currency": "EUR",
        "description": "Invoice <1> & more",
        "keep_method": true,
        "reference": "ses_1",
        "return_url": RETURN_URL,
        "expires_at_ms": START_MS + 3_600_000,
    });
    for (name, value) in change.as_object().unwrap() {
        asked[name] = value.clone();
    }
    let answer = world.post("/v1/sessions", "key_1", asked);
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

fn find(world: &World, session: &Value) -> Value {
    world.get(&format!("/v1/sessions/{}", session["id"].as_str().unwrap())).json()
}

fn choose(world: &World, session: &Value, card: &str) -> super::world::Answer {
    world.post_form(session["url"].as_str().unwrap(), &[("card", card)])
}

#[test]
fn a_method_left_on_the_page_becomes_the_default() {
    let world = World::new();
    let inbox = world.listen();
    let session = session(&world, json!({"kind": "setup"}));
    let answer = choose(&world, &session, "ok");
    assert_eq!((answer.status, answer.location.as_deref()), (303, Some(RETURN_URL)));
    let method = find(&world, &session)["method"]["id"].clone();
    assert!(method.as_str().unwrap().starts_with("pm_ok__"));
    let customer = world.get("/v1/customers/cus_no_method__acme").json();
    assert_eq!(customer["default_method"]["id"], method);
    world.sandbox.run_due();
    let events = inbox.events();
    assert_eq!(events[0]["type"], "payment_method.attached");
    assert_eq!(events[0]["data"]["is_default"], true);
    assert_eq!(events[1]["type"], "session.completed");
    assert_eq!(events.len(), 2);
    assert!(world.ledger().is_empty());
}

#[test]
fn a_payer_tries_another_card_after_a_decline_and_pays_once() {
    let world = World::new();
    let inbox = world.listen();
    let session = session(&world, json!({}));
    let page = world.page(session["url"].as_str().unwrap());
    assert!(page.text.contains("49.00 EUR"));
    assert!(page.text.contains("Invoice &#60;1&#62; &#38; more"), "{}", page.text);

    let declined = choose(&world, &session, "declined_insufficient_funds");
    assert_eq!(declined.status, 402);
    assert!(declined.text.contains("There is not enough money in the account."));
    assert_eq!(find(&world, &session)["status"], "open");

    assert_eq!(choose(&world, &session, "ok").location.as_deref(), Some(RETURN_URL));
    // The second click of an impatient payer.
    assert_eq!(choose(&world, &session, "ok").status, 303);
    let found = find(&world, &session);
    assert_eq!(
        (&found["status"], &found["charge"]["status"]),
        (&json!("completed"), &json!("succeeded"))
    );
    assert!(world.page(session["url"].as_str().unwrap()).text.contains("This has been paid"));
    let statuses: Vec<_> = world.ledger().iter().map(|c| c["status"].clone()).collect();
    assert_eq!(statuses, ["declined", "succeeded"]);
    assert_eq!(world.ledger()[1]["reference"], "ses_1");
    let customer = world.get("/v1/customers/cus_no_method__acme").json();
    assert_eq!(customer["default_method"]["id"], found["charge"]["method"]["id"]);
    world.sandbox.run_due();
    assert_eq!(
        inbox.types(),
        ["charge.declined", "charge.succeeded", "payment_method.attached", "session.completed"]
    );
}

#[test]
fn a_payer_confirms_or_refuses() {
    let world = World::new();
    let session = session(&world, json!({}));
    let sent = choose(&world, &session, "action");
    assert_eq!(find(&world, &session)["status"], "in_progress");
    let confirm = |location: &str| world.url.clone() + location.strip_prefix("..").unwrap();
    let page = confirm(&sent.location.unwrap());
    assert!(world.page(&page).text.contains("Confirm this payment"));
    let refused = world.post_form(&page, &[("verdict", "refuse")]);
    assert!(refused.location.unwrap().starts_with("../checkout/cs_"));
    assert_eq!(find(&world, &session)["status"], "open");

    let page = confirm(&choose(&world, &session, "action").location.unwrap());
    let confirmed = world.post_form(&page, &[("verdict", "confirm")]);
    assert_eq!(confirmed.location.as_deref(), Some(RETURN_URL));
    assert_eq!(find(&world, &session)["charge"]["status"], "succeeded");
}

#[test]
fn a_charge_that_wants_the_payer_names_the_page() {
    let world = World::new();
    let inbox = world.listen();
    let charge = world.charge("action", "key_1").json();
    assert_eq!(charge["status"], "requires_action");
    let page = charge["action"]["url"].as_str().unwrap();
    assert!(world.post_form(page, &[("verdict", "confirm")]).text.contains("Thank you"));
    // Too late to change one's mind.
    world.post_form(page, &[("verdict", "refuse")]);
    assert_eq!(world.ledger()[0]["status"], "succeeded");
    world.sandbox.run_due();
    assert_eq!(inbox.types(), ["charge.requires_action", "charge.succeeded"]);
}

#[test]
fn an_expired_page_takes_no_money() {
    let world = World::new();
    let inbox = world.listen();
    let by_time = session(&world, json!({}));
    world.pass_seconds(3_600);
    assert_eq!(find(&world, &by_time)["status"], "expired");
    assert_eq!(inbox.types(), ["session.expired"]);
    choose(&world, &by_time, "ok");
    assert_eq!(world.page(by_time["url"].as_str().unwrap()).status, 410);
    assert!(world.ledger().is_empty());
}

#[test]
fn closing_a_page_tells_what_it_found() {
    let world = World::new();
    let session = session(&world, json!({}));
    choose(&world, &session, "pending_10");
    let path = format!("/v1/sessions/{}/expire", session["id"].as_str().unwrap());
    assert_eq!(world.post(&path, "x", json!({})).json()["status"], "in_progress");
    world.pass_seconds(10);
    let paid = world.post(&path, "x", json!({})).json();
    assert_eq!(
        (&paid["status"], &paid["charge"]["status"]),
        (&json!("completed"), &json!("succeeded"))
    );
}

#[test]
fn one_key_makes_one_page_which_its_reference_finds() {
    let world = World::new();
    let first = session(&world, json!({}));
    assert_eq!(session(&world, json!({}))["id"], first["id"]);
    let found = world.get("/v1/sessions?reference=ses_1").json();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
}

#[test]
fn a_page_that_leads_nowhere_or_ends_before_it_starts_is_refused() {
    let world = World::new();
    for change in [
        json!({"return_url": "javascript:alert(1)"}),
        json!({"expires_at_ms": START_MS}),
        json!({"amount": 0}),
        json!({"kind": "gift"}),
    ] {
        let mut asked = json!({
            "kind": "payment", "customer": "cus_ok", "amount": 1, "currency": "EUR",
            "return_url": RETURN_URL, "expires_at_ms": START_MS + 1,
        });
        for (name, value) in change.as_object().unwrap() {
            asked[name] = value.clone();
        }
        assert_eq!(world.post("/v1/sessions", "key_1", asked).status, 400, "{change}");
    }
}
