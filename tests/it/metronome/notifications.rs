//! Notifications: signed afresh at every try, each event with one id, none for what was cancelled.

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{attempt, cancel, debtor, payment};
use crate::outbound::receiver::{Answer, Received, Receiver};
use crate::world::World;

const SECRET: &str = "a secret of the receiver";

fn listen(world: &World, answers: impl IntoIterator<Item = Answer>) -> (Receiver, String) {
    let receiver = Receiver::answering(answers);
    let body = json!({ "url": receiver.url(), "secret": SECRET });
    let made = world.api().post("/recoup/v1/notification_endpoints", &body);
    assert_eq!(made.status, 200, "{made:?}");
    let made = &made.body["notification_endpoint"];
    assert_eq!(made["secret"], SECRET);
    let id = made["id"].as_str().expect("an id").to_owned();
    (receiver, id)
}

fn checked(received: &Received) -> Value {
    let date = received.header("x-metronome-date");
    assert_eq!(received.header("date"), date);
    assert!(date.ends_with(" GMT"), "{date}");
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{date}\n{}", received.text()).as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(received.header("metronome-webhook-signature"), hex);
    serde_json::from_slice(&received.body).expect("JSON")
}

fn told(receiver: &Receiver) -> Vec<Value> {
    receiver.received().iter().map(checked).collect()
}

fn kinds(told: &[Value]) -> Vec<&str> {
    told.iter().map(|it| it["type"].as_str().expect("a type")).collect()
}

#[test]
fn an_invoice_and_its_payment_are_told_of() {
    let world = World::new();
    let (receiver, _) = listen(&world, [Answer::status(200)]);
    let ada = debtor(&world, "ada", "ok");
    let paid = payment(&attempt(&world, &ada));
    world.pass(1);
    let told = told(&receiver);
    let mut kinds = kinds(&told);
    kinds.sort_unstable();
    assert_eq!(kinds, ["invoice.finalized", "payment_gate.payment_status"]);
    let find =
        |kind: &str| told.iter().find(|it| it["type"] == kind).expect("told")["properties"].clone();
    let finalized = find("invoice.finalized");
    assert_eq!(
        (&finalized["invoice_id"], &finalized["customer_id"]),
        (&json!(ada.invoice), &json!(ada.id))
    );
    let status = find("payment_gate.payment_status");
    assert_eq!(status["payment_status"], "paid");
    assert_eq!(status["workflow_type"], "invoice_payment");
    assert_eq!(status["contract_id"], paid["contract_id"]);
    assert_eq!(
        status["billing_provider"]["stripe"]["payment_intent_id"],
        paid["payment_gateway"]["stripe"]["payment_intent_id"]
    );
}

#[test]
fn declines_actions_and_missing_methods_are_told_and_cancellations_are_not() {
    let world = World::new();
    let (receiver, _) = listen(&world, [Answer::status(204)]);
    let news = |alias: &str, behaviour: &str| {
        let before = receiver.received().len();
        let debtor = debtor(&world, alias, behaviour);
        payment(&attempt(&world, &debtor));
        payment(&cancel(&world, &debtor));
        world.pass(1);
        let told = told(&receiver).split_off(before);
        told.into_iter().filter(|it| it["type"] != "invoice.finalized").collect::<Vec<_>>()
    };
    let declined = news("ada", "declined_insufficient_funds");
    assert_eq!(kinds(&declined), ["payment_gate.payment_status"]);
    let properties = &declined[0]["properties"];
    assert_eq!(properties["payment_status"], "failed");
    let error = &properties["billing_provider"]["stripe"]["error"];
    assert_eq!(error["decline_code"], "insufficient_funds");
    assert!(error["message"].is_string() && properties["error_message"].is_string());

    let waiting = news("bob", "action");
    assert_eq!(kinds(&waiting), ["payment_gate.payment_pending_action_required"]);
    assert!(waiting[0]["properties"].get("timestamp").is_none());

    let without = news("cy", "no_method");
    assert_eq!(kinds(&without), ["invoice.billing_provider_error"]);
    assert_eq!(without[0]["properties"]["billing_provider"], "STRIPE");
    assert!(news("dee", "pending_3600").is_empty());
}

#[test]
fn what_is_not_taken_is_sent_again_for_two_days_with_the_same_id() {
    let world = World::new();
    let (receiver, id) = listen(&world, [Answer::status(500)]);
    let tested =
        world.api().post(&format!("/recoup/v1/notification_endpoints/{id}/test"), &json!({}));
    assert_eq!(tested.status, 202, "{tested:?}");
    world.pass_days(3);
    let told = told(&receiver);
    assert!((190..=210).contains(&told.len()), "{} tries", told.len());
    assert!(told.iter().all(|it| *it == told[0]), "the same at every try");
    assert_eq!(told[0]["type"], "webhooks.test");
    assert!(told[0].get("properties").is_none());
}

#[test]
fn endpoints_are_an_operators_business() {
    let world = World::new();
    let path = "/recoup/v1/notification_endpoints";
    for wrong in [
        json!({}),
        json!({ "url": "ftp://x" }),
        json!({ "url": "https://x.example", "secret": "" }),
        json!({ "url": "https://x.example", "event_types": ["invoice.eaten"] }),
    ] {
        assert_eq!(world.api().post(path, &wrong).status, 422, "{wrong}");
    }
    let body = json!({ "url": "https://x.example/hook", "event_types": ["invoice.finalized"] });
    let made = world.api().post(path, &body).body["notification_endpoint"].clone();
    assert_eq!(made["secret"].as_str().map(str::len), Some(64));
    assert_eq!(world.api().post(path, &body).status, 409);
    let listed = world.api().get(path).body["notification_endpoints"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert!(listed[0].get("secret").is_none(), "{listed}");
    // The other dialect has endpoints of its own.
    let theirs = world.api().get("/api/v1/webhook_endpoints");
    assert_eq!(theirs.body["meta"]["total_count"], 0);
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(world.api().delete(&one).status, 204);
    assert_eq!(world.api().delete(&one).status, 404);
}
