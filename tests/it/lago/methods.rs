//! A customer's payment methods: shown, made the default, discarded.

use serde_json::{Value, json};

use super::{each, invalid, keys, not_found, told};
use crate::world::payer::leaves_card;
use crate::world::{Answer, World};

fn path(customer: &str) -> String {
    format!("/api/v1/customers/{customer}/payment_methods")
}

/// The only method of a customer, who has one at the provider.
fn method_of(world: &World, customer: &str) -> Value {
    world.customer(customer, "ok");
    world.api().get(&path(customer)).body["payment_methods"][0].clone()
}

#[test]
fn a_method_is_shown_with_where_it_is_held() {
    let world = World::new();
    let method = method_of(&world, "ada");
    let expected = "lago_id is_default payment_provider_code payment_provider_name \
        payment_provider_type provider_method_id created_at details status";
    assert_eq!(keys(&method), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(method["payment_provider_type"], "sandbox");
    assert_eq!(method["payment_provider_code"], "sandbox");
    assert_eq!(method["is_default"], true);
    let list = world.api().get(&path("ada"));
    assert_eq!(list.body["meta"]["total_count"], 1);
}

#[test]
fn making_a_method_the_default_twice_is_the_same_as_once() {
    let world = World::new();
    let method = method_of(&world, "ada");
    let id = method["lago_id"].as_str().expect("an id");
    let put = format!("{}/{id}/set_as_default", path("ada"));
    for _ in 0..2 {
        let answer = world.api().put(&put, &json!({}));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body["payment_method"]["is_default"], true);
        assert_eq!(answer.body["payment_method"]["lago_id"], id);
    }
}

#[test]
fn a_discarded_method_is_gone_and_no_other_takes_its_place() {
    let world = World::new();
    let method = method_of(&world, "ada");
    let id = method["lago_id"].as_str().expect("an id");
    let one = format!("{}/{id}", path("ada"));
    let gone = world.api().delete(&one);
    assert_eq!(gone.status, 200, "{gone:?}");
    assert_eq!(gone.body["payment_method"]["is_default"], false);
    assert_eq!(world.api().get(&path("ada")).body["payment_methods"], json!([]));
    assert_eq!(told(&world.api().delete(&one)), not_found("payment_method"));
    let put = world.api().put(&format!("{one}/set_as_default"), &json!({}));
    assert_eq!(told(&put), not_found("payment_method"));
}

#[test]
fn methods_of_others_and_things_that_are_no_ids_are_not_found() {
    let world = World::new();
    let hers = method_of(&world, "ada");
    method_of(&world, "bob");
    let id = hers["lago_id"].as_str().expect("an id");
    for (customer, id, resource) in [
        ("nobody", id, "customer"),
        ("nobody", "nonsense", "customer"),
        ("bob", id, "payment_method"),
        ("ada", "nonsense", "payment_method"),
        ("ada", "00000000-0000-4000-8000-000000000000", "payment_method"),
    ] {
        let one = format!("{}/{id}", path(customer));
        assert_eq!(told(&world.api().delete(&one)), not_found(resource), "{one}");
        let put = world.api().put(&format!("{one}/set_as_default"), &json!({}));
        assert_eq!(told(&put), not_found(resource), "{one}");
    }
    assert_eq!(told(&world.api().get(&path("nobody"))), not_found("customer"));
    assert_eq!(world.api().get(&path("ada")).body["meta"]["total_count"], 1);
}

fn put(world: &World, customer: &str, id: &str, action: &str) -> Answer {
    world.api().put(&format!("{}/{id}/{action}", path(customer)), &json!({}))
}

fn named_invoice(world: &World, customer: &str, reference: &Value) -> Answer {
    world.api().post(
        "/api/v1/add_ons",
        &json!({ "add_on": {
            "name": "Set-up", "code": "setup", "amount_cents": 100, "amount_currency": "EUR",
        }}),
    );
    let body = json!({"invoice": {
        "external_customer_id": customer, "currency": "EUR", "payment_method": reference,
        "fees": [{"add_on_code": "setup", "unit_amount_cents": 4_900}],
    }});
    world.api().post("/api/v1/invoices", &body)
}

#[test]
fn an_inactive_method_is_listed_only_when_asked_for_and_is_no_default() {
    let world = World::new();
    let method = method_of(&world, "ada");
    let id = method["lago_id"].as_str().expect("an id");
    assert_eq!(method["details"]["type"], "card");
    assert!(method["details"]["last4"].is_string(), "{method}");
    for _ in 0..2 {
        let answer = put(&world, "ada", id, "deactivate");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body["payment_method"]["status"], "inactive");
        assert_eq!(answer.body["payment_method"]["is_default"], false);
    }
    let listed = |query: &str| {
        let list = world.api().get(&format!("{}{query}", path("ada")));
        assert_eq!(list.body["meta"]["total_count"], each(&list, "payment_methods", "x").len());
        each(&list, "payment_methods", "status")
    };
    assert_eq!(listed(""), Vec::<Value>::new());
    assert_eq!(listed("?status=active"), Vec::<Value>::new());
    assert_eq!(listed("?status=inactive"), ["inactive"]);
    assert_eq!(listed("?status=all"), ["inactive"]);
    let wrong = world.api().get(&format!("{}?status=gone", path("ada")));
    assert_eq!(told(&wrong), invalid(r#"{"status":["value_is_invalid"]}"#));
    for _ in 0..2 {
        let answer = put(&world, "ada", id, "activate");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body["payment_method"]["status"], "active");
        assert_eq!(answer.body["payment_method"]["is_default"], false, "nobody said so");
    }
    assert_eq!(listed(""), ["active"]);
}

#[test]
fn an_inactive_method_can_be_neither_selected_nor_attached_nor_charged() {
    let world = World::new();
    let method = method_of(&world, "ada");
    let id = method["lago_id"].as_str().expect("an id");
    let reference = json!({"payment_method_type": "provider", "payment_method_id": id});
    assert_eq!(put(&world, "ada", id, "deactivate").status, 200);
    let refused = invalid(r#"{"payment_method":["invalid_payment_method"]}"#);
    assert_eq!(told(&put(&world, "ada", id, "set_as_default")), refused);
    assert_eq!(told(&named_invoice(&world, "ada", &reference)), refused);
    let invoice = world.invoice("ada", 4_900);
    let retry = format!("/api/v1/invoices/{invoice}/retry_payment");
    let asked = world.api().post(&retry, &json!({ "payment_method": reference }));
    assert_eq!(told(&asked), refused);
    world.pass_days(40);
    assert_eq!(world.charges().len(), 0);
    assert_eq!(world.payment_status(&invoice), "pending");
    // Active and the default again: the debt that waited for a method is charged at once.
    assert_eq!(put(&world, "ada", id, "activate").status, 200);
    world.pass_days(2);
    assert_eq!(world.charges().len(), 0, "active alone charges nothing");
    assert_eq!(put(&world, "ada", id, "set_as_default").status, 200);
    world.pass(5);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn what_named_a_method_that_is_made_inactive_is_paid_by_hand_until_told_otherwise() {
    let world = World::new();
    world.customer("ada", "declined_insufficient_funds");
    let first = world.api().get(&path("ada")).body["payment_methods"][0].clone();
    let id = first["lago_id"].as_str().expect("an id").to_owned();
    let reference = json!({"payment_method_type": "provider", "payment_method_id": id});
    let named = named_invoice(&world, "ada", &reference);
    assert_eq!(named.status, 200, "{named:?}");
    let invoice = named.body["invoice"]["lago_id"].as_str().expect("an id").to_owned();
    world.pass(5);
    assert_eq!(world.charges().len(), 1, "declined, a retry is planned");
    leaves_card(&world, "ada", "ok");
    assert_eq!(put(&world, "ada", &id, "deactivate").status, 200);
    assert_eq!(put(&world, "ada", &id, "activate").status, 200);
    world.pass_days(40);
    assert_eq!(world.charges().len(), 1, "neither the old card nor the default");
    // A bare retry keeps to it; one that names a valid method does not.
    let retry = format!("/api/v1/invoices/{invoice}/retry_payment");
    assert_eq!(world.api().post(&retry, &json!({})).status, 200);
    world.pass(5);
    assert_eq!(world.charges().len(), 1);
    let default = json!({"payment_method": {"payment_method_type": "provider"}});
    assert_eq!(world.api().post(&retry, &default).status, 200);
    world.pass(5);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn a_charge_that_is_under_way_goes_on_when_its_method_is_made_inactive() {
    let world = World::new();
    world.customer("ada", "pending_3600");
    let id = world.api().get(&path("ada")).body["payment_methods"][0]["lago_id"].clone();
    let invoice = world.invoice("ada", 4_900);
    world.pass(5);
    let answer = put(&world, "ada", id.as_str().expect("an id"), "deactivate");
    assert_eq!(answer.status, 200, "{answer:?}");
    world.pass(2 * 3_600);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn a_retry_planned_on_the_default_ends_with_it_and_begins_again_with_the_next() {
    let world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    let id = world.api().get(&path("ada")).body["payment_methods"][0]["lago_id"].clone();
    let invoice = world.invoice("ada", 4_900);
    world.pass(5);
    assert_eq!(world.payment_status(&invoice), "failed");
    let answer = put(&world, "ada", id.as_str().expect("an id"), "deactivate");
    assert_eq!(answer.status, 200, "{answer:?}");
    world.pass_days(40);
    assert_eq!(world.charges().len(), 1);
    leaves_card(&world, "ada", "ok");
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.charges().len(), 2);
}

#[test]
fn methods_of_others_are_neither_made_inactive_nor_active() {
    let world = World::new();
    let hers = method_of(&world, "ada");
    method_of(&world, "bob");
    let id = hers["lago_id"].as_str().expect("an id");
    for action in ["deactivate", "activate"] {
        assert_eq!(told(&put(&world, "nobody", id, action)), not_found("customer"));
        assert_eq!(told(&put(&world, "bob", id, action)), not_found("payment_method"));
        assert_eq!(told(&put(&world, "ada", "nonsense", action)), not_found("payment_method"));
    }
    assert_eq!(world.api().delete(&format!("{}/{id}", path("ada"))).status, 200);
    for action in ["deactivate", "activate"] {
        assert_eq!(told(&put(&world, "ada", id, action)), not_found("payment_method"));
    }
}

#[test]
fn many_who_choose_a_default_at_once_leave_one() {
    let world = World::new();
    world.customer("ada", "ok");
    leaves_card(&world, "ada", "ok");
    let list = || world.api().get(&path("ada")).body["payment_methods"].clone();
    let ids: Vec<String> = list()
        .as_array()
        .expect("methods")
        .iter()
        .map(|method| method["lago_id"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(ids.len(), 2);
    std::thread::scope(|scope| {
        for number in 0..12 {
            let (world, id) = (&world, &ids[number % 2]);
            scope.spawn(move || {
                let chosen = put(world, "ada", id, "set_as_default");
                assert_eq!(chosen.status, 200, "{chosen:?}");
                assert_eq!(chosen.body["payment_method"]["is_default"], true);
            });
        }
    });
    let defaults =
        list().as_array().expect("methods").iter().filter(|it| it["is_default"] == true).count();
    assert_eq!(defaults, 1);
}
