//! Who gets in, as what, and for how long.

use serde_json::Value;

use crate::world::browser::PASSWORD;
use crate::world::{Browser, World};

const SIGN_IN: &str = "/dashboard/sign-in";
const HOME: &str = "/dashboard";

/// A page that nobody sees who is not signed in.
fn is_shut(browser: &mut Browser) -> bool {
    let seen = browser.open(HOME);
    seen.status == 303 && seen.location.as_deref() == Some("/dashboard/sign-in?next=%2Fdashboard")
}

fn actions(world: &World) -> Vec<String> {
    let log = world.api().get("/recoup/v1/audit_log").body;
    let entries = log["audit_log"].as_array().expect("entries");
    let named = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    entries
        .iter()
        .filter(|entry| entry["action"].as_str().is_some_and(|it| it.starts_with("user.")))
        .map(|entry| format!("{} {}", named(&entry["actor"], "kind"), named(entry, "action")))
        .collect()
}

#[test]
fn a_set_up_link_makes_one_administrator_once() {
    let world = World::new();
    let made = world.run(&["user", "setup-link", "--json"]);
    let link = made["link"].as_str().expect("a link");
    let (_, token) = link.rsplit_once('/').expect("a token");
    let path = format!("/dashboard/setup/{token}");
    let mut browser = Browser::at(world.address());
    assert!(is_shut(&mut browser));
    let short = browser.send(&path, &path, &[("email", "ada@example.com"), ("password", "short")]);
    assert_eq!(short.status, 422);
    assert!(short.says("at least 12 characters") && short.says("ada@example.com"));
    let wrong = browser.send(&path, &path, &[("email", "ada"), ("password", PASSWORD)]);
    assert!(wrong.says("no e-mail address"), "{}", wrong.html);
    let fields = [("email", "Ada@Example.com"), ("password", PASSWORD)];
    let chosen = browser.send(&path, &path, &fields);
    let seen = browser.follow(&chosen);
    assert!(seen.says("The password is chosen"), "{}", seen.html);
    assert!(!browser.open(SIGN_IN).says("The password is chosen"), "it is said once");
    assert_eq!(browser.open(&path).status, 404, "the link is good once");
    assert_eq!(browser.sign_in("ada@example.com", PASSWORD).status, 303);
    let home = browser.open(HOME);
    assert!(home.says("ada@example.com") && home.says("admin"), "{}", home.html);
    let listed = world.run(&["user", "list", "--json"]);
    assert_eq!(listed[0]["email"], "ada@example.com");
    assert_eq!(actions(&world), ["user user.signed_in", "user user.added"]);
    let id = listed[0]["id"].as_str().expect("an id");
    let path = format!("/recoup/v1/audit_log?user_id={id}");
    let theirs = world.api().get(&path).body["audit_log"].as_array().map(Vec::len);
    assert_eq!(theirs, Some(2));
}

#[test]
fn a_newer_link_and_half_an_hour_end_a_link() {
    let world = World::new();
    let path = |made: &Value| {
        let link = made["link"].as_str().expect("a link");
        format!("/dashboard/{}", link.split_once("/dashboard/").expect("ours").1)
    };
    let old = path(&world.run(&["user", "setup-link", "--json"]));
    let new = path(&world.run(&["user", "setup-link", "--json"]));
    let mut browser = Browser::at(world.address());
    assert_eq!(browser.open(&old).status, 404);
    assert_eq!(browser.open(&new).status, 200);
    let add = ["user", "add", "bob@example.com", "--role", "operator", "--json"];
    let bobs = path(&world.run(&add));
    assert_eq!(browser.open(&bobs).status, 200);
    world.pass(31 * 60);
    assert_eq!(browser.open(&new).status, 404);
    assert_eq!(browser.open(&bobs).status, 404);
    let again = world.try_run(&add).expect_err("there already");
    assert!(again.contains("is a user already"), "{again}");
}

#[test]
fn nobody_learns_who_there_is_and_nobody_guesses_for_long() {
    let world = World::with_settings(&[("RECOUP_DASHBOARD__SIGN_IN_TRIES_MAX", "3")]);
    world.run(&["user", "add", "ada@example.com", "--role", "admin", "--json"]);
    let mut browser = Browser::at(world.address());
    let told = |seen: &crate::world::browser::Seen| {
        let (_, rest) = seen.html.split_once("role=\"alert\">").expect("an alert");
        rest.split_once('<').expect("an end").0.to_owned()
    };
    // No such user; no password yet; no address at all.
    let unknown = browser.sign_in("nobody@example.com", PASSWORD);
    let known = browser.sign_in("ada@example.com", PASSWORD);
    assert_eq!((unknown.status, known.status), (401, 401));
    assert_eq!(told(&unknown), told(&known));
    assert_eq!(browser.sign_in("ada", "").status, 401);
    browser.sign_in("ada@example.com", PASSWORD);
    browser.sign_in("ADA@example.com", PASSWORD);
    let often = browser.sign_in("ada@example.com", PASSWORD);
    assert_eq!(often.status, 429);
    assert!(told(&often).contains("too often"), "{}", often.html);
    assert!(often.header("retry-after").is_some());
}

#[test]
fn a_form_from_elsewhere_changes_nothing() {
    let world = World::new();
    let mut browser = world.somebody("admin");
    let bare = browser.post("/dashboard/sign-out", &[]);
    assert_eq!(bare.status, 403, "{}", bare.html);
    assert!(bare.says("Nothing was changed"));
    let other = Browser::at(world.address()).open(SIGN_IN).csrf().map(str::to_owned);
    let foreign = other.expect("a token");
    assert_eq!(browser.post("/dashboard/sign-out", &[("csrf", &foreign)]).status, 403);
    assert_eq!(browser.open(HOME).status, 200, "still signed in");
    let fields = [("email", "admin@example.com"), ("password", PASSWORD)];
    assert_eq!(Browser::at(world.address()).post(SIGN_IN, &fields).status, 403);
}

#[test]
fn a_sign_in_ends_by_hand_by_rest_and_by_age() {
    let settings =
        [("RECOUP_DASHBOARD__SESSION_IDLE_HOURS", "2"), ("RECOUP_DASHBOARD__SESSION_DAYS", "1")];
    let world = World::with_settings(&settings);
    let mut browser = world.somebody("viewer");
    let token = browser.cookie("recoup_session").expect("a session").to_owned();
    let out = browser.send(HOME, "/dashboard/sign-out", &[]);
    assert_eq!(out.location.as_deref(), Some(SIGN_IN));
    browser.set_cookie("recoup_session", &token);
    assert!(is_shut(&mut browser), "the token opens nothing any more");
    browser.sign_in("viewer@example.com", PASSWORD);
    for _ in 0..12 {
        world.pass(2 * 3600 - 60);
        assert_eq!(browser.open(HOME).status, 200, "it slides");
    }
    world.pass(2 * 3600 - 60);
    assert!(is_shut(&mut browser), "a day is over");
    browser.sign_in("viewer@example.com", PASSWORD);
    world.pass(2 * 3600);
    assert!(is_shut(&mut browser), "nobody was there for two hours");
}

#[test]
fn who_is_disabled_or_reset_is_out_at_once() {
    let world = World::new();
    let mut ada = world.somebody("admin");
    let mut bob = world.somebody("operator");
    world.try_run(&["user", "disable", "operator@example.com"]).expect("disabled");
    assert!(is_shut(&mut bob));
    assert_eq!(bob.sign_in("operator@example.com", PASSWORD).status, 401);
    world.try_run(&["user", "enable", "operator@example.com"]).expect("enabled");
    assert_eq!(bob.sign_in("operator@example.com", PASSWORD).status, 303);
    let reset = world.run(&["user", "reset", "operator@example.com", "--json"]);
    assert!(is_shut(&mut bob));
    assert_eq!(bob.sign_in("operator@example.com", PASSWORD).status, 401, "the old one is gone");
    bob.choose_password(reset["link"].as_str().expect("a link"));
    assert_eq!(bob.sign_in("operator@example.com", PASSWORD).status, 303);
    for wrong in [
        vec!["user", "disable", "admin@example.com"],
        vec!["user", "role", "admin@example.com", "viewer"],
    ] {
        let told = world.try_run(&wrong).expect_err("the last one");
        assert!(told.contains("the last administrator"), "{told}");
    }
    assert_eq!(ada.open(HOME).status, 200);
    world.try_run(&["user", "role", "operator@example.com", "admin"]).expect("changed");
    assert!(bob.open(HOME).says("admin"));
    world.try_run(&["user", "disable", "admin@example.com"]).expect("another is left");
    let actions = actions(&world);
    for action in ["disabled", "enabled", "reset", "role_changed"] {
        assert!(actions.contains(&format!("command_line user.{action}")), "{actions:?}");
    }
    assert!(actions.contains(&"user user.password_chosen".to_owned()), "{actions:?}");
}

#[test]
fn pages_let_nothing_in_and_cookies_nothing_out() {
    let world = World::with_settings(&[("RECOUP_PUBLIC_URL", "https://pay.example.com")]);
    let mut browser = world.somebody("viewer");
    let again = browser.sign_in("viewer@example.com", PASSWORD);
    let cookie = again.header("set-cookie").expect("a cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let home = browser.open(HOME);
    let policy = home.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!home.says("<style") && !home.says(" style=") && !home.says("onclick"));
    assert_eq!(home.header("cache-control"), Some("no-store"));
    let (_, rest) = home.html.split_once("rel=\"stylesheet\" href=\"").expect("a style sheet");
    let style = rest.split('"').next().expect("an address").to_owned();
    let seen = browser.open(&style);
    assert!(seen.header("cache-control").is_some_and(|it| it.contains("immutable")));
    let older = browser.open("/dashboard/assets/0123/style.css");
    assert_eq!((older.status, older.header("cache-control")), (200, Some("no-cache")));
    let dark = browser.send(HOME, "/dashboard/theme", &[("theme", "dark"), ("back", HOME)]);
    assert!(browser.follow(&dark).says("data-theme=\"dark\""));
    let evil = [("theme", "light"), ("back", "https://evil.example/dashboard")];
    let sent = browser.send(HOME, "/dashboard/theme", &evil);
    assert_eq!(sent.location.as_deref(), Some(HOME));
}

#[test]
fn keys_of_the_api_open_no_page() {
    let world = World::new();
    let answer = world.api().get(HOME);
    assert!(!answer.text.contains("Latest"), "{}", answer.text);
    assert_eq!(world.api().get("/recoup/v1/recoveries").status, 200);
}
