//! Plans.

use serde_json::{Value, json};

use super::{each, invalid, keys, not_found, told};
use crate::world::{Answer, World};

fn create(world: &World, plan: &Value) -> Answer {
    world.api().post("/api/v1/plans", &json!({ "plan": plan }))
}

fn good() -> Value {
    json!({
        "name": "Premium", "code": "premium", "interval": "monthly", "amount_cents": 4_900,
        "amount_currency": "EUR", "pay_in_advance": true,
    })
}

fn with(fields: &Value) -> Value {
    let mut object = good();
    for (key, value) in fields.as_object().expect("an object") {
        object[key] = value.clone();
    }
    object
}

const FIELDS: &str = "lago_id name invoice_display_name created_at code interval description \
    amount_cents amount_currency trial_period pay_in_advance bill_charges_monthly \
    bill_fixed_charges_monthly customers_count active_subscriptions_count draft_invoices_count \
    parent_id pending_deletion charges fixed_charges entitlements usage_thresholds \
    applicable_usage_thresholds taxes";

#[test]
fn a_plan_is_made_changed_and_deleted() {
    let world = World::new();
    let tax = json!({"tax": {"name": "VAT", "code": "vat", "rate": 20}});
    assert_eq!(world.api().post("/api/v1/taxes", &tax).status, 200);
    let empty = json!({
        "tax_codes": ["vat"], "charges": [], "fixed_charges": [], "usage_thresholds": [],
        "minimum_commitment": {}, "trial_period": null,
    });
    let made = create(&world, &with(&empty));
    assert_eq!(made.status, 200, "{made:?}");
    let shown = &made.body["plan"];
    assert_eq!(keys(shown), FIELDS.split_whitespace().collect::<Vec<_>>());
    assert_eq!(shown["amount_cents"], 4_900);
    assert_eq!(shown["trial_period"], Value::Null);
    assert_eq!(shown["pending_deletion"], false);
    assert_eq!(shown["taxes"][0]["code"], "vat");
    assert_eq!(world.api().get("/api/v1/plans/premium").body, made.body);
    let change = json!({"plan": {
        "name": "Gold", "code": "gold/1", "amount_cents": 0, "tax_codes": [],
        "trial_period": 14.0, "metadata": {"tier": "top", "rank": 1},
        "invoice_display_name": "Gold plan",
    }});
    let changed = world.api().put("/api/v1/plans/premium", &change);
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.body["plan"]["lago_id"], shown["lago_id"]);
    assert_eq!(changed.body["plan"]["trial_period"].to_string(), "14.0");
    assert_eq!(changed.body["plan"]["metadata"], json!({"tier": "top", "rank": "1"}));
    assert_eq!(changed.body["plan"]["taxes"], json!([]));
    assert_eq!(changed.body["plan"]["interval"], "monthly");
    assert_eq!(world.api().get("/api/v1/plans/gold/1").body, changed.body);
    let deleted = world.api().delete("/api/v1/plans/gold/1");
    assert_eq!(deleted.body["plan"]["pending_deletion"], true);
    for answer in [
        world.api().get("/api/v1/plans/gold/1"),
        world.api().delete("/api/v1/plans/gold/1"),
        world.api().put("/api/v1/plans/gold/1", &change),
    ] {
        assert_eq!(told(&answer), not_found("plan"));
    }
    assert_eq!(create(&world, &with(&json!({"code": "gold/1"}))).status, 200);
    let codes = each(&world.api().get("/api/v1/plans"), "plans", "code");
    assert_eq!(codes, ["gold/1"]);
}

#[test]
fn what_is_wrong_with_a_plan_is_said_under_its_field() {
    let world = World::new();
    assert_eq!(create(&world, &good()).status, 200);
    let rows = [
        (json!({}), r#"{"code":["value_already_exist"]}"#),
        (json!({"name": ""}), r#"{"name":["value_is_mandatory"]}"#),
        (json!({"code": null}), r#"{"code":["value_is_mandatory"]}"#),
        (json!({"interval": "daily"}), r#"{"interval":["value_is_invalid"]}"#),
        (json!({"interval": null}), r#"{"interval":["value_is_invalid"]}"#),
        (json!({"interval": 7}), r#"{"interval":["value_is_invalid"]}"#),
        (json!({"amount_cents": -1}), r#"{"amount_cents":["value_is_out_of_range"]}"#),
        (json!({"amount_cents": u64::MAX}), r#"{"amount_cents":["value_is_out_of_range"]}"#),
        (json!({"amount_cents": 1.5}), r#"{"amount_cents":["value_is_invalid"]}"#),
        (json!({"amount_cents": null}), r#"{"amount_cents":["value_is_mandatory"]}"#),
        (json!({"amount_currency": "XXX"}), r#"{"amount_currency":["value_is_invalid"]}"#),
        (json!({"pay_in_advance": null}), r#"{"pay_in_advance":["value_is_invalid"]}"#),
        (json!({"pay_in_advance": "later"}), r#"{"pay_in_advance":["value_is_invalid"]}"#),
        (json!({"trial_period": -1}), r#"{"trial_period":["value_is_out_of_range"]}"#),
        (json!({"trial_period": 1.5}), r#"{"trial_period":["value_is_invalid"]}"#),
        (json!({"metadata": [1]}), r#"{"metadata":["value_is_invalid"]}"#),
        (json!({"metadata": {"a": {}}}), r#"{"metadata":["value_is_invalid"]}"#),
        (json!({"charges": [{}]}), r#"{"charges":["unsupported_value"]}"#),
        (json!({"fixed_charges": [{}]}), r#"{"fixed_charges":["unsupported_value"]}"#),
        (
            json!({"minimum_commitment": {"amount_cents": 1}}),
            r#"{"minimum_commitment":["unsupported_value"]}"#,
        ),
        (json!({"usage_thresholds": [{}]}), r#"{"usage_thresholds":["unsupported_value"]}"#),
    ];
    for (fields, details) in rows {
        assert_eq!(told(&create(&world, &with(&fields))), invalid(details), "{fields}");
    }
    assert_eq!(
        told(&create(&world, &json!({"description": "x"}))),
        invalid(
            "{\"name\":[\"value_is_mandatory\"],\"code\":[\"value_is_mandatory\"],\
             \"interval\":[\"value_is_invalid\"],\"amount_cents\":[\"value_is_mandatory\"],\
             \"amount_currency\":[\"value_is_mandatory\"],\
             \"pay_in_advance\":[\"value_is_invalid\"]}"
        )
    );
    let untaxed = with(&json!({"code": "new", "tax_codes": ["none"]}));
    assert_eq!(told(&create(&world, &untaxed)), not_found("tax"));
    assert_eq!(each(&world.api().get("/api/v1/plans"), "plans", "code"), ["premium"]);
}

#[test]
fn what_subscriptions_are_reckoned_by_stays_while_there_are_any() {
    let world = World::new();
    assert_eq!(create(&world, &good()).status, 200);
    let body = json!({"subscription": {
        "external_customer_id": "ada", "external_id": "s1", "plan_code": "premium",
    }});
    assert_eq!(world.api().post("/api/v1/subscriptions", &body).status, 200);
    for change in [
        json!({"interval": "yearly"}),
        json!({"pay_in_advance": false}),
        json!({"amount_currency": "USD"}),
    ] {
        let refused = world.api().put("/api/v1/plans/premium", &json!({ "plan": change }));
        assert_eq!(told(&refused), invalid(r#"{"base":["plan_has_subscriptions"]}"#), "{change}");
    }
    let all = with(&json!({"amount_cents": 5_900}));
    let changed = world.api().put("/api/v1/plans/premium", &json!({ "plan": all }));
    assert_eq!(changed.body["plan"]["amount_cents"], 5_900);
    assert_eq!(changed.body["plan"]["active_subscriptions_count"], 1);
    assert_eq!(changed.body["plan"]["customers_count"], 1);
    let list = world.api().get("/api/v1/plans");
    assert_eq!(list.body["plans"][0], changed.body["plan"]);
}

#[test]
fn a_tax_that_is_deleted_is_gone_from_plans() {
    let world = World::new();
    let tax = json!({"tax": {"name": "VAT", "code": "vat", "rate": 20}});
    assert_eq!(world.api().post("/api/v1/taxes", &tax).status, 200);
    assert_eq!(create(&world, &with(&json!({"tax_codes": ["vat"]}))).status, 200);
    assert_eq!(world.api().delete("/api/v1/taxes/vat").status, 200);
    let shown = world.api().get("/api/v1/plans/premium");
    assert_eq!(shown.body["plan"]["taxes"], json!([]));
}
