//! Money that came in beyond what was due: recorded, told to whom it concerns, given back or kept.

use serde_json::{Value, json};

use super::money::{paid_beside, refunds_at_provider, surplus, surplus_of, text};
use crate::outbound::receiver::{Answer as Reply, Receiver};
use crate::world::{Ears, World};

const PATH: &str = "/recoup/v1/surplus_payments";

#[test]
fn a_debt_that_was_paid_twice_is_given_back_with_one_call() {
    let world = World::new();
    let invoice = paid_beside(&world, "ada", (4_900, 4_900));
    assert_eq!(world.payment_status(&invoice), "succeeded");
    let found = surplus_of(&world, &invoice);
    assert_eq!((&found["amount_cents"], &found["state"]), (&json!(4_900), &json!("open")));
    assert_eq!((&found["reason"], &found["currency"]), (&json!("debt_settled"), &json!("EUR")));
    let path = format!("{PATH}/{}", text(&found["id"]));
    let answer = world.api().post_raw(&format!("{path}/refund"), "application/json", b"");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["refund"]["state"], "succeeded");
    assert_eq!(answer.body["surplus_payment"]["state"], "refunded");
    let at_provider = refunds_at_provider(&world);
    assert_eq!(at_provider.len(), 1);
    assert_eq!(at_provider[0]["amount"], 4_900);
    // The debt itself is paid, and stays so.
    world.pass_days(3);
    let after = world.read_invoice(&invoice);
    assert_eq!(
        (&after["payment_status"], &after["total_paid_amount_cents"]),
        (&json!("succeeded"), &json!(4_900))
    );
    let again = world.api().post(&format!("{path}/refund"), &json!({}));
    assert_eq!((again.status, &again.body["code"]), (409, &json!("nothing_left")));
    assert_eq!(refunds_at_provider(&world).len(), 1);
}

#[test]
fn a_part_that_was_recorded_meanwhile_makes_a_part_surplus() {
    let world = World::new();
    let invoice = paid_beside(&world, "ada", (4_900, 1_900));
    let found = surplus_of(&world, &invoice);
    assert_eq!(
        (&found["amount_cents"], &found["reason"]),
        (&json!(1_900), &json!("more_than_due"))
    );
    assert_eq!(world.read_invoice(&invoice)["total_paid_amount_cents"], 4_900);
    let path = format!("{PATH}/{}/refund", text(&found["id"]));
    // Some of it, under a key: sent again after a lost answer it is not given back twice.
    let part = json!({ "amount_cents": 900, "key": "mine" });
    let first = world.api().post(&path, &part);
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.body["surplus_payment"]["state"], "open");
    assert_eq!(first.body["surplus_payment"]["left_cents"], 1_000);
    let second = world.api().post(&path, &part);
    assert_eq!(second.body["refund"]["id"], first.body["refund"]["id"]);
    assert_eq!(refunds_at_provider(&world).len(), 1);
    let other = world.api().post(&path, &json!({ "amount_cents": 901, "key": "mine" }));
    assert_eq!((other.status, &other.body["code"]), (409, &json!("key_reused")));
    for (wrong, status) in [(1_001, 422), (0, 422), (-5, 422)] {
        let refused = world.api().post(&path, &json!({ "amount_cents": wrong }));
        assert_eq!(refused.status, status, "{refused:?}");
    }
    let rest = world.api().post(&path, &json!({ "reason": "requested_by_customer" }));
    assert_eq!(rest.body["refund"]["amount_cents"], 1_000, "{rest:?}");
    assert_eq!(rest.body["surplus_payment"]["state"], "refunded");
}

#[test]
fn a_surplus_is_kept_for_a_reason_and_by_somebody() {
    let world = World::new();
    let invoice = paid_beside(&world, "ada", (4_900, 4_900));
    let id = text(&surplus_of(&world, &invoice)["id"]).to_owned();
    let path = format!("{PATH}/{id}/keep");
    for wrong in [json!({}), json!({ "reason": " " }), json!({ "why": "x" })] {
        assert_eq!(world.api().post(&path, &wrong).status, 422, "{wrong}");
    }
    let kept = world.api().post(&path, &json!({ "reason": "credited elsewhere" }));
    assert_eq!(kept.status, 200, "{kept:?}");
    assert_eq!(kept.body["surplus_payment"]["kept_reason"], "credited elsewhere");
    assert_eq!(world.api().post(&path, &json!({ "reason": "again" })).status, 409);
    let refused = world.api().post(&format!("{PATH}/{id}/refund"), &json!({}));
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("nothing_left")));
    let log = world
        .api()
        .get(&format!("/recoup/v1/audit_log?subject_kind=surplus_payment&subject_id={id}"));
    let entry = &log.body["audit_log"][0];
    assert_eq!(entry["action"], "surplus_payment.kept", "{log:?}");
    assert_eq!(
        (&entry["was"]["state"], &entry["became"]["state"]),
        (&json!("open"), &json!("kept"))
    );
    assert_eq!(
        (&entry["actor"]["kind"], &entry["reason"]),
        (&json!("api_key"), &json!("credited elsewhere"))
    );
}

#[test]
fn only_endpoints_that_ask_for_it_hear_of_a_surplus() {
    let world = World::new();
    // As clients of the dialect subscribe: to everything that they know.
    let all = Ears::of(&world);
    let receiver = Receiver::answering([Reply::status(200)]);
    let wanted = json!({ "webhook_endpoint": {
        "webhook_url": receiver.url(), "signature_algo": "hmac",
        "event_types": ["payment.surplus", "refund.succeeded"],
    }});
    assert_eq!(world.api().post("/api/v1/webhook_endpoints", &wanted).status, 200);
    let invoice = paid_beside(&world, "ada", (4_900, 4_900));
    let id = text(&surplus_of(&world, &invoice)["id"]).to_owned();
    assert_eq!(world.api().post(&format!("{PATH}/{id}/refund"), &json!({})).status, 200);
    world.pass(10);
    let received = receiver.received();
    let heard: Vec<Value> =
        received.iter().map(|it| serde_json::from_slice(&it.body).expect("JSON")).collect();
    let names: Vec<&str> = heard.iter().map(|it| text(&it["webhook_type"])).collect();
    assert_eq!(names, ["payment.surplus", "refund.succeeded"]);
    assert_eq!(heard[0]["surplus_payment"]["id"], id.as_str());
    assert_eq!(heard[0]["surplus_payment"]["amount_cents"], 4_900);
    let ours = ["payment.surplus", "refund.succeeded", "payment.unresolved"];
    let strange = all.heard().into_iter().find(|it| ours.contains(&text(&it["webhook_type"])));
    assert_eq!(strange, None);
    assert!(!all.of_kind("payment.succeeded").is_empty());
}

#[test]
fn the_list_is_narrowed_and_read_in_parts() {
    let world = World::new();
    let invoices: Vec<String> = ["ada", "bob", "cyd"]
        .iter()
        .map(|name| paid_beside(&world, name, (4_900, 4_900)))
        .collect();
    assert_eq!(surplus(&world, "?state=open").len(), 3);
    assert_eq!(surplus(&world, "?state=kept").len(), 0);
    assert_eq!(surplus(&world, "?reason=debt_settled&external_customer_id=bob").len(), 1);
    let first = world.api().get(&format!("{PATH}?limit=2"));
    let parts = first.body["surplus_payments"].as_array().expect("a list");
    assert_eq!(parts[0]["invoice_id"], invoices[2].as_str(), "newest first");
    let next = text(&first.body["meta"]["next"]);
    let rest = world.api().get(&format!("{PATH}?limit=2&after={next}"));
    assert_eq!(rest.body["surplus_payments"][0]["invoice_id"], invoices[0].as_str());
    assert_eq!(rest.body["meta"]["next"], Value::Null);
    for wrong in ["?state=lost", "?limit=0", "?limit=201", "?after=x", "?payment_id=x"] {
        assert_eq!(world.api().get(&format!("{PATH}{wrong}")).status, 422, "{wrong}");
    }
    let none = format!("{PATH}/00000000-0000-7000-8000-000000000000");
    assert_eq!(world.api().get(&none).status, 404);
    assert_eq!(world.api().post(&format!("{none}/refund"), &json!({})).status, 404);
    assert_eq!(world.api().post(&format!("{none}/keep"), &json!({ "reason": "x" })).status, 404);
}
