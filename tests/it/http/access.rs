//! What keys may do, and how much of it.

use serde_json::{Value, json};

use crate::lago::raw::{RawAnswer, bearer, call};
use crate::world::World;

/// A new key, made with these flags.
fn key(world: &World, flags: &[&str]) -> String {
    let made = world.run(&[&["key", "create", "--name", "narrow", "--json"], flags].concat());
    format!("Bearer {}", made["key"].as_str().expect("a key"))
}

fn told(world: &World, request: (&str, &str), key: &str) -> String {
    call(world, request, Some(key), (None, b"")).told()
}

fn forbidden(code: &str) -> String {
    format!(r#"403 {{"status":403,"error":"Forbidden","code":"{code}"}}"#)
}

#[test]
fn a_key_without_the_right_is_told_which_one_it_lacks() {
    let world = World::new();
    let none = key(&world, &["--read", "fee"]);
    for (verb, path, code) in [
        ("GET", "add_ons", "read_action_not_allowed_for_add_on"),
        ("PUT", "add_ons/a/b", "write_action_not_allowed_for_add_on"),
        ("GET", "billing_entities", "read_action_not_allowed_for_billing_entity"),
        ("POST", "customers", "write_action_not_allowed_for_customer"),
        ("POST", "customers/c/checkout_url", "write_action_not_allowed_for_customer"),
        ("GET", "customers/c/invoices", "read_action_not_allowed_for_invoice"),
        ("GET", "customers/c/payments", "read_action_not_allowed_for_payment"),
        ("GET", "customers/c/payment_methods", "read_action_not_allowed_for_payment_method"),
        ("DELETE", "customers/c/payment_methods/m", "write_action_not_allowed_for_payment_method"),
        ("POST", "invoices/i/retry_payment", "write_action_not_allowed_for_invoice"),
        ("PUT", "organizations", "write_action_not_allowed_for_organization"),
        ("POST", "payments", "write_action_not_allowed_for_payment"),
        ("GET", "taxes/vat", "read_action_not_allowed_for_tax"),
        ("GET", "webhook_endpoints", "read_action_not_allowed_for_webhook_endpoint"),
        ("GET", "webhooks/public_key", "read_action_not_allowed_for_webhook_jwt_public_key"),
    ] {
        let request = (verb, &*format!("/api/v1/{path}"));
        assert_eq!(told(&world, request, &none), forbidden(code), "{request:?}");
    }
    // What is no route is told so.
    let unknown = told(&world, ("GET", "/api/v1/nothing"), &none);
    assert!(unknown.ends_with("\"code\":\"resource_not_found\"}"), "{unknown}");
}

#[test]
fn to_read_is_not_to_write_and_neither_is_the_other() {
    let world = World::new();
    let status = |key: &str, verb: &str, path: &str| {
        call(&world, (verb, path), Some(key), (None, b"")).status
    };
    let reader = key(&world, &["--read", "customer,invoice"]);
    assert_eq!(status(&reader, "GET", "/api/v1/customers"), 200);
    assert_eq!(status(&reader, "GET", "/api/v1/invoices"), 200);
    assert_eq!(status(&reader, "POST", "/api/v1/customers"), 403);
    assert_eq!(status(&reader, "GET", "/api/v1/taxes"), 403);
    let writer = key(&world, &["--read", "all", "--write", "customer"]);
    assert_eq!(status(&writer, "GET", "/api/v1/taxes"), 200);
    assert_eq!(status(&writer, "POST", "/api/v1/customers"), 400);
    assert_eq!(status(&writer, "POST", "/api/v1/taxes"), 403);
    let blind = key(&world, &["--write", "customer"]);
    assert_eq!(status(&blind, "GET", "/api/v1/customers"), 403);
    assert_eq!(status(&blind, "DELETE", "/api/v1/customers/c"), 404);
    assert_eq!(status(&bearer(&world), "POST", "/api/v1/taxes"), 400, "the first may do all");
}

#[test]
fn keys_are_listed_with_their_rights_and_taken_back() {
    let world = World::new();
    let narrow = key(&world, &["--write", "payment", "--read", "invoice,customer"]);
    let listed = world.run(&["key", "list", "--json"]);
    let column = |name: &str| -> Vec<Value> {
        listed.as_array().expect("keys").iter().map(|key| key[name].clone()).collect()
    };
    assert_eq!(column("name"), ["test", "narrow"]);
    assert_eq!(column("rights"), ["everything", "read:customer read:invoice write:payment"]);
    assert!(!listed.to_string().contains(narrow.strip_prefix("Bearer ").expect("a key")));
    let id = column("id")[1].as_str().expect("an id").to_owned();
    world.run(&["key", "revoke", &id]);
    let refused = r#"401 {"status":401,"error":"Unauthorized"}"#;
    assert_eq!(told(&world, ("GET", "/api/v1/invoices"), &narrow), refused);
    assert_eq!(world.run(&["key", "list", "--json"]).as_array().map(Vec::len), Some(1));
    let again = world.try_run(&["key", "revoke", &id]).expect_err("it is gone");
    assert!(again.contains("there is no key"), "{again}");
    let wrong = ["key", "create", "--name", "x", "--read", "gold"];
    let told = world.try_run(&wrong).expect_err("no resource");
    assert!(told.contains("there is no resource `gold`; there are all, add_on"), "{told}");
}

#[test]
fn a_key_makes_no_key_that_may_do_more_than_itself() {
    let world = World::new();
    let path = "/recoup/v1/api_keys";
    let make = |authorization: &str, body: &Value| {
        let body = json!({ "api_key": body }).to_string();
        call(&world, ("POST", path), Some(authorization), (None, body.as_bytes()))
    };
    let narrow = json!({"name": "n", "read": ["recoup", "tax"], "write": ["recoup"]});
    let made = make(&bearer(&world), &narrow);
    assert_eq!(made.status, 200, "{}", made.told());
    assert_eq!(made.body["api_key"]["rights"], "read:recoup read:tax write:recoup");
    let own = format!("Bearer {}", made.body["api_key"]["key"].as_str().expect("a key"));
    for (body, status) in [
        (json!({"name": "less", "read": ["tax"]}), 200),
        (json!({"name": "all"}), 403),
        (json!({"name": "more", "write": ["tax"]}), 403),
        (json!({"name": "more", "read": ["all"]}), 403),
        (json!({"name": " "}), 422),
        (json!({"name": "x", "read": ["gold"]}), 422),
        (json!({"read": ["tax"]}), 422),
    ] {
        assert_eq!(make(&own, &body).status, status, "{body}");
    }
    let listed = call(&world, ("GET", path), Some(&own), (None, b""));
    assert_eq!(listed.body["api_keys"].as_array().map(Vec::len), Some(3), "{}", listed.told());
    let keys = listed.body["api_keys"].as_array().expect("keys");
    assert!(keys.iter().all(|key| key.get("key").is_none()), "it is shown once");
    let revoke = |name: &str| {
        let known = keys.iter().find(|key| key["name"] == name).expect("a key");
        let path = format!("{path}/{}", known["id"].as_str().expect("an id"));
        call(&world, ("DELETE", &path), Some(&own), (None, b"")).status
    };
    assert_eq!(revoke("n"), 409, "not itself");
    assert_eq!(revoke("less"), 200);
    assert_eq!(revoke("less"), 404);
    let blind = key(&world, &["--read", "tax"]);
    let refused = call(&world, ("GET", path), Some(&blind), (None, b""));
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!("not_permitted")));
}

#[test]
fn a_key_opens_nothing_once_its_days_are_over() {
    let world = World::new();
    let body =
        |days: Value| json!({"api_key": {"name": "guest", "expires_in_days": days}}).to_string();
    let make = |days: Value| {
        let path = ("POST", "/recoup/v1/api_keys");
        call(&world, path, Some(&bearer(&world)), (None, body(days).as_bytes()))
    };
    for wrong in [json!(0), json!(36_501), json!(-1), json!("soon")] {
        assert_eq!(make(wrong.clone()).status, 422, "{wrong}");
    }
    let made = make(json!(2));
    assert!(made.body["api_key"]["expires_at"].is_string(), "{}", made.told());
    let guest = format!("Bearer {}", made.body["api_key"]["key"].as_str().expect("a key"));
    let status = |key: &str| call(&world, ("GET", "/api/v1/invoices"), Some(key), (None, b""));
    world.pass(2 * 86_400 - 60);
    assert_eq!(status(&guest).status, 200);
    world.pass(60);
    assert_eq!(status(&guest).told(), r#"401 {"status":401,"error":"Unauthorized"}"#);
    assert_eq!(status(&bearer(&world)).status, 200, "the one without is good for ever");
    let by_command = ["key", "create", "--name", "x", "--json", "--expires-in-days", "30"];
    assert!(world.run(&by_command)["expires_at"].is_string());
    let wrong = ["key", "create", "--name", "x", "--expires-in-days", "0"];
    let told = world.try_run(&wrong).expect_err("no days");
    assert!(told.contains("give from 1 to 36500 days"), "{told}");
}

fn limit_headers(answer: &RawAnswer) -> [Option<u32>; 3] {
    ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
        .map(|name| answer.headers.get(name)?.to_str().ok()?.parse().ok())
}

#[test]
fn beyond_the_limit_requests_are_refused_with_when_to_come_again() {
    let world = World::with_settings(&[("RECOUP_LIMITS__REQUESTS_PER_SECOND", "3")]);
    let key = bearer(&world);
    let ask = |path: &str| call(&world, ("GET", path), Some(&key), (None, b""));
    let mut refused = None;
    // A slow machine may let some of the limit come back in between.
    for count in 0..500 {
        let answer = ask(if count % 2 == 0 { "/api/v1/customers" } else { "/api/v1/invoices/x" });
        let [limit, remaining, reset] = limit_headers(&answer);
        assert_eq!((limit, reset), (Some(3), Some(1)), "{}", answer.told());
        assert!(remaining.is_some_and(|remaining| remaining < 3), "{remaining:?}");
        if answer.status == 429 {
            refused = Some((answer.told(), remaining));
            break;
        }
    }
    let body = r#"429 {"status":429,"error":"Too Many Requests","code":"rate_limit_exceeded"}"#;
    assert_eq!(refused, Some((body.to_owned(), Some(0))));
    // Who has no key has no limit to be told of, and what needs no key has none.
    let stranger = call(&world, ("GET", "/api/v1/customers"), None, (None, b""));
    assert_eq!((stranger.status, limit_headers(&stranger)), (401, [None; 3]));
    let open = call(&world, ("GET", "/openapi.json"), None, (None, b""));
    assert_eq!((open.status, limit_headers(&open)), (200, [None; 3]));
}

#[test]
fn without_a_limit_nothing_is_said_of_one() {
    let world = World::new();
    let answer = call(&world, ("GET", "/api/v1/customers"), Some(&bearer(&world)), (None, b""));
    assert_eq!((answer.status, limit_headers(&answer)), (200, [None; 3]));
    assert_eq!(answer.body["customers"], json!([]));
}
