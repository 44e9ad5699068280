//! What holds for every route: keys, bodies, unknown paths, bad input of any kind.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::raw::{bearer, call};
use super::{anything, customers_count, not_found, root_missing, told};
use crate::world::World;

const JSON: &str = "application/json; charset=utf-8";
const UNAUTHORIZED: &str = r#"401 {"status":401,"error":"Unauthorized"}"#;
const BAD_REQUEST: &str = r#"400 {"status":400,"error":"Bad Request"}"#;

#[test]
fn nobody_gets_in_without_a_key() {
    let world = World::new();
    let stranger = "00000000-0000-4000-8000-000000000000";
    let basic = format!("Basic {}", STANDARD.encode(format!("{stranger}:")));
    let headers = [
        None,
        Some("Bearer"),
        Some("Bearer nonsense"),
        Some("Basic nonsense"),
        Some(world.key()),
        Some(basic.as_str()),
    ];
    for header in headers {
        for path in ["/api/v1/customers", "/api/v1/invoices", "/api/v1/nothing"] {
            let answer = call(&world, ("GET", path), header, (None, b""));
            assert_eq!(answer.told(), UNAUTHORIZED, "{header:?} {path}");
            assert_eq!(answer.content_type, JSON);
        }
    }
    // A body is not looked at before the key.
    let answer = call(&world, ("POST", "/api/v1/customers"), None, (None, b"{broken"));
    assert_eq!(answer.told(), UNAUTHORIZED);
}

#[test]
fn the_key_is_the_second_word_or_the_name_of_the_user() {
    let world = World::new();
    let headers = [
        bearer(&world),
        format!("Token   {}", world.key()),
        format!("Basic {}", STANDARD.encode(format!("{}:", world.key()))),
        format!("basic {}", STANDARD.encode(format!("{}:any password", world.key()))),
    ];
    for header in headers {
        let answer = call(&world, ("GET", "/api/v1/customers"), Some(&header), (None, b""));
        assert_eq!(answer.status, 200, "{header}");
        assert_eq!(answer.content_type, JSON);
    }
}

#[test]
fn an_unknown_route_and_a_wrong_verb_are_the_same() {
    let world = World::new();
    let key = bearer(&world);
    let requests = [
        ("GET", "/api/v1/nothing"),
        ("POST", "/api/v1/events"),
        ("POST", "/api/v1/events/batch"),
        ("POST", "/api/v1/events/estimate_fees"),
        ("GET", "/api/v1/billable_metrics"),
        ("GET", "/api/v1/customers/c1/current_usage?external_subscription_id=s"),
        ("GET", "/api/v1/customers/c1/past_usage"),
        ("GET", "/api/v1/coupons"),
        ("POST", "/api/v1/applied_coupons"),
        ("POST", "/api/v1/credit_notes"),
        ("GET", "/api/v1/analytics/gross_revenue"),
        ("GET", "/api/v1/features"),
        ("GET", "/api/v1/subscriptions/s/alerts"),
        ("GET", "/api/v1/activity_logs"),
        ("GET", "/api/v1/api_logs"),
        ("GET", "/api/v1/security_logs"),
        ("GET", "/api/v1/quotes"),
        ("GET", "/api/v1/orders"),
        ("GET", "/api/v1/order_forms"),
        ("POST", "/api/v1/invoices/preview"),
        ("PUT", "/api/v1/invoices/i/sync_salesforce_id"),
        ("POST", "/api/v1/invoices/i/download"),
        ("POST", "/api/v1/billing_entities"),
        ("PUT", "/api/v1/billing_entities/default"),
        ("PATCH", "/api/v1/customers"),
        ("DELETE", "/api/v1/customers"),
        ("POST", "/api/v1/organizations"),
        ("PUT", "/api/v1/customers/c1"),
    ];
    for request in requests {
        let answer = call(&world, request, Some(&key), (Some(JSON), b""));
        assert_eq!(answer.told(), not_found("resource"), "{request:?}");
    }
    for path in include_str!("fields/paths.txt").lines() {
        let answer = call(&world, ("PATCH", path), Some(&key), (Some(JSON), b""));
        assert_eq!(answer.told(), not_found("resource"), "{path}");
    }
}

#[test]
fn a_body_that_is_no_object_of_that_name_is_refused() {
    let world = World::new();
    let key = bearer(&world);
    for (path, root) in [
        ("/api/v1/customers", "customer"),
        ("/api/v1/add_ons", "add_on"),
        ("/api/v1/taxes", "tax"),
        ("/api/v1/plans", "plan"),
        ("/api/v1/subscriptions", "subscription"),
        ("/api/v1/invoices", "invoice"),
        ("/api/v1/payments", "payment"),
        ("/api/v1/payment_requests", "payment_request"),
        ("/api/v1/webhook_endpoints", "webhook_endpoint"),
        ("/api/v1/wallets", "wallet"),
        ("/api/v1/wallet_transactions", "wallet_transaction"),
    ] {
        for value in ["{}", "null", "1", "\"x\"", "[]", "[{}]", "true"] {
            let body = format!("{{\"{root}\":{value}}}");
            let answer = call(&world, ("POST", path), Some(&key), (Some(JSON), body.as_bytes()));
            assert_eq!(answer.told(), root_missing(root), "{body}");
        }
        for body in ["", "{}", "[]", "null", "{\"other\":{\"a\":1}}"] {
            let answer = call(&world, ("POST", path), Some(&key), (Some(JSON), body.as_bytes()));
            assert_eq!(answer.told(), root_missing(root), "{body}");
        }
    }
    let put = call(&world, ("PUT", "/api/v1/organizations"), Some(&key), (Some(JSON), b"{}"));
    assert_eq!(put.told(), root_missing("organization"));
    assert_eq!(customers_count(&world), 0);
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let world = World::new();
    let key = bearer(&world);
    let deep = "[".repeat(200_000);
    let bodies: [&[u8]; 6] = [
        b"{broken",
        b"{\"customer\":{\"external_id\":\"a\"}",
        b"\xff\xfe",
        b"{\"customer\":{\"external_id\":\"\\ud800\"}}",
        b"{\"customer\":{\"external_id\":1e999}}",
        deep.as_bytes(),
    ];
    for body in bodies {
        let answer = call(&world, ("POST", "/api/v1/customers"), Some(&key), (Some(JSON), body));
        assert_eq!(answer.told(), BAD_REQUEST);
    }
    assert_eq!(customers_count(&world), 0);
}

#[test]
fn a_body_that_is_too_long_is_refused_with_the_limit() {
    let world = World::new();
    let name = "x".repeat(1024 * 1024);
    let body = json!({"customer": {"external_id": "a", "name": name}});
    let answer = world.api().post("/api/v1/customers", &body);
    assert_eq!(
        told(&answer),
        "413 {\"status\":413,\"error\":\"Payload Too Large: send at most 1048576 bytes\",\
         \"code\":\"request_body_too_large\"}"
    );
}

#[test]
fn null_bytes_are_dropped_and_unknown_keys_ignored() {
    let world = World::new();
    let body = json!({
        "customer": {"external_id": "a\u{0}b", "name": "\u{0}Ada", "no_such_key": {"a": [1]}},
        "neither": 1,
    });
    let answer = world.api().post("/api/v1/customers", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["customer"]["external_id"], "ab");
    assert_eq!(answer.body["customer"]["name"], "Ada");
    let found = world.api().get("/api/v1/customers?search_term=%00Ada&external_id=a%00b");
    assert_eq!(found.body["meta"]["total_count"], 1);
    assert_eq!(world.api().get("/api/v1/customers/%00").status, 404);
    assert_eq!(world.api().get("/api/v1/customers/%FF%FE").status, 404);
}

#[test]
fn any_type_in_any_field_is_an_answer_of_the_contract() {
    let world = World::new();
    let values = anything();
    let shapes = [
        ("customers", "customer", include_str!("fields/customer.txt")),
        ("add_ons", "add_on", include_str!("fields/add_on.txt")),
        ("taxes", "tax", include_str!("fields/tax.txt")),
        ("plans", "plan", include_str!("fields/plan.txt")),
        ("subscriptions", "subscription", include_str!("fields/subscription.txt")),
        ("webhook_endpoints", "webhook_endpoint", include_str!("fields/webhook_endpoint.txt")),
        ("wallets", "wallet", include_str!("fields/wallet.txt")),
        (
            "wallet_transactions",
            "wallet_transaction",
            include_str!("fields/wallet_transaction.txt"),
        ),
    ];
    for (path, root, fields) in shapes {
        for field in fields.lines() {
            for value in &values {
                let mut object = json!({"external_id": "any", "code": "any", "name": "any"});
                match field.split_once('.') {
                    None => object[field] = value.clone(),
                    Some((outer, inner)) => object[outer] = json!({ inner: value }),
                }
                let answer = world.api().post(&format!("/api/v1/{path}"), &json!({ root: object }));
                let expected = matches!(answer.status, 200 | 404 | 422);
                assert!(expected && answer.body.is_object(), "{root} {object}: {answer:?}");
            }
        }
    }
    for value in &values {
        for field in include_str!("fields/organization.txt").lines() {
            let body = json!({"organization": {field: value}});
            let answer = world.api().put("/api/v1/organizations", &body);
            assert!(matches!(answer.status, 200 | 422), "{body}: {answer:?}");
        }
    }
}

#[test]
fn queries_that_make_no_sense_read_as_absent() {
    let world = World::new();
    for query in [
        "page=x&per_page=y",
        "page=-1&per_page=0",
        "page=99999999999999999999&per_page=99999999999999999999",
        "page[]=1&per_page[a]=2",
        "metadata=x&metadata[]=y&metadata[=z",
        "currencies=&currencies[]=",
        "search_term=%25&external_id=%FF",
        "&&&=&=a",
    ] {
        for path in ["customers", "add_ons", "taxes", "webhook_endpoints"] {
            let answer = world.api().get(&format!("/api/v1/{path}?{query}"));
            assert_eq!(answer.status, 200, "{path}?{query}: {answer:?}");
        }
    }
    let none = world.api().get("/api/v1/customers?page=3");
    assert_eq!(
        none.text,
        "{\"customers\":[],\"meta\":{\"current_page\":0,\"next_page\":null,\"prev_page\":null,\
         \"total_pages\":0,\"total_count\":0}}"
    );
}

#[test]
fn health_needs_no_key() {
    let world = World::new();
    let health = call(&world, ("GET", "/health"), None, (None, b""));
    assert_eq!((health.status, health.content_type.as_str()), (200, JSON));
    assert_eq!(health.body["message"], "Success");
    assert_eq!(health.body["version"], env!("CARGO_PKG_VERSION"));
    let ready = call(&world, ("GET", "/ready"), None, (None, b""));
    assert_eq!(ready.told(), r#"200 {"status":"ok"}"#);
}
