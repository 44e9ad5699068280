//! Power cuts at the worst moments: the provider's ledger has one charge each time.

use std::time::{Duration, Instant};

use crate::world::World;

/// Killed while the provider has taken the money and has not answered yet.
#[test]
fn a_server_killed_during_the_call_charges_once() {
    let mut world = World::new();
    world.customer("ada", "slow_20000");
    let invoice = world.invoice("ada", 4_900);
    let deadline = Instant::now() + Duration::from_secs(15);
    while world.charges().is_empty() {
        assert!(Instant::now() < deadline, "the charge begins");
        std::thread::sleep(Duration::from_millis(20));
    }
    world.crash_and_restart();
    world.pass(600);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    world.pass_days(40);
    assert_eq!(world.charges().len(), 1);
}

/// Killed again and again while many invoices are being made and charged.
#[test]
fn a_server_that_is_killed_again_and_again_charges_each_invoice_once() {
    let mut world = World::new();
    world.customer("ada", "slow_30");
    let mut invoices = Vec::new();
    for round in 0..4_u64 {
        for n in 0..10 {
            invoices.push(world.invoice("ada", 1_000 + n));
        }
        std::thread::sleep(Duration::from_millis(7 * round));
        world.crash_and_restart();
    }
    world.pass(3_600);
    for invoice in &invoices {
        assert_eq!(world.payment_status(invoice), "succeeded");
    }
    assert_eq!(world.money_taken(), invoices.len());
    assert_eq!(world.charges().len(), invoices.len());
}

/// Killed after the intent, after the call, and while the answer is being saved.
#[test]
fn wherever_a_charge_is_cut_off_it_is_made_once() {
    for point in ["after-intent", "after-call", "in-settle"] {
        let mut world = World::new();
        world.customer("ada", "fails_1_insufficient_funds");
        let invoice = world.invoice("ada", 4_900);
        world.pass(1);
        assert_eq!(world.payment_status(&invoice), "failed", "{point}");
        world.restart_to_crash_at(point);
        world.pass_until_it_dies(2 * 86_400);
        world.crash_and_restart();
        world.pass_days(40);
        assert_eq!(world.payment_status(&invoice), "succeeded", "{point}");
        assert_eq!(world.money_taken(), 1, "{point}");
        assert_eq!(world.charges().len(), 2, "{point}: the decline, and one success");
        assert_eq!(world.payments(&invoice).len(), 2, "{point}: one attempt for each charge");
    }
}
