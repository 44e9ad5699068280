//! What holds for every route of this dialect: keys, unknown paths, content types.

use serde_json::json;

use super::{debtor, refusal};
use crate::world::{Client, World};

#[test]
fn nobody_gets_past_without_a_key_whatever_the_path() {
    let world = World::new();
    let stranger = Client::new(world.address(), "nobody");
    for path in ["/v1/customers", "/v1/nothing", "/v2/nothing", "/v1/payments/attempt"] {
        assert_eq!(refusal(&stranger.get(path)), "401 unauthorized", "{path}");
    }
    assert_eq!(refusal(&stranger.post("/v1/payments/attempt", &json!({}))), "401 unauthorized");
}

#[test]
fn paths_and_verbs_that_do_not_exist_are_not_found() {
    let world = World::new();
    for path in ["/v1/nothing", "/v2/contracts/list", "/v1/payments/attempt", "/v1/customers/"] {
        assert_eq!(refusal(&world.api().get(path)), "404 resource_not_found", "{path}");
    }
    let update = "/v1/customers/0198c0de-0000-7000-8000-000000000000/updateConfig";
    assert_eq!(refusal(&world.api().post(update, &json!({}))), "404 resource_not_found");
}

#[test]
fn what_clients_send_beside_is_ignored_and_answers_say_what_they_are() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let mut body = ada.names();
    body["surprise"] = json!({ "x": [1] });
    let headers = [("x-stainless-lang", "js"), ("x-stainless-retry-count", "many")];
    let answer = world.api().post_with("/v1/payments/list", &headers, &body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.text, r#"{"data":[],"next_page":null}"#);
}

#[test]
fn the_description_has_every_route_of_this_dialect() {
    let world = World::new();
    let document = world.api().get("/openapi.json");
    let paths = document.body["paths"].as_object().expect("paths");
    let ours: Vec<&str> =
        paths.keys().map(String::as_str).filter(|path| path.starts_with("/v1/")).collect();
    assert_eq!(ours.len(), 16, "{ours:?}");
    assert!(paths.contains_key("/recoup/v1/notification_endpoints"));
}

#[test]
fn every_refusal_is_of_this_dialect_also_where_no_handler_is_reached() {
    let world = World::new();
    let stranger = Client::new(world.address(), "nobody");
    for path in ["/v1", "/v2", "/v1/", "/v1/customers/%ff", "/v1/customers/%2e%2e/x"] {
        assert_eq!(refusal(&stranger.get(path)), "401 unauthorized", "{path}");
    }
    for path in ["/v1/customers/%ff", "/v1/customers/x", "/v1/customers/%ff/invoices"] {
        let answer = world.api().get(path);
        assert_eq!(refusal(&answer), "400 invalid_request", "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    let broken = "/v1/customers/%ff/billing-config/%ff";
    assert_eq!(refusal(&world.api().get(broken)), "400 invalid_request");
    let long = vec![b' '; 1024 * 1024 + 1];
    let answer = world.api().post_raw("/v1/payments/list", "application/json", &long);
    assert_eq!(refusal(&answer), "400 invalid_request");
    let deep = "[".repeat(100_000);
    let answer = world.api().post_raw("/v1/payments/list", "text/plain", deep.as_bytes());
    assert_eq!(refusal(&answer), "400 invalid_request");
}

#[test]
fn a_key_without_the_right_is_refused_and_the_scheme_may_be_written_anyhow() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let made = ["key", "create", "--name", "reader", "--json", "--read", "payment,customer"];
    let made = world.run(&made);
    let reader = Client::new(world.address(), made["key"].as_str().expect("a key"));
    assert_eq!(reader.post("/v1/payments/list", &ada.names()).status, 200);
    assert_eq!(refusal(&reader.post("/v1/payments/attempt", &ada.names())), "403 not_permitted");
    assert_eq!(refusal(&reader.post("/v1/payments/cancel", &ada.names())), "403 not_permitted");
    assert_eq!(world.charges().len(), 0);
    let shouted = ureq::get(format!("{}/v1/credit-types/list", world.address()))
        .header("authorization", format!("BEARER {}", world.key()))
        .call()
        .expect("it answers");
    assert_eq!(shouted.status().as_u16(), 200);
}
