//! Invoices resent for collection in bulk: exactly those that a list shows, looked at first.

use serde_json::json;

use crate::world::browser::Seen;
use crate::world::{Browser, World};

const NEW: &str = "/dashboard/resends/new";
const PATH: &str = "/dashboard/resends";

/// Each with an invoice that was declined once; the next charge of it succeeds.
fn declined_once(world: &World, customers: &[&str]) -> Vec<String> {
    let made = customers.iter().enumerate().map(|(number, customer)| {
        world.customer(customer, "fails_1_insufficient_funds");
        world.invoice(customer, 1_000 * (1 + i64::try_from(number).expect("few")))
    });
    let made: Vec<String> = made.collect();
    world.pass(5);
    for invoice in &made {
        assert_eq!(world.payment_status(invoice), "failed");
    }
    made
}

/// Presses the button on the page that shows what it would do.
fn press(browser: &mut Browser, preview: &Seen, fields: &[&str]) -> Seen {
    let csrf = preview.csrf().expect("a token");
    let hidden = |name: &'static str| (name, preview.hidden(name).unwrap_or_default());
    let mut sent = vec![("csrf", csrf), hidden("key")];
    let names = ["tab", "q", "customer", "currency", "from", "to", "decline"];
    sent.extend(names.into_iter().filter(|name| fields.contains(name)).map(hidden));
    browser.post(PATH, &sent)
}

#[test]
fn exactly_what_the_list_shows_is_resent_and_each_result_is_told() {
    let world = World::new();
    let made = declined_once(&world, &["ada-one", "ada-two", "ada-three", "bob"]);
    world.customer("ada-bare", "no_method");
    world.invoice("ada-bare", 600);
    world.pass(5);
    let mut browser = world.somebody("operator");
    let page = browser.open(&format!("{NEW}?tab=outstanding&q=ada&from=5"));
    let text = page.text();
    assert!(text.contains("Resend 3 invoices") && text.contains("60.00 EUR"), "{text}");
    assert!(text.contains("Its customer has no payment method"), "{text}");
    let before = world.charges().len();
    assert_eq!(before, 4, "to look charges nothing");
    let first = press(&mut browser, &page, &["tab", "q", "from"]);
    let place = first.location.clone().expect("a page");
    // Pressed twice, it is done once.
    assert_eq!(press(&mut browser, &page, &["tab", "q", "from"]).location, first.location);
    world.pass(10);
    let progress = browser.follow(&first);
    let text = progress.text();
    assert!(text.contains("Finished") && text.contains("4 of 4 invoices have come"), "{text}");
    assert!(text.contains("Paid 3") && text.contains("Not eligible 1"), "{text}");
    let statuses: Vec<String> = made.iter().map(|it| world.payment_status(it)).collect();
    assert_eq!(statuses, ["succeeded", "succeeded", "succeeded", "failed"]);
    assert_eq!(world.charges().len(), before + 3);
    let refused = browser.open(&format!("{place}?result=refused"));
    assert!(refused.says("ada-bare") && !refused.says("ada-one"), "{}", refused.html);
    assert!(browser.open(PATH).says("Found by"), "the list says what was meant");
    let log = world.api().get("/recoup/v1/audit_log?action=bulk_retry.started").body;
    assert_eq!(log["audit_log"][0]["actor"]["kind"], "user");
}

#[test]
fn what_cannot_be_read_resends_nothing() {
    let world = World::new();
    declined_once(&world, &["ada"]);
    let mut browser = world.somebody("operator");
    let page = browser.open(&format!("{NEW}?tab=outstanding&from=ten"));
    assert!(page.says("cannot be read as an amount") && page.form(PATH).is_none(), "{}", page.html);
    let csrf = page.csrf().expect("a token").to_owned();
    let answer = browser.post(PATH, &[("csrf", &csrf), ("tab", "outstanding"), ("from", "ten")]);
    assert_eq!(answer.location.as_deref(), Some("/dashboard/invoices?tab=outstanding&from=ten"));
    world.pass(5);
    assert_eq!(world.charges().len(), 1);
    assert!(browser.open(&format!("{NEW}?tab=overdue")).says("No invoice fits"));
    assert_eq!(world.somebody("viewer").open(&format!("{NEW}?tab=overdue")).status, 403);
}

#[test]
fn what_has_not_begun_is_taken_back() {
    // One charge at a time, and it takes long: the others stay asked for.
    let world = World::with_settings(&[("RECOUP_COLLECT__CHARGES_MAX", "1")]);
    world.customer("other", "ok");
    world.invoice("other", 10);
    for number in 0..4 {
        let payer = format!("ada-{number}");
        world.customer(&payer, "slow_1500");
        let made = world.api().post(
            "/api/v1/invoices",
            &json!({ "invoice": {
                "external_customer_id": payer, "currency": "EUR", "skip_psp": true,
                "fees": [{ "add_on_code": "setup", "units": 1, "unit_amount_cents": 100 }],
            }}),
        );
        assert_eq!(made.status, 200, "{made:?}");
    }
    world.pass(1);
    let mut browser = world.somebody("operator");
    let page = browser.open(&format!("{NEW}?tab=outstanding"));
    let first = press(&mut browser, &page, &["tab"]);
    let place = first.location.clone().expect("a page");
    let progress = browser.follow(&first);
    assert!(progress.says("still under way"), "{}", progress.html);
    let cancel = progress.form("/cancel").expect("it can be taken back");
    let answer = browser.send(&place, &cancel, &[]);
    assert!(browser.follow(&answer).says("Taken back."));
    world.pass(60);
    let after = browser.open(&place);
    assert!(after.text().contains("Cancelled"), "{}", after.text());
    assert!(after.form("/cancel").is_none());
    let taken_back = browser.open(&format!("{place}?result=withdrawn"));
    let count = taken_back.html.matches("\"/dashboard/invoices/").count();
    // What was being charged went on; a further one may have begun meanwhile.
    assert!((2..=4).contains(&count), "{}", taken_back.html);
    assert_eq!(world.money_taken(), 1 + 4 - count, "{}", taken_back.text());
}
