//! What is refused, and that nothing came of it.

use serde_json::{Value, json};

use super::invoices::{external_status, shown};
use super::{Debtor, attempt, cancel, customer, debtor, payment, refusal, statuses};
use crate::billing::{change_customer, invoices, plan, subscribe};
use crate::world::World;

const NOBODY: &str = "0198c0de-0000-7000-8000-000000000000";

#[test]
fn an_invoice_that_is_not_owed_is_not_charged() {
    let world = World::new();
    let paid = debtor(&world, "ada", "ok");
    payment(&attempt(&world, &paid));
    assert_eq!(refusal(&attempt(&world, &paid)), "400 invoice_already_paid");
    let voided = debtor(&world, "bob", "ok");
    let done = world.api().post("/v1/invoices/void", &json!({ "id": voided.invoice }));
    assert_eq!(done.body, json!({ "data": { "id": voided.invoice } }));
    assert_eq!(refusal(&attempt(&world, &voided)), "400 invoice_voided");
    assert_eq!(refusal(&cancel(&world, &voided)), "400 no_live_payment");
    let id = customer(&world, "cy", "ok", "manually_charge_payment_intent");
    let nothing = Debtor { id, invoice: world.invoice("cy", 0) };
    assert_eq!(refusal(&attempt(&world, &nothing)), "400 nothing_to_collect");
    assert_eq!(external_status(&world, &nothing), "SKIPPED");
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn a_draft_is_neither_charged_nor_owed() {
    let world = World::at("2024-04-16T10:00:00Z");
    let id = world.customer("ada", "ok")["lago_id"].as_str().expect("an id").to_owned();
    let grace = json!({ "billing_configuration": { "invoice_grace_period": 3 } });
    change_customer(&world, &grace);
    plan(&world, "monthly", &json!({ "amount_cents": 3_000 }));
    subscribe(&world, "s1", "monthly", &json!({}));
    let invoice = invoices(&world)[0]["lago_id"].as_str().expect("an id").to_owned();
    let draft = Debtor { id, invoice };
    assert_eq!(refusal(&attempt(&world, &draft)), "400 invoice_not_finalized");
    assert_eq!(refusal(&cancel(&world, &draft)), "400 no_live_payment");
    let told = shown(&world, &draft);
    assert_eq!(told["status"], "DRAFT");
    assert_eq!(told["external_invoice"], Value::Null);
    assert!(told.get("issued_at").is_none(), "{told}");
    let listed = world.api().get(&format!("/v1/customers/{}/invoices?status=DRAFT", draft.id));
    assert_eq!(listed.body["data"][0]["id"], draft.invoice);
    let done = world.api().post("/v1/invoices/void", &json!({ "id": draft.invoice }));
    assert_eq!(done.body, json!({ "data": { "id": draft.invoice } }));
    assert_eq!(shown(&world, &draft)["status"], "VOID");
    assert_eq!(refusal(&attempt(&world, &draft)), "400 invoice_voided");
    world.pass_days(5);
    assert_eq!(world.charges().len(), 0);
}

#[test]
fn nothing_is_charged_without_a_configuration_that_allows_it() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let path = format!("/v1/customers/{}/billing-config/stripe", ada.id);
    let body = json!({
        "billing_provider_customer_id": "cus_ok__ada", "stripe_collection_method": "send_invoice",
    });
    assert_eq!(world.api().post(&path, &body).status, 200);
    assert_eq!(refusal(&attempt(&world, &ada)), "400 billing_not_configured");
    assert_eq!(world.api().delete(&path).text, "{}");
    assert_eq!(refusal(&attempt(&world, &ada)), "400 billing_not_configured");
    assert_eq!(refusal(&world.api().get(&path)), "404 billing_configuration_not_found");
    assert_eq!(refusal(&world.api().delete(&path)), "404 billing_configuration_not_found");
    assert_eq!(world.charges().len(), 0);
}

#[test]
fn an_archived_customer_owes_nothing_any_more() {
    let world = World::new();
    let ada = debtor(&world, "ada", "pending_3600");
    payment(&attempt(&world, &ada));
    let body = json!({ "id": ada.id });
    for _ in 0..2 {
        let archived = world.api().post("/v1/customers/archive", &body);
        assert_eq!(archived.body, json!({ "data": { "id": ada.id } }));
    }
    assert_eq!(refusal(&attempt(&world, &ada)), "400 customer_archived");
    assert_eq!(statuses(&world, &ada), ["canceled"]);
    assert_eq!(world.read_invoice(&ada.invoice)["status"], "voided");
    world.pass_days(3);
    assert_eq!(world.money_taken(), 0);
    let path = format!("/v1/customers/{}/setName", ada.id);
    assert_eq!(refusal(&world.api().post(&path, &json!({ "name": "x" }))), "400 customer_archived");
}

#[test]
fn a_payment_that_is_under_way_is_cancelled_when_its_invoice_is_voided() {
    let world = World::new();
    let ada = debtor(&world, "ada", "pending_3600");
    payment(&attempt(&world, &ada));
    let body = json!({ "id": ada.invoice });
    for _ in 0..2 {
        assert_eq!(world.api().post("/v1/invoices/void", &body).status, 200);
    }
    assert_eq!(statuses(&world, &ada), ["canceled"]);
    assert_eq!(refusal(&cancel(&world, &ada)), "400 no_live_payment");
    world.pass_days(3);
    assert_eq!(world.money_taken(), 0);
    let paid = debtor(&world, "bob", "ok");
    payment(&attempt(&world, &paid));
    let refused = world.api().post("/v1/invoices/void", &json!({ "id": paid.invoice }));
    assert_eq!(refusal(&refused), "400 invoice_already_paid");
}

#[test]
fn foreign_and_unknown_names_are_not_found() {
    let world = World::new();
    let (ada, bob) = (debtor(&world, "ada", "ok"), debtor(&world, "bob", "ok"));
    for call in ["attempt", "cancel", "list"] {
        let ask = |customer: &str, invoice: &str| {
            let body = json!({ "customer_id": customer, "invoice_id": invoice });
            refusal(&world.api().post(&format!("/v1/payments/{call}"), &body))
        };
        assert_eq!(ask(NOBODY, &ada.invoice), "404 customer_not_found", "{call}");
        assert_eq!(ask(&ada.id, NOBODY), "404 invoice_not_found", "{call}");
        assert_eq!(ask(&ada.id, &bob.invoice), "404 invoice_not_found", "{call}");
        assert_eq!(ask("ada", &ada.invoice), "400 invalid_request", "{call}");
    }
    let foreign = format!("/v1/customers/{}/invoices/{}", ada.id, bob.invoice);
    assert_eq!(refusal(&world.api().get(&foreign)), "404 invoice_not_found");
    let body = json!({ "id": NOBODY });
    assert_eq!(refusal(&world.api().post("/v1/invoices/void", &body)), "404 invoice_not_found");
    let archived = world.api().post("/v1/customers/archive", &body);
    assert_eq!(refusal(&archived), "404 customer_not_found");
    assert_eq!(world.charges().len(), 0);
}

#[test]
fn members_that_make_no_sense_are_refused() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let with = |key: &str, value: Value| {
        let mut body = ada.names();
        body[key] = value;
        body
    };
    let wrong = [
        with("customer_id", Value::Null),
        with("invoice_id", json!(7)),
        with("invoice_id", json!("not-an-id")),
        with("limit", json!(0)),
        with("limit", json!(101)),
        with("limit", json!("ten")),
        with("limit", json!(2.5)),
        with("statuses", json!(["failed"])),
        with("statuses", json!("paid")),
        with("statuses", json!([1])),
        with("next_page", json!("no-cursor")),
        with("next_page", json!(3)),
    ];
    for body in wrong {
        let answer = world.api().post("/v1/payments/list", &body);
        assert_eq!(refusal(&answer), "400 invalid_request", "{body}");
    }
    for raw in ["", "[]", "null", "{", "{\"customer_id\":"] {
        let answer =
            world.api().post_raw("/v1/payments/attempt", "application/json", raw.as_bytes());
        assert_eq!(refusal(&answer), "400 invalid_request", "{raw:?}");
    }
    assert_eq!(world.charges().len(), 0);
}

#[test]
fn configurations_that_make_no_sense_are_refused() {
    let world = World::new();
    let ada = customer(&world, "ada", "ok", "charge_automatically");
    let one = |members: Value| json!({ "data": [members] });
    let good = json!({
        "customer_id": ada, "billing_provider": "stripe",
        "delivery_method": "direct_to_billing_provider",
        "configuration": { "stripe_customer_id": "cus_ok__ada" },
    });
    let with = |key: &str, value: Value| {
        let mut members = good.clone();
        members[key] = value;
        one(members)
    };
    let wrong = [
        json!({}),
        json!({ "data": {} }),
        json!({ "data": [1] }),
        with("billing_provider", json!("netsuite")),
        with("billing_provider", json!("unheard_of")),
        with("delivery_method", json!("aws_sqs")),
        with("delivery_method", Value::Null),
        with("delivery_method_id", json!("x")),
        with("configuration", json!([])),
        with("configuration", json!({})),
        with("configuration", json!({ "stripe_customer_id": "" })),
        with(
            "configuration",
            json!({
                "stripe_customer_id": "cus_1", "stripe_collection_method": "by_pigeon",
            }),
        ),
    ];
    let path = "/v1/setCustomerBillingProviderConfigurations";
    for body in wrong {
        assert_eq!(refusal(&world.api().post(path, &body)), "400 invalid_request", "{body}");
    }
    let unknown = world.api().post(path, &with("customer_id", json!(NOBODY)));
    assert_eq!(refusal(&unknown), "404 customer_not_found");
    let unknown = world.api().post(path, &with("delivery_method_id", json!(NOBODY)));
    assert_eq!(refusal(&unknown), "404 delivery_method_not_found");
    let older = format!("/v1/customers/{ada}/billing-config/workday");
    let body = json!({ "billing_provider_customer_id": "cus_1" });
    assert_eq!(refusal(&world.api().post(&older, &body)), "400 invalid_request");
}
