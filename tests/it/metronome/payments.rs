//! Payments that somebody asks for: each charges once, whatever else is going on.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{attempt, cancel, customer, debtor, payment, payments, refusal, statuses};
use crate::world::World;

#[test]
fn an_attempt_charges_the_invoice_and_is_the_same_payment_in_the_other_dialect() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let paid = payment(&attempt(&world, &ada));
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["invoice_id"], ada.invoice);
    assert_eq!(paid["customer_id"], ada.id);
    assert_eq!(paid["fiat_credit_type"]["name"], "EUR");
    assert_eq!(paid["amount"].to_string(), "49");
    assert_eq!(paid["amount_paid"].to_string(), "49");
    assert_eq!(paid["payment_gateway"]["type"], "stripe");
    assert_eq!(paid["recoup"]["provider"], "sandbox");
    assert!(paid.get("error_message").is_none(), "{paid}");
    let charges = world.charges();
    assert_eq!(charges.len(), 1);
    assert_eq!(paid["payment_gateway"]["stripe"]["payment_intent_id"], charges[0]["id"]);
    assert_eq!(paid["payment_gateway"]["stripe"]["payment_method_id"], charges[0]["method"]);
    assert_eq!(world.payments(&ada.invoice)[0]["lago_id"], paid["id"]);
    assert_eq!(world.payment_status(&ada.invoice), "succeeded");
    world.pass_days(40);
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn dollars_are_told_in_cents() {
    let world = World::new();
    let id = customer(&world, "ada", "ok", "manually_charge_payment_intent");
    world.api().post(
        "/api/v1/add_ons",
        &json!({ "add_on": {
            "name": "Set-up", "code": "usd", "amount_cents": 14_392, "amount_currency": "USD",
        }}),
    );
    let made = world.api().post(
        "/api/v1/invoices",
        &json!({ "invoice": {
            "external_customer_id": "ada", "currency": "USD", "fees": [{ "add_on_code": "usd" }],
        }}),
    );
    assert_eq!(made.status, 200, "{made:?}");
    let names = json!({ "customer_id": id, "invoice_id": made.body["invoice"]["lago_id"] });
    let paid = payment(&world.api().post("/v1/payments/attempt", &names));
    assert_eq!(paid["amount"].to_string(), "14392");
    assert_eq!(paid["fiat_credit_type"]["id"], "2714e483-4ff1-48e4-9e25-ac732e8f24f2");
    assert_eq!(paid["fiat_credit_type"]["name"], "USD (cents)");
}

#[test]
fn a_decline_is_told_and_the_next_attempt_on_another_method_pays() {
    let world = World::new();
    let ada = debtor(&world, "ada", "declined_insufficient_funds");
    let declined = payment(&attempt(&world, &ada));
    assert_eq!(declined["status"], "requires_intervention");
    assert_eq!(declined["amount_paid"].to_string(), "0");
    let error = &declined["payment_gateway"]["stripe"]["error"];
    assert_eq!(error["type"], "card_error");
    assert_eq!(error["decline_code"], "insufficient_funds");
    assert!(declined["error_message"].is_string());
    let moved = world.api().post(
        &format!("/v1/customers/{}/billing-config/stripe", ada.id),
        &json!({ "billing_provider_customer_id": "cus_ok__ada" }),
    );
    assert_eq!((moved.status, moved.text.as_str()), (200, "{}"));
    let paid = payment(&attempt(&world, &ada));
    assert_eq!(paid["status"], "paid");
    assert_ne!(paid["id"], declined["id"]);
    assert_eq!(statuses(&world, &ada), ["paid", "canceled"]);
    assert_eq!(world.money_taken(), 1);
    world.pass_days(40);
    assert_eq!(world.charges().len(), 2);
}

#[test]
fn what_the_provider_still_has_is_cancelled_there_before_the_next_attempt() {
    let world = World::new();
    let ada = debtor(&world, "ada", "pending_86400");
    let first = payment(&attempt(&world, &ada));
    assert_eq!(first["status"], "pending");
    let second = payment(&attempt(&world, &ada));
    assert_eq!(second["status"], "pending");
    assert_ne!(second["id"], first["id"]);
    assert_eq!(statuses(&world, &ada), ["pending", "canceled"]);
    world.pass_days(3);
    assert_eq!(statuses(&world, &ada), ["paid", "canceled"]);
    assert_eq!(world.money_taken(), 1);
    assert_eq!(world.payment_status(&ada.invoice), "succeeded");
}

#[test]
fn a_cancelled_payment_stays_so_until_somebody_asks_again() {
    let world = World::new();
    let ada = debtor(&world, "ada", "pending_3600");
    let pending = payment(&attempt(&world, &ada));
    let cancelled = payment(&cancel(&world, &ada));
    assert_eq!(cancelled["id"], pending["id"]);
    assert_eq!(cancelled["status"], "canceled");
    assert_eq!(refusal(&cancel(&world, &ada)), "400 no_live_payment");
    world.pass_days(3);
    assert_eq!(world.money_taken(), 0);
    assert_eq!(world.read_invoice(&ada.invoice)["status"], "finalized");
    assert_eq!(payment(&attempt(&world, &ada))["status"], "pending");
    world.pass_days(1);
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn cancelling_after_a_decline_stops_the_schedule() {
    let world = World::new();
    let ada = debtor(&world, "ada", "fails_1_insufficient_funds");
    let declined = payment(&attempt(&world, &ada));
    let cancelled = payment(&cancel(&world, &ada));
    assert_eq!(
        (&cancelled["id"], cancelled["status"].as_str()),
        (&declined["id"], Some("canceled"))
    );
    world.pass_days(40);
    assert_eq!(world.charges().len(), 1);
    assert_eq!(payment(&attempt(&world, &ada))["status"], "paid");
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn money_that_was_taken_without_an_answer_is_never_taken_again() {
    let world = World::new();
    let ada = debtor(&world, "ada", "lost");
    let unknown = payment(&attempt(&world, &ada));
    assert_eq!(unknown["status"], "pending");
    assert_eq!(refusal(&attempt(&world, &ada)), "400 invoice_already_paid");
    assert_eq!(statuses(&world, &ada), ["paid"]);
    assert_eq!(refusal(&cancel(&world, &ada)), "400 no_live_payment");
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn a_payer_who_has_to_act_is_told_of_and_can_be_called_off() {
    let world = World::new();
    let ada = debtor(&world, "ada", "action");
    let waiting = payment(&attempt(&world, &ada));
    assert_eq!(waiting["status"], "requires_intervention");
    assert!(waiting["error_message"].as_str().unwrap().contains("payer"), "{waiting}");
    assert_eq!(payment(&cancel(&world, &ada))["status"], "canceled");
    world.pass_days(10);
    assert_eq!(world.money_taken(), 0);
}

#[test]
fn a_customer_without_a_method_gets_a_payment_that_says_so() {
    let world = World::new();
    let ada = debtor(&world, "ada", "no_method");
    let without = payment(&attempt(&world, &ada));
    assert_eq!(without["status"], "requires_intervention");
    assert!(without.get("payment_gateway").is_none(), "{without}");
    assert_eq!(without["error_message"], "The customer has no payment method to charge.");
    assert_eq!(world.charges().len(), 0);
    assert_eq!(payment(&attempt(&world, &ada))["status"], "requires_intervention");
    assert_eq!(statuses(&world, &ada), ["requires_intervention", "canceled"]);
}

#[test]
fn what_never_reached_the_provider_is_pending_and_gives_way_to_the_next() {
    let world = World::new();
    let ada = debtor(&world, "ada", "unreachable");
    assert_eq!(payment(&attempt(&world, &ada))["status"], "pending");
    assert_eq!(payment(&attempt(&world, &ada))["status"], "pending");
    assert_eq!(statuses(&world, &ada), ["pending", "canceled"]);
    assert_eq!(payment(&cancel(&world, &ada))["status"], "canceled");
    world.pass_days(10);
    assert_eq!(statuses(&world, &ada), ["canceled", "canceled"]);
    assert_eq!(world.money_taken(), 0);
}

#[test]
fn an_attempt_is_answered_in_time_and_keeps_every_other_out() {
    let world = World::new();
    let ada = debtor(&world, "ada", "slow_6500");
    let began = Instant::now();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| attempt(&world, &ada));
        while payments(&world, &ada).is_empty() {
            assert!(began.elapsed() < Duration::from_secs(5), "no payment was written down");
        }
        assert_eq!(refusal(&attempt(&world, &ada)), "400 payment_in_progress");
        assert_eq!(refusal(&cancel(&world, &ada)), "400 payment_in_progress");
        let first = payment(&first.join().expect("it ends"));
        assert_eq!(first["status"], "pending");
    });
    while statuses(&world, &ada) != ["paid"] {
        assert!(began.elapsed() < Duration::from_secs(30), "the charge did not go on");
        std::thread::yield_now();
    }
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn many_who_ask_at_once_charge_once() {
    let world = World::new();
    let ada = debtor(&world, "ada", "slow_300");
    let answers: Vec<String> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(|| attempt(&world, &ada))).collect();
        asking.into_iter().map(|it| it.join().expect("it ends").text).collect()
    });
    assert_eq!(world.money_taken(), 1, "{answers:?}");
    let paid = answers.iter().filter(|text| text.contains(r#""status":"paid""#)).count();
    assert_eq!(paid, 1, "{answers:?}");
}

#[test]
fn a_page_that_a_payer_has_open_is_closed_first() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let page =
        world.api().post(&format!("/api/v1/invoices/{}/payment_url", ada.invoice), &json!({}));
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(payment(&attempt(&world, &ada))["status"], "paid");
    let address = page.body["invoice_payment_details"]["payment_url"].as_str().unwrap();
    let shown = ureq::get(address).call().map(|mut it| it.body_mut().read_to_string().unwrap());
    assert!(!shown.unwrap_or_default().contains("<form"), "nobody can pay on it any more");
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn money_that_people_record_is_a_paid_payment_here() {
    let world = World::new();
    let ada = debtor(&world, "ada", "ok");
    let body = json!({ "payment": {
        "invoice_id": ada.invoice, "amount_cents": 900, "reference": "cash",
    }});
    let recorded = world.api().post("/api/v1/payments", &body);
    assert_eq!(recorded.status, 200, "{recorded:?}");
    let all = payments(&world, &ada);
    assert_eq!(all[0]["id"], recorded.body["payment"]["lago_id"]);
    assert_eq!((all[0]["status"].as_str(), all[0]["amount"].as_f64()), (Some("paid"), Some(9.0)));
    let rest = payment(&attempt(&world, &ada));
    assert_eq!(rest["amount"].to_string(), "40");
    assert_eq!(statuses(&world, &ada), ["paid", "paid"]);
}

#[test]
fn automatic_charges_are_payments_here() {
    let world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let id = world.api().get("/v1/customers?ingest_alias=ada").body["data"][0]["id"].clone();
    let ada = super::Debtor { id: id.as_str().expect("an id").to_owned(), invoice };
    assert_eq!(statuses(&world, &ada), ["requires_intervention"]);
    world.pass_days(2);
    assert_eq!(statuses(&world, &ada), ["paid", "canceled"]);
    assert_eq!(payments(&world, &ada)[0]["recoup"]["trigger"], "schedule");
}
