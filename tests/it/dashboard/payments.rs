//! Payments: all of them, those that nobody knows the outcome of, and what came in twice.

use serde_json::Value;

use crate::recoup::money::{paid_beside, record, refunds_at_provider, surplus_of};
use crate::world::World;

const ALL: &str = "/dashboard/payments";
const UNRESOLVED: &str = "/dashboard/payments/unresolved";
const SURPLUS: &str = "/dashboard/payments/surplus";

#[test]
fn every_charge_and_what_people_recorded_is_listed() {
    let world = World::new();
    world.customer("ada", "ok");
    world.customer("bob", "declined_insufficient_funds");
    world.invoice("ada", 4_900);
    let owed = world.invoice("bob", 1_000);
    world.pass(5);
    assert_eq!(record(&world, &owed, 1_000), 200);
    let mut browser = world.somebody("viewer");
    let list = browser.open(ALL);
    let text = list.text();
    for told in ["49.00 EUR", "10.00 EUR", "Paid", "Insufficient funds", "Recorded", "by hand"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert_eq!(list.html.matches("/dashboard/attempts/").count(), 2);
    let of_ada = browser.open(&format!("{ALL}?customer=ada"));
    assert!(of_ada.says(">ada<") && !of_ada.says(">bob<"), "{}", of_ada.html);
    assert!(browser.open(&format!("{ALL}?customer=nobody")).says("Nothing found"));
}

#[test]
fn a_long_list_of_payments_goes_on_where_it_ended() {
    let world = World::new();
    world.customer("ada", "ok");
    for number in 0..60 {
        world.invoice("ada", 100_000 + number);
    }
    world.pass(30);
    let mut browser = world.somebody("viewer");
    let first = browser.open(ALL);
    let second = browser.open(&first.link("Next page").expect("a next page"));
    assert_eq!(second.link("Next page"), None);
    let both = format!("{}{}", first.text(), second.text());
    for number in 0..60 {
        let amount = format!("1 000.{number:02} EUR");
        assert_eq!(both.matches(&amount).count(), 1, "{amount} once");
    }
}

/// A charge that is pending longer than the provider is asked.
fn forgotten(world: &World) -> String {
    world.customer("ada", "pending_2592000");
    let invoice = world.invoice("ada", 4_900);
    world.pass_days(8);
    invoice
}

#[test]
fn what_nobody_knows_is_settled_by_who_has_checked() {
    let world = World::new();
    let invoice = forgotten(&world);
    let mut browser = world.somebody("operator");
    let page = browser.open(UNRESOLVED);
    assert!(
        page.says("Needs a person") && page.says("Look at the provider’s own"),
        "{}",
        page.html
    );
    let ask = page.form("/ask").expect("a form");
    let answer = browser.send(UNRESOLVED, &ask, &[]);
    assert!(browser.follow(&answer).says("The charge is pending now."));
    let checked = page.form("/checked").expect("a form");
    for (fields, sentence) in [
        ([("outcome", ""), ("reason", "seen")], "choose what"),
        ([("outcome", "paid"), ("reason", " ")], "write how you know"),
    ] {
        let answer = browser.send(UNRESOLVED, &checked, &fields);
        assert!(browser.follow(&answer).says(sentence));
        assert_eq!(world.payment_status(&invoice), "pending");
    }
    let fields = [("outcome", "paid"), ("reason", "seen on the statement")];
    let answer = browser.send(UNRESOLVED, &checked, &fields);
    let after = browser.follow(&answer);
    assert!(after.says("the money was taken") && after.says("Nothing is unresolved"));
    assert_eq!(world.payment_status(&invoice), "succeeded");
    let log = world.api().get("/recoup/v1/audit_log?action=payment.resolved").body;
    assert_eq!(log["audit_log"][0]["actor"]["kind"], "user");
    let again =
        browser.post(&checked, &[("csrf", page.csrf().expect("a token")), fields[0], fields[1]]);
    assert!(browser.follow(&again).says("Nothing was changed"));
}

#[test]
fn a_surplus_is_given_back_once_however_often_it_is_pressed() {
    let world = World::new();
    let invoice = paid_beside(&world, "ada", (4_900, 4_900));
    let mut browser = world.somebody("operator");
    assert!(browser.open(ALL).says("Surplus <span class=\"count\">1</span>"));
    let page = browser.open(SURPLUS);
    assert!(page.says("settled in another way first"), "{}", page.html);
    let action = page.form("/refund").expect("a form");
    let key = page.hidden("key").expect("a key").to_owned();
    let csrf = page.csrf().expect("a token").to_owned();
    let fields = [("csrf", csrf.as_str()), ("key", key.as_str())];
    let first = browser.post(&action, &fields);
    assert!(browser.follow(&first).says("It is given back."));
    let second = browser.post(&action, &fields);
    browser.follow(&second);
    assert_eq!(refunds_at_provider(&world).len(), 1);
    assert_eq!(surplus_of(&world, &invoice)["state"], "refunded");
    assert!(browser.open(&format!("{SURPLUS}?state=refunded")).says("49.00"));
    assert!(browser.open(&format!("{SURPLUS}?state=open")).says("No surplus payment"));
}

#[test]
fn a_surplus_is_kept_for_a_reason() {
    let world = World::new();
    let invoice = paid_beside(&world, "ada", (4_900, 1_900));
    let mut viewer = world.somebody("viewer");
    let seen = viewer.open(SURPLUS);
    assert!(seen.says("had paid a part") && seen.form("/keep").is_none());
    let mut browser = world.somebody("operator");
    let action = browser.open(SURPLUS).form("/keep").expect("a form");
    let answer = browser.send(SURPLUS, &action, &[("reason", "")]);
    assert!(browser.follow(&answer).says("write why you keep it"));
    let answer = browser.send(SURPLUS, &action, &[("reason", "for the next invoice")]);
    let after = browser.follow(&answer);
    assert!(after.says("It is kept: for the next invoice"), "{}", after.html);
    let kept: Value = surplus_of(&world, &invoice);
    assert_eq!(kept["state"], "kept");
}
