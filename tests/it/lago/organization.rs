//! The caller's organization and its one billing entity.

use serde_json::{Value, json};

use super::{invalid, not_found, told};
use crate::world::World;

#[test]
fn the_organization_is_read_and_changed() {
    let world = World::new();
    let read = world.api().get("/api/v1/organizations");
    let shown = &read.body["organization"];
    for key in [
        "lago_id",
        "name",
        "created_at",
        "slug",
        "default_currency",
        "net_payment_term",
        "timezone",
        "document_number_prefix",
    ] {
        assert!(!shown[key].is_null(), "{key}: {shown}");
    }
    assert_eq!(shown["webhook_url"], "");
    assert_eq!(shown["webhook_urls"], json!([]));
    let endpoint = json!({"webhook_endpoint": {"webhook_url": "https://example.org/hook"}});
    assert_eq!(world.api().post("/api/v1/webhook_endpoints", &endpoint).status, 200);
    let change = json!({"organization": {
        "timezone": "Europe/Paris", "default_currency": "GBP", "net_payment_term": 14,
        "document_number_prefix": "abc-1", "country": "fr", "email": "billing@example.org",
        "finalize_zero_amount_invoice": true,
        "billing_configuration": {
            "invoice_footer": "Thank you", "invoice_grace_period": 2, "document_locale": "fr",
        },
    }});
    let changed = world.api().put("/api/v1/organizations", &change);
    assert_eq!(changed.status, 200, "{changed:?}");
    let shown = &changed.body["organization"];
    assert_eq!(shown["timezone"], "Europe/Paris");
    assert_eq!(shown["document_number_prefix"], "ABC-1");
    assert_eq!(shown["country"], "FR");
    assert_eq!(shown["webhook_url"], "https://example.org/hook");
    assert_eq!(shown["webhook_urls"], json!(["https://example.org/hook"]));
    assert_eq!(shown["billing_configuration"]["invoice_grace_period"], 2);
    assert_eq!(world.api().get("/api/v1/organizations").body, changed.body);
    let customer = world.api().post(
        "/api/v1/customers",
        &json!({"customer": {
            "external_id": "ada",
        }}),
    );
    assert_eq!(customer.body["customer"]["slug"], "ABC-1-001");
    assert_eq!(customer.body["customer"]["applicable_timezone"], "Europe/Paris");
}

#[test]
fn what_is_wrong_with_the_organization_changes_nothing() {
    let world = World::new();
    let before = world.api().get("/api/v1/organizations").body;
    let rows = [
        (json!({"timezone": "Mars"}), r#"{"timezone":["invalid_timezone"]}"#),
        (json!({"default_currency": "x"}), r#"{"default_currency":["value_is_invalid"]}"#),
        (json!({"net_payment_term": -1}), r#"{"net_payment_term":["value_is_out_of_range"]}"#),
        (json!({"email": "x"}), r#"{"email":["invalid_email_format"]}"#),
        (json!({"country": "XX"}), r#"{"country":["not_a_valid_country_code"]}"#),
        (
            json!({"document_number_prefix": "far too long"}),
            r#"{"document_number_prefix":["value_is_invalid"]}"#,
        ),
        (
            json!({"billing_configuration": {"document_locale": "zz"}}),
            r#"{"document_locale":["not_a_valid_language_code"]}"#,
        ),
    ];
    for (fields, details) in rows {
        let answer = world.api().put("/api/v1/organizations", &json!({ "organization": fields }));
        assert_eq!(told(&answer), invalid(details), "{fields}");
    }
    assert_eq!(world.api().get("/api/v1/organizations").body, before);
}

#[test]
fn there_is_one_billing_entity() {
    let world = World::new();
    let list = world.api().get("/api/v1/billing_entities");
    let entities = list.body["billing_entities"].as_array().expect("a list");
    assert_eq!(entities.len(), 1);
    assert_eq!(entities[0]["is_default"], true);
    assert_eq!(entities[0]["code"], "default");
    assert!(list.body.get("meta").is_none());
    let one = world.api().get("/api/v1/billing_entities/default");
    assert_eq!(one.body["billing_entity"], entities[0]);
    for key in ["lago_id", "name", "created_at", "updated_at"] {
        assert_ne!(entities[0][key], Value::Null, "{key}");
    }
    let other = world.api().get("/api/v1/billing_entities/other");
    assert_eq!(told(&other), not_found("billing_entity"));
}
