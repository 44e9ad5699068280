//! Customers: made and changed by the caller's own id, listed, deleted.

use serde_json::{Value, json};

use super::{customers_count, each, invalid, keys, not_found, told};
use crate::world::{Answer, World};

fn upsert(world: &World, customer: &Value) -> Answer {
    world.api().post("/api/v1/customers", &json!({ "customer": customer }))
}

#[test]
fn a_new_customer_is_shown_whole() {
    let world = World::new();
    let answer = upsert(&world, &json!({"external_id": "ada", "name": "Ada", "country": "fr"}));
    assert_eq!(answer.status, 200, "{answer:?}");
    let customer = &answer.body["customer"];
    let expected = "lago_id billing_entity_code external_id account_type name firstname lastname \
        customer_type sequential_id slug created_at updated_at country address_line1 \
        address_line2 state zipcode email city url phone logo_url legal_name legal_number \
        currency tax_identification_number timezone applicable_timezone net_payment_term \
        external_salesforce_id finalize_zero_amount_invoice billing_configuration \
        shipping_address skip_invoice_custom_sections metadata taxes integration_customers \
        applicable_invoice_custom_sections error_details";
    assert_eq!(keys(customer), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(customer["billing_entity_code"], "default");
    assert_eq!(customer["account_type"], "customer");
    assert_eq!(customer["sequential_id"], 1);
    assert!(customer["slug"].as_str().expect("a slug").ends_with("-001"));
    assert_eq!(customer["country"], "FR");
    assert_eq!(customer["finalize_zero_amount_invoice"], "inherit");
    assert_eq!(customer["applicable_timezone"], "UTC");
    assert_eq!(customer["email"], Value::Null);
    assert_eq!(
        customer["billing_configuration"],
        json!({
            "invoice_grace_period": null,
            "payment_provider": null,
            "payment_provider_code": null,
            "document_locale": null,
            "subscription_invoice_issuing_date_anchor": null,
            "subscription_invoice_issuing_date_adjustment": null,
        })
    );
    let created_at = customer["created_at"].as_str().expect("a time");
    assert!(created_at.len() == 20 && created_at.ends_with('Z'), "{created_at}");
    assert_eq!(world.api().get("/api/v1/customers/ada").body, answer.body);
}

#[test]
fn only_keys_that_are_there_change_anything() {
    let world = World::new();
    let first = upsert(
        &world,
        &json!({
            "external_id": "ada", "name": "Ada", "email": "a@b.co, c@d.org", "city": "Paris",
            "currency": "EUR", "timezone": "Europe/Paris", "net_payment_term": 30,
            "shipping_address": {"city": "Lyon", "country": "FR"},
            "billing_configuration": {"document_locale": "fr", "invoice_grace_period": 3},
        }),
    );
    assert_eq!(first.status, 200, "{first:?}");
    let second = upsert(&world, &json!({"external_id": "ada", "city": null, "currency": "USD"}));
    let (before, after) = (&first.body["customer"], &second.body["customer"]);
    assert_eq!(after["city"], Value::Null);
    assert_eq!(after["currency"], "USD");
    for kept in
        ["lago_id", "sequential_id", "name", "email", "timezone", "net_payment_term", "created_at"]
    {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert_eq!(after["applicable_timezone"], "Europe/Paris");
    assert_eq!(after["shipping_address"]["city"], "Lyon");
    assert_eq!(after["billing_configuration"]["document_locale"], "fr");
    assert_eq!(after["billing_configuration"]["invoice_grace_period"], 3);
    let cleared = upsert(&world, &json!({"external_id": "ada", "shipping_address": null}));
    assert_eq!(cleared.body["customer"]["shipping_address"]["city"], Value::Null);
    assert_eq!(customers_count(&world), 1);
}

#[test]
fn what_is_wrong_with_a_field_is_said_under_its_name() {
    let world = World::new();
    let long = "x".repeat(256);
    let rows = [
        (json!({"external_id": ""}), r#"{"external_id":["value_is_mandatory"]}"#),
        (json!({"external_id": null}), r#"{"external_id":["value_is_mandatory"]}"#),
        (json!({"external_id": [1]}), r#"{"external_id":["value_is_invalid"]}"#),
        (json!({"name": long}), r#"{"name":["value_is_too_long"]}"#),
        (json!({"name": {}}), r#"{"name":["value_is_invalid"]}"#),
        (json!({"customer_type": "robot"}), r#"{"customer_type":["value_is_invalid"]}"#),
        (json!({"email": "nobody"}), r#"{"email":["invalid_email_format"]}"#),
        (json!({"email": "a@b.co,nobody"}), r#"{"email":["invalid_email_format"]}"#),
        (json!({"country": "XX"}), r#"{"country":["not_a_valid_country_code"]}"#),
        (
            json!({"shipping_address": {"country": "XX"}}),
            r#"{"country":["not_a_valid_country_code"]}"#,
        ),
        (json!({"currency": "EURO"}), r#"{"currency":["value_is_invalid"]}"#),
        (json!({"timezone": "Mars/Olympus"}), r#"{"timezone":["invalid_timezone"]}"#),
        (json!({"net_payment_term": -1}), r#"{"net_payment_term":["value_is_out_of_range"]}"#),
        (json!({"net_payment_term": "soon"}), r#"{"net_payment_term":["value_is_invalid"]}"#),
        (
            json!({"finalize_zero_amount_invoice": "maybe"}),
            r#"{"finalize_zero_amount_invoice":["invalid_value"]}"#,
        ),
        (
            json!({"billing_configuration": {"document_locale": "xx"}}),
            r#"{"document_locale":["not_a_valid_language_code"]}"#,
        ),
        (
            json!({"billing_configuration": {"provider_payment_methods": ["link"]}}),
            r#"{"provider_payment_methods":["value_is_invalid"]}"#,
        ),
        (
            json!({"currency": "x", "email": "x"}),
            r#"{"email":["invalid_email_format"],"currency":["value_is_invalid"]}"#,
        ),
    ];
    for (fields, details) in rows {
        let mut customer = json!({"external_id": "ada"});
        for (key, value) in fields.as_object().expect("an object") {
            customer[key] = value.clone();
        }
        assert_eq!(told(&upsert(&world, &customer)), invalid(details), "{fields}");
    }
    assert_eq!(customers_count(&world), 0, "nothing was stored");
}

#[test]
fn metadata_replaces_what_there_was() {
    let world = World::new();
    let line = |key: &str, value: &str| json!({"key": key, "value": value});
    let first = upsert(
        &world,
        &json!({"external_id": "ada", "metadata": [line("plan", "gold"), line("team", "red")]}),
    );
    let lines = first.body["customer"]["metadata"].clone();
    assert_eq!(keys(&lines[0]), ["lago_id", "key", "value", "display_in_invoice", "created_at"]);
    let changed = json!({"id": lines[0]["lago_id"], "key": "plan", "value": "silver"});
    let second =
        upsert(&world, &json!({"external_id": "ada", "metadata": [changed, line("new", "1")]}));
    let after = &second.body["customer"]["metadata"];
    assert_eq!(after[0]["lago_id"], lines[0]["lago_id"]);
    assert_eq!(after[0]["value"], "silver");
    assert_eq!(after[1]["key"], "new");
    assert_eq!(after.as_array().map(Vec::len), Some(2));
    let rows = [
        (json!(vec![line("k", "v"); 6]), r#"{"metadata":["invalid_count"]}"#),
        (json!([line(&"k".repeat(21), "v")]), r#"{"key":["value_is_too_long"]}"#),
        (json!([line("k", &"v".repeat(101))]), r#"{"value":["value_is_too_long"]}"#),
        (json!([{"value": "v"}]), r#"{"key":["value_is_mandatory"]}"#),
        (json!([line("k", "1"), line("k", "2")]), r#"{"key":["value_already_exist"]}"#),
        (json!("text"), r#"{"metadata":["value_is_invalid"]}"#),
    ];
    for (metadata, details) in rows {
        let answer = upsert(&world, &json!({"external_id": "ada", "metadata": metadata}));
        assert_eq!(told(&answer), invalid(details));
    }
    let kept = world.api().get("/api/v1/customers/ada");
    assert_eq!(kept.body["customer"]["metadata"], *after);
    let emptied = upsert(&world, &json!({"external_id": "ada", "metadata": []}));
    assert_eq!(emptied.body["customer"]["metadata"], json!([]));
}

#[test]
fn taxes_and_the_billing_entity_must_exist() {
    let world = World::new();
    for code in ["vat", "city"] {
        let tax = json!({"tax": {"code": code, "name": code, "rate": 20}});
        assert_eq!(world.api().post("/api/v1/taxes", &tax).status, 200);
    }
    let unknown = upsert(&world, &json!({"external_id": "ada", "tax_codes": ["vat", "none"]}));
    assert_eq!(told(&unknown), not_found("tax"));
    let elsewhere = upsert(&world, &json!({"external_id": "ada", "billing_entity_code": "x"}));
    assert_eq!(told(&elsewhere), not_found("billing_entity"));
    assert_eq!(customers_count(&world), 0);
    let taxed = upsert(
        &world,
        &json!({
            "external_id": "ada", "tax_codes": ["city", "vat", "city"],
            "billing_entity_code": "default",
        }),
    );
    assert_eq!(taxed.body["customer"]["taxes"][0]["code"], "city");
    assert_eq!(taxed.body["customer"]["taxes"][1]["code"], "vat");
    assert_eq!(taxed.body["customer"]["taxes"][1]["rate"].to_string(), "20.0");
    let none = upsert(&world, &json!({"external_id": "ada", "tax_codes": []}));
    assert_eq!(none.body["customer"]["taxes"], json!([]));
}

#[test]
fn lists_are_narrowed_and_come_in_pages() {
    let world = World::new();
    for (id, name, currency) in [("a_1", "Ada", "EUR"), ("b%2", "Bob", "USD"), ("c", "Cy", "EUR")] {
        world.pass(1);
        let customer = json!({
            "external_id": id, "name": name, "currency": currency,
            "metadata": [{"key": "plan", "value": name}],
        });
        assert_eq!(upsert(&world, &customer).status, 200);
    }
    let ids = |query: &str| {
        let list = world.api().get(&format!("/api/v1/customers?{query}"));
        each(&list, "customers", "external_id")
    };
    assert_eq!(ids(""), ["c", "b%2", "a_1"], "newest first");
    assert_eq!(ids("search_term=AD"), ["a_1"]);
    assert_eq!(ids("search_term=_"), ["a_1"], "no wildcard of the database");
    assert_eq!(ids("search_term=%25"), ["b%2"]);
    assert_eq!(ids("external_id=c"), ["c"]);
    assert_eq!(ids("currencies[]=EUR"), ["c", "a_1"]);
    assert_eq!(ids("currencies%5B%5D=USD&currencies%5B%5D=GBP"), ["b%2"]);
    assert_eq!(ids("currencies=GBP"), Vec::<Value>::new());
    assert_eq!(ids("metadata[plan]=Bob"), ["b%2"]);
    assert_eq!(ids("metadata[plan]="), Vec::<Value>::new());
    assert_eq!(ids("metadata[other]="), ["c", "b%2", "a_1"]);
    assert_eq!(ids("per_page=2&page=2"), ["a_1"]);
    let page = world.api().get("/api/v1/customers?per_page=2");
    assert_eq!(
        page.body["meta"].to_string(),
        "{\"current_page\":1,\"next_page\":2,\"prev_page\":null,\"total_pages\":2,\
         \"total_count\":3}"
    );
}

#[test]
fn a_deleted_customer_is_gone_and_their_id_is_free() {
    let world = World::new();
    let first = upsert(&world, &json!({"external_id": "ada"}));
    let deleted = world.api().delete("/api/v1/customers/ada");
    assert_eq!(deleted.status, 200);
    assert_eq!(deleted.body["customer"]["lago_id"], first.body["customer"]["lago_id"]);
    for answer in [
        world.api().get("/api/v1/customers/ada"),
        world.api().delete("/api/v1/customers/ada"),
        world.api().get("/api/v1/customers/ada/payment_methods"),
        world.api().get("/api/v1/customers/never"),
    ] {
        assert_eq!(told(&answer), not_found("customer"));
    }
    assert_eq!(customers_count(&world), 0);
    let second = upsert(&world, &json!({"external_id": "ada"}));
    assert_ne!(second.body["customer"]["lago_id"], first.body["customer"]["lago_id"]);
    assert_eq!(second.body["customer"]["sequential_id"], 2);
}

#[test]
fn any_characters_may_stand_in_an_external_id() {
    let world = World::new();
    for (id, path) in [
        ("a.b@c:d|e", "a.b@c:d%7Ce"),
        ("with space", "with%20space"),
        ("plus+sign", "plus+sign"),
        ("per%cent", "per%25cent"),
        ("sla/sh", "sla%2Fsh"),
        ("Zoë 雪", "Zo%C3%AB%20%E9%9B%AA"),
        ("q?h#", "q%3Fh%23"),
        ("'; DROP TABLE customers; --", "%27%3B%20DROP%20TABLE%20customers%3B%20--"),
    ] {
        assert_eq!(upsert(&world, &json!({"external_id": id})).status, 200, "{id}");
        let found = world.api().get(&format!("/api/v1/customers/{path}"));
        assert_eq!(found.body["customer"]["external_id"], id, "{path}: {found:?}");
    }
}

#[test]
fn many_upserts_of_one_customer_at_once_make_one() {
    let world = World::new();
    let ids: Vec<Value> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..16)
            .map(|number| {
                let world = &world;
                scope.spawn(move || {
                    let name = format!("call {number}");
                    let customer = json!({"external_id": "ada", "name": name});
                    let answer = upsert(world, &customer);
                    assert_eq!(answer.status, 200, "{answer:?}");
                    answer.body["customer"]["lago_id"].clone()
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().expect("a call")).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(customers_count(&world), 1);
}

#[test]
fn each_filter_of_customers_narrows_the_list() {
    let world = World::new();
    let ada = json!({
        "external_id": "ada", "country": "fr", "state": "Bretagne", "zipcode": "35000",
        "customer_type": "company", "tax_identification_number": "FR1", "legal_name": "Ada SARL",
    });
    let bob = json!({
        "external_id": "bob", "country": "DE", "state": "Bayern", "zipcode": "80331",
        "customer_type": "individual", "tax_identification_number": "",
    });
    for customer in [&ada, &bob, &json!({"external_id": "cy"})] {
        world.pass(1);
        assert_eq!(upsert(&world, customer).status, 200);
    }
    for (query, expected) in [
        ("countries[]=FR", vec!["ada"]),
        ("countries[]=fr&countries[]=DE", vec!["bob", "ada"]),
        ("countries[]=XX", vec![]),
        ("countries[]=", vec!["cy", "bob", "ada"]),
        ("states[]=Bayern", vec!["bob"]),
        ("zipcodes[]=35000&zipcodes[]=1", vec!["ada"]),
        ("customer_type=company", vec!["ada"]),
        ("customer_type=robot", vec![]),
        ("has_customer_type=true", vec!["bob", "ada"]),
        ("has_customer_type=0", vec!["cy"]),
        ("has_tax_identification_number=true", vec!["ada"]),
        ("has_tax_identification_number=false", vec!["cy", "bob"]),
        ("has_tax_identification_number=maybe", vec!["cy", "bob", "ada"]),
        ("account_type[]=customer", vec!["cy", "bob", "ada"]),
        ("account_type[]=partner", vec![]),
        ("account_type[]=partner&account_type[]=customer", vec!["cy", "bob", "ada"]),
        ("search_term=sarl", vec!["ada"]),
        ("billing_entity_codes[]=default&countries[]=DE", vec!["bob"]),
        ("customer_type=company&states[]=Bayern", vec![]),
    ] {
        let list = world.api().get(&format!("/api/v1/customers?{query}"));
        assert_eq!(each(&list, "customers", "external_id"), expected, "{query}");
        assert_eq!(list.body["meta"]["total_count"], expected.len(), "{query}");
    }
    let other = world.api().get("/api/v1/customers?billing_entity_codes[]=other");
    assert_eq!(told(&other), not_found("billing_entity"));
}

#[test]
fn many_upserts_that_make_the_customer_at_the_provider_make_one_there() {
    let world = World::new();
    let linked: Vec<Value> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..8)
            .map(|number| {
                let world = &world;
                scope.spawn(move || {
                    let customer = json!({
                        "external_id": "ada", "name": format!("call {number}"),
                        "billing_configuration": {
                            "payment_provider": "sandbox", "payment_provider_code": "sandbox",
                            "sync_with_provider": true, "sync": number % 2 == 0,
                        },
                    });
                    let answer = upsert(world, &customer);
                    assert_eq!(answer.status, 200, "{answer:?}");
                    answer.body["customer"]["lago_id"].clone()
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().expect("a call")).collect()
    });
    assert!(linked.iter().all(|id| *id == linked[0]));
    world.pass(60);
    assert_eq!(customers_count(&world), 1);
    let shown = world.api().get("/api/v1/customers/ada");
    let account = &shown.body["customer"]["billing_configuration"]["provider_customer_id"];
    assert!(account.is_string(), "{shown:?}");
}
