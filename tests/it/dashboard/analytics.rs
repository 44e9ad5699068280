//! Analytics and the calendar: what is drawn is what happened, and stands beside it as a table and
//! as a file.

use crate::world::{Browser, World};

const PATH: &str = "/dashboard/analytics";

/// The lines of a file.
fn csv(browser: &mut Browser, chart: &str) -> Vec<String> {
    let file = browser.open(&format!("{PATH}/{chart}.csv?days=30"));
    assert_eq!(file.status, 200, "{}", file.html);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    file.html.lines().map(str::to_owned).collect()
}

#[test]
fn figures_are_of_what_happened_and_the_same_in_the_file() {
    let world = World::at("2026-07-01T09:00:00Z");
    world.customer("ada", "fails_1_insufficient_funds");
    world.customer("bob", "declined_expired_card");
    world.customer("cem", "declined_insufficient_funds");
    for (customer, cents) in [("ada", 4_900), ("bob", 1_000), ("cem", 2_000)] {
        world.invoice(customer, cents);
    }
    world.pass_days(12);
    let mut browser = world.somebody("viewer");
    let page = browser.open(&format!("{PATH}?days=30"));
    let text = page.text();
    assert_eq!(page.html.matches("<svg").count(), 7, "seven drawings: {text}");
    assert!(
        page.says(
            "Of 3 invoices whose first charge was declined, 1 recovered by now, 2 still owed"
        ),
        "{text}"
    );
    for told in ["Insufficient funds", "Expired card", "by charging again", "attempt 2:"] {
        assert!(page.says(told), "{told}: {text}");
    }
    let funnel = csv(&mut browser, "funnel");
    assert_eq!(funnel[0], "Step,Invoices,Share,Money");
    assert_eq!(funnel[1], "First charge declined,3,100.0 %,79.00 EUR");
    assert_eq!(funnel[3], "Recovered,1,33.3 %,49.00 EUR");
    assert!(funnel.contains(&"Still owed,2,66.7 %,30.00 EUR".to_owned()), "{funnel:?}");
}

#[test]
fn figures_that_are_counted_quickly_are_of_this_moment() {
    let world = World::at("2026-07-01T09:00:00Z");
    let mut browser = world.somebody("viewer");
    assert!(browser.open(PATH).says("Nothing to show yet."));
    world.customer("bob", "declined_expired_card");
    world.invoice("bob", 1_000);
    world.pass(60);
    assert!(browser.open(PATH).says("Of 1 invoices"));
    for wrong in ["nothing", "../x"] {
        assert_eq!(browser.open(&format!("{PATH}/{wrong}.csv")).status, 404);
    }
    assert_eq!(browser.open(&format!("{PATH}?days=7777")).status, 200, "the usual time");
}

#[test]
fn the_calendar_tells_what_is_planned_and_what_was_made() {
    let world = World::at("2026-07-01T09:00:00Z");
    world.customer("ada", "ok");
    world.customer("bob", "declined_insufficient_funds");
    world.invoice("ada", 4_900);
    let owed = world.invoice("bob", 1_234);
    world.pass(60);
    let mut browser = world.somebody("viewer");
    let month = browser.open("/dashboard/calendar");
    let text = month.text();
    assert!(text.contains("July 2026") && text.contains("2 made, 1 paid"), "{text}");
    assert!(text.contains("1 planned12.34 EUR") && text.contains("49.00 EUR"), "{text}");
    let week = browser.open("/dashboard/calendar?week=2026-07-01");
    assert!(week.text().contains("29 Jun 2026 to 5 Jul 2026"), "{}", week.text());
    let weeks = ["07-01", "07-08", "07-15", "07-22", "07-29"];
    let told = weeks.map(|day| browser.open(&format!("/dashboard/calendar?week=2026-{day}")));
    let planned: Vec<_> = told.iter().filter(|week| week.says("Retry by the policy")).collect();
    assert_eq!(planned.len(), 1, "in one of the weeks");
    assert!(planned[0].says(&owed), "{}", planned[0].text());
    let june = browser.open("/dashboard/calendar?month=2026-05").text();
    assert!(june.contains("May 2026") && !june.contains(" made, "), "{june}");
    for wrong in ["?month=x", "?week=2026-13-01", "?month=262142-12"] {
        assert_eq!(browser.open(&format!("/dashboard/calendar{wrong}")).status, 200, "{wrong}");
    }
}
