//! The daily jobs with invoices: find one that failed, read why, resend it, and all else that a
//! person does to one.

use std::time::{Duration, Instant};

use crate::world::browser::{PASSWORD, Seen};
use crate::world::{Browser, Ears, World};

const LIST: &str = "/dashboard/invoices";

fn page_of(invoice: &str) -> String {
    format!("{LIST}/{invoice}")
}

/// Sends a form of the invoice's page, and reads what is said after it.
fn act(browser: &mut Browser, invoice: &str, verb: &str, fields: &[(&str, &str)]) -> Seen {
    let page = page_of(invoice);
    let sent = browser.send(&page, &format!("{page}/{verb}"), fields);
    browser.follow(&sent)
}

/// A customer whose card is declined once, and the debt.
fn declined(world: &World) -> String {
    world.customer("ada", "fails_1_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "failed");
    invoice
}

#[test]
fn somebody_finds_a_failed_invoice_reads_why_resends_it_and_sees_it_succeed() {
    let world = World::new();
    let invoice = declined(&world);
    let number = world.read_invoice(&invoice)["number"].as_str().expect("a number").to_owned();
    let mut browser = world.somebody("operator");
    assert!(browser.open("/dashboard").says("<dt>At risk</dt><dd><span class=\"money\">49.00"));
    let listed = browser.open("/dashboard/invoices?tab=outstanding");
    assert!(listed.says(&number) && listed.says("Insufficient funds"), "{}", listed.html);
    let page = listed.link(&number).expect("a link to it");
    let seen = browser.open(&page);
    for why in [
        "Attempt 1 was declined",
        "<code>insufficient_funds</code>",
        "there is not enough money now",
        "It may succeed later on the same method.",
        "Policy standard tries again on",
        "told as <code>invoice.payment_failure</code>",
    ] {
        assert!(seen.says(why), "{why}: {}", seen.html);
    }
    let resent = act(&mut browser, &invoice, "resend", &[("method", "default")]);
    assert!(resent.says("Resent for collection"), "{}", resent.html);
    assert!(resent.says("operator@example.com"), "the story says who");
    world.pass(2);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    let story = browser.open(&page);
    assert!(story.says("Attempt 2 was paid") && story.says("Recovered"), "{}", story.html);
    assert!(!story.says("Resend for collection</summary>"), "there is nothing to resend");
    let again = browser.post(
        &format!("{page}/resend"),
        &[("csrf", story.csrf().expect("a token")), ("method", "default")],
    );
    assert!(browser.follow(&again).says("Not resent"));
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn the_story_tells_of_webhooks_both_ways() {
    let world = World::new();
    let ears = Ears::of(&world);
    world.customer("ada", "pending_3600");
    let invoice = world.invoice("ada", 4_900);
    world.pass(3_700);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    let mut browser = world.somebody("viewer");
    let story = browser.open(&page_of(&invoice));
    assert!(story.says("The provider told by webhook: attempt 1 was paid"), "{}", story.html);
    assert_eq!(ears.of_kind("payment.succeeded").len(), 1);
    let told = story.html.find("told as <code>payment.succeeded</code>").expect("what was told");
    let after = story.html.get(told..).unwrap_or_default();
    let delivery = after.split("href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let delivered = browser.open(delivery.expect("a link to its delivery"));
    assert!(delivered.says("payment.succeeded") && delivered.says("Delivered"));
}

#[test]
fn home_leads_to_the_debts_that_wait_for_a_person() {
    let world = World::new();
    world.customer("ada", "declined_expired_card");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let mut browser = world.somebody("viewer");
    let home = browser.open("/dashboard");
    let waiting = home.link("debt waiting for another payment method").expect("a link to them");
    let seen = browser.open(&waiting);
    assert!(seen.says("Debts waiting for another payment method"), "{}", seen.html);
    let number = world.read_invoice(&invoice)["number"].as_str().expect("a number").to_owned();
    assert_eq!(home.link(&number), Some(page_of(&invoice)), "what changed last: {}", home.html);
    assert_eq!(seen.link(&number), Some(page_of(&invoice)), "{}", seen.html);
    assert!(seen.says("Generate a link"), "{}", seen.html);
    assert!(browser.open("/dashboard/waiting?for=held").says("No debt waits for this"));
    assert_eq!(browser.open("/dashboard/waiting?for=nonsense").status, 404);
    let listed = browser.open(&format!("{LIST}?tab=outstanding&decline=expired_card"));
    assert!(listed.says(&page_of(&invoice)), "{}", listed.html);
    let others = browser.open(&format!("{LIST}?tab=outstanding&decline=insufficient_funds"));
    assert!(!others.says(&page_of(&invoice)), "{}", others.html);
}

#[test]
fn a_viewer_looks_and_changes_nothing() {
    let world = World::new();
    let invoice = declined(&world);
    let mut browser = world.somebody("viewer");
    let seen = browser.open(&page_of(&invoice));
    assert!(!seen.says("Resend for collection"), "{}", seen.html);
    let csrf = seen.csrf().expect("a token").to_owned();
    for verb in ["resend", "void", "pause", "stop", "record", "link", "move", "dispute", "note"] {
        let path = format!("{}/{verb}", page_of(&invoice));
        let refused = browser.post(&path, &[("csrf", &csrf)]);
        assert_eq!(refused.status, 403, "{verb}");
        assert!(refused.says("the role operator"), "{}", refused.html);
    }
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn lists_are_counted_searched_paged_and_written_to_a_file() {
    let world = World::new();
    world.customer("ada", "ok");
    world.customer("bob", "declined_do_not_honor");
    let paid: Vec<String> = (0..45).map(|n| world.invoice("ada", 1_000 + n)).collect();
    let failed = world.invoice("bob", 9_900);
    world.pass(5);
    let mut browser = world.somebody("viewer");
    let all = browser.open(LIST);
    for counted in [
        "All <span class=\"count\">46<",
        "Outstanding <span class=\"count\">1<",
        "Succeeded <span class=\"count\">45<",
        "Voided <span class=\"count\">0<",
    ] {
        assert!(all.says(counted), "{counted}: {}", all.html);
    }
    assert_eq!(all.html.matches("<th scope=\"row\">").count(), 40);
    let next = all.link("Next page").expect("a next page");
    let rest = browser.open(&next);
    assert_eq!(rest.html.matches("<th scope=\"row\">").count(), 6);
    assert!(rest.link("Next page").is_none() && rest.link("To the first page").is_some());
    for id in paid.iter().chain([&failed]) {
        let link = format!("href=\"{LIST}/{id}\"");
        assert!(all.says(&link) != rest.says(&link), "{id} is on one of the pages");
    }
    let number = world.read_invoice(&failed)["number"].as_str().expect("a number").to_owned();
    for (query, found) in [
        ("q=bob".to_owned(), true),
        (format!("q={number}"), true),
        (format!("q={}", number.to_lowercase()), true),
        (format!("q={failed}"), true),
        ("q=nobody".to_owned(), false),
        ("customer=bob".to_owned(), true),
        ("from=99&to=99.00".to_owned(), true),
        ("from=99.01".to_owned(), false),
        ("decline=do_not_honor".to_owned(), true),
        ("decline=fraud".to_owned(), false),
        ("currency=USD".to_owned(), false),
        ("tab=succeeded&q=bob".to_owned(), false),
    ] {
        let seen = browser.open(&format!("{LIST}?{query}"));
        assert_eq!(seen.says(&format!("{LIST}/{failed}")), found, "{query}: {}", seen.html);
        assert_eq!(seen.says("Nothing found"), !found, "{query}");
    }
    let file = browser.open("/dashboard/invoices.csv?tab=outstanding");
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    let lines: Vec<&str> = file.html.lines().collect();
    assert_eq!(lines.len(), 2, "{}", file.html);
    let expected = format!("{number},{failed},bob,bob,EUR,99.00,99.00,finalized,failed,false,");
    assert!(lines[1].starts_with(&expected), "{}", lines[1]);
}

#[test]
fn collecting_is_paused_moved_stopped_and_resumed_by_hand() {
    let world = World::new();
    let invoice = declined(&world);
    let mut browser = world.somebody("operator");
    let paused = act(&mut browser, &invoice, "pause", &[("reason", "They promised to pay")]);
    assert!(paused.says("Collecting is paused"), "{}", paused.html);
    assert!(paused.says("They promised to pay"), "the story says why");
    let resumed = act(&mut browser, &invoice, "resume", &[]);
    assert!(resumed.says("Collecting goes on"), "{}", resumed.html);
    let wrong = act(&mut browser, &invoice, "move", &[("at", "2020-01-01T10:00")]);
    assert!(wrong.says("that time is over already"), "{}", wrong.html);
    let wrong = act(&mut browser, &invoice, "move", &[("at", "tomorrow")]);
    assert!(wrong.says("choose a day and a time"), "{}", wrong.html);
    let moved = act(&mut browser, &invoice, "move", &[("at", "2099-01-01T10:00")]);
    assert!(moved.says("The next attempt is moved"), "{}", moved.html);
    assert!(moved.says("1\u{a0}Jan\u{a0}2099, 10:00"), "{}", moved.html);
    world.pass_days(9);
    assert_eq!(world.charges().len(), 1, "it waits");
    browser.sign_in("operator@example.com", PASSWORD);
    let stopped = act(&mut browser, &invoice, "stop", &[]);
    assert!(stopped.says("Collecting is stopped"), "{}", stopped.html);
    act(&mut browser, &invoice, "resume", &[]);
    world.pass(2);
    assert_eq!(world.payment_status(&invoice), "succeeded");
}

#[test]
fn money_is_recorded_links_are_made_and_invoices_are_voided() {
    let world = World::new();
    let invoice = declined(&world);
    let mut browser = world.somebody("operator");
    let linked = act(&mut browser, &invoice, "link", &[]);
    assert!(linked.says("The payment link is"), "{}", linked.html);
    let address = format!("{}/pay/", world.address());
    assert!(linked.says(&format!("value=\"{address}")), "{}", linked.html);
    for (amount, reference, told) in [
        ("nothing", "x", "write the amount in EUR"),
        ("10.00", "", "say how the money came"),
        ("50.00", "x", "more than is due"),
    ] {
        let fields = [("amount", amount), ("reference", reference)];
        let wrong = act(&mut browser, &invoice, "record", &fields);
        assert!(wrong.says(told), "{told}: {}", wrong.html);
    }
    let fields = [("amount", "10.00"), ("reference", "transfer 7")];
    let recorded = act(&mut browser, &invoice, "record", &fields);
    assert!(recorded.says("10.00\u{a0}EUR recorded"), "{}", recorded.html);
    assert!(recorded.says("By hand: transfer 7") && recorded.says("39.00\u{a0}EUR"));
    let raw = browser.open(&format!("{}/raw", page_of(&invoice)));
    assert!(raw.says("total_paid_amount_cents&#34;: 1000"), "{}", raw.html);
    let noted = act(&mut browser, &invoice, "note", &[("key", "Promised"), ("value", "Friday")]);
    assert!(noted.says("<dt>Promised</dt><dd>Friday</dd>"), "{}", noted.html);
    assert!(noted.says("Changed its metadata"), "the story says who");
    let long = "x".repeat(21);
    for (key, value, told) in [
        ("", "x", "say what the note is called"),
        (long.as_str(), "x", "at most 20 characters"),
        ("Nothing", "", "Taken away"),
        ("Promised", "", "Taken away"),
    ] {
        let answer = act(&mut browser, &invoice, "note", &[("key", key), ("value", value)]);
        assert!(answer.says(told), "{told}: {}", answer.html);
    }
    assert!(!browser.open(&page_of(&invoice)).says("<dt>Promised</dt>"));
    let voided = act(&mut browser, &invoice, "void", &[]);
    assert!(voided.says("Voided. Nobody is asked"), "{}", voided.html);
    assert!(browser.open(&format!("{LIST}?tab=voided")).says(&invoice));
    for nowhere in ["0", "00000000-0000-7000-8000-000000000000"] {
        assert_eq!(browser.open(&page_of(nowhere)).status, 404);
    }
}

#[test]
fn an_attempt_shows_what_was_asked_and_what_was_decided() {
    let world = World::new();
    let invoice = declined(&world);
    let mut browser = world.somebody("viewer");
    let page = browser.open(&page_of(&invoice)).link("Attempt").expect("a link to the attempt");
    // It is written down a moment later.
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut seen = browser.open(&page);
    while seen.says("Nothing kept") && Instant::now() < deadline {
        std::thread::yield_now();
        seen = browser.open(&page);
    }
    for told in ["Answered 402", "<strong>charge</strong>", "/v1/charges", "sandbox 0.1.0"] {
        assert!(seen.says(told), "{told}: {}", seen.html);
    }
    assert!(!seen.says("sk_sandbox"), "secrets are masked: {}", seen.html);
    for told in ["What was decided after it", "step 1 of", "Idempotency key", "try at", "soft"] {
        assert!(seen.says(told), "{told}: {}", seen.html);
    }
    assert_eq!(browser.open("/dashboard/attempts/0").status, 404);
}

#[test]
fn no_more_exchanges_are_kept_than_the_settings_say() {
    let world = World::with_settings(&[("RECOUP_PLUGINS__EXCHANGES_KEPT", "3")]);
    world.customer("ada", "ok");
    for _ in 0..6 {
        world.invoice("ada", 4_900);
    }
    world.pass(5);
    let counts = || -> (i64, i64) {
        let sql = "SELECT COUNT(*), COALESCE(MAX(id), 0) FROM exchanges";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        world.open_database().query_row(sql, [], read).expect("counts")
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while counts().1 < 6 && Instant::now() < deadline {
        std::thread::yield_now();
    }
    let (kept, made) = counts();
    assert!(made >= 6, "they were written: {made}");
    assert_eq!(kept, 3);
}
