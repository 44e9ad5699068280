//! Add-ons and taxes.

use serde_json::{Value, json};

use super::{each, invalid, keys, not_found, told};
use crate::world::{Answer, World};

fn add_on(world: &World, add_on: &Value) -> Answer {
    world.api().post("/api/v1/add_ons", &json!({ "add_on": add_on }))
}

fn tax(world: &World, tax: &Value) -> Answer {
    world.api().post("/api/v1/taxes", &json!({ "tax": tax }))
}

fn with(base: &Value, fields: &Value) -> Value {
    let mut object = base.clone();
    for (key, value) in fields.as_object().expect("an object") {
        object[key] = value.clone();
    }
    object
}

#[test]
fn an_add_on_is_made_changed_and_deleted() {
    let world = World::new();
    tax(&world, &json!({"code": "vat", "name": "VAT", "rate": "20"}));
    let made = add_on(
        &world,
        &json!({
            "name": "Set-up", "code": "setup", "amount_cents": 5000, "amount_currency": "EUR",
            "tax_codes": ["vat"],
        }),
    );
    assert_eq!(made.status, 200, "{made:?}");
    let shown = &made.body["add_on"];
    let expected = "lago_id name invoice_display_name code amount_cents amount_currency \
        created_at description taxes";
    assert_eq!(keys(shown), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(shown["amount_cents"], 5000);
    assert_eq!(shown["taxes"][0]["code"], "vat");
    assert!(shown["taxes"][0].get("applied_to_billing_entities_codes").is_none());
    assert_eq!(world.api().get("/api/v1/add_ons/setup").body, made.body);
    let change = json!({"add_on": {"name": "Start", "code": "start", "tax_codes": []}});
    let changed = world.api().put("/api/v1/add_ons/setup", &change);
    assert_eq!(changed.body["add_on"]["name"], "Start");
    assert_eq!(changed.body["add_on"]["amount_cents"], 5000);
    assert_eq!(changed.body["add_on"]["taxes"], json!([]));
    assert_eq!(told(&world.api().get("/api/v1/add_ons/setup")), not_found("add_on"));
    let deleted = world.api().delete("/api/v1/add_ons/start");
    assert_eq!(deleted.body["add_on"]["lago_id"], shown["lago_id"]);
    assert_eq!(told(&world.api().delete("/api/v1/add_ons/start")), not_found("add_on"));
    let again = json!({
        "name": "Again", "code": "start", "amount_cents": "1", "amount_currency": "JPY",
    });
    assert_eq!(add_on(&world, &again).status, 200, "the code is free again");
    assert_eq!(each(&world.api().get("/api/v1/add_ons"), "add_ons", "name"), ["Again"]);
}

#[test]
fn what_is_wrong_with_an_add_on_is_said_under_its_field() {
    let world = World::new();
    let good = json!({"name": "A", "code": "taken", "amount_cents": 100, "amount_currency": "EUR"});
    assert_eq!(add_on(&world, &good).status, 200);
    let rows = [
        (json!({}), r#"{"code":["value_already_exist"]}"#),
        (json!({"name": null}), r#"{"name":["value_is_mandatory"]}"#),
        (json!({"code": " "}), r#"{"code":["value_is_mandatory"]}"#),
        (json!({"amount_cents": 0}), r#"{"amount_cents":["value_is_out_of_range"]}"#),
        (json!({"amount_cents": -5}), r#"{"amount_cents":["value_is_out_of_range"]}"#),
        (json!({"amount_cents": u64::MAX}), r#"{"amount_cents":["value_is_out_of_range"]}"#),
        (json!({"amount_cents": 1.5}), r#"{"amount_cents":["value_is_invalid"]}"#),
        (json!({"amount_currency": "XXX"}), r#"{"amount_currency":["value_is_invalid"]}"#),
        (json!({"amount_currency": null}), r#"{"amount_currency":["value_is_mandatory"]}"#),
    ];
    for (fields, details) in rows {
        assert_eq!(told(&add_on(&world, &with(&good, &fields))), invalid(details), "{fields}");
    }
    let bare = add_on(&world, &json!({"description": "x"}));
    assert_eq!(
        told(&bare),
        invalid(
            "{\"name\":[\"value_is_mandatory\"],\"code\":[\"value_is_mandatory\"],\
             \"amount_cents\":[\"value_is_mandatory\"],\
             \"amount_currency\":[\"value_is_mandatory\"]}"
        )
    );
    let untaxed = with(&good, &json!({"code": "new", "tax_codes": ["none"]}));
    assert_eq!(told(&add_on(&world, &untaxed)), not_found("tax"));
    assert_eq!(each(&world.api().get("/api/v1/add_ons"), "add_ons", "code"), ["taken"]);
}

#[test]
fn any_characters_may_stand_in_a_code() {
    let world = World::new();
    for (code, path) in [
        ("a/b.c", "a/b.c"),
        ("d/e", "d%2Fe"),
        ("x y", "x%20y"),
        ("per%cent", "per%25cent"),
        ("ü", "%C3%BC"),
    ] {
        let object =
            json!({"name": "n", "code": code, "amount_cents": 1, "amount_currency": "EUR"});
        assert_eq!(add_on(&world, &object).status, 200);
        let found = world.api().get(&format!("/api/v1/add_ons/{path}"));
        assert_eq!(found.body["add_on"]["code"], code, "{path}: {found:?}");
        assert_eq!(tax(&world, &json!({"name": "n", "code": code, "rate": 1})).status, 200);
        let found = world.api().get(&format!("/api/v1/taxes/{path}"));
        assert_eq!(found.body["tax"]["code"], code, "{path}: {found:?}");
    }
}

#[test]
fn a_tax_is_made_changed_and_deleted() {
    let world = World::new();
    let made = tax(
        &world,
        &json!({"name": "VAT", "code": "vat", "rate": 20, "applied_to_organization": true}),
    );
    let shown = &made.body["tax"];
    let expected = "lago_id name code rate description applied_to_organization \
        applied_to_billing_entities_codes add_ons_count customers_count plans_count \
        charges_count commitments_count created_at";
    assert_eq!(keys(shown), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(shown["rate"].to_string(), "20.0");
    assert_eq!(shown["applied_to_billing_entities_codes"], json!(["default"]));
    let change = json!({"tax": {"rate": "5.5", "applied_to_organization": false}});
    let changed = world.api().put("/api/v1/taxes/vat", &change);
    assert_eq!(changed.body["tax"]["rate"].to_string(), "5.5");
    assert_eq!(changed.body["tax"]["applied_to_billing_entities_codes"], json!([]));
    assert_eq!(world.api().get("/api/v1/taxes/vat").body, changed.body);
    let customer = json!({"customer": {"external_id": "ada", "tax_codes": ["vat"]}});
    assert_eq!(world.api().post("/api/v1/customers", &customer).status, 200);
    assert_eq!(world.api().delete("/api/v1/taxes/vat").body, changed.body);
    let ada = world.api().get("/api/v1/customers/ada");
    assert_eq!(ada.body["customer"]["taxes"], json!([]));
    for answer in [
        world.api().get("/api/v1/taxes/vat"),
        world.api().delete("/api/v1/taxes/vat"),
        world.api().put("/api/v1/taxes/vat", &change),
    ] {
        assert_eq!(told(&answer), not_found("tax"));
    }
}

#[test]
fn what_is_wrong_with_a_tax_is_said_under_its_field() {
    let world = World::new();
    let good = json!({"name": "VAT", "code": "taken", "rate": "20.5"});
    assert_eq!(tax(&world, &good).status, 200);
    let rows = [
        (json!({}), r#"{"code":["value_already_exist"]}"#),
        (json!({"rate": null}), r#"{"rate":["value_is_mandatory"]}"#),
        (json!({"rate": "much"}), r#"{"rate":["value_is_invalid"]}"#),
        (json!({"rate": -1}), r#"{"rate":["value_is_out_of_range"]}"#),
        (json!({"rate": {}}), r#"{"rate":["value_is_invalid"]}"#),
        (json!({"name": ""}), r#"{"name":["value_is_mandatory"]}"#),
    ];
    for (fields, details) in rows {
        assert_eq!(told(&tax(&world, &with(&good, &fields))), invalid(details), "{fields}");
    }
    let bare = tax(&world, &json!({"description": "x"}));
    assert_eq!(
        told(&bare),
        invalid(
            "{\"name\":[\"value_is_mandatory\"],\"code\":[\"value_is_mandatory\"],\
             \"rate\":[\"value_is_mandatory\"]}"
        )
    );
    let other = json!({"name": "Other", "code": "other", "rate": 1});
    assert_eq!(tax(&world, &other).status, 200);
    let taken = world.api().put("/api/v1/taxes/other", &json!({"tax": {"code": "taken"}}));
    assert_eq!(told(&taken), invalid(r#"{"code":["value_already_exist"]}"#));
}

#[test]
fn a_change_is_held_to_the_same_rules() {
    let world = World::new();
    for code in ["a", "b"] {
        let made = json!({"name": "n", "code": code, "amount_cents": 1, "amount_currency": "EUR"});
        assert_eq!(add_on(&world, &made).status, 200);
        assert_eq!(tax(&world, &json!({"name": "n", "code": code, "rate": 1})).status, 200);
    }
    let rows = [
        ("add_on", json!({"code": "b"}), r#"{"code":["value_already_exist"]}"#),
        ("add_on", json!({"name": null}), r#"{"name":["value_is_mandatory"]}"#),
        ("add_on", json!({"amount_cents": 0}), r#"{"amount_cents":["value_is_out_of_range"]}"#),
        ("add_on", json!({"amount_currency": "?"}), r#"{"amount_currency":["value_is_invalid"]}"#),
        ("tax", json!({"rate": "x"}), r#"{"rate":["value_is_invalid"]}"#),
        ("tax", json!({"code": ""}), r#"{"code":["value_is_mandatory"]}"#),
    ];
    for (root, change, details) in rows {
        let path = if root == "tax" { "/api/v1/taxes/a" } else { "/api/v1/add_ons/a" };
        let answer = world.api().put(path, &json!({ root: change }));
        assert_eq!(told(&answer), invalid(details), "{change}");
    }
    let unknown = json!({"add_on": {"tax_codes": ["none"]}});
    assert_eq!(told(&world.api().put("/api/v1/add_ons/a", &unknown)), not_found("tax"));
    assert_eq!(told(&world.api().put("/api/v1/add_ons/none", &unknown)), not_found("add_on"));
    assert_eq!(told(&world.api().delete("/api/v1/add_ons/none")), not_found("add_on"));
}
