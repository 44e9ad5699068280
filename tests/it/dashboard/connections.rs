//! Connections and plugins on their pages.

use crate::psp::guest::Guest;
use crate::world::browser::PASSWORD;
use crate::world::{Browser, World};

const ALL: &str = "/dashboard/connections";
const SANDBOX: &str = "/dashboard/connections/of/sandbox";

#[test]
fn secrets_are_never_shown() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let list = admin.open(ALL);
    for text in ["Sandbox", "Works", "part of recoup", "Stripe"] {
        assert!(list.says(text), "{text}: {}", list.html);
    }
    let shown = admin.open(SANDBOX);
    for text in
        ["set, and never shown", "/sandbox</code>", "Test money", "/webhooks/sandbox/sandbox"]
    {
        assert!(shown.says(text), "{text}: {}", shown.html);
    }
    let edit = admin.open(&format!("{SANDBOX}/edit"));
    assert!(edit.says("leave it empty to keep it"), "{}", edit.html);
    for page in [&list, &shown, &edit] {
        assert!(
            !page.says("sk_sandbox_embedded") && !page.says("whsec_sandbox_embedded"),
            "{}",
            page.html
        );
    }
    assert_eq!(admin.open("/dashboard/connections/of/none").status, 404);
}

#[test]
fn what_is_paused_charges_nothing_until_it_is_resumed() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let without = admin.send(SANDBOX, &format!("{SANDBOX}/pause"), &[("reason", " ")]);
    assert!(admin.follow(&without).says("Say why"));
    let fields = [("reason", "we move to another account")];
    let paused = admin.send(SANDBOX, &format!("{SANDBOX}/pause"), &fields);
    let seen = admin.follow(&paused);
    assert!(seen.says("Paused") && seen.says("we move to another account"), "{}", seen.html);
    world.customer("acme", "ok");
    let invoice = world.invoice("acme", 4_900);
    world.pass(3_600);
    assert_eq!(world.money_taken(), 0);
    let resumed = admin.send(SANDBOX, &format!("{SANDBOX}/resume"), &[]);
    assert!(admin.follow(&resumed).says("Charges go on"));
    world.pass(60);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    let log = world.api().get("/recoup/v1/audit_log?action=connection.paused").body;
    let entry = &log["audit_log"][0];
    assert_eq!(entry["actor"]["kind"], "user");
    assert_eq!(entry["reason"], "we move to another account");
}

#[test]
fn a_connection_is_made_tested_and_changed() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let new = "/dashboard/connections/new?provider=sandbox";
    let base = format!("{}/sandbox", world.address());
    let fields = [
        ("provider", "sandbox"),
        ("code", "second"),
        ("name", "Second account"),
        ("setting_secret_key", "sk_sandbox_wrong"),
        ("setting_base_url", base.as_str()),
    ];
    let missing = admin.send(new, ALL, &[("provider", "sandbox"), ("code", "second")]);
    assert!(admin.follow(&missing).says("is needed"), "{missing:?}");
    let made = admin.send(new, ALL, &fields);
    let page = made.location.clone().expect("its page");
    let seen = admin.follow(&made);
    assert!(seen.says("Second account") && !seen.says("sk_sandbox_wrong"), "{}", seen.html);
    let twice = admin.send(new, ALL, &fields);
    assert!(admin.follow(&twice).says("already"));
    let tested = admin.send(&page, &format!("{page}/check"), &[]);
    assert!(admin.follow(&tested).says("accept"), "{tested:?}");
    let edit = format!("{page}/edit");
    let fields = [("name", "Renamed"), ("setting_base_url", base.as_str()), ("private", "yes")];
    let changed = admin.send(&edit, &edit, &fields);
    let seen = admin.follow(&changed);
    assert!(seen.says("Renamed") && seen.says("set, and never shown"), "{}", seen.html);
    let log = world.api().get("/recoup/v1/audit_log").text;
    assert!(log.contains("connection.changed") && !log.contains("sk_sandbox"), "{log}");
}

#[test]
fn a_plugin_says_what_it_can_and_whom_it_may_call() {
    let world = World::new();
    let mut viewer = world.somebody("viewer");
    let shown = viewer.open("/dashboard/plugins/stripe");
    for text in ["api.stripe.com", "charge", "Part of recoup", "SHA-256", "secret_key"] {
        assert!(shown.says(text), "{text}: {}", shown.html);
    }
    assert!(!shown.says("Connect an account"));
    assert_eq!(viewer.open("/dashboard/plugins/none").status, 404);
    let csrf = viewer.open(SANDBOX).csrf().expect("a token").to_owned();
    let refused = viewer.post(&format!("{SANDBOX}/pause"), &[("csrf", &csrf), ("reason", "x")]);
    assert_eq!(refused.status, 403);
}

#[test]
fn an_installed_plugin_is_disabled_enabled_and_rolled_back() {
    let mut world = World::new();
    let page = "/dashboard/plugins/acme";
    let paid =
        Guest { hosts: vec!["api.acme.example"], ..Guest::new("acme", "(local.get $answer)") };
    world.add_plugin("acme", &paid.component());
    let mut admin = world.somebody("admin");
    let shown = admin.open(page);
    for text in ["Enabled", "api.acme.example", "Connect an account", "As every plugin"] {
        assert!(shown.says(text), "{text}: {}", shown.html);
    }
    assert!(!shown.says("Roll back"), "there is no version before");
    let off = admin.send(page, &format!("{page}/disable"), &[]);
    let seen = admin.follow(&off);
    assert!(seen.says("Charges through it wait") && !seen.says("Connect an account"));
    assert!(admin.open(ALL).says("Disabled"));
    let on = admin.send(page, &format!("{page}/enable"), &[]);
    assert!(admin.follow(&on).says("Connect an account"));
    let other = Guest { hosts: vec!["api.acme.example"], ..Guest::new("acme", "unreachable") };
    world.add_plugin("acme", &other.component());
    let mut admin = Browser::at(world.address());
    admin.sign_in("admin@example.com", PASSWORD);
    assert!(admin.open(page).says("Version before"));
    let back = admin.send(page, &format!("{page}/rollback"), &[]);
    assert!(admin.follow(&back).says("The version before is used again"));
    let log = world.api().get("/recoup/v1/audit_log").text;
    for act in ["plugin.disabled", "plugin.enabled", "plugin.rolled_back"] {
        assert!(log.contains(act), "{act}: {log}");
    }
    let built_in = admin.open(page).csrf().expect("a token").to_owned();
    let none = admin.post("/dashboard/plugins/stripe/disable", &[("csrf", &built_in)]);
    assert_eq!(none.status, 404, "what is part of recoup is not installed");
}
