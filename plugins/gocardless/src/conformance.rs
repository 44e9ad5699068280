//! What is published of GoCardless's API against what the plugin asks for; its
//! events are in `published_causes.rs`. The documents are not part of this
//! repository: where they do not lie beside it, these tests say so and pass.

use std::fs;
use std::path::Path;

use recoup_plugin::charging::{ChargeQuery, Guest as Charging};
use recoup_plugin::checkout::Guest as Checkout;
use recoup_plugin::customers::Guest as Customers;
use recoup_plugin::gateway::Guest as Gateway;
use recoup_plugin::http::Request;
use recoup_plugin::methods::Guest as Methods;
use recoup_plugin::openapi::violations;
use recoup_plugin::refunds::Guest as Refunds;
use recoup_plugin::testing::{self, requests_of};
use serde_json::{Value, json};

use crate::GoCardless;
use crate::fixtures::{
    NOW_MS, account, billing_request, charge_query, charge_request, customer, event, flow, list,
    mandate, of, payment, payment_request, refund_request, settings, setup_request,
};

pub fn document(name: &str) -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("../shared/contracts/openapi").join(name);
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("NOT RUN: {name} does not lie beside this repository");
        return None;
    };
    Some(serde_json::from_str(&text).expect("the document is JSON"))
}

fn id() -> String {
    "X1".to_owned()
}

/// What charges are made of, found and cancelled with.
fn requests_of_charges() -> Vec<Request> {
    let by_id = || ChargeQuery { charge_id: Some(id()), ..charge_query() };
    let payment = |status| (200, of("payments", payment(status)));
    let none = |name: &str| (200, list(name, &[]));
    let failure = || (200, list("events", &[event("failed", json!({"cause": "other"}))]));
    let refund = || (201, of("refunds", json!({"id": "RF1"})));
    let s = settings;
    requests_of(vec![
        (vec![none("creditors")], Box::new(move || drop(GoCardless::check(s())))),
        (
            vec![payment("submitted")],
            Box::new(move || drop(GoCardless::charge(s(), charge_request()))),
        ),
        (
            vec![payment("failed"), failure()],
            Box::new(move || drop(GoCardless::find_charge(s(), by_id()))),
        ),
        (
            vec![none("payments")],
            Box::new(move || drop(GoCardless::find_charge(s(), charge_query()))),
        ),
        (
            vec![payment("submitted")],
            Box::new(move || drop(GoCardless::cancel_charge(s(), by_id()))),
        ),
        (
            vec![none("refunds"), payment("paid_out"), refund()],
            Box::new(move || drop(GoCardless::refund(s(), refund_request()))),
        ),
    ])
}

/// What customers, mandates and pages are made and read with.
fn requests_of_customers() -> Vec<Request> {
    let mandate = |status| (200, of("mandates", mandate(status)));
    let bank = || (200, of("customer_bank_accounts", account()));
    let page = |status| (201, of("billing_requests", billing_request(status)));
    let flow = || (201, of("billing_request_flows", flow()));
    let made = || (201, of("customers", json!({"id": "CU1"})));
    let mut fulfilled = billing_request("fulfilled");
    fulfilled["links"] = json!({"mandate_request_mandate": "MD1"});
    let fulfilled = (200, of("billing_requests", fulfilled));
    let stored = (200, list("mandates", &[crate::fixtures::mandate("active")]));
    let banks = (200, list("customer_bank_accounts", &[]));
    let s = settings;
    let set_default = move || drop(GoCardless::set_default_method(s(), id(), id()));
    let pays = move || drop(GoCardless::start_payment(s(), payment_request()));
    requests_of(vec![
        (vec![made()], Box::new(move || drop(GoCardless::create_customer(s(), id(), customer())))),
        (vec![made()], Box::new(move || drop(GoCardless::update_customer(s(), id(), customer())))),
        (vec![stored, banks], Box::new(move || drop(GoCardless::list_methods(s(), id())))),
        (vec![mandate("active")], Box::new(set_default)),
        (vec![mandate("cancelled")], Box::new(move || drop(GoCardless::detach_method(s(), id())))),
        (
            vec![page("pending"), flow()],
            Box::new(move || drop(GoCardless::start_setup(s(), setup_request()))),
        ),
        (vec![page("pending"), flow()], Box::new(pays)),
        (
            vec![fulfilled, mandate("active"), bank()],
            Box::new(move || drop(GoCardless::find_session(s(), id()))),
        ),
        (vec![page("cancelled")], Box::new(move || drop(GoCardless::expire_session(s(), id())))),
    ])
}

#[test]
fn every_request_is_one_that_the_published_clients_could_make() {
    testing::set_now_ms(NOW_MS);
    let requests = [requests_of_charges(), requests_of_customers()].concat();
    assert!(requests.len() > 20, "{}", requests.len());
    let Some(document) = document("gocardless-slice.json") else { return };
    let found: Vec<_> = requests
        .iter()
        .flat_map(|request| violations(&document, "https://api-sandbox.gocardless.com", request))
        .collect();
    assert_eq!(found, Vec::<String>::new());
}
