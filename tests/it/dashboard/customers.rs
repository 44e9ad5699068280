//! Customers: who owes what, and what they are charged on.

use serde_json::{Value, json};

use crate::world::browser::PASSWORD;
use crate::world::payer::leave_card;
use crate::world::{Browser, World};

const PATH: &str = "/dashboard/customers";

/// The page of the customer whose name this is.
fn page_of(browser: &mut Browser, name: &str) -> String {
    let list = browser.open(PATH);
    assert_eq!(list.status, 200, "{}", list.html);
    list.link(name).unwrap_or_else(|| panic!("{name} is listed: {}", list.html))
}

fn actions(world: &World, subject: &str) -> Vec<String> {
    let log = world.api().get("/recoup/v1/audit_log").body;
    let entries = log["audit_log"].as_array().expect("entries").iter().rev();
    let told = |entry: &Value| {
        let words = [&entry["actor"]["kind"], &entry["action"]].map(|it| it.as_str().unwrap_or(""));
        words.join(" ")
    };
    entries.map(told).filter(|told| told.contains(subject)).collect()
}

#[test]
fn customers_are_listed_with_what_they_owe_and_found_by_part_of_a_name() {
    let world = World::new();
    world.customer("ada-books", "ok");
    world.customer("bob-bikes", "declined_insufficient_funds");
    world.invoice("bob-bikes", 123_400);
    world.pass(5);
    let mut browser = world.somebody("viewer");
    let list = browser.open(PATH).text();
    assert!(list.contains("ada-books") && list.contains("bob-bikes"), "{list}");
    assert!(list.contains("1 234.00 EUR 1 invoice"), "{list}");
    let found = browser.open(&format!("{PATH}?q=BIKES"));
    assert!(found.says("bob-bikes") && !found.says("ada-books"), "{}", found.html);
    assert!(browser.open(&format!("{PATH}?q=zzz")).says("Nobody found"));
    let path = page_of(&mut browser, "bob-bikes");
    let page = browser.open(&path);
    let text = page.text();
    assert!(text.contains("1 234.00 EUR") && text.contains("Insufficient funds"), "{text}");
    assert!(page.form("/link").is_none(), "a viewer only looks");
    let csrf = page.csrf().expect("a token").to_owned();
    let refused = browser.post(&format!("{path}/link"), &[("csrf", &csrf)]);
    assert_eq!(refused.status, 403, "{}", refused.html);
    for wrong in ["0", "00000000-0000-7000-8000-000000000000"] {
        assert_eq!(browser.open(&format!("{PATH}/{wrong}")).status, 404);
    }
}

#[test]
fn a_long_list_of_customers_goes_on_where_it_ended() {
    let world = World::new();
    for number in 0..45 {
        world.customer(&format!("c{number:02}"), "ok");
    }
    let mut browser = world.somebody("viewer");
    let first = browser.open(PATH);
    let second = browser.open(&first.link("Next page").expect("a next page"));
    let both = format!("{}{}", first.html, second.html);
    for number in 0..45 {
        assert_eq!(both.matches(&format!(">c{number:02}<")).count(), 1, "c{number:02} once");
    }
    assert_eq!(first.html.matches("<th scope=\"row\">").count(), 40);
    assert_eq!(second.link("Next page"), None);
    assert_eq!(second.link("To the first page").as_deref(), Some(PATH));
}

#[test]
fn a_method_is_added_by_a_link_and_what_waited_is_paid() {
    let world = World::new();
    world.customer("ada", "no_method");
    let invoice = world.invoice("ada", 4_900);
    world.pass(5);
    let mut browser = world.somebody("operator");
    let path = page_of(&mut browser, "ada");
    let before = browser.open(&path);
    assert!(before.says("nothing can be charged by itself"), "{}", before.html);
    assert!(!before.says("method-link"), "{}", before.html);
    let answer = browser.send(&path, &format!("{path}/link"), &[]);
    let after = browser.follow(&answer);
    assert!(after.says("The link is made."), "{}", after.html);
    let (_, rest) = after.html.split_once("id=\"method-link\" readonly value=\"").expect("a link");
    let link = rest.split('"').next().expect("an address");
    leave_card(link, "ok");
    world.pass(10);
    let page = browser.open(&path);
    assert!(page.says(">Default<") && page.says("ending in"), "{}", page.html);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(actions(&world, "method"), ["user customer.method_link_made"]);
}

#[test]
fn a_method_made_inactive_says_first_what_turns_manual() {
    let world = World::new();
    world.customer("ada", "declined_insufficient_funds");
    let methods = world.api().get("/api/v1/customers/ada/payment_methods").body;
    let id = methods["payment_methods"][0]["lago_id"].as_str().expect("an id").to_owned();
    let add_on = json!({ "add_on": {
        "name": "Set-up", "code": "setup", "amount_cents": 100, "amount_currency": "EUR",
    }});
    world.api().post("/api/v1/add_ons", &add_on);
    let made = world.api().post(
        "/api/v1/invoices",
        &json!({ "invoice": {
            "external_customer_id": "ada", "currency": "EUR",
            "fees": [{ "add_on_code": "setup", "units": 1, "unit_amount_cents": 700 }],
            "payment_method": { "payment_method_type": "provider", "payment_method_id": id },
        }}),
    );
    assert_eq!(made.status, 200, "{made:?}");
    let number = made.body["invoice"]["number"].as_str().expect("a number");
    world.pass(5);
    let mut browser = world.somebody("operator");
    let path = page_of(&mut browser, "ada");
    let page = browser.open(&path);
    assert!(
        page.text().contains(&format!("paid by hand: 1 invoice ({number})")),
        "{}",
        page.text()
    );
    let off = page.form("/deactivate").expect("a form");
    let answer = browser.send(&path, &off, &[]);
    let after = browser.follow(&answer);
    assert!(after.says("is inactive") && after.says(">Inactive<"), "{}", after.html);
    world.pass_days(40);
    browser.sign_in("operator@example.com", PASSWORD);
    assert_eq!(world.charges().len(), 1, "nothing is charged on it any more");
    let answer = browser.send(&path, &after.form("/activate").expect("a form"), &[]);
    assert!(browser.follow(&answer).says("is active"));
    let answer = browser.send(&path, &off.replace("deactivate", "default"), &[]);
    assert!(browser.follow(&answer).says(">Default<"));
    let told =
        ["deactivated", "activated", "made_default"].map(|it| format!("user payment_method.{it}"));
    assert_eq!(actions(&world, "payment_method"), told);
}

#[test]
fn a_card_that_expires_soon_or_has_expired_is_warned_of() {
    let world = World::at("2026-07-01T09:00:00Z");
    for (customer, month, year) in [("soon", 7, 2026), ("over", 6, 2026), ("later", 12, 2027)] {
        world.customer(customer, "ok");
        let sql = "UPDATE payment_methods SET expiry_month = ?1, expiry_year = ?2
                    WHERE customer_id = (SELECT id FROM customers WHERE external_id = ?3)";
        world.open_database().execute(sql, (month, year, customer)).expect("changed");
    }
    let mut browser = world.somebody("viewer");
    let list = browser.open(PATH).html;
    assert_eq!(list.matches(">Expired<").count(), 1, "{list}");
    assert_eq!(list.matches(">Expires soon<").count(), 1, "{list}");
    let path = page_of(&mut browser, "soon");
    assert!(browser.open(&path).says("07/2026"));
}

#[test]
fn collecting_of_a_customer_is_paused_and_resumed() {
    let world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(5);
    let mut browser = world.somebody("operator");
    let path = page_of(&mut browser, "ada");
    let answer = browser.send(&path, &format!("{path}/pause"), &[("reason", "a <talk> first")]);
    let paused = browser.follow(&answer);
    assert!(paused.says("Collecting paused") && paused.says("a &#60;talk&#62; first"));
    world.pass_days(40);
    browser.sign_in("operator@example.com", PASSWORD);
    assert_eq!(world.payment_status(&invoice), "failed");
    let answer = browser.send(&path, &format!("{path}/resume"), &[]);
    assert!(browser.follow(&answer).says("Collecting goes on"));
    world.pass_days(10);
    assert_eq!(world.payment_status(&invoice), "succeeded");
}
