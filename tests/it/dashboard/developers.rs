//! Keys, endpoints, deliveries and events on the pages for developers.

use serde_json::json;

use crate::world::browser::Seen;
use crate::world::{Browser, Client, World};

const KEYS: &str = "/dashboard/developers";
const NEW_KEY: &str = "/dashboard/developers/keys/new";
const MAKE_KEY: &str = "/dashboard/developers/keys";

/// The secret that a page shows once.
fn secret(seen: &Seen) -> String {
    let (_, rest) = seen.html.split_once("<code data-copy>").expect("a secret");
    rest.split_once('<').expect("an end").0.to_owned()
}

fn opens(world: &World, key: &str, path: &str) -> u16 {
    Client::new(world.address(), key).get(path).status
}

fn acts(world: &World) -> Vec<String> {
    let log = world.api().get("/recoup/v1/audit_log").body;
    let entries = log["audit_log"].as_array().expect("entries").clone();
    let told = |entry: &serde_json::Value| {
        format!("{} {}", entry["actor"]["kind"], entry["action"]).replace('"', "")
    };
    entries.iter().map(told).filter(|it| !it.contains("user.")).collect()
}

fn made_key(browser: &mut Browser, fields: &[(&str, &str)]) -> Seen {
    browser.send(NEW_KEY, MAKE_KEY, fields)
}

#[test]
fn a_key_is_shown_once_and_does_what_was_ticked() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let fields = [("name", "shop"), ("may", "only"), ("read", "customer"), ("days", "30")];
    let made = made_key(&mut admin, &fields);
    assert_eq!(made.status, 200, "{}", made.html);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let key = secret(&made);
    assert_eq!(opens(&world, &key, "/api/v1/customers"), 200);
    assert_eq!(opens(&world, &key, "/api/v1/invoices"), 403);
    let list = admin.open(KEYS);
    assert!(list.says("shop") && list.says("Reads customer"), "{}", list.html);
    assert!(!list.says(&key), "it is shown once");
    let shown = admin.open(&list.link("shop").expect("a page of its own"));
    assert!(shown.says("May read") && !shown.says(&key), "{}", shown.html);
    world.pass(31 * 24 * 3600);
    assert_eq!(opens(&world, &key, "/api/v1/customers"), 401, "its time is up");
    assert!(acts(&world).contains(&"user api_key.created".to_owned()));
}

#[test]
fn a_rotated_key_gives_way_when_its_time_is_up() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let old = secret(&made_key(&mut admin, &[("name", "shop"), ("may", "everything")]));
    let page = admin.open(KEYS).link("shop").expect("a page");
    let rotated = admin.send(&page, &format!("{page}/rotate"), &[("overlap_hours", "1")]);
    let new = secret(&rotated);
    assert_ne!(old, new);
    for key in [&old, &new] {
        assert_eq!(opens(&world, key, "/api/v1/invoices"), 200);
    }
    world.pass(3_601);
    assert_eq!(opens(&world, &old, "/api/v1/invoices"), 401);
    assert_eq!(opens(&world, &new, "/api/v1/invoices"), 200);
    assert_eq!(admin.open(&page).status, 404, "what opens nothing is not shown");
    let page = admin.open(KEYS).link("shop").expect("the new one");
    let gone = admin.send(&page, &format!("{page}/revoke"), &[]);
    assert!(admin.follow(&gone).says("opens nothing any more"));
    assert_eq!(opens(&world, &new, "/api/v1/invoices"), 401);
    let acts: Vec<String> = acts(&world).into_iter().filter(|it| it.starts_with("user")).collect();
    assert_eq!(acts[..2], ["user api_key.revoked", "user api_key.rotated"], "{acts:?}");
}

#[test]
fn what_is_wrong_with_a_key_is_said() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    for (fields, told) in [
        (vec![("name", " ")], "needs a name"),
        (vec![("name", "a"), ("days", "0")], "good for 1 to"),
        (vec![("name", "a"), ("may", "only")], "Tick what"),
    ] {
        let answer = made_key(&mut admin, &fields);
        let seen = admin.follow(&answer);
        assert!(seen.says(told), "{told}: {}", seen.html);
    }
    assert_eq!(admin.open("/dashboard/developers/keys/none").status, 404);
}

#[test]
fn who_may_only_look_sees_no_form_and_changes_nothing() {
    let world = World::new();
    for role in ["viewer", "operator"] {
        let mut browser = world.somebody(role);
        let list = browser.open(KEYS);
        assert!(list.says("test") && !list.says("New key"), "{}", list.html);
        let page = list.link("test").expect("a page");
        let csrf = list.csrf().expect("a token").to_owned();
        assert!(!browser.open(&page).says("/revoke"));
        let refused = browser.post(&format!("{page}/revoke"), &[("csrf", &csrf)]);
        assert_eq!(refused.status, 403, "{}", refused.html);
    }
    assert_eq!(world.api().get("/api/v1/invoices").status, 200);
}

fn deaf_endpoint(world: &World) -> String {
    // Nobody listens there.
    let endpoint = json!({ "webhook_endpoint": { "webhook_url": "http://127.0.0.1:9/hook" } });
    let made = world.api().post("/api/v1/webhook_endpoints", &endpoint).body;
    made["webhook_endpoint"]["lago_id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_delivery_that_failed_is_looked_at_and_sent_again() {
    let world = World::new();
    let endpoint = deaf_endpoint(&world);
    world.customer("acme", "ok");
    world.pass(3_600);
    let mut admin = world.somebody("admin");
    let list = admin.open("/dashboard/developers/deliveries?state=failed");
    assert!(list.says("customer.created") && list.says("127.0.0.1:9/hook"), "{}", list.html);
    let page = list.link("customer.created").expect("a page of its own");
    let shown = admin.open(&page);
    for text in ["external_id", "acme", "Customer created", "What was answered", "Failed"] {
        assert!(shown.says(text), "{text}: {}", shown.html);
    }
    let sent = admin.send(&page, &format!("{page}/resend"), &[]);
    assert!(admin.follow(&sent).says("It is sent again"), "{sent:?}");
    world.pass(3_600);
    let place = format!("/dashboard/developers/endpoints/{endpoint}");
    let shown = admin.open(&place);
    assert!(shown.says("failed again") && shown.says("customer.created"), "{}", shown.html);
    let sent = admin.send(&place, &format!("{place}/resend"), &[]);
    assert!(admin.follow(&sent).says("sent again."), "{sent:?}");
    let acts = acts(&world);
    for act in ["webhook_endpoint.resent", "webhook_delivery.resent"] {
        assert!(acts.contains(&format!("user {act}")), "{acts:?}");
    }
    assert!(acts.contains(&"api_key webhook_endpoint.created".to_owned()), "{acts:?}");
}

#[test]
fn an_endpoint_is_made_changed_and_deleted() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let new = "/dashboard/developers/endpoints/new";
    let all = "/dashboard/developers/endpoints";
    let wrong = admin.send(new, all, &[("url", "ftp://x"), ("dialect", "lago")]);
    assert!(admin.follow(&wrong).says("begins with http"));
    let url = ("url", "https://user:secret@shop.example/hooks?t=1");
    let events = [("hears", "only"), ("event", "customer.created")];
    let fields: Vec<_> =
        [url, ("dialect", "lago"), ("signature", "hmac")].into_iter().chain(events).collect();
    let made = admin.send(new, all, &fields);
    let page = made.location.clone().expect("its page");
    let shown = admin.follow(&made);
    assert!(shown.says("hears from now on") && shown.says("customer.created"), "{}", shown.html);
    let twice = admin.send(new, all, &fields);
    assert!(admin.follow(&twice).says("Another endpoint has this address"));
    let fields = [("url", "https://shop.example/other"), ("name", "Shop"), ("hears", "everything")];
    let changed = admin.send(&page, &format!("{page}/change"), &fields);
    assert!(admin.follow(&changed).says("Shop"));
    let gone = admin.send(&page, &format!("{page}/delete"), &[]);
    assert!(admin.follow(&gone).says("is deleted"));
    assert_eq!(admin.open(&page).status, 404);
    let log = world.api().get("/recoup/v1/audit_log").text;
    assert!(log.contains("https://shop.example/hooks") && !log.contains("secret@"), "{log}");
}

#[test]
fn an_endpoint_in_metronomes_words_shows_its_secret_once_and_can_be_tested() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let new = "/dashboard/developers/endpoints/new?dialect=metronome";
    let all = "/dashboard/developers/endpoints";
    let fields = [("url", "http://127.0.0.1:9/m"), ("dialect", "metronome")];
    let made = admin.send(new, all, &fields);
    let secret = secret(&made);
    assert_eq!(secret.len(), 64);
    let page = admin.open(all).link("127.0.0.1:9/m").expect("its page");
    assert!(!admin.open(&page).says(&secret));
    let tested = admin.send(&page, &format!("{page}/test"), &[]);
    assert!(admin.follow(&tested).says("webhooks.test"));
    let gone = admin.send(&page, &format!("{page}/delete"), &[]);
    assert!(admin.follow(&gone).says("is deleted"));
}

#[test]
fn events_lead_to_what_they_are_about_page_by_page() {
    let world = World::new();
    world.customer("acme", "ok");
    for _ in 0..20 {
        world.invoice("acme", 4_900);
    }
    world.pass(60);
    let mut viewer = world.somebody("viewer");
    let first = viewer.open("/dashboard/developers/events");
    assert!(first.says("Attempt paid") && first.says("/dashboard/invoices/"), "{}", first.html);
    let second = viewer.open(&first.link("Next page").expect("there is more"));
    assert!(second.says("To the first page"), "{}", second.html);
    assert_ne!(first.html, second.html);
}
