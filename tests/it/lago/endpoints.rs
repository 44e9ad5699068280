//! Endpoints for webhooks, and the key that receivers check signatures with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::raw::{bearer, call};
use super::{each, invalid, keys, not_found, told};
use crate::world::{Answer, World};

const PATH: &str = "/api/v1/webhook_endpoints";

fn create(world: &World, endpoint: &Value) -> Answer {
    world.api().post(PATH, &json!({ "webhook_endpoint": endpoint }))
}

#[test]
fn an_endpoint_is_made_changed_and_deleted() {
    let world = World::new();
    let made = create(&world, &json!({"webhook_url": "https://example.org/hook"}));
    assert_eq!(made.status, 200, "{made:?}");
    let shown = &made.body["webhook_endpoint"];
    let expected =
        "lago_id lago_organization_id webhook_url signature_algo name event_types created_at";
    assert_eq!(keys(shown), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(shown["signature_algo"], "jwt");
    assert_eq!(shown["event_types"], Value::Null);
    let one = format!("{PATH}/{}", shown["lago_id"].as_str().expect("an id"));
    assert_eq!(world.api().get(&one).body, made.body);
    let change = json!({"webhook_endpoint": {
        "signature_algo": "hmac", "name": "Ours",
        "event_types": [" Invoice.Voided ", "invoice.voided", "customer.vies_check"],
    }});
    let changed = world.api().put(&one, &change);
    assert_eq!(changed.body["webhook_endpoint"]["webhook_url"], "https://example.org/hook");
    assert_eq!(changed.body["webhook_endpoint"]["signature_algo"], "hmac");
    assert_eq!(
        changed.body["webhook_endpoint"]["event_types"],
        json!(["invoice.voided", "customer.vies_check"])
    );
    for (types, stored) in [(json!([]), json!([])), (json!(["*"]), json!(null))] {
        let change = json!({"webhook_endpoint": {"event_types": types}});
        let changed = world.api().put(&one, &change);
        assert_eq!(changed.body["webhook_endpoint"]["event_types"], stored);
    }
    assert_eq!(world.api().delete(&one).status, 200);
    for answer in [
        world.api().get(&one),
        world.api().delete(&one),
        world.api().put(&one, &change),
        world.api().get(&format!("{PATH}/nonsense")),
    ] {
        assert_eq!(told(&answer), not_found("webhook_endpoint"));
    }
}

#[test]
fn what_is_wrong_with_an_endpoint_is_said_under_its_field() {
    let world = World::new();
    let url = "https://example.org/hook";
    assert_eq!(create(&world, &json!({ "webhook_url": url })).status, 200);
    let invalid_url = r#"{"webhook_url":["url_is_invalid"]}"#;
    let rows = [
        (json!({"webhook_url": url}), r#"{"webhook_url":["value_already_exist"]}"#),
        (json!({"name": "x"}), invalid_url),
        (json!({"webhook_url": null}), invalid_url),
        (json!({"webhook_url": "example.org"}), invalid_url),
        (json!({"webhook_url": "ftp://example.org"}), invalid_url),
        (
            json!({"webhook_url": "http://a.b/1", "signature_algo": "md5"}),
            r#"{"signature_algo":["value_is_invalid"]}"#,
        ),
        (
            json!({"webhook_url": "http://a.b/1", "event_types": "invoice.created"}),
            r#"{"event_types":["must_be_array"]}"#,
        ),
        (
            json!({"webhook_url": "http://a.b/1", "event_types": ["wrong.type"]}),
            r#"{"event_types":["contains invalid types: [\"wrong.type\"]"]}"#,
        ),
    ];
    for (endpoint, details) in rows {
        assert_eq!(told(&create(&world, &endpoint)), invalid(details), "{endpoint}");
    }
    let list = world.api().get(PATH);
    assert_eq!(each(&list, "webhook_endpoints", "webhook_url"), [url]);
}

#[test]
fn an_organization_has_ten_endpoints_at_most() {
    let world = World::new();
    for number in 0..10 {
        let url = format!("https://example.org/{number}");
        assert_eq!(create(&world, &json!({ "webhook_url": url })).status, 200);
    }
    let eleventh = create(&world, &json!({"webhook_url": "https://example.org/11"}));
    let details = r#"{"base":["Maximum number of webhook endpoints was reached"]}"#;
    assert_eq!(told(&eleventh), invalid(details));
}

#[test]
fn the_public_key_is_the_same_for_all_who_ask_at_once() {
    let world = World::new();
    let key = bearer(&world);
    let path = "/api/v1/webhooks/public_key";
    let answers: Vec<String> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| call(&world, ("GET", path), Some(&key), (None, b""))))
            .collect();
        let answers = calls.into_iter().map(|call| call.join().expect("a call"));
        answers
            .map(|answer| {
                assert_eq!(answer.content_type, "text/plain; charset=utf-8");
                answer.text
            })
            .collect()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let pem = STANDARD.decode(&answers[0]).expect("base64");
    assert!(pem.starts_with(b"-----BEGIN PUBLIC KEY-----"));
    let json = world.api().get("/api/v1/webhooks/json_public_key");
    assert_eq!(json.body["webhook"]["public_key"], answers[0].as_str());
    assert_eq!(call(&world, ("GET", path), None, (None, b"")).status, 401);
}
