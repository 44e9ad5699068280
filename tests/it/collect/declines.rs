//! What a decline allows, and what it does not.

use serde_json::json;

use crate::world::World;

#[test]
fn a_hard_decline_is_never_tried_again_on_that_card() {
    for code in ["expired_card", "lost_card", "fraudulent", "invalid_account", "not_permitted"] {
        let world = World::new();
        world.customer("ada", &format!("declined_{code}"));
        let invoice = world.invoice("ada", 4_900);
        world.pass_days(40);
        assert_eq!(world.charges().len(), 1, "{code}");
        assert_eq!(world.payment_status(&invoice), "failed", "{code}");
        let path = format!("/api/v1/invoices/{invoice}/retry_payment");
        assert_eq!(world.api().post(&path, &json!({})).status, 200);
        world.pass(1);
        assert_eq!(world.charges().len(), 1, "{code}: asked for by hand it is not tried either");
    }
}

#[test]
fn a_bare_refusal_is_tried_four_times_at_least_a_day_apart() {
    let world = World::new();
    world.customer("ada", "declined_do_not_honor");
    world.invoice("ada", 4_900);
    world.pass_days(40);
    let at: Vec<i64> = world
        .charges()
        .iter()
        .map(|charge| {
            let text = charge["created_at"].as_str().expect("a time");
            chrono::DateTime::parse_from_rfc3339(text).expect("RFC 3339").timestamp()
        })
        .collect();
    assert_eq!(at.len(), 4);
    assert!(at.windows(2).all(|pair| pair[1] - pair[0] >= 86_400), "{at:?}");
}

#[test]
fn another_card_is_tried_at_once_after_a_hard_decline() {
    let world = World::new();
    world.customer("ada", "declined_expired_card");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "failed");
    let link = world.api().post("/api/v1/customers/ada/checkout_url", &json!({}));
    assert_eq!(link.status, 200, "{link:?}");
    let page = link.body["customer"]["checkout_url"].as_str().expect("an address");
    crate::world::payer::leave_card(page, "ok");
    world.pass(5);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn wrong_credentials_pause_the_connection_and_cost_no_attempt() {
    let world = World::new();
    world.customer("ada", "declined_merchant_suspended");
    world.customer("ben", "ok");
    let first = world.invoice("ada", 4_900);
    world.pass(1);
    let second = world.invoice("ben", 1_000);
    world.pass(60);
    assert_eq!(world.charges().len(), 1, "nothing is charged on a paused connection");
    assert_eq!(world.payment_status(&second), "pending");
    let voided = world.api().post(&format!("/api/v1/invoices/{first}/void"), &json!({}));
    assert_eq!(voided.status, 200, "{voided:?}");
    world.run(&["connection", "resume", "--code", "sandbox"]);
    world.pass(1);
    assert_eq!(world.payment_status(&second), "succeeded");
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn a_pending_charge_settles_when_the_provider_says_so() {
    let world = World::new();
    world.customer("ada", "pending_3600");
    world.customer("ben", "pending_3600_insufficient_funds");
    let good = world.invoice("ada", 4_900);
    let bad = world.invoice("ben", 5_900);
    world.pass(1);
    assert_eq!(world.payments(&good)[0]["payment_status"], "processing");
    let busy = world.api().post(&format!("/api/v1/invoices/{good}/retry_payment"), &json!({}));
    assert_eq!(busy.status, 405);
    assert_eq!(busy.body["code"], "payment_processor_is_currently_handling_payment");
    world.pass(3_700);
    assert_eq!(world.payment_status(&good), "succeeded");
    assert_eq!(world.payment_status(&bad), "failed");
    assert_eq!(world.charges().len(), 2);
}

#[test]
fn webhooks_that_come_twice_late_or_out_of_order_change_nothing() {
    let world = World::new();
    for behaviour in ["duplicate", "late", "reordered"] {
        world.customer(behaviour, behaviour);
        let invoice = world.invoice(behaviour, 4_900);
        world.pass_days(3);
        let read = world.read_invoice(&invoice);
        assert_eq!(read["payment_status"], "succeeded", "{behaviour}");
        assert_eq!(read["total_paid_amount_cents"], 4_900, "{behaviour}");
        assert_eq!(world.payments(&invoice).len(), 1, "{behaviour}");
    }
    assert_eq!(world.charges().len(), 3);
}
