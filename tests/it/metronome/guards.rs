//! Asking for a charge is no way around what keeps every charge from being made.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Debtor, attempt, cancel, customer, debtor, made, payment, refusal, statuses};
use crate::psp::peer::Peer;
use crate::world::{Client, World};

#[test]
fn a_debt_that_an_operator_paused_is_refused_and_what_is_under_way_stays() {
    let mut world = World::new();
    let ada = debtor(&world, "ada", "pending_86400");
    payment(&attempt(&world, &ada));
    let paused = |paused: u8| {
        format!("UPDATE recoveries SET paused = {paused} WHERE payable_id = '{}'", ada.invoice)
    };
    world.stop_and_alter(&paused(1));
    assert_eq!(refusal(&attempt(&world, &ada)), "400 collection_paused");
    assert_eq!(statuses(&world, &ada), ["pending"]);
    world.pass_days(2);
    assert_eq!(statuses(&world, &ada), ["paid"]);
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn through_a_connection_that_is_paused_nothing_is_charged_until_it_works_again() {
    let world = World::new();
    let bob = debtor(&world, "bob", "declined_merchant_suspended");
    payment(&attempt(&world, &bob));
    let ada = debtor(&world, "ada", "ok");
    let held = payment(&attempt(&world, &ada));
    assert_eq!(held["status"], "requires_intervention");
    assert_eq!(held["error_message"], "Charging through this provider is paused.");
    assert!(held.get("payment_gateway").is_none(), "{held}");
    assert_eq!(world.charges().len(), 1);
    payment(&cancel(&world, &bob));
    world.run(&["connection", "resume", "--code", "sandbox"]);
    world.pass(3_600);
    assert_eq!(statuses(&world, &ada), ["paid", "canceled"]);
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn a_card_that_was_declined_for_good_is_not_tried_again() {
    let world = World::new();
    let ada = debtor(&world, "ada", "declined_lost_card");
    payment(&attempt(&world, &ada));
    let spent = payment(&attempt(&world, &ada));
    assert_eq!(spent["status"], "requires_intervention");
    assert!(spent["error_message"].as_str().unwrap().contains("declined for good"), "{spent}");
    assert_eq!(statuses(&world, &ada), ["requires_intervention", "canceled"]);
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn no_card_is_declined_more_often_than_its_network_allows() {
    // Below what any network allows, so that the brand of the card does not matter.
    let world = World::with_settings(&[("RECOUP_COLLECT__NETWORK_DECLINES_MAX", "8")]);
    let ada = debtor(&world, "ada", "declined_insufficient_funds");
    for _ in 0..8 {
        assert_eq!(payment(&attempt(&world, &ada))["status"], "requires_intervention");
    }
    assert_eq!(world.charges().len(), 8);
    let kept = payment(&attempt(&world, &ada));
    assert!(kept["error_message"].as_str().unwrap().contains("too often"), "{kept}");
    world.pass_days(20);
    assert_eq!(world.charges().len(), 8);
}

#[test]
fn what_is_collected_together_with_others_is_not_charged_alone() {
    let world = World::new();
    world.customer("ada", "pending_7200");
    let asked = world.overdue("ada", &[1_000, 2_000]);
    world.requested("ada", &asked);
    world.pass(1);
    let found = world.api().get("/v1/customers?ingest_alias=ada").body["data"][0]["id"].clone();
    let id = found.as_str().expect("an id").to_owned();
    let ada = Debtor { id, invoice: asked[0].clone() };
    assert_eq!(refusal(&attempt(&world, &ada)), "400 payment_in_progress");
    assert_eq!(refusal(&cancel(&world, &ada)), "400 no_live_payment");
    let voided = world.api().post("/v1/invoices/void", &json!({ "id": ada.invoice }));
    assert_eq!(refusal(&voided), "400 payment_in_progress");
    world.pass_days(1);
    assert_eq!(refusal(&attempt(&world, &ada)), "400 invoice_already_paid");
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn a_charge_that_is_cancelled_at_the_provider_is_cancelled_here_and_can_be_attempted_again() {
    let world = World::new();
    let ada = debtor(&world, "ada", "pending_86400");
    payment(&attempt(&world, &ada));
    let provider = Client::new(world.address(), "sk_sandbox_any");
    let charge = world.charges()[0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/sandbox/v1/charges/{charge}/cancel");
    assert_eq!(provider.post_with(&path, &[("idempotency-key", "k")], &json!({})).status, 200);
    world.pass_days(2);
    assert_eq!(statuses(&world, &ada), ["canceled"]);
    assert_eq!(refusal(&cancel(&world, &ada)), "400 no_live_payment");
    assert_eq!(payment(&attempt(&world, &ada))["status"], "pending");
    world.pass_days(2);
    assert_eq!(statuses(&world, &ada), ["paid", "canceled"]);
    assert_eq!(world.money_taken(), 1);
}

const CANCELLING_TAKES: Duration = Duration::from_millis(5_500);

/// A way to the pretend provider on which cancelling takes long.
fn slow_to_cancel(world: &World) -> Peer {
    let address = world.address().strip_prefix("http://").expect("an address").to_owned();
    Peer::new(move |visit| {
        let Some(asked) = visit.request() else { return };
        if asked.lines().next().is_some_and(|line| line.contains("/cancel ")) {
            std::thread::sleep(CANCELLING_TAKES);
        }
        let mut onward = TcpStream::connect(&address).expect("the provider listens");
        let asked = asked.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        onward.write_all(asked.as_bytes()).expect("it is asked");
        let mut answer = String::new();
        onward.read_to_string(&mut answer).expect("its answer");
        visit.write(&answer);
    })
}

#[test]
fn a_provider_that_is_slow_to_cancel_is_not_waited_for_and_the_new_charge_follows() {
    let world = World::new();
    let peer = slow_to_cancel(&world);
    let base_url = format!("base_url={}", peer.url().replace("/v1/charges", "/sandbox"));
    let flags = ["connection", "add", "--provider", "sandbox", "--code", "slow", "--json", "--set"];
    let added = world.run(&[&flags[..], &[base_url.as_str()][..]].concat());
    let configuration = json!([{
        "billing_provider": "stripe", "delivery_method_id": added["id"],
        "configuration": {
            "stripe_customer_id": "cus_pending_3600__ada",
            "stripe_collection_method": "manually_charge_payment_intent",
        },
    }]);
    let id = made(&world, "ada", ("customer_billing_provider_configurations", configuration));
    let ada = Debtor { id, invoice: world.invoice("ada", 4_900) };
    let first = payment(&attempt(&world, &ada));
    assert_eq!(first["status"], "pending");
    let began = Instant::now();
    let told = payment(&attempt(&world, &ada));
    assert!(began.elapsed() < CANCELLING_TAKES, "{:?}", began.elapsed());
    assert_eq!((&told["id"], &told["status"]), (&first["id"], &json!("pending")));
    while statuses(&world, &ada) != ["pending", "canceled"] {
        assert!(began.elapsed() < Duration::from_secs(30), "the new charge did not follow");
        std::thread::sleep(Duration::from_millis(20));
    }
    world.pass_days(1);
    assert_eq!(statuses(&world, &ada), ["paid", "canceled"]);
    assert_eq!(world.money_taken(), 1);
}

/// Several are connected, and nobody says which.
#[test]
fn a_customer_is_not_charged_through_a_connection_that_was_guessed() {
    let world = World::new();
    let id = customer(&world, "ada", "ok", "charge_automatically");
    let flags =
        ["connection", "add", "--provider", "sandbox", "--code", "other", "--json", "--set"];
    let base_url = ["base_url=http://127.0.0.1:9/sandbox"];
    let other = world.run(&[&flags[..], &base_url[..]].concat());
    let set = |more: Value| {
        let mut one = json!({
            "customer_id": id, "billing_provider": "stripe",
            "delivery_method": "direct_to_billing_provider",
            "configuration": { "stripe_customer_id": "cus_ok__ada" },
        });
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let body = json!({ "data": [one] });
        world.api().post("/v1/setCustomerBillingProviderConfigurations", &body)
    };
    assert_eq!(refusal(&set(json!({}))), "400 invalid_request");
    let done = set(json!({ "delivery_method_id": other["id"] }));
    assert_eq!(done.body["data"][0]["delivery_method_id"], other["id"], "{done:?}");
}
