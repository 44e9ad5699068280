//! Invoices as this dialect tells them, and what their lists can be narrowed by.

use serde_json::{Value, json};

use super::{Debtor, attempt, debtor, refusal};
use crate::world::{Answer, World};

pub fn shown(world: &World, debtor: &Debtor) -> Value {
    let path = format!("/v1/customers/{}/invoices/{}", debtor.id, debtor.invoice);
    let answer = world.api().get(&path);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["data"].clone()
}

pub fn external_status(world: &World, debtor: &Debtor) -> String {
    let shown = shown(world, debtor);
    shown["external_invoice"]["external_status"].as_str().expect("a status").to_owned()
}

#[test]
fn an_invoice_is_told_with_its_lines_and_how_it_is_paid() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let open = shown(&world, &ada);
    assert_eq!(open["status"], "FINALIZED");
    assert_eq!(open["type"], "SCHEDULED");
    assert_eq!(open["total"].to_string(), "49");
    assert_eq!(open["credit_type"]["name"], "EUR");
    let line = &open["line_items"][0];
    assert_eq!((line["name"].as_str(), line["type"].as_str()), (Some("Set-up"), Some("scheduled")));
    assert_eq!(
        (line["quantity"].to_string(), line["total"].to_string()),
        ("1".into(), "49".into())
    );
    assert_eq!(open["external_invoice"]["external_status"], "FINALIZED");
    assert_eq!(open["external_invoice"]["invoice_id"], world.read_invoice(&ada.invoice)["number"]);
    attempt(&world, &ada);
    let paid = shown(&world, &ada);
    assert_eq!(paid["status"], "FINALIZED");
    assert_eq!(paid["external_invoice"]["external_status"], "PAID");
    assert_eq!(paid["external_invoice"]["external_payment_id"], world.charges()[0]["id"]);
}

#[test]
fn how_collecting_stands_is_told_beside_the_invoice() {
    let world = World::new();
    let ada = debtor(&world, "ada", "declined_insufficient_funds");
    attempt(&world, &ada);
    assert_eq!(external_status(&world, &ada), "PAYMENT_FAILED");
    assert!(shown(&world, &ada)["external_invoice"]["billing_provider_error"].is_string());
    world.pass_days(60);
    assert_eq!(external_status(&world, &ada), "UNCOLLECTIBLE");
    world.api().post("/v1/invoices/void", &json!({ "id": ada.invoice }));
    assert_eq!(external_status(&world, &ada), "VOID");
    assert_eq!(shown(&world, &ada)["status"], "VOID");
    let part = debtor(&world, "bob", "ok");
    let body = json!({ "payment": {
        "invoice_id": part.invoice, "amount_cents": 900, "reference": "cash",
    }});
    assert_eq!(world.api().post("/api/v1/payments", &body).status, 200);
    assert_eq!(external_status(&world, &part), "PARTIALLY_PAID");
}

fn ids(answer: &Answer) -> Vec<String> {
    let data = answer.body["data"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
    data.iter().map(|it| it["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn lists_are_narrowed_sorted_and_paged() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let mut made = vec![ada.invoice.clone()];
    for amount in [100, 200, 300] {
        world.pass_days(1);
        made.push(world.invoice("ada", amount));
    }
    let list = |query: &str| world.api().get(&format!("/v1/customers/{}/invoices?{query}", ada.id));
    assert_eq!(ids(&list("")), made);
    let newest: Vec<String> = made.iter().rev().cloned().collect();
    assert_eq!(ids(&list("sort=date_desc")), newest);
    let first = list("sort=date_desc&limit=3");
    let cursor = first.body["next_page"].as_str().expect("a cursor");
    let rest = list(&format!("sort=date_desc&limit=3&next_page={cursor}"));
    assert_eq!([ids(&first), ids(&rest)].concat(), newest);
    assert_eq!(rest.body["next_page"], Value::Null);
    assert_eq!(refusal(&list(&format!("next_page={cursor}"))), "400 invalid_request");

    world.api().post("/v1/invoices/void", &json!({ "id": made[0] }));
    assert_eq!(ids(&list("status=VOID")), made[..1]);
    assert_eq!(ids(&list("status=FINALIZED")), made[1..]);
    let issued = list("").body["data"][2]["issued_at"].as_str().unwrap().to_owned();
    assert_eq!(ids(&list(&format!("starting_on={issued}"))), made[2..]);
    // The same moment as clients write it: a day, without a zone, with another zone.
    let day = &issued[..10];
    for same in [day.to_owned(), format!("{day}T00:00:00"), format!("{day}T02:00:00%2B02:00")] {
        assert_eq!(ids(&list(&format!("starting_on={same}"))), made[2..], "{same}");
    }
    assert_eq!(ids(&list(&format!("ending_before={issued}"))), made[..2]);
    let euro = "1c475899-09b3-5c1d-b62f-404b15bf01fe";
    assert_eq!(ids(&list(&format!("credit_type_id={euro}"))).len(), 4);
    let contract = list("").body["data"][0]["contract_id"].as_str().unwrap().to_owned();
    assert_eq!(ids(&list(&format!("contract_id={contract}"))).len(), 4);
    for nothing in [
        "status=PAID".to_owned(),
        "type=USAGE".to_owned(),
        format!("contract_id={euro}"),
        format!("credit_type_id={contract}"),
    ] {
        assert_eq!(ids(&list(&nothing)).len(), 0, "{nothing}");
    }
    for wrong in [
        "sort=up",
        "type=GIFT",
        "starting_on=soon",
        "credit_type_id=eur",
        "limit=101",
        "next_page=x",
    ] {
        assert_eq!(refusal(&list(wrong)), "400 invalid_request", "{wrong}");
    }
    let unknown = world.api().get("/v1/customers/0198c0de-0000-7000-8000-000000000000/invoices");
    assert_eq!(refusal(&unknown), "404 customer_not_found");
}

#[test]
fn pricing_units_are_told_page_by_page() {
    let world = World::new();
    let mut names: Vec<Value> = Vec::new();
    let mut path = "/v1/credit-types/list?limit=50".to_owned();
    loop {
        let page = world.api().get(&path);
        let data = page.body["data"].as_array().unwrap_or_else(|| panic!("{page:?}"));
        names.extend(data.iter().map(|unit| unit["name"].clone()));
        let Some(cursor) = page.body["next_page"].as_str() else { break };
        path = format!("/v1/credit-types/list?limit=50&next_page={cursor}");
    }
    assert_eq!((&names[0], &names[6]), (&json!("USD (cents)"), &json!("EUR")));
    assert!(names.len() > 100, "{}", names.len());
    assert_eq!(
        refusal(&world.api().get("/v1/credit-types/list?next_page=x")),
        "400 invalid_request"
    );
}
