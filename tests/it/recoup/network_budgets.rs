//! The budget of an instrument, which every way of charging keeps to.

use serde_json::{Value, json};

use crate::world::World;

fn method_of(world: &World, customer: &str) -> String {
    let list = world.api().get(&format!("/api/v1/customers/{customer}/payment_methods"));
    list.body["payment_methods"][0]["lago_id"].as_str().expect("an id").to_owned()
}

fn budget(world: &World, customer: &str) -> Value {
    let method = method_of(world, customer);
    let path = format!("/recoup/v1/payment_methods/{method}/network_budget");
    let answer = world.api().get(&path);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["network_budget"].clone()
}

fn retry(world: &World, invoice: &str) {
    let path = format!("/api/v1/invoices/{invoice}/retry_payment");
    assert_eq!(world.api().post(&path, &json!({})).status, 200);
    world.pass(1);
}

/// The lowest ceiling of the network itself.
fn network_ceiling(budget: &Value) -> u64 {
    let windows = budget["windows"].as_array().expect("windows");
    windows.iter().filter_map(|it| it["network_ceiling"].as_u64()).min().expect("a figure")
}

#[test]
fn our_ceiling_holds_for_everybody_until_a_person_says_why_not() {
    let world = World::with_settings(&[("RECOUP_COLLECT__NETWORK_DECLINES_MAX", "3")]);
    world.customer("ada", "declined_insufficient_funds");
    let invoices: Vec<String> = (0..5).map(|_| world.invoice("ada", 4_900)).collect();
    world.pass(3_600);
    assert_eq!(world.charges().len(), 3, "one budget for all debts of the card");
    let used = budget(&world, "ada");
    assert_eq!(used["windows"][0]["declines"], 3, "{used:?}");
    assert_eq!(used["windows"][0]["our_ceiling"], 3);
    assert_eq!(used["exceeded_until"], json!(null));
    for invoice in &invoices {
        retry(&world, invoice);
    }
    let bulk = world.api().post("/recoup/v1/bulk_retries", &json!({ "filter": {} }));
    assert!(bulk.status < 300, "{bulk:?}");
    world.pass_days(3);
    assert_eq!(world.charges().len(), 3, "asked for by hand or in bulk it is not tried either");

    let method = method_of(&world, "ada");
    let path = format!("/recoup/v1/payment_methods/{method}/network_budget/exceed");
    assert_eq!(world.api().post(&path, &json!({ "reason": " " })).status, 422);
    let long = json!({ "reason": "the bank says so", "hours": 9_999 });
    assert_eq!(world.api().post(&path, &long).status, 422);
    let exceeded = world.api().post(&path, &json!({ "reason": "the bank has raised the limit" }));
    assert_eq!(exceeded.status, 200, "{exceeded:?}");
    assert!(exceeded.body["network_budget"]["exceeded_until"].is_string());
    let log = world.api().get("/recoup/v1/audit_log?action=payment_method.ceiling_exceeded");
    let entries = log.body["audit_log"].as_array().expect("a list").clone();
    assert_eq!(entries.len(), 1, "{log:?}");
    assert_eq!(entries[0]["reason"], "the bank has raised the limit");
    retry(&world, &invoices[4]);
    assert_eq!(world.charges().len(), 4);
    world.pass_days(1);
    let before = world.charges().len();
    retry(&world, &invoices[4]);
    assert_eq!(world.charges().len(), before, "after its time our ceiling holds again");
    let none = "/recoup/v1/payment_methods/0195c6a2-7d3b-7000-8000-000000000001/network_budget";
    assert_eq!(world.api().get(none).status, 404);
}

#[test]
fn nobody_goes_beyond_what_the_network_allows() {
    let world = World::with_settings(&[("RECOUP_COLLECT__NETWORK_DECLINES_MAX", "1000")]);
    world.customer("ada", "declined_insufficient_funds");
    let ceiling = network_ceiling(&budget(&world, "ada"));
    let debts = ceiling + 5;
    let invoices: Vec<String> = (0..debts).map(|_| world.invoice("ada", 4_900)).collect();
    world.pass(3_600);
    assert_eq!(world.charges().len() as u64, ceiling);
    let method = method_of(&world, "ada");
    let path = format!("/recoup/v1/payment_methods/{method}/network_budget/exceed");
    let refused = world.api().post(&path, &json!({ "reason": "we insist" }));
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("network_ceiling")));
    retry(&world, invoices.last().expect("one"));
    assert_eq!(world.charges().len() as u64, ceiling);
}

#[test]
fn attempts_that_are_out_are_counted_as_if_they_were_declined() {
    let world = World::with_settings(&[("RECOUP_COLLECT__NETWORK_DECLINES_MAX", "3")]);
    world.customer("ada", "pending_600");
    let invoices: Vec<String> = (0..5).map(|_| world.invoice("ada", 4_900)).collect();
    world.pass(300);
    assert_eq!(world.charges().len(), 3, "more could be declined than is allowed");
    assert_eq!(budget(&world, "ada")["open_attempts"], 3);
    let waits = world.api().get("/recoup/v1/recoveries?reason=network_budget");
    assert_eq!(waits.body["recoveries"].as_array().map(Vec::len), Some(2), "{waits:?}");
    world.pass(1_800);
    let paid = |invoice: &&String| world.payment_status(invoice) == "succeeded";
    assert_eq!(invoices.iter().filter(paid).count(), 5, "their turn has come");
    assert_eq!(world.money_taken(), 5);
}
