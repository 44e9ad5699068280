//! Lists of invoices: what they show, what they can be narrowed by.

use serde_json::{Value, json};

use super::{each, keys, not_found, told};
use crate::world::World;

/// Ada owes 1000 and 2000, Bob owes 3000 in another currency.
fn three_debts() -> (World, [String; 3]) {
    let world = World::new();
    for (external_id, currency) in [("ada", "EUR"), ("bob", "USD")] {
        let name = format!("{external_id} of 50%");
        let body = json!({"customer": {
            "external_id": external_id, "currency": currency, "name": name,
        }});
        assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    }
    let body = json!({"add_on": {
        "name": "Set-up", "code": "setup", "amount_cents": 100, "amount_currency": "EUR",
    }});
    assert_eq!(world.api().post("/api/v1/add_ons", &body).status, 200);
    let ids = [("ada", 1_000), ("ada", 2_000), ("bob", 3_000)].map(|(customer, amount)| {
        world.pass(60);
        let body = json!({"invoice": {
            "external_customer_id": customer,
            "purchase_order_number": format!("PO-{amount}"),
            "fees": [{"add_on_code": "setup", "unit_amount_cents": amount}],
        }});
        let answer = world.api().post("/api/v1/invoices", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["invoice"]["lago_id"].as_str().expect("an id").to_owned()
    });
    (world, ids)
}

/// The totals of what is listed, in its order.
fn totals(world: &World, query: &str) -> Vec<Value> {
    let answer = world.api().get(&format!("/api/v1/invoices?{query}"));
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    each(&answer, "invoices", "total_amount_cents")
}

#[test]
fn the_newest_come_first_without_their_fees() {
    let (world, _) = three_debts();
    assert_eq!(totals(&world, ""), [3_000, 2_000, 1_000]);
    let page = world.api().get("/api/v1/invoices?page=2&per_page=2");
    assert_eq!(each(&page, "invoices", "total_amount_cents"), [1_000]);
    assert_eq!(
        page.body["meta"],
        json!({"current_page": 2, "next_page": null, "prev_page": 1,
               "total_pages": 2, "total_count": 3})
    );
    let shown = keys(&page.body["invoices"][0]);
    assert!(shown.contains(&"customer") && shown.contains(&"applied_taxes"));
    assert!(!shown.contains(&"fees") && !shown.contains(&"credits"), "{shown:?}");
}

#[test]
fn each_filter_narrows_the_list() {
    let (world, [first, second, third]) = three_debts();
    let api = world.api();
    let paid = json!({"payment": {"invoice_id": first, "amount_cents": 400, "reference": "r"}});
    assert_eq!(api.post("/api/v1/payments", &paid).status, 200);
    let succeeded = json!({"invoice": {
        "payment_status": "succeeded", "metadata": [{"key": "plan", "value": "gold"}],
    }});
    assert_eq!(api.put(&format!("/api/v1/invoices/{second}"), &succeeded).status, 200);
    assert_eq!(api.post(&format!("/api/v1/invoices/{third}/void"), &json!({})).status, 200);
    assert_eq!(api.post(&format!("/api/v1/invoices/{first}/lose_dispute"), &json!({})).status, 200);
    let date = world.read_invoice(&first)["issuing_date"].as_str().expect("a date").to_owned();
    let all = vec![3_000, 2_000, 1_000];
    let rows = [
        ("external_customer_id=ada".to_owned(), vec![2_000, 1_000]),
        ("customer_external_id=bob".to_owned(), vec![3_000]),
        ("external_customer_id=eve".to_owned(), vec![]),
        ("status=voided".to_owned(), vec![3_000]),
        ("statuses[]=voided&statuses[]=draft".to_owned(), vec![3_000]),
        ("status=failed".to_owned(), vec![]),
        ("payment_status=succeeded".to_owned(), vec![2_000]),
        ("payment_statuses[]=pending&payment_statuses[]=failed".to_owned(), vec![3_000, 1_000]),
        ("payment_overdue=true".to_owned(), vec![]),
        ("payment_overdue=0".to_owned(), all.clone()),
        ("payment_dispute_lost=true".to_owned(), vec![1_000]),
        ("payment_dispute_lost=false".to_owned(), vec![3_000, 2_000]),
        ("partially_paid=true".to_owned(), vec![1_000]),
        ("partially_paid=false".to_owned(), vec![3_000, 2_000]),
        ("self_billed=true".to_owned(), vec![]),
        ("invoice_type=one_off".to_owned(), all.clone()),
        ("invoice_type=credit".to_owned(), vec![]),
        ("currency=USD".to_owned(), vec![3_000]),
        (format!("issuing_date_from={date}&issuing_date_to={date}"), all.clone()),
        ("issuing_date_from=2999-01-01".to_owned(), vec![]),
        ("issuing_date_to=2000-01-01".to_owned(), vec![]),
        ("issuing_date_from=soon".to_owned(), all.clone()),
        ("amount_from=2000".to_owned(), vec![3_000, 2_000]),
        ("amount_from=1000&amount_to=2000".to_owned(), vec![2_000, 1_000]),
        ("search_term=ADA".to_owned(), vec![2_000, 1_000]),
        ("search_term=-002-001".to_owned(), vec![3_000]),
        (format!("search_term={second}"), vec![2_000]),
        ("search_term=50%25".to_owned(), all.clone()),
        ("search_term=0%25of".to_owned(), vec![]),
        ("search_term=a_a".to_owned(), vec![]),
        ("metadata[plan]=gold".to_owned(), vec![2_000]),
        ("metadata[plan]=tin".to_owned(), vec![]),
        ("metadata[plan]=".to_owned(), vec![3_000, 1_000]),
        ("purchase_order_number=po-2000".to_owned(), vec![2_000]),
        ("settlements[]=payment".to_owned(), vec![1_000]),
        ("settlements[]=payment&settlements[]=credit_note".to_owned(), vec![1_000]),
        ("settlements[]=credit_note".to_owned(), vec![]),
        ("settlements[]=gift".to_owned(), all.clone()),
        ("billing_entity_codes[]=default".to_owned(), all),
    ];
    for (query, expected) in rows {
        assert_eq!(totals(&world, &query), expected, "{query}");
    }
}

#[test]
fn statuses_that_do_not_exist_are_told() {
    let world = World::new();
    for (query, field) in [
        ("status=open", "status"),
        ("status[]=closed", "status"),
        ("statuses[]=x", "status"),
        ("payment_status=paid", "payment_status"),
        ("payment_statuses[]=paid", "payment_status"),
    ] {
        let answer = world.api().get(&format!("/api/v1/invoices?{query}"));
        assert_eq!((answer.status, &answer.body["code"]), (422, &json!("validation_errors")));
        assert!(answer.body["error_details"][field][0].is_string(), "{query}: {answer:?}");
    }
    let answer = world.api().get("/api/v1/invoices?billing_entity_codes[]=other");
    assert_eq!(told(&answer), not_found("billing_entity"));
}

#[test]
fn the_invoices_of_a_customer_are_listed_under_them() {
    let (world, _) = three_debts();
    let answer = world.api().get("/api/v1/customers/ada/invoices?amount_from=1500");
    assert_eq!(each(&answer, "invoices", "total_amount_cents"), [2_000]);
    // Another customer's cannot be asked for here.
    let answer = world.api().get("/api/v1/customers/ada/invoices?external_customer_id=bob");
    assert_eq!(each(&answer, "invoices", "total_amount_cents"), [2_000, 1_000]);
    for nested in ["invoices", "payments"] {
        let answer = world.api().get(&format!("/api/v1/customers/eve/{nested}?status=x"));
        assert_eq!(told(&answer), not_found("customer"));
    }
}

#[test]
fn a_deleted_customer_keeps_their_invoices() {
    let (world, [first, ..]) = three_debts();
    assert_eq!(world.api().delete("/api/v1/customers/ada").status, 200);
    assert_eq!(totals(&world, "external_customer_id=ada"), [2_000, 1_000]);
    assert_eq!(world.read_invoice(&first)["customer"]["external_id"], "ada");
    // Whoever has the name next has them under it too.
    let body = json!({"customer": {"external_id": "ada", "currency": "EUR"}});
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    world.invoice("ada", 4_000);
    assert_eq!(totals(&world, "external_customer_id=ada"), [4_000, 2_000, 1_000]);
}

#[test]
fn upper_and_lower_case_are_the_same_in_every_alphabet() {
    let world = World::new();
    let body = json!({"customer": {
        "external_id": "zoe", "name": "ZOË ÅSTRÖM", "currency": "EUR", "email": "zoe@b.example",
    }});
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    let body = json!({"add_on": {
        "name": "Set-up", "code": "setup", "amount_cents": 100, "amount_currency": "EUR",
    }});
    assert_eq!(world.api().post("/api/v1/add_ons", &body).status, 200);
    let body = json!({"invoice": {
        "external_customer_id": "zoe", "purchase_order_number": "Größe-1",
        "fees": [{"add_on_code": "setup"}],
    }});
    assert_eq!(world.api().post("/api/v1/invoices", &body).status, 200);
    for query in [
        "search_term=zo%C3%AB+%C3%A5s",
        "search_term=%C3%85STR%C3%96M",
        "purchase_order_number=GR%C3%96%C3%9FE-1",
    ] {
        assert_eq!(totals(&world, query), [100], "{query}");
    }
    assert_eq!(totals(&world, "purchase_order_number=gr"), Vec::<Value>::new(), "the whole of it");
    let found = world.api().get("/api/v1/customers?search_term=ZO%C3%8B");
    assert_eq!(each(&found, "customers", "external_id"), ["zoe"]);
    // What is changed is found by its new name only.
    let body = json!({"customer": {"external_id": "zoe", "name": "Élise"}});
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    assert_eq!(totals(&world, "search_term=%C3%89LISE"), [100]);
    assert_eq!(totals(&world, "search_term=zo%C3%AB"), Vec::<Value>::new());
}
