//! Requests that are made again: by clients that lost the answer, with a key or without, also
//! when the server died in between.

use serde_json::{Value, json};

use super::{attempt, cancel, debtor, payment, refusal, statuses};
use crate::world::World;

const AGAIN: (&str, &str) = ("x-stainless-retry-count", "1");

#[test]
fn an_attempt_that_a_client_sends_again_is_the_same_payment() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let first = payment(&attempt(&world, &ada));
    let path = "/v1/payments/attempt";
    let again = payment(&world.api().post_with(path, &[AGAIN], &ada.names()));
    assert_eq!(again, first);
    assert_eq!(world.charges().len(), 1);
    // Two minutes later it cannot be the same request any more.
    world.pass(121);
    let late = world.api().post_with(path, &[AGAIN], &ada.names());
    assert_eq!(refusal(&late), "400 invoice_already_paid");
}

#[test]
fn a_pending_payment_is_not_cancelled_by_a_request_that_is_sent_again() {
    let world = World::new();
    let ada = debtor(&world, "ada", "pending_3600");
    let first = payment(&attempt(&world, &ada));
    let again = world.api().post_with("/v1/payments/attempt", &[AGAIN], &ada.names());
    assert_eq!(payment(&again)["id"], first["id"]);
    assert_eq!(statuses(&world, &ada), ["pending"]);
    let cancelled = payment(&cancel(&world, &ada));
    let again = world.api().post_with("/v1/payments/cancel", &[AGAIN], &ada.names());
    assert_eq!(payment(&again), cancelled);
    let fresh = payment(&attempt(&world, &ada));
    assert_ne!(fresh["id"], first["id"]);
}

#[test]
fn a_request_that_is_sent_again_for_the_first_time_seen_is_carried_out() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let answer = world.api().post_with("/v1/payments/attempt", &[AGAIN], &ada.names());
    assert_eq!(payment(&answer)["status"], "paid");
}

#[test]
fn a_key_gets_the_same_answer_again() {
    let world = World::new();
    let (ada, bob) = (debtor(&world, "ada", "pending_3600"), debtor(&world, "bob", "ok"));
    let key = [("idempotency-key", "k-1")];
    let path = "/v1/payments/attempt";
    let first = world.api().post_with(path, &key, &ada.names());
    let again = world.api().post_with(path, &key, &ada.names());
    assert_eq!((again.status, &again.text), (200, &first.text));
    assert_eq!(statuses(&world, &ada), ["pending"]);
    let other = world.api().post_with(path, &key, &bob.names());
    assert_eq!(refusal(&other), "409 idempotency_key_reused");
    assert_eq!(other.header("x-should-retry"), Some("false"));
    let elsewhere = world.api().post_with("/v1/payments/cancel", &key, &ada.names());
    assert_eq!(refusal(&elsewhere), "409 idempotency_key_reused");
    // A day later it is as good as new.
    world.pass_days(2);
    let later = world.api().post_with(path, &key, &bob.names());
    assert_eq!(payment(&later)["status"], "paid");
}

#[test]
fn a_refusal_does_not_use_a_key_up() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let key = [("idempotency-key", "k-1")];
    let refused = world.api().post_with("/v1/payments/cancel", &key, &ada.names());
    assert_eq!(refusal(&refused), "400 no_live_payment");
    let body = json!({ "name": "Bob", "ingest_aliases": ["ada"] });
    let taken = world.api().post_with("/v1/customers", &key, &body);
    assert_eq!(refusal(&taken), "409 alias_taken");
    assert_eq!(taken.header("x-should-retry"), Some("false"));
    let body = json!({ "name": "Bob", "ingest_aliases": ["bob"] });
    let made = world.api().post_with("/v1/customers", &key, &body);
    let again = world.api().post_with("/v1/customers", &key, &body);
    assert_eq!((made.status, &made.text), (200, &again.text));
}

#[test]
fn money_found_taken_when_asked_to_cancel_is_told_again_under_the_same_key() {
    let world = World::new();
    let ada = debtor(&world, "ada", "lost");
    assert_eq!(payment(&attempt(&world, &ada))["status"], "pending");
    let key = [("idempotency-key", "k-1")];
    let told = [(); 2]
        .map(|()| refusal(&world.api().post_with("/v1/payments/cancel", &key, &ada.names())));
    // The provider's own word may have come first: then there was nothing to cancel.
    let expected = ["400 invoice_already_paid", "400 no_live_payment"];
    assert!(expected.contains(&told[0].as_str()), "{told:?}");
    assert_eq!(told[0], told[1]);
    assert_eq!(statuses(&world, &ada), ["paid"]);
}

fn resent_after_a_crash(point: &str, headers: &[(&str, &str)]) {
    let mut world = World::new();
    let ada = debtor(&world, "ada", "ok");
    world.restart_to_crash_at(point);
    let path = "/v1/payments/attempt";
    let cut = world.api().try_post_with(path, headers, &ada.names());
    assert!(cut.is_none(), "the server was to die: {cut:?}");
    world.crash_and_restart();
    let again: Vec<(&str, &str)> = headers.iter().copied().chain([AGAIN]).collect();
    let found = payment(&world.api().post_with(path, &again, &ada.names()));
    assert_eq!(found["status"], "pending", "{found}");
    world.pass_days(1);
    assert_eq!(statuses(&world, &ada), ["paid"]);
    assert_eq!(world.charges().len(), 1);
    let id: Value = found["id"].clone();
    assert_eq!(super::payments(&world, &ada)[0]["id"], id);
}

#[test]
fn a_server_that_dies_before_the_call_charges_once_all_the_same() {
    resent_after_a_crash("after-asked-intent", &[]);
}

#[test]
fn a_server_that_dies_after_the_call_charges_once_all_the_same() {
    resent_after_a_crash("after-asked-call", &[]);
}

#[test]
fn a_key_is_free_again_after_a_crash_and_finds_its_payment() {
    resent_after_a_crash("after-asked-call", &[("idempotency-key", "k-1")]);
}
