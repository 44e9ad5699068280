//! A payer and the schedule at the same debt, in every order: it is paid once.

use serde_json::json;

use super::{declined_debt, payment_url};
use crate::world::World;
use crate::world::payer::{choose_card, leave_card, open, press, provider_page};

/// The invoice is paid, money was taken once, and nothing happens after.
fn is_paid_once(world: &World, invoice: &str) {
    world.pass_days(40);
    assert_eq!(world.payment_status(invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
    assert_eq!(world.read_invoice(invoice)["total_paid_amount_cents"], 4_900);
}

#[test]
fn while_a_payer_is_at_it_the_charge_that_is_due_waits() {
    let world = World::new();
    let invoice = declined_debt(&world, "fails_1_insufficient_funds");
    world.pass(3_600);
    let url = payment_url(&world, &invoice);
    // The link is hours old, its own grace is over, and the retry is due in five minutes.
    world.pass(86_400 - 3_600 - 300);
    let provider = provider_page(&url);
    world.pass(600);
    assert_eq!(world.charges().len(), 1, "the payer has pressed the button");
    assert_eq!(choose_card(&provider, "ok").status, 303);
    is_paid_once(&world, &invoice);
}

#[test]
fn a_payer_who_only_looks_keeps_nothing_away() {
    let world = World::new();
    let invoice = declined_debt(&world, "fails_1_insufficient_funds");
    world.pass(3_600);
    let url = payment_url(&world, &invoice);
    world.pass(86_400 - 3_600 - 300);
    assert!(open(&url).has_button());
    world.pass(600);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert!(open(&url).says("This is paid"));
    is_paid_once(&world, &invoice);
}

#[test]
fn a_payer_who_leaves_after_the_button_does_not_keep_the_charge_away_for_good() {
    let world = World::new();
    let invoice = declined_debt(&world, "fails_1_insufficient_funds");
    world.pass(3_600);
    let url = payment_url(&world, &invoice);
    world.pass(86_400 - 3_600 - 300);
    let provider = provider_page(&url);
    world.pass(2 * 3_600);
    assert_eq!(world.payment_status(&invoice), "succeeded", "charged by the schedule");
    choose_card(&provider, "ok");
    is_paid_once(&world, &invoice);
}

#[test]
fn a_charge_under_way_is_shown_and_the_button_is_gone() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_insufficient_funds");
    let url = payment_url(&world, &invoice);
    let provider = provider_page(&url);
    let link = world.api().post("/api/v1/customers/ada/checkout_url", &json!({}));
    leave_card(
        link.body["customer"]["checkout_url"].as_str().expect("an address"),
        "pending_86400",
    );
    world.pass(5);
    let retry = format!("/api/v1/invoices/{invoice}/retry_payment");
    assert_eq!(world.api().post(&retry, &json!({})).status, 200);
    world.pass(5);
    assert_eq!(world.charges().len(), 2);
    let shown = open(&url);
    assert!(shown.says("being processed") && !shown.has_button(), "{}", shown.html);
    assert!(shown.says("Look again"));
    assert_eq!(press(&url).location.as_deref(), url.rsplit('/').next());
    choose_card(&provider, "ok");
    assert_eq!(payment_url(&world, &invoice), url, "the business is told the same address");
    is_paid_once(&world, &invoice);
    assert!(open(&url).says("This is paid"));
}

#[test]
fn two_payers_who_press_at_once_pay_once() {
    let world = World::new();
    let invoice = declined_debt(&world, "fails_9_insufficient_funds");
    let url = payment_url(&world, &invoice);
    // The page at the provider is over, so that both would have it made.
    let retry = format!("/api/v1/invoices/{invoice}/retry_payment");
    assert_eq!(world.api().post(&retry, &json!({})).status, 200);
    world.pass(5);
    let led: Vec<String> = std::thread::scope(|scope| {
        let pressing: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    let pressed = press(&url);
                    assert_eq!(pressed.status, 303, "{pressed:?}");
                    pressed.location.expect("it leads somewhere")
                })
            })
            .collect();
        pressing.into_iter().map(|it| it.join().expect("no panic")).collect()
    });
    let mut pages: Vec<&String> = led.iter().filter(|it| it.contains("/sandbox/")).collect();
    pages.dedup();
    assert_eq!(pages.len(), 1, "all who are led on see the same page: {led:?}");
    for page in &led {
        if page.contains("/sandbox/") {
            choose_card(page, "ok");
        }
    }
    is_paid_once(&world, &invoice);
}

#[test]
fn presses_beside_charges_that_are_asked_for_take_money_once() {
    let world = World::new();
    let invoice = declined_debt(&world, "fails_1_insufficient_funds");
    let url = payment_url(&world, &invoice);
    let retry = format!("/api/v1/invoices/{invoice}/retry_payment");
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..4 {
                    let pressed = press(&url);
                    let led = pressed.location.unwrap_or_default();
                    if led.contains("/sandbox/") {
                        choose_card(&led, "ok");
                    }
                }
            });
            scope.spawn(|| {
                for _ in 0..4 {
                    let asked = world.api().post(&retry, &json!({}));
                    assert!(matches!(asked.status, 200 | 405), "{asked:?}");
                }
            });
        }
    });
    is_paid_once(&world, &invoice);
}

#[test]
fn links_asked_for_at_once_are_one_address() {
    let world = World::new();
    let invoice = declined_debt(&world, "declined_expired_card");
    let told: Vec<String> = std::thread::scope(|scope| {
        let asking: Vec<_> =
            (0..6).map(|_| scope.spawn(|| super::ask_for_link(&world, &invoice))).collect();
        let answers = asking.into_iter().map(|it| it.join().expect("no panic"));
        answers
            .filter(|answer| {
                assert!(matches!(answer.status, 200 | 405), "{answer:?}");
                answer.status == 200
            })
            .map(|answer| answer.body["invoice_payment_details"]["payment_url"].to_string())
            .collect()
    });
    assert!(!told.is_empty());
    let last = format!("\"{}\"", payment_url(&world, &invoice));
    assert!(told.iter().all(|url| *url == last), "{told:?} {last}");
}

#[test]
fn a_crash_behind_the_button_leaves_a_page_that_works() {
    let mut world = World::new();
    let invoice = declined_debt(&world, "fails_9_insufficient_funds");
    let url = payment_url(&world, &invoice);
    let path = url.strip_prefix(world.address()).expect("ours").to_owned();
    world.crash_and_restart();
    let url = format!("{}{path}", world.address());
    // The pretend provider died with us, and was found again at another address.
    let pressed = press(&url);
    assert_eq!(pressed.status, 303, "{pressed:?}");
    world.pass_days(1);
    assert_eq!(world.money_taken(), 0);
}

#[test]
fn where_first_charges_wait_a_payer_with_a_link_is_faster() {
    let world = World::with_settings(&[("RECOUP_COLLECT__FIRST_CHARGE_DELAY_MINUTES", "10")]);
    world.customer("ada", "ok");
    let (by_link, by_itself) = (world.invoice("ada", 4_900), world.invoice("ada", 1_200));
    world.pass(500);
    assert_eq!(world.charges().len(), 0);
    leave_card(&payment_url(&world, &by_link), "ok");
    world.pass(5);
    assert_eq!(world.payment_status(&by_link), "succeeded");
    let asked = world.invoice("ada", 700);
    let retry = format!("/api/v1/invoices/{asked}/retry_payment");
    assert_eq!(world.api().post(&retry, &json!({})).status, 200);
    world.pass(5);
    assert_eq!(world.payment_status(&asked), "succeeded", "who asks does not wait");
    assert_eq!(world.payment_status(&by_itself), "pending");
    world.pass(90);
    assert_eq!(world.payment_status(&by_itself), "succeeded");
    assert_eq!(world.money_taken(), 3);
}
