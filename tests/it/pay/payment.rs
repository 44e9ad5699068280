//! The page behind a payment link.

use serde_json::json;

use super::{ask_for_link, declined_debt, payment_url};
use crate::world::World;
use crate::world::payer::{choose_card, leave_card, open, press, provider_page};

#[test]
fn the_address_is_ours_and_the_same_for_a_day_whatever_happens_behind_it() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_expired_card");
    let url = payment_url(&world, &invoice);
    let token = url.strip_prefix(&format!("{}/pay/", world.address())).expect("our page");
    assert!(token.len() == 32 && token.bytes().all(|it| it.is_ascii_hexdigit()), "{token}");
    world.pass(12 * 3_600);
    assert_eq!(payment_url(&world, &invoice), url);
    let provider = provider_page(&url);
    assert_eq!(provider_page(&url), provider, "the page at the provider is the same too");
    world.pass(12 * 3_600);
    assert_ne!(payment_url(&world, &invoice), url);
}

#[test]
fn the_page_says_who_asks_for_what_and_nothing_else_of_the_customer() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_expired_card");
    let number = world.read_invoice(&invoice)["number"].as_str().expect("a number").to_owned();
    let shown = open(&payment_url(&world, &invoice));
    assert_eq!(shown.status, 200);
    assert!(shown.has_button());
    for text in [number.as_str(), "49.00\u{a0}EUR", "Set-up", "noindex", "test: no real money"] {
        assert!(shown.says(text), "{text}: {}", shown.html);
    }
    for text in ["cus_", "pm_", "<script", "ada"] {
        assert!(!shown.says(text), "{text}: {}", shown.html);
    }
}

#[test]
fn pages_are_not_kept_framed_indexed_or_told_to_others() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_expired_card");
    let url = payment_url(&world, &invoice);
    let answer = ureq::get(&url).call().expect("the page");
    let header = |name: &str| {
        let value = answer.headers().get(name).unwrap_or_else(|| panic!("no {name}"));
        value.to_str().expect("a text").to_owned()
    };
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-robots-tag"), "noindex, nofollow");
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    let style = open(&format!("{}/pay/style.css", world.address()));
    assert_eq!(style.status, 200);
}

#[test]
fn an_address_that_nobody_was_given_is_a_friendly_nothing() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_expired_card");
    let url = payment_url(&world, &invoice);
    let token = url.rsplit('/').next().expect("a token");
    let unknown = "0".repeat(32);
    for path in [
        format!("/pay/{unknown}"),
        format!("/pay/{}", &token[1..]),
        "/pay/x%27y".to_owned(),
        // A token is good for its own kind of page only.
        format!("/checkout/{token}"),
        format!("/portal/{token}"),
    ] {
        let shown = open(&format!("{}{path}", world.address()));
        assert_eq!(shown.status, 404, "{path}");
        assert!(shown.says("There is no such page"), "{path}: {}", shown.html);
        let pressed = press(&format!("{}{path}", world.address()));
        assert_ne!(pressed.status, 303, "{path}");
    }
}

#[test]
fn a_payer_pays_comes_back_and_is_thanked() {
    let world = World::new();
    let invoice = declined_debt(&world, "fails_9_insufficient_funds");
    let url = payment_url(&world, &invoice);
    let provider = provider_page(&url);
    let paid = choose_card(&provider, "ok");
    assert_eq!(paid.location.as_deref(), Some(format!("{url}/returned").as_str()));
    // Before any webhook has been digested: the provider is asked.
    let back = open(&format!("{url}/returned"));
    assert_eq!(back.status, 303, "{back:?}");
    let shown = open(&url);
    assert!(shown.says("This is paid") && !shown.has_button(), "{}", shown.html);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    world.pass_days(40);
    assert_eq!(world.money_taken(), 1);
    let refused = ask_for_link(&world, &invoice);
    assert_eq!(refused.status, 422, "{refused:?}");
    // Pressing a button that is no longer there leads nowhere.
    assert_eq!(press(&url).location.as_deref(), url.rsplit('/').next());
}

#[test]
fn the_button_makes_another_page_when_the_one_at_the_provider_is_over() {
    let world = World::new();
    let invoice = declined_debt(&world, "fails_9_insufficient_funds");
    let url = payment_url(&world, &invoice);
    let first = provider_page(&url);
    // A charge that somebody asked for closes it, and is declined.
    let retry = format!("/api/v1/invoices/{invoice}/retry_payment");
    assert_eq!(world.api().post(&retry, &json!({})).status, 200);
    world.pass(5);
    assert_eq!(world.charges().len(), 2);
    let second = provider_page(&url);
    assert_ne!(second, first);
    assert_eq!(payment_url(&world, &invoice), url, "our address is the same");
    assert_eq!(choose_card(&second, "ok").status, 303);
    world.pass(5);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
    choose_card(&first, "ok");
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn a_link_is_over_after_a_day_and_says_so() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_expired_card");
    let url = payment_url(&world, &invoice);
    let provider = provider_page(&url);
    world.pass(24 * 3_600 + 1);
    let shown = open(&url);
    assert_eq!(shown.status, 410);
    assert!(shown.says("no longer good") && !shown.has_button(), "{}", shown.html);
    assert!(!shown.says("49.00"), "nothing of the debt: {}", shown.html);
    assert_eq!(press(&url).location.as_deref(), url.rsplit('/').next());
    choose_card(&provider, "ok");
    world.pass(60);
    assert_eq!(world.money_taken(), 0);
    leave_card(&payment_url(&world, &invoice), "ok");
    world.pass(5);
    assert_eq!(world.payment_status(&invoice), "succeeded");
}

#[test]
fn a_payment_by_hand_ends_the_address_that_asks_for_the_old_amount() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_expired_card");
    let url = payment_url(&world, &invoice);
    let provider = provider_page(&url);
    let part = json!({"payment": {"invoice_id": invoice, "amount_cents": 900, "reference": "r"}});
    assert_eq!(world.api().post("/api/v1/payments", &part).status, 200);
    assert_eq!(open(&url).status, 410);
    let next = payment_url(&world, &invoice);
    assert_ne!(next, url);
    assert!(open(&next).says("40.00\u{a0}EUR") && open(&next).says("Already paid"));
    choose_card(&provider, "ok");
    leave_card(&next, "ok");
    world.pass(60);
    assert_eq!(world.money_taken(), 1);
    assert_eq!(world.read_invoice(&invoice)["total_paid_amount_cents"], 4_900);
}

#[test]
fn a_voided_invoice_asks_for_nothing() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_expired_card");
    let url = payment_url(&world, &invoice);
    let provider = provider_page(&url);
    let voided = world.api().post(&format!("/api/v1/invoices/{invoice}/void"), &json!({}));
    assert_eq!(voided.status, 200, "{voided:?}");
    let shown = open(&url);
    assert!(shown.says("nothing to pay") && !shown.has_button(), "{}", shown.html);
    assert!(!shown.says("49.00\u{a0}EUR</p>"), "{}", shown.html);
    assert_eq!(press(&url).location.as_deref(), url.rsplit('/').next());
    world.pass(120);
    choose_card(&provider, "ok");
    world.pass(120);
    assert_eq!(world.money_taken(), 0);
}

#[test]
fn a_payment_that_waits_for_the_payer_is_confirmed_through_the_same_page() {
    let world = World::new();
    world.customer("ada", "action");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let url = payment_url(&world, &invoice);
    assert!(url.contains("/pay/"), "{url}");
    let shown = open(&url);
    assert!(shown.says("A payment waits for you") && shown.has_button(), "{}", shown.html);
    let confirm = press(&url).location.expect("the bank's page");
    assert!(confirm.contains("/confirm/"), "{confirm}");
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    agent.post(&confirm).send_form([("verdict", "confirm")]).expect("an answer");
    world.pass(60);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert!(open(&url).says("This is paid"));
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn a_refused_card_leaves_the_page_as_it_was() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_expired_card");
    let url = payment_url(&world, &invoice);
    let provider = provider_page(&url);
    assert_eq!(choose_card(&provider, "declined_insufficient_funds").location, None);
    world.pass(5);
    open(&format!("{url}/returned"));
    assert!(open(&url).has_button());
    leave_card(&url, "ok");
    world.pass(5);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
}
