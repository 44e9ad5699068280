//! Subscriptions: the object, filters, changes, bad input. What is billed is in `billing/`.

use serde_json::{Value, json};

use super::{customers_count, each, invalid, keys, not_found, told};
use crate::world::{Answer, World};

const PATH: &str = "/api/v1/subscriptions";

const FIELDS: &str = "lago_id external_id lago_customer_id external_customer_id \
    billing_entity_code name plan_code plan_amount_cents plan_amount_currency status \
    billing_time subscription_at started_at trial_ended_at ending_at terminated_at canceled_at \
    created_at previous_plan_code next_plan_code downgrade_plan_date \
    current_billing_period_started_at current_billing_period_ending_at \
    on_termination_credit_note on_termination_invoice progressive_billing_disabled \
    consolidate_invoice purchase_order_number cancellation_reason activated_at payment_method \
    activation_rules applied_invoice_custom_sections";

fn plan(world: &World, code: &str, currency: &str) {
    let plan = json!({"plan": {
        "name": code, "code": code, "interval": "monthly", "amount_cents": 1_000,
        "amount_currency": currency, "pay_in_advance": false,
    }});
    assert_eq!(world.api().post("/api/v1/plans", &plan).status, 200);
}

fn good() -> Value {
    json!({"external_customer_id": "ada", "external_id": "s1", "plan_code": "basic"})
}

fn with(fields: &Value) -> Value {
    let mut object = good();
    for (key, value) in fields.as_object().expect("an object") {
        object[key] = value.clone();
    }
    object
}

fn create(world: &World, fields: &Value) -> Answer {
    world.api().post(PATH, &json!({ "subscription": with(fields) }))
}

fn world() -> World {
    let world = World::at("2024-04-10T10:00:00Z");
    plan(&world, "basic", "EUR");
    world
}

#[test]
fn a_subscription_is_made_and_shown() {
    let world = world();
    let method = json!({"payment_method_type": "manual"});
    let made = create(
        &world,
        &json!({
            "name": "Ours", "billing_time": "anniversary", "payment_method": method,
            "ending_at": "2024-12-31T23:59:59Z", "consolidate_invoice": false,
            "purchase_order_number": " PO-1 ", "on_termination_credit_note": "credit",
            "on_termination_invoice": "skip", "billing_entity_code": "default",
            "activation_rules": [], "plan_overrides": {}, "invoice_custom_section": {},
            "usage_thresholds": [{}],
        }),
    );
    assert_eq!(made.status, 200, "{made:?}");
    let shown = &made.body["subscription"];
    let expected = format!("{FIELDS} plan entitlements");
    assert_eq!(keys(shown), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(shown["status"], "active");
    assert_eq!(shown["external_customer_id"], "ada");
    assert_eq!(shown["plan"]["code"], "basic");
    assert_eq!(shown["plan"]["active_subscriptions_count"], 1);
    assert_eq!(shown["started_at"], "2024-04-10T10:00:00.000Z");
    assert_eq!(shown["subscription_at"], "2024-04-10T10:00:00Z");
    assert_eq!(shown["ending_at"], "2024-12-31T23:59:59Z");
    assert_eq!(shown["current_billing_period_started_at"], "2024-04-10T00:00:00Z");
    assert_eq!(shown["current_billing_period_ending_at"], "2024-05-09T23:59:59Z");
    assert_eq!(shown["purchase_order_number"], "PO-1");
    assert_eq!(shown["on_termination_credit_note"], "credit");
    assert_eq!(
        shown["payment_method"],
        json!({"payment_method_id": null, "payment_method_type": "manual"})
    );
    assert_eq!(world.api().get(&format!("{PATH}/s1")).body, made.body);
    // The customer was made with it.
    assert_eq!(customers_count(&world), 1);
    assert_eq!(world.api().get("/api/v1/customers/ada").status, 200);
    let list = world.api().get(PATH);
    let listed = format!("{FIELDS} entitlements");
    let first = &list.body["subscriptions"][0];
    assert_eq!(keys(first), listed.split_whitespace().collect::<Vec<_>>());
    assert_eq!(list.body["meta"]["total_count"], 1);
}

#[test]
fn what_is_wrong_with_a_new_subscription_is_said_under_its_field() {
    let world = world();
    let unknown = "0195c6a2-7d3b-7000-8000-000000000001";
    let method = |kind: &str, id: Option<&str>| {
        let reference = json!({"payment_method_type": kind, "payment_method_id": id});
        json!({ "payment_method": reference })
    };
    let empty = json!({"external_customer_id": " ", "plan_code": "none", "external_id": null});
    let rows = [
        (empty, r#"{"external_customer_id":["value_is_mandatory"]}"#),
        (json!({"external_id": null}), r#"{"external_id":["value_is_mandatory"]}"#),
        (json!({"external_id": "x".repeat(300)}), r#"{"external_id":["value_is_too_long"]}"#),
        (json!({"billing_time": "lunar"}), r#"{"billing_time":["value_is_invalid"]}"#),
        (json!({"subscription_at": "soon"}), r#"{"subscription_at":["invalid_date"]}"#),
        (json!({"subscription_at": 20240101}), r#"{"subscription_at":["invalid_date"]}"#),
        (json!({"ending_at": "2024-13-01"}), r#"{"ending_at":["invalid_date"]}"#),
        (json!({"ending_at": "2024-04-10T10:00:00Z"}), r#"{"ending_at":["invalid_date"]}"#),
        (
            json!({"subscription_at": "2024-06-01", "ending_at": "2024-05-01"}),
            r#"{"ending_at":["invalid_date"]}"#,
        ),
        (json!({"consolidate_invoice": "so"}), r#"{"consolidate_invoice":["value_is_invalid"]}"#),
        (
            json!({"on_termination_invoice": "later"}),
            r#"{"on_termination_invoice":["value_is_invalid"]}"#,
        ),
        (
            json!({"on_termination_credit_note": "gift"}),
            r#"{"on_termination_credit_note":["value_is_invalid"]}"#,
        ),
        (method("provider", Some(unknown)), r#"{"payment_method":["invalid_payment_method"]}"#),
        (method("manual", Some(unknown)), r#"{"payment_method":["invalid_payment_method"]}"#),
        (
            json!({"plan_overrides": {"charges": [{"id": 1}]}}),
            r#"{"plan_overrides":["unsupported_value"]}"#,
        ),
        (json!({"plan_overrides": 5}), r#"{"plan_overrides":["value_is_invalid"]}"#),
        (
            json!({"plan_overrides": {"amount_cents": -5}}),
            r#"{"amount_cents":["value_is_out_of_range"]}"#,
        ),
        (
            json!({"activation_rules": [{"type": "payment"}]}),
            r#"{"activation_rules":["unsupported_value"]}"#,
        ),
        (
            json!({"external_id": "", "billing_time": "x"}),
            r#"{"external_id":["value_is_mandatory"],"billing_time":["value_is_invalid"]}"#,
        ),
    ];
    for (fields, details) in rows {
        assert_eq!(told(&create(&world, &fields)), invalid(details), "{fields}");
    }
    for fields in [
        json!({"plan_code": "none"}),
        json!({"plan_code": null}),
        // What does not exist is told before what is wrong otherwise.
        json!({"plan_code": "none", "external_id": null}),
    ] {
        assert_eq!(told(&create(&world, &fields)), not_found("plan"), "{fields}");
    }
    let entity = create(&world, &json!({"billing_entity_code": "other"}));
    assert_eq!(told(&entity), not_found("billing_entity"));
    let taxes = json!({"plan_overrides": {"tax_codes": ["none"]}});
    assert_eq!(told(&create(&world, &taxes)), not_found("tax"));
    // Nobody was made on the way.
    assert_eq!(customers_count(&world), 0);
}

#[test]
fn an_external_id_is_of_one_customer() {
    let world = world();
    plan(&world, "dollars", "USD");
    assert_eq!(create(&world, &json!({})).status, 200);
    let other = create(&world, &json!({"external_customer_id": "bob"}));
    assert_eq!(told(&other), invalid(r#"{"external_id":["value_already_exist"]}"#));
    let currency = create(&world, &json!({"plan_code": "dollars"}));
    assert_eq!(told(&currency), invalid(r#"{"plan_code":["unsupported_value"]}"#));
    assert_eq!(world.api().delete(&format!("{PATH}/s1")).status, 200);
    assert_eq!(create(&world, &json!({"external_customer_id": "bob"})).status, 200);
}

#[test]
fn a_variation_of_a_plan_is_for_one_subscription() {
    let world = world();
    let overrides = json!({"plan_overrides": {
        "amount_cents": 500, "amount_currency": "USD", "name": "Ours", "trial_period": 3,
        "interval": "yearly",
    }});
    let made = create(&world, &overrides);
    let shown = &made.body["subscription"];
    assert_eq!(shown["plan_code"], "basic");
    assert_eq!(shown["plan_amount_cents"], 500);
    assert_eq!(shown["plan_amount_currency"], "USD");
    assert_eq!(shown["plan"]["name"], "Ours");
    assert_eq!(shown["plan"]["interval"], "monthly");
    let basic = world.api().get("/api/v1/plans/basic").body["plan"].clone();
    assert_eq!(shown["plan"]["parent_id"], basic["lago_id"]);
    assert_eq!(basic["amount_cents"], 1_000);
    assert_eq!(basic["active_subscriptions_count"], 1);
    assert_eq!(each(&world.api().get("/api/v1/plans"), "plans", "code"), ["basic"]);
    let found = world.api().get(&format!("{PATH}?plan_code=basic&currency=USD"));
    assert_eq!(each(&found, "subscriptions", "external_id"), ["s1"]);
}

#[test]
fn lists_are_narrowed_by_what_is_asked() {
    let world = world();
    plan(&world, "dollars", "USD");
    create(&world, &json!({"subscription_at": "2024-04-01T00:00:00Z"}));
    create(&world, &json!({"external_id": "s2", "plan_code": "dollars"}));
    create(&world, &json!({"external_id": "s3", "external_customer_id": "bob"}));
    create(&world, &json!({"external_id": "later", "subscription_at": "2024-06-01"}));
    create(&world, &json!({"external_id": "over", "subscription_at": "2024-04-02"}));
    assert_eq!(world.api().delete(&format!("{PATH}/over")).status, 200);
    let rows = [
        ("", vec!["s2", "s3", "s1"]),
        ("?external_customer_id=ada", vec!["s2", "s1"]),
        ("?external_customer_id=nobody", vec![]),
        ("?plan_code=dollars", vec!["s2"]),
        ("?external_id=s1", vec!["s1"]),
        ("?currency=USD", vec!["s2"]),
        ("?status[]=pending", vec!["later"]),
        ("?status[]=terminated&status[]=pending", vec!["later", "over"]),
        ("?status=nonsense", vec!["s2", "s3", "s1"]),
        ("?per_page=1&page=2", vec!["s3"]),
    ];
    for (query, expected) in rows {
        let found = world.api().get(&format!("{PATH}{query}"));
        assert_eq!(each(&found, "subscriptions", "external_id"), expected, "{query}");
    }
    let found = world.api().get("/api/v1/customers/ada/subscriptions?status[]=pending");
    assert_eq!(each(&found, "subscriptions", "external_id"), ["later"]);
    let nobody = world.api().get("/api/v1/customers/nobody/subscriptions");
    assert_eq!(told(&nobody), not_found("customer"));
}

#[test]
fn what_a_change_does_not_name_stays() {
    let world = world();
    create(&world, &json!({"name": "Ours", "purchase_order_number": "PO-1"}));
    let path = format!("{PATH}/s1");
    let change = |fields: Value| world.api().put(&path, &json!({ "subscription": fields }));
    let changed = change(json!({
        "ending_at": "2024-06-30T23:59:59Z", "consolidate_invoice": false,
        "payment_method": {"payment_method_type": "manual"}, "on_termination_invoice": "skip",
        "subscription_at": "2024-05-01",
    }));
    let shown = &changed.body["subscription"];
    assert_eq!(shown["name"], "Ours");
    assert_eq!(shown["purchase_order_number"], "PO-1");
    assert_eq!(shown["ending_at"], "2024-06-30T23:59:59Z");
    assert_eq!(shown["consolidate_invoice"], false);
    assert_eq!(shown["on_termination_invoice"], "skip");
    assert_eq!(shown["payment_method"]["payment_method_type"], "manual");
    // It has begun.
    assert_eq!(shown["subscription_at"], "2024-04-10T10:00:00Z");
    let cleared = change(json!({
        "name": null, "ending_at": null, "purchase_order_number": "", "payment_method": null,
    }));
    let shown = &cleared.body["subscription"];
    for key in ["name", "ending_at", "purchase_order_number"] {
        assert_eq!(shown[key], Value::Null, "{key}");
    }
    assert_eq!(shown["payment_method"]["payment_method_type"], "manual");
}

#[test]
fn what_is_wrong_with_a_change_is_said_under_its_field() {
    let world = world();
    create(&world, &json!({}));
    let path = format!("{PATH}/s1");
    let rows = [
        (json!({"ending_at": "never"}), r#"{"ending_at":["invalid_date"]}"#),
        (json!({"ending_at": "2024-04-10T09:00:00Z"}), r#"{"ending_at":["invalid_date"]}"#),
        (
            json!({"payment_method": {"payment_method_id": "x"}}),
            r#"{"payment_method":["invalid_payment_method"]}"#,
        ),
        (
            json!({"plan_overrides": {"amount_cents": 1}}),
            r#"{"plan_overrides":["unsupported_value"]}"#,
        ),
        (
            json!({"purchase_order_number": "x".repeat(256)}),
            r#"{"purchase_order_number":["value_is_too_long"]}"#,
        ),
    ];
    for (fields, details) in rows {
        let answer = world.api().put(&path, &json!({ "subscription": fields }));
        assert_eq!(told(&answer), invalid(details), "{fields}");
    }
    let wrong = world.api().delete(&format!("{path}?on_termination_invoice=maybe"));
    assert_eq!(told(&wrong), invalid(r#"{"on_termination_invoice":["value_is_invalid"]}"#));
    let named = json!({"subscription": {"name": "x"}});
    for answer in [
        world.api().get(&format!("{PATH}/none")),
        world.api().get(&format!("{path}?status=pending")),
        world.api().put(&format!("{PATH}/none"), &named),
        world.api().delete(&format!("{PATH}/none")),
        world.api().delete(&format!("{path}?status=pending")),
    ] {
        assert_eq!(told(&answer), not_found("subscription"));
    }
}

#[test]
fn a_beginning_that_is_still_to_come_can_be_moved() {
    let world = world();
    create(&world, &json!({"subscription_at": "2024-05-10T00:00:00Z"}));
    let path = format!("{PATH}/s1?status=pending");
    let later = json!({"subscription": {"subscription_at": "2024-05-20T00:00:00Z"}});
    let moved = world.api().put(&path, &later);
    assert_eq!(moved.body["subscription"]["subscription_at"], "2024-05-20T00:00:00Z");
    assert_eq!(moved.body["subscription"]["status"], "pending");
    let now = json!({"subscription": {"subscription_at": "2024-04-10T10:00:00Z"}});
    assert_eq!(world.api().put(&path, &now).body["subscription"]["status"], "active");
}

#[test]
fn external_ids_may_hold_what_ids_hold() {
    let world = world();
    for (id, path) in [("a|b", "a%7Cb"), ("x@y.z:1", "x@y.z:1"), ("a b", "a%20b")] {
        assert_eq!(create(&world, &json!({"external_id": id})).status, 200);
        let found = world.api().get(&format!("{PATH}/{path}"));
        assert_eq!(found.body["subscription"]["external_id"], id, "{found:?}");
    }
}
