//! Pages of the system: how it stands, jobs, backups, who changed what, settings.

use crate::world::World;

const SYSTEM: &str = "/dashboard/system";
const SETTINGS: &str = "/dashboard/settings";

#[test]
fn the_system_says_how_it_stands() {
    let world = World::new();
    let mut viewer = world.somebody("viewer");
    let shown = viewer.open(SYSTEM);
    for text in ["SQLite", "Schema", "recoup.db", "Attempts due", "Test: no real money"] {
        assert!(shown.says(text), "{text}: {}", shown.html);
    }
    let jobs = viewer.open("/dashboard/system/jobs");
    for text in ["retry-due", "*/10 * * * * *", "in a moment", "not yet"] {
        assert!(jobs.says(text), "{text}: {}", jobs.html);
    }
    world.try_run(&["job", "run", "mark-overdue"]).expect("it runs");
    let jobs = viewer.open("/dashboard/system/jobs");
    assert!(jobs.says("0 marked"), "{}", jobs.html);
}

#[test]
fn a_backup_is_made_by_a_button() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let page = "/dashboard/system/backups";
    assert!(admin.open(page).says("No backup yet"));
    let made = admin.send(page, page, &[]);
    let seen = admin.follow(&made);
    assert!(seen.says("is made and checked") && seen.says(".db"), "{}", seen.html);
    let log = admin.open("/dashboard/system/audit");
    assert!(log.says("Made a backup") && log.says("admin@example.com"), "{}", log.html);
    let mut operator = world.somebody("operator");
    assert!(!operator.open(page).says("Back up now"));
}

#[test]
fn the_audit_log_is_read_page_by_page_and_by_person() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    for number in 0..60 {
        let name = format!("key {number}");
        let fields = [("name", name.as_str()), ("may", "everything")];
        admin.send("/dashboard/developers/keys/new", "/dashboard/developers/keys", &fields);
    }
    let page = "/dashboard/system/audit?action=api_key.created";
    let first = admin.open(page);
    assert!(first.says("Made an API key") && first.says("name: key 59"), "{}", first.html);
    assert!(!first.says("name: key 1<"));
    let second = admin.open(&first.link("Next page").expect("there is more"));
    assert!(second.says("name: key 1<") && second.says("To the first page"), "{}", second.html);
}

#[test]
fn a_hold_is_ended_by_a_person_who_says_why() {
    let mut world = World::new();
    let backup = world.back_up();
    world.customer("acme", "ok");
    world.invoice("acme", 4_900);
    world.pass(60);
    world.restore(&backup);
    let mut admin = world.somebody("admin");
    let shown = admin.open(SYSTEM);
    assert!(shown.says("Nothing is charged") && shown.says("Ask the providers"), "{}", shown.html);
    let release = "/dashboard/system/hold/release";
    let without = admin.send(SYSTEM, release, &[("reason", "")]);
    assert!(admin.follow(&without).says("Say why"));
    let ended = admin.send(SYSTEM, release, &[("reason", "looked at the provider")]);
    let seen = admin.follow(&ended);
    assert!(seen.says("Charging goes on") && !seen.says("Ask the providers"), "{}", seen.html);
    let log = world.api().get("/recoup/v1/audit_log?action=hold.ended").text;
    assert!(log.contains("looked at the provider") && log.contains("\"user\""), "{log}");
}

#[test]
fn settings_are_held_to_what_the_api_allows() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let fields = |zone: &'static str, days: &'static str| {
        [
            ("name", "Acme Books"),
            ("timezone", zone),
            ("default_currency", "EUR"),
            ("document_number_prefix", "ACM"),
            ("net_payment_term", days),
            ("invoice_grace_period", "0"),
            ("document_locale", "en"),
        ]
    };
    let wrong = admin.send(SETTINGS, SETTINGS, &fields("Mars/Base", "soon"));
    assert_eq!(wrong.status, 422);
    assert!(wrong.says("There is no such time zone") && wrong.says("Mars/Base"), "{}", wrong.html);
    let saved = admin.send(SETTINGS, SETTINGS, &fields("Europe/Berlin", "14"));
    let seen = admin.follow(&saved);
    assert!(seen.says("Saved.") && seen.says("Europe/Berlin"), "{}", seen.html);
    let told = world.api().get("/api/v1/organizations").body;
    assert_eq!(told["organization"]["name"], "Acme Books");
    assert_eq!(told["organization"]["net_payment_term"], 14);
    let mut viewer = world.somebody("viewer");
    let shown = viewer.open(SETTINGS);
    assert!(shown.says("disabled") && !shown.says(">Save<"), "{}", shown.html);
}
