//! Customers and how they are charged: one set of customers, whichever dialect made them.

use serde_json::{Value, json};

use super::{customer, refusal};
use crate::world::World;

fn detail(world: &World, id: &str) -> Value {
    let answer = world.api().get(&format!("/v1/customers/{id}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["data"].clone()
}

#[test]
fn a_customer_made_here_is_there_and_the_other_way_round() {
    let world = World::new();
    let made = world.api().post(
        "/v1/customers",
        &json!({
            "name": "A".repeat(200), "external_id": "ada", "ingest_aliases": ["a-1", "ada", "a-2"],
            "custom_fields": { "segment": "books" },
        }),
    );
    assert_eq!(made.status, 200, "{made:?}");
    let made = &made.body["data"];
    assert_eq!(made["external_id"], "ada");
    assert_eq!(made["ingest_aliases"], json!(["ada", "a-1", "a-2"]));
    assert_eq!(made["name"].as_str().map(str::len), Some(160));
    assert_eq!(made["custom_fields"], json!({ "segment": "books" }));
    let there = world.api().get("/api/v1/customers/ada");
    assert_eq!(there.body["customer"]["lago_id"], made["id"]);
    assert_eq!(there.body["customer"]["metadata"][0]["key"], "segment");

    let other = world.customer("bob", "ok");
    let here = detail(&world, other["lago_id"].as_str().unwrap());
    assert_eq!(here["external_id"], "bob");
    assert_eq!(here["ingest_aliases"], json!(["bob"]));
    assert_eq!(here["customer_config"], json!({ "salesforce_account_id": null }));
    assert_eq!(here["archived_at"], Value::Null);
}

#[test]
fn a_customer_without_aliases_is_called_by_its_id() {
    let world = World::new();
    let made = world.api().post("/v1/customers", &json!({ "name": "Ada" }));
    let made = &made.body["data"];
    assert_eq!(made["external_id"], made["id"]);
    assert_eq!(made["ingest_aliases"], json!([]));
}

#[test]
fn aliases_are_replaced_as_a_whole_and_belong_to_one() {
    let world = World::new();
    let ada = customer(&world, "ada", "ok", "charge_automatically");
    let bob = customer(&world, "bob", "ok", "charge_automatically");
    let path = format!("/v1/customers/{ada}/setIngestAliases");
    let set = |aliases: Value| world.api().post(&path, &json!({ "ingest_aliases": aliases }));
    assert_eq!(set(json!(["new", "ada"])).text, "{}");
    assert_eq!(detail(&world, &ada)["ingest_aliases"], json!(["new", "ada"]));
    assert_eq!(world.api().get("/api/v1/customers/new").status, 200);
    let refused = set(json!(["x", "bob"]));
    assert_eq!(refusal(&refused), "409 alias_taken");
    assert_eq!(refused.header("x-should-retry"), Some("false"));
    assert_eq!(world.api().post("/v1/customers/archive", &json!({ "id": bob })).status, 200);
    assert_eq!(refusal(&set(json!(["bob"]))), "409 alias_taken");
    assert_eq!(detail(&world, &ada)["ingest_aliases"], json!(["new", "ada"]));
    for wrong in [json!([""]), json!(["x".repeat(129)]), json!([1]), json!("ada"), Value::Null] {
        assert_eq!(refusal(&set(wrong.clone())), "400 invalid_request", "{wrong}");
    }
    assert_eq!(set(json!([])).status, 200);
    assert_eq!(detail(&world, &ada)["external_id"], ada);
}

#[test]
fn names_change_and_customers_are_listed_page_by_page() {
    let world = World::new();
    let ids: Vec<String> = ["a", "b", "c", "d", "e"]
        .iter()
        .map(|alias| customer(&world, alias, "ok", "charge_automatically"))
        .collect();
    let renamed =
        world.api().post(&format!("/v1/customers/{}/setName", ids[0]), &json!({ "name": "Zoe" }));
    assert_eq!(renamed.body["data"]["name"], "Zoe");
    assert_eq!(world.api().post("/v1/customers/archive", &json!({ "id": ids[4] })).status, 200);

    let mut seen = Vec::new();
    let mut path = "/v1/customers?limit=3".to_owned();
    loop {
        let page = world.api().get(&path);
        assert_eq!(page.status, 200, "{page:?}");
        let data = page.body["data"].as_array().unwrap();
        seen.extend(data.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.body["next_page"].as_str() else { break };
        path = format!("/v1/customers?limit=3&next_page={cursor}");
        let other = format!("/v1/customers?ingest_alias=a&next_page={cursor}");
        assert_eq!(refusal(&world.api().get(&other)), "400 invalid_request");
    }
    assert_eq!(seen, [&ids[3][..], &ids[2], &ids[1], &ids[0]]);

    let count = |query: &str| {
        let answer = world.api().get(&format!("/v1/customers?{query}"));
        answer.body["data"].as_array().unwrap_or_else(|| panic!("{answer:?}")).len()
    };
    assert_eq!(count("only_archived=true"), 1);
    assert_eq!(count("customer_ids="), 4);
    assert_eq!(count(&format!("customer_ids={}%2C{}", ids[0], ids[4])), 1);
    assert_eq!(count("ingest_alias=b"), 1);
    for wrong in ["limit=0", "limit=x", "customer_ids=a", "only_archived=yes", "next_page=x"] {
        let refused = world.api().get(&format!("/v1/customers?{wrong}"));
        assert_eq!(refusal(&refused), "400 invalid_request", "{wrong}");
    }
}

#[test]
fn both_generations_of_configurations_read_and_write_one_list() {
    let world = World::new();
    let ada = world.customer("ada", "ok")["lago_id"].as_str().unwrap().to_owned();
    let older = format!("/v1/customers/{ada}/billing-config/stripe");
    let shown = world.api().get(&older).body["data"].clone();
    assert_eq!(shown["billing_provider_customer_id"], "cus_ok__ada");
    assert_eq!(shown["stripe_collection_method"], "charge_automatically");

    let set = world.api().post(
        "/v1/setCustomerBillingProviderConfigurations",
        &json!({ "data": [{
            "customer_id": ada, "billing_provider": "stripe",
            "delivery_method": "direct_to_billing_provider",
            "configuration": {
                "stripe_customer_id": "cus_ok__2",
                "stripe_collection_method": "manual_charge_payment_intent",
                "leave_stripe_invoices_in_draft": true,
            },
        }]}),
    );
    assert_eq!(set.status, 200, "{set:?}");
    let made = &set.body["data"][0];
    assert_eq!(
        made["configuration"],
        json!({
            "stripe_customer_id": "cus_ok__2",
            "stripe_collection_method": "manually_charge_payment_intent",
            "leave_stripe_invoices_in_draft": true,
        })
    );
    let there = world.api().get("/api/v1/customers/ada").body["customer"].clone();
    assert_eq!(there["billing_configuration"]["provider_customer_id"], "cus_ok__2");

    let list = |archived_too: bool| {
        let body = json!({ "customer_id": ada, "include_archived": archived_too });
        let answer = world.api().post("/v1/getCustomerBillingProviderConfigurations", &body);
        answer.body["data"].as_array().expect("configurations").clone()
    };
    assert_eq!(list(false).len(), 1);
    let all = list(true);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0]["id"], made["id"]);
    assert!(all[1]["archived_at"].is_string());

    let archive = |ids: Value| {
        let body =
            json!({ "customer_id": ada, "customer_billing_provider_configuration_ids": ids });
        world.api().post("/v1/archiveCustomerBillingProviderConfigurations", &body)
    };
    let refused = archive(json!([made["id"], "0198c0de-0000-7000-8000-000000000000"]));
    assert_eq!(refusal(&refused), "404 billing_configuration_not_found");
    assert_eq!(list(false).len(), 1);
    assert_eq!(archive(json!([made["id"]])).status, 200);
    assert_eq!(list(false).len(), 0);
    let there = world.api().get("/api/v1/customers/ada").body["customer"].clone();
    assert_eq!(there["billing_configuration"]["payment_provider"], Value::Null);
}

#[test]
fn a_customer_and_its_configurations_are_made_together_or_not_at_all() {
    let world = World::new();
    let refused = world.api().post(
        "/v1/customers",
        &json!({
            "name": "Ada", "ingest_aliases": ["ada"],
            "customer_billing_provider_configurations": [{
                "billing_provider": "stripe",
                "delivery_method_id": "0198c0de-0000-7000-8000-000000000000",
                "configuration": { "stripe_customer_id": "cus_ok__ada" },
            }],
        }),
    );
    assert_eq!(refusal(&refused), "404 delivery_method_not_found");
    assert_eq!(world.api().get("/api/v1/customers/ada").status, 404);
    for wrong in [json!({}), json!({ "name": "" }), json!({ "name": 1 })] {
        let refused = world.api().post("/v1/customers", &wrong);
        assert_eq!(refusal(&refused), "400 invalid_request", "{wrong}");
    }
}

#[test]
fn who_is_charged_by_itself_is_and_who_is_not_is_not() {
    let world = World::new();
    for (alias, method, charged) in [
        ("a", "charge_automatically", true),
        ("b", "auto_charge_payment_intent", true),
        ("c", "manually_charge_payment_intent", false),
        ("d", "send_invoice", false),
    ] {
        customer(&world, alias, "ok", method);
        let invoice = world.invoice(alias, 1_000);
        world.pass(2);
        let status = if charged { "succeeded" } else { "pending" };
        assert_eq!(world.payment_status(&invoice), status, "{method}");
    }
}
