//! Charging: once per key, and each behaviour as documented.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::world::{World, charge_of};

#[test]
fn a_call_without_a_sandbox_key_is_refused() {
    let world = World::new();
    for header in ["", "Bearer sk_live_1", "Basic c2s6"] {
        let request = world.agent.get(format!("{}/v1/account", world.url));
        let answer = request.header("authorization", header).call().unwrap();
        assert_eq!(answer.status(), 401, "{header}");
    }
    assert_eq!(world.get("/v1/account").status, 200);
}

#[test]
fn a_repeated_key_is_answered_again_and_charges_once() {
    let world = World::new();
    let first = world.charge("ok", "key_1");
    let again = world.charge("ok", "key_1");
    assert_eq!((first.status, first.replayed), (200, false));
    assert_eq!((again.status, again.replayed), (200, true));
    assert_eq!(first.text, again.text);
    assert_eq!(world.ledger().len(), 1);
}

#[test]
fn a_repeated_key_with_other_parameters_is_refused() {
    let world = World::new();
    world.charge("ok", "key_1");
    let other = world.charge("declined_lost_card", "key_1");
    assert_eq!(other.status, 422);
    assert_eq!(other.json()["error"]["code"], "idempotency_key_reused");
    assert_eq!(world.ledger().len(), 1);
}

#[test]
fn a_repeated_key_is_told_to_wait_while_the_first_request_runs() {
    let world = World::new();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| world.charge("slow_1500", "key_1"));
        while world.ledger().is_empty() {
            std::thread::yield_now();
        }
        let second = world.charge("slow_1500", "key_1");
        assert_eq!(second.json()["error"]["code"], "idempotency_key_in_use");
        assert_eq!(second.status, 409);
        assert_eq!(first.join().unwrap().status, 200);
    });
    assert!(world.charge("slow_1500", "key_1").replayed);
}

#[test]
fn a_decline_tells_the_codes_of_the_network_too() {
    let world = World::new();
    let answer = world.charge("declined_try_again_later", "key_1");
    assert_eq!(answer.status, 402);
    let decline = &answer.json()["charge"]["decline"];
    assert_eq!(decline["code"], "try_again_later");
    assert_eq!(decline["network_code"], "51");
    assert_eq!(decline["advice_code"], "24");
    assert_eq!(decline["retry_after_s"], 3600);
    assert_eq!(world.ledger()[0]["status"], "declined");
}

#[test]
fn failing_twice_counts_each_order_apart() {
    let world = World::new();
    for (order, key) in [("in_1", "a"), ("in_2", "b")] {
        let statuses: Vec<_> = (0..4)
            .map(|number| {
                let mut asked = charge_of("fails_2_insufficient_funds");
                asked["order"] = order.into();
                world.post("/v1/charges", &format!("{key}{number}"), asked).status
            })
            .collect();
        assert_eq!(statuses, [402, 402, 200, 200], "{order}");
    }
    let without_order: Vec<_> = (0..3)
        .map(|number| world.charge("fails_2_insufficient_funds", &format!("c{number}")).status)
        .collect();
    assert_eq!(without_order, [402, 402, 200]);
}

#[test]
fn a_lost_answer_leaves_a_charge_and_not_a_single_byte() {
    let world = World::new();
    let address = world.url.trim_start_matches("http://").trim_end_matches("/psp");
    let body = charge_of("lost").to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /psp/v1/charges HTTP/1.1\r\nhost: {address}\r\nidempotency-key: key_1\r\n\
         authorization: Bearer sk_sandbox_1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    // A reset is as good as an end: nothing was said.
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(String::from_utf8_lossy(&answer), "");
    assert!(world.try_post("/v1/charges", "key_2", charge_of("lost")).is_err());

    let found = world.get("/v1/charges?idempotency_key=key_1").json();
    assert_eq!(found["data"][0]["status"], "succeeded");
    let again = world.charge("lost", "key_1");
    assert_eq!((again.status, again.replayed), (200, true));
    assert_eq!(world.ledger().len(), 2);
}

#[test]
fn a_server_error_after_charging_is_found_by_looking_it_up() {
    let world = World::new();
    assert_eq!(world.charge("error500", "key_1").status, 500);
    assert_eq!(world.charge("error500", "key_1").status, 500);
    let found = world.get("/v1/charges?reference=att_1").json();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    assert_eq!(found["data"][0]["status"], "succeeded");
}

#[test]
fn an_unavailable_service_processes_nothing_and_says_so() {
    let world = World::new();
    let answer = world.charge("unreachable", "key_1");
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["error"]["processed"], false);
    assert!(world.ledger().is_empty());
    assert_eq!(world.get("/v1/charges?idempotency_key=key_1").json()["data"], json!([]));
}

#[test]
fn a_pending_charge_settles_when_its_time_has_come() {
    let world = World::new();
    let paid = world.charge("pending_5", "key_1").json();
    let declined = world.charge("pending_60_insufficient_funds", "key_2").json();
    assert_eq!(paid["status"], "pending");
    let next = world.sandbox.next_due_ms();
    assert_eq!(next, Some(super::world::START_MS + 5_000));
    let status = |charge: &serde_json::Value| {
        let id = charge["id"].as_str().unwrap();
        world.get(&format!("/v1/charges/{id}")).json()["status"].clone()
    };

    world.pass_seconds(5);
    assert_eq!((status(&paid), status(&declined)), (json!("succeeded"), json!("pending")));
    world.pass_seconds(55);
    assert_eq!(status(&declined), "declined");
    // A replay says what was said first.
    assert_eq!(world.charge("pending_5", "key_1").json()["status"], "pending");
}

#[test]
fn a_cancelled_charge_never_takes_money() {
    let world = World::new();
    let id = world.charge("pending_5", "key_1").json()["id"].as_str().unwrap().to_owned();
    let cancelled = world.post(&format!("/v1/charges/{id}/cancel"), "x", json!({}));
    assert_eq!(cancelled.json()["status"], "canceled");
    world.pass_seconds(10);
    assert_eq!(world.ledger()[0]["status"], "canceled");

    let paid = world.charge("ok", "key_2").json()["id"].as_str().unwrap().to_owned();
    let late = world.post(&format!("/v1/charges/{paid}/cancel"), "x", json!({}));
    assert_eq!((late.status, &late.json()["error"]["code"]), (409, &json!("charge_final")));
}

#[test]
fn a_magic_amount_makes_a_good_card_misbehave() {
    let world = World::new();
    let mut asked = charge_of("ok");
    asked["amount"] = 900_151.into();
    let answer = world.post("/v1/charges", "key_1", asked);
    assert_eq!(answer.json()["error"]["code"], "insufficient_funds");
}

#[test]
fn what_cannot_be_charged_is_refused_and_not_written() {
    let world = World::new();
    for (change, status, code) in [
        (json!({"amount": 0}), 400, "parameter_invalid"),
        (json!({"amount": -5}), 400, "parameter_invalid"),
        (json!({"currency": "eur"}), 400, "parameter_invalid"),
        (json!({"colour": "red"}), 400, "parameter_invalid"),
        (json!({"customer": "cus_nonsense"}), 404, "customer_missing"),
        (json!({"method": "pm_no_method"}), 404, "payment_method_missing"),
        (json!({"method": "pm_ok__of_somebody_else"}), 404, "payment_method_missing"),
    ] {
        let mut asked = charge_of("ok");
        for (name, value) in change.as_object().unwrap() {
            asked[name] = value.clone();
        }
        let answer = world.post("/v1/charges", "key_1", asked);
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (status, &json!(code)));
    }
    let keyless = world
        .agent
        .post(format!("{}/v1/charges", world.url))
        .header("authorization", "Bearer sk_sandbox_1")
        .send(charge_of("ok").to_string())
        .unwrap();
    assert_eq!(keyless.status(), 400);
    assert!(world.ledger().is_empty());
}

#[test]
fn refunds_never_exceed_the_charge() {
    let world = World::new();
    let id = world.charge("ok", "key_1").json()["id"].clone();
    let part = json!({"charge": id, "amount": 400});
    let first = world.post("/v1/refunds", "r1", part.clone());
    assert_eq!(first.json()["status"], "succeeded");
    assert!(world.post("/v1/refunds", "r1", part).replayed);
    let other = json!({"charge": id, "amount": 401});
    assert_eq!(world.post("/v1/refunds", "r1", other).status, 422);
    assert_eq!(world.post("/v1/refunds", "r2", json!({"charge": id, "amount": 601})).status, 400);
    assert_eq!(world.post("/v1/refunds", "r3", json!({"charge": id})).json()["amount"], 600);
    assert_eq!(world.post("/v1/refunds", "r4", json!({"charge": id})).status, 400);
    assert_eq!(world.get("/ledger").json()["refunds"].as_array().unwrap().len(), 2);
}
