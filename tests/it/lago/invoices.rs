//! One-off invoices: what they come to, how they are shown, what is refused.

use serde_json::{Value, json};

use super::{anything, invalid, keys, not_found, told};
use crate::world::{Answer, World};

fn create(world: &World, invoice: &Value) -> Answer {
    world.api().post("/api/v1/invoices", &json!({ "invoice": invoice }))
}

fn made(world: &World, invoice: &Value) -> Value {
    let answer = create(world, invoice);
    assert_eq!(answer.status, 200, "{invoice}: {answer:?}");
    answer.body["invoice"].clone()
}

fn post(world: &World, path: &str, body: &Value) -> Value {
    let answer = world.api().post(path, body);
    assert_eq!(answer.status, 200, "{body}: {answer:?}");
    answer.body
}

/// A customer of no provider, and two add-ons.
fn shop() -> World {
    let world = World::new();
    customer(&world, &json!({"external_id": "ada", "name": "Ada", "currency": "EUR"}));
    for (code, amount) in [("setup", 5_000), ("hour", 99)] {
        post(
            &world,
            "/api/v1/add_ons",
            &json!({"add_on": {
                "name": code.to_uppercase(), "code": code, "description": "as agreed",
                "amount_cents": amount, "amount_currency": "EUR",
            }}),
        );
    }
    world
}

fn customer(world: &World, customer: &Value) -> Value {
    post(world, "/api/v1/customers", &json!({ "customer": customer }))["customer"].clone()
}

fn tax(world: &World, code: &str, rate: f64, applied_to_organization: bool) {
    post(
        world,
        "/api/v1/taxes",
        &json!({"tax": {
            "name": code, "code": code, "rate": rate,
            "applied_to_organization": applied_to_organization,
        }}),
    );
}

fn invoices_count(world: &World) -> u64 {
    let list = world.api().get("/api/v1/invoices");
    list.body["meta"]["total_count"].as_u64().expect("a count")
}

#[test]
fn a_new_invoice_is_shown_whole() {
    let world = shop();
    tax(&world, "vat", 20.0, false);
    let invoice = made(
        &world,
        &json!({
            "external_customer_id": "ada", "purchase_order_number": " PO-1 ",
            "fees": [
                {"add_on_code": "setup", "units": "1.5", "tax_codes": ["vat", "unknown"],
                 "from_datetime": "2025-01-01T00:00:00Z", "to_datetime": "2025-02-01"},
                {"add_on_code": "hour", "unit_amount_cents": 333, "invoice_display_name": "Work"},
            ],
        }),
    );
    let expected = "lago_id billing_entity_code sequential_id number purchase_order_number \
        issuing_date payment_due_date net_payment_term invoice_type status payment_status \
        payment_dispute_lost_at payment_overdue currency fees_amount_cents taxes_amount_cents \
        progressive_billing_credit_amount_cents coupons_amount_cents credit_notes_amount_cents \
        sub_total_excluding_taxes_amount_cents sub_total_including_taxes_amount_cents \
        total_amount_cents total_due_amount_cents total_paid_amount_cents \
        total_offsetted_credit_note_amount_cents prepaid_credit_amount_cents \
        prepaid_granted_credit_amount_cents prepaid_purchased_credit_amount_cents file_url \
        xml_url web_url version_number self_billed created_at updated_at voided_at customer \
        metadata applied_taxes payment_method subscriptions billing_periods fees credits \
        error_details applied_invoice_custom_sections";
    assert_eq!(keys(&invoice), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(invoice["invoice_type"], "one_off");
    assert_eq!(invoice["status"], "finalized");
    assert_eq!(invoice["payment_status"], "pending");
    assert_eq!(invoice["purchase_order_number"], "PO-1");
    assert_eq!(invoice["sequential_id"], 1);
    assert!(invoice["number"].as_str().expect("a number").ends_with("-001-001"));
    assert_eq!(invoice["currency"], "EUR");
    // 5000 × 1.5 at 20 %, and 333 without tax.
    assert_eq!(invoice["fees_amount_cents"], 7_833);
    assert_eq!(invoice["taxes_amount_cents"], 1_500);
    assert_eq!(invoice["total_amount_cents"], 9_333);
    assert_eq!(invoice["total_due_amount_cents"], 9_333);
    assert_eq!(invoice["total_paid_amount_cents"], 0);
    assert_eq!(invoice["version_number"], 4);
    assert_eq!(invoice["customer"]["external_id"], "ada");
    assert_eq!(invoice["issuing_date"], invoice["payment_due_date"]);
    let tax = &invoice["applied_taxes"][0];
    assert_eq!(tax["tax_code"], "vat");
    assert_eq!(tax["tax_rate"].to_string(), "20.0");
    assert_eq!((&tax["amount_cents"], &tax["fees_amount_cents"]), (&json!(1500), &json!(7500)));
    let read = world.read_invoice(invoice["lago_id"].as_str().expect("an id"));
    assert_eq!(read, invoice);
    assert_eq!(
        invoice["payment_method"],
        json!({"payment_method_id": null, "payment_method_type": "provider"})
    );
}

#[test]
fn a_fee_is_shown_whole() {
    let world = shop();
    tax(&world, "vat", 20.0, false);
    let invoice = made(
        &world,
        &json!({"external_customer_id": "ada", "fees": [
            {"add_on_code": "setup", "units": 1.5, "unit_amount_cents": 823,
             "tax_codes": ["vat"], "from_datetime": "2025-01-01T00:00:00Z",
             "to_datetime": "2025-02-01"},
        ]}),
    );
    let fee = &invoice["fees"][0];
    let expected = "lago_id lago_charge_id lago_charge_filter_id lago_fixed_charge_id \
        lago_true_up_fee_id lago_true_up_parent_fee_id lago_original_fee_id lago_invoice_id \
        lago_subscription_id external_subscription_id lago_customer_id external_customer_id item \
        pay_in_advance invoiceable amount_cents amount_currency precise_amount \
        precise_total_amount taxes_amount_cents taxes_precise_amount taxes_rate \
        total_aggregated_units total_amount_cents total_amount_currency units description \
        precise_unit_amount precise_coupons_amount_cents sub_total_excluding_taxes_amount_cents \
        sub_total_excluding_taxes_precise_amount_cents events_count payment_status created_at \
        succeeded_at failed_at refunded_at amount_details self_billed pricing_unit_details \
        presentation_breakdowns from_date to_date";
    assert_eq!(keys(fee), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(fee["lago_invoice_id"], invoice["lago_id"]);
    assert_eq!(fee["external_customer_id"], "ada");
    assert_eq!(fee["units"], "1.5");
    // 823 × 1.5 = 1234.5, half away from zero.
    assert_eq!(fee["amount_cents"], 1_235);
    assert_eq!(fee["precise_amount"], "12.345");
    assert_eq!(fee["taxes_amount_cents"], 247);
    assert_eq!(fee["taxes_rate"].to_string(), "20.0");
    assert_eq!(fee["payment_status"], "pending");
    assert_eq!(fee["from_date"], "2025-01-01T00:00:00Z");
    assert_eq!(fee["to_date"], "2025-02-01T00:00:00Z");
    assert_eq!(fee["item"]["type"], "add_on");
    assert_eq!(fee["item"]["code"], "setup");
    assert_eq!(fee["item"]["item_type"], "AddOn");
    assert_eq!(fee["description"], "as agreed");
}

#[test]
fn taxes_are_the_fees_own_else_the_add_ons_else_the_customers_else_the_organizations() {
    let world = shop();
    for (code, rate) in [("fee", 1.0), ("addon", 2.0), ("customer", 3.0)] {
        tax(&world, code, rate, false);
    }
    tax(&world, "everyone", 4.0, true);
    customer(&world, &json!({"external_id": "ada", "tax_codes": ["customer"]}));
    customer(&world, &json!({"external_id": "bob", "currency": "EUR"}));
    post(
        &world,
        "/api/v1/add_ons",
        &json!({"add_on": {
            "name": "Taxed", "code": "taxed", "amount_cents": 1, "amount_currency": "EUR",
            "tax_codes": ["addon"],
        }}),
    );
    let rate = |customer: &str, fee: Value| {
        let invoice = made(&world, &json!({"external_customer_id": customer, "fees": [fee]}));
        invoice["fees"][0]["taxes_rate"].as_f64().expect("a rate")
    };
    let own = json!(["fee"]);
    let rates = [
        rate("ada", json!({"add_on_code": "taxed", "tax_codes": own})),
        rate("ada", json!({"add_on_code": "taxed"})),
        rate("ada", json!({"add_on_code": "hour"})),
        rate("bob", json!({"add_on_code": "hour"})),
        rate("bob", json!({"add_on_code": "hour", "tax_codes": []})),
    ];
    assert_eq!(rates, [1.0, 2.0, 3.0, 4.0, 0.0]);
}

#[test]
fn numbers_count_up_for_each_customer() {
    let world = shop();
    customer(&world, &json!({"external_id": "bob", "currency": "EUR"}));
    let number = |customer: &str| {
        let fees = json!([{"add_on_code": "hour"}]);
        let invoice = made(&world, &json!({"external_customer_id": customer, "fees": fees}));
        let number = invoice["number"].as_str().expect("a number").to_owned();
        number.split_at(number.len() - 8).1.to_owned()
    };
    let numbers = [number("ada"), number("bob"), number("ada")];
    assert_eq!(numbers, ["-001-001", "-002-001", "-001-002"]);
}

#[test]
fn the_currency_is_the_invoices_else_the_customers_and_becomes_the_customers() {
    let world = shop();
    customer(&world, &json!({"external_id": "bob"}));
    let fees = json!([{"add_on_code": "hour"}]);
    let answer = create(&world, &json!({"external_customer_id": "bob", "fees": fees}));
    assert_eq!(told(&answer), invalid(r#"{"currency":["value_is_mandatory"]}"#));
    let invoice =
        made(&world, &json!({"external_customer_id": "bob", "fees": fees, "currency": "JPY"}));
    assert_eq!(invoice["currency"], "JPY");
    assert_eq!(invoice["fees"][0]["precise_amount"], "99.0");
    let bob = world.api().get("/api/v1/customers/bob");
    assert_eq!(bob.body["customer"]["currency"], "JPY");
    let invoice =
        made(&world, &json!({"external_customer_id": "ada", "fees": fees, "currency": "USD"}));
    assert_eq!(invoice["currency"], "USD");
    let ada = world.api().get("/api/v1/customers/ada");
    assert_eq!(ada.body["customer"]["currency"], "EUR");
}

#[test]
fn what_is_wrong_is_told_in_its_order_and_nothing_is_stored() {
    let world = shop();
    let unknown_method = json!({
        "payment_method_type": "provider",
        "payment_method_id": "0195c6a2-7d3b-7000-8000-000000000001",
    });
    let bad_fee = json!([{"add_on_code": "nothing", "units": "many"}]);
    let fee = json!([{"add_on_code": "hour", "units": "many"}]);
    let ada = |fees: &Value, method: &Value| {
        json!({"external_customer_id": "ada", "fees": fees, "payment_method": method,
               "billing_entity_code": "other", "currency": "XXX"})
    };
    let rows = [
        (json!({"currency": "EUR"}), not_found("customer")),
        (json!({"external_customer_id": "eve", "fees": []}), not_found("customer")),
        (ada(&json!([]), &unknown_method), not_found("fees")),
        (ada(&json!(null), &unknown_method), not_found("fees")),
        (ada(&json!("hour"), &unknown_method), not_found("fees")),
        (ada(&bad_fee, &unknown_method), not_found("add_on")),
        (ada(&fee, &unknown_method), invalid(r#"{"payment_method":["invalid_payment_method"]}"#)),
        (ada(&fee, &json!(null)), not_found("billing_entity")),
        (
            json!({"external_customer_id": "ada", "fees": fee, "currency": "XXX"}),
            invalid(r#"{"currency":["value_is_invalid"],"units":["value_is_invalid"]}"#),
        ),
    ];
    for (invoice, expected) in rows {
        assert_eq!(told(&create(&world, &invoice)), expected, "{invoice}");
    }
    for (fee, expected) in [
        (json!({"units": -1}), r#"{"units":["value_is_out_of_range"]}"#),
        (json!({"unit_amount_cents": -1}), r#"{"unit_amount_cents":["value_is_out_of_range"]}"#),
        (
            json!({"from_datetime": "2025-01-01T00:00:00Z"}),
            r#"{"boundaries":["values_are_invalid"]}"#,
        ),
        (
            json!({"unit_amount_cents": i64::MAX, "units": 2}),
            r#"{"fees":["value_is_out_of_range"]}"#,
        ),
        (
            json!({"units": "79228162514264337593543950335"}),
            r#"{"fees":["value_is_out_of_range"]}"#,
        ),
    ] {
        let mut fee = fee;
        fee["add_on_code"] = json!("hour");
        let answer = create(&world, &json!({"external_customer_id": "ada", "fees": [fee]}));
        assert_eq!(told(&answer), invalid(expected), "{fee}");
    }
    assert_eq!(invoices_count(&world), 0);
}

#[test]
fn an_invoice_of_nothing_is_paid_or_closed_as_settings_say() {
    let world = shop();
    let fees = json!([{"add_on_code": "hour", "units": 0}]);
    let paid = made(&world, &json!({"external_customer_id": "ada", "fees": fees}));
    assert_eq!(
        (&paid["status"], &paid["payment_status"]),
        (&"finalized".into(), &"succeeded".into())
    );
    assert_eq!(paid["fees"][0]["payment_status"], "succeeded");
    customer(&world, &json!({"external_id": "ada", "finalize_zero_amount_invoice": "skip"}));
    let skipped = made(&world, &json!({"external_customer_id": "ada", "fees": fees}));
    assert_eq!(skipped["status"], "closed");
    assert!(skipped["number"].as_str().expect("a number").ends_with("-DRAFT"));
    assert_eq!(skipped["sequential_id"], Value::Null);
    let id = skipped["lago_id"].as_str().expect("an id");
    let answer = world.api().get(&format!("/api/v1/invoices/{id}"));
    assert_eq!(told(&answer), not_found("invoice"));
    assert_eq!(invoices_count(&world), 1);
}

#[test]
fn dates_are_those_of_the_customers_day_and_term() {
    let world = shop();
    customer(
        &world,
        &json!({"external_id": "ada", "timezone": "Pacific/Kiritimati", "net_payment_term": 30}),
    );
    let fees = json!([{"add_on_code": "hour"}]);
    let invoice = made(&world, &json!({"external_customer_id": "ada", "fees": fees}));
    assert_eq!(invoice["net_payment_term"], 30);
    let date = |key: &str| {
        let text = invoice[key].as_str().expect("a date");
        chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("a date")
    };
    let days = date("payment_due_date").signed_duration_since(date("issuing_date")).num_days();
    assert_eq!(days, 30);
    let at: chrono::DateTime<chrono::Utc> =
        invoice["created_at"].as_str().expect("a time").parse().expect("a time");
    let there = at + chrono::TimeDelta::hours(14);
    assert_eq!(date("issuing_date"), there.date_naive());
}

#[test]
fn any_type_in_any_field_is_an_answer_of_the_contract() {
    let world = shop();
    let values = anything();
    let fee = json!({"add_on_code": "hour"});
    for field in include_str!("fields/invoice.txt").lines() {
        for value in &values {
            let mut invoice = json!({"external_customer_id": "ada", "fees": [fee]});
            match field.strip_prefix("fees.") {
                None => invoice[field] = value.clone(),
                Some(inner) => invoice["fees"][0][inner] = value.clone(),
            }
            let answer = create(&world, &invoice);
            let expected = matches!(answer.status, 200 | 404 | 422);
            assert!(expected && answer.body.is_object(), "{invoice}: {answer:?}");
        }
    }
}
