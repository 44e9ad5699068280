//! Servers that die while one payment takes the place of another: no money is taken twice, and
//! nobody has to ask more than once more.

use serde_json::{Value, json};

use super::{Debtor, attempt, cancel, debtor, payment, refusal, statuses};
use crate::world::World;

const ATTEMPT: &str = "/v1/payments/attempt";

const AGAIN: (&str, &str) = ("x-stainless-retry-count", "1");

/// A world that dies at this point of a call about a payment that is pending.
fn cut_off(point: &str, path: &str, body: fn(&Debtor) -> Value) -> (World, Debtor, Value) {
    let mut world = World::new();
    let ada = debtor(&world, "ada", "pending_3600");
    let pending = payment(&attempt(&world, &ada));
    world.pass(1);
    world.restart_to_crash_at(point);
    let cut = world.api().try_post(path, &body(&ada));
    assert!(cut.is_none(), "the server was to die: {cut:?}");
    world.crash_and_restart();
    (world, ada, pending["id"].clone())
}

/// Of the ledger, oldest first.
fn charged(world: &World) -> Vec<String> {
    let charges = world.charges();
    charges.iter().map(|it| it["status"].as_str().expect("a status").to_owned()).collect()
}

#[test]
fn wherever_a_newer_attempt_is_cut_off_asking_again_ends_with_one_payment() {
    for point in ["after-asked-intent", "after-asked-call", "in-settle"] {
        let (world, ada, first) = cut_off(point, ATTEMPT, Debtor::names);
        let second = payment(&world.api().post_with(ATTEMPT, &[AGAIN], &ada.names()));
        assert_ne!(second["id"], first, "{point}");
        world.pass_days(2);
        assert_eq!(statuses(&world, &ada), ["paid", "canceled"], "{point}");
        assert_eq!(charged(&world), ["canceled", "succeeded"], "{point}");
    }
}

#[test]
fn what_was_written_down_is_collected_though_nobody_asks_again() {
    for point in ["after-asked-intent", "after-asked-call"] {
        let (world, ada, _) = cut_off(point, ATTEMPT, Debtor::names);
        world.pass_days(2);
        assert_eq!(statuses(&world, &ada), ["paid", "canceled"], "{point}");
        assert_eq!(charged(&world), ["canceled", "succeeded"], "{point}");
    }
}

#[test]
fn what_only_the_provider_knows_as_cancelled_is_found_to_be() {
    let (world, ada, first) = cut_off("after-cancel", ATTEMPT, Debtor::names);
    // It looks like the call that made the first payment, sent again, and is told of that one.
    let told = payment(&world.api().post_with(ATTEMPT, &[AGAIN], &ada.names()));
    assert_eq!(told["id"], first);
    world.pass_days(2);
    assert_eq!(statuses(&world, &ada), ["canceled"]);
    assert_eq!(charged(&world), ["canceled"]);
    let second = payment(&attempt(&world, &ada));
    assert_ne!(second["id"], first);
    world.pass_days(2);
    assert_eq!(statuses(&world, &ada), ["paid", "canceled"]);
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn cancelling_that_was_cut_off_is_answered_when_it_is_sent_again() {
    let (world, ada, first) = cut_off("after-cancel", "/v1/payments/cancel", Debtor::names);
    let path = "/v1/payments/cancel";
    let cancelled = payment(&world.api().post_with(path, &[AGAIN], &ada.names()));
    assert_eq!((&cancelled["id"], cancelled["status"].as_str()), (&first, Some("canceled")));
    world.pass_days(40);
    assert_eq!(refusal(&cancel(&world, &ada)), "400 no_live_payment");
    assert_eq!(charged(&world), ["canceled"]);
}

#[test]
fn voiding_that_was_cut_off_is_done_when_it_is_asked_for_again() {
    let id = |debtor: &Debtor| json!({ "id": debtor.invoice });
    let (world, ada, _) = cut_off("after-cancel", "/v1/invoices/void", id);
    assert_eq!(world.api().post("/v1/invoices/void", &id(&ada)).status, 200);
    assert_eq!(statuses(&world, &ada), ["canceled"]);
    assert_eq!(refusal(&attempt(&world, &ada)), "400 invoice_voided");
    world.pass_days(2);
    assert_eq!(charged(&world), ["canceled"]);
}
