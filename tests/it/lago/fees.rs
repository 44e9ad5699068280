//! Fees over all invoices.

use serde_json::{Value, json};

use super::{each, keys, not_found, told};
use crate::world::World;

const PATH: &str = "/api/v1/fees";

fn count(world: &World, query: &str) -> u64 {
    let answer = world.api().get(&format!("{PATH}{query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["meta"]["total_count"].as_u64().expect("a count")
}

#[test]
fn fees_are_listed_newest_first_and_read_as_invoices_show_them() {
    let world = World::new();
    world.customer("ada", "ok");
    let first = world.invoice("ada", 4_900);
    world.pass(60);
    world.customer("bob", "declined_insufficient_funds");
    let second = world.invoice("bob", 5_900);
    world.pass(60);
    let list = world.api().get(PATH);
    assert_eq!(each(&list, "fees", "lago_invoice_id"), [second.as_str(), first.as_str()]);
    assert_eq!(each(&list, "fees", "external_customer_id"), ["bob", "ada"]);
    assert_eq!(list.body["meta"]["total_count"], 2);
    let shown = &world.read_invoice(&first)["fees"][0];
    assert_eq!(&list.body["fees"][1], shown);
    let id = shown["lago_id"].as_str().expect("an id");
    let one = world.api().get(&format!("{PATH}/{id}"));
    assert_eq!(&one.body["fee"], shown);
    assert_eq!(keys(&one.body), ["fee"]);
    assert_eq!(shown["payment_status"], "succeeded");
    let page = world.api().get(&format!("{PATH}?per_page=1&page=2"));
    assert_eq!(each(&page, "fees", "lago_id"), [id]);
}

#[test]
fn filters_narrow_the_list_of_fees() {
    let world = World::new();
    world.customer("ada", "ok");
    world.invoice("ada", 4_900);
    world.pass(86_400);
    let today = world.api().get("/recoup/v1/test_clock").body["test_clock"]["now"]
        .as_str()
        .expect("a time")
        .get(..10)
        .expect("a day")
        .to_owned();
    world.customer("bob", "declined_insufficient_funds");
    let drafted = world.invoice("bob", 5_900);
    world.pass(1);
    for (query, expected) in [
        ("?external_customer_id=ada".to_owned(), 1),
        ("?external_customer_id=nobody".to_owned(), 0),
        ("?external_subscription_id=sub".to_owned(), 0),
        ("?currency=EUR".to_owned(), 2),
        ("?currency=USD".to_owned(), 0),
        ("?fee_type=add_on".to_owned(), 2),
        ("?fee_type=charge".to_owned(), 0),
        ("?billable_metric_code=calls".to_owned(), 0),
        ("?payment_status=succeeded".to_owned(), 1),
        ("?payment_status=failed&external_customer_id=bob".to_owned(), 1),
        (format!("?created_at_from={today}"), 1),
        (format!("?created_at_to={today}"), 1),
        (format!("?failed_at_from={today}"), 1),
        (format!("?succeeded_at_from={today}"), 0),
        (format!("?succeeded_at_to={today}"), 1),
        ("?created_at_from=soon".to_owned(), 2),
    ] {
        assert_eq!(count(&world, &query), expected, "{query}");
    }
    // A voided invoice is still shown, and its fees with it.
    let voided = world.api().post(&format!("/api/v1/invoices/{drafted}/void"), &json!({}));
    assert_eq!(voided.status, 200, "{voided:?}");
    assert_eq!(count(&world, ""), 2);
}

#[test]
fn a_fee_that_is_not_there_is_not_found_and_none_can_be_changed() {
    let world = World::new();
    let none = format!("{PATH}/00000000-0000-7000-8000-000000000000");
    for path in [none.clone(), format!("{PATH}/nonsense")] {
        assert_eq!(told(&world.api().get(&path)), not_found("fee"));
    }
    let change = json!({ "fee": { "payment_status": "succeeded" } });
    assert_eq!(told(&world.api().put(&none, &change)), not_found("resource"));
    assert_eq!(told(&world.api().delete(&none)), not_found("resource"));
    assert_eq!(told(&world.api().post(PATH, &change)), not_found("resource"));
    let empty = world.api().get(PATH);
    assert_eq!(empty.body["fees"], Value::Array(vec![]));
    assert_eq!(empty.body["meta"]["current_page"], 0);
}
