//! Several overdue invoices collected with one charge. The provider's ledger is the judge.

use serde_json::{Value, json};

use crate::world::payer::{choose_card, leave_card, provider_page};
use crate::world::{Answer, Client, Ears, World};

fn retry(world: &World, invoice: &str) -> Answer {
    world.api().post(&format!("/api/v1/invoices/{invoice}/retry_payment"), &json!({}))
}

fn payment_url(world: &World, invoice: &str) -> Answer {
    world.api().post(&format!("/api/v1/invoices/{invoice}/payment_url"), &json!({}))
}

fn pay(world: &World, invoice: &str, amount: i64) -> Answer {
    let payment = json!({"invoice_id": invoice, "amount_cents": amount, "reference": "wire 42"});
    world.api().post("/api/v1/payments", &json!({ "payment": payment }))
}

const BEING_HANDLED: &str = "payment_processor_is_currently_handling_payment";

fn assert_being_handled(answer: &Answer) {
    assert_eq!((answer.status, &answer.body["code"]), (405, &json!(BEING_HANDLED)), "{answer:?}");
}

fn kinds(ears: &Ears) -> Vec<String> {
    let of = |webhook: &Value| webhook["webhook_type"].as_str().expect("a type").to_owned();
    let mut kinds: Vec<String> = ears.heard().iter().map(of).collect();
    kinds.sort();
    kinds
}

#[test]
fn one_charge_pays_all_its_invoices() {
    let world = World::new();
    world.customer("ada", "ok");
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    assert_eq!(pay(&world, &invoices[1], 500).status, 200);
    let ears = Ears::of(&world);
    let request = world.requested("ada", &invoices);
    world.pass(1);
    assert_eq!(world.request_status(&request), "succeeded");
    let charges = world.charges();
    assert_eq!(charges.len(), 1);
    assert_eq!(charges[0]["amount"], 2_500);
    let provider = Client::new(world.address(), "sk_sandbox_any");
    let path = format!("/sandbox/v1/charges/{}", charges[0]["id"].as_str().expect("an id"));
    let noted = provider.get(&path).body["metadata"].clone();
    assert_eq!(noted["lago_payable_type"], "PaymentRequest");
    assert_eq!(noted["lago_payable_id"], json!(request));
    for (invoice, total) in invoices.iter().zip([1_000, 2_000]) {
        let read = world.read_invoice(invoice);
        assert_eq!(read["payment_status"], "succeeded");
        assert_eq!(read["total_paid_amount_cents"], total);
        assert_eq!(read["total_due_amount_cents"], 0);
        assert_eq!(read["payment_overdue"], false);
    }
    world.pass_days(40);
    assert_eq!(world.charges().len(), 1);
    assert_eq!(
        kinds(&ears),
        [
            "invoice.payment_status_updated",
            "invoice.payment_status_updated",
            "payment.succeeded",
            "payment_receipt.created",
            "payment_receipt.generated",
            "payment_request.created",
            "payment_request.payment_status_updated",
        ]
    );
    let again = retry(&world, &invoices[0]);
    assert_eq!(again.body["code"], "invalid_status");
}

#[test]
fn a_declined_request_has_failed_and_is_not_tried_again() {
    let world = World::new();
    world.customer("ada", "declined_insufficient_funds");
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    let ears = Ears::of(&world);
    let request = world.requested("ada", &invoices);
    world.pass_days(40);
    assert_eq!(world.request_status(&request), "failed");
    assert_eq!(world.charges().len(), 1);
    for invoice in &invoices {
        assert_eq!(world.payment_status(invoice), "pending", "unchanged by the request");
    }
    assert_eq!(kinds(&ears), ["payment_request.created", "payment_request.payment_failure"]);
    let told = &ears.of_kind("payment_request.payment_failure")[0];
    assert_eq!(told["lago_payment_request_id"], json!(request));
    assert_eq!(told["lago_invoice_ids"], json!(invoices));
    assert_eq!(told["external_customer_id"], "ada");
    assert_eq!(told["payment_provider"], "sandbox");
    assert_eq!(told["provider_customer_id"], "cus_declined_insufficient_funds__ada");
    assert_eq!(told["provider_error"]["error_code"], "insufficient_funds");
    let another = world.requested("ada", &invoices);
    world.pass(1);
    assert_eq!(world.request_status(&another), "failed");
    assert_eq!(world.charges().len(), 2);
}

#[test]
fn while_a_request_is_pending_nobody_else_collects_its_invoices() {
    let world = World::new();
    world.customer("ada", "pending_10800");
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    let request = world.requested("ada", &invoices);
    // Before the charge has begun, and while it is open.
    for _ in 0..2 {
        for invoice in &invoices {
            assert_being_handled(&retry(&world, invoice));
            assert_being_handled(&payment_url(&world, invoice));
        }
        let second = world.request("ada", &invoices[1..]);
        let code = "invoices_not_ready_for_payment_processing";
        assert_eq!((second.status, &second.body["code"]), (405, &json!(code)));
        world.pass(3_600);
        assert_eq!(world.request_status(&request), "pending");
    }
    assert_eq!(world.payment_status(&invoices[0]), "pending");
    world.pass(10_800);
    assert_eq!(world.request_status(&request), "succeeded");
    assert_eq!(world.payment_status(&invoices[0]), "succeeded");
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn a_request_that_fails_later_takes_its_invoices_with_it_and_lets_them_go() {
    let world = World::new();
    world.customer("ada", "pending_7200_insufficient_funds");
    let invoices = world.overdue("ada", &[1_000, 2_000, 3_000]);
    let ears = Ears::of(&world);
    let request = world.requested("ada", &invoices);
    world.pass(60);
    assert_eq!(pay(&world, &invoices[2], 3_000).status, 200);
    world.pass(7_200);
    assert_eq!(world.request_status(&request), "failed");
    let statuses: Vec<String> = invoices.iter().map(|it| world.payment_status(it)).collect();
    assert_eq!(statuses, ["failed", "failed", "succeeded"]);
    assert_eq!(
        kinds(&ears),
        [
            "invoice.payment_status_updated",
            "invoice.payment_status_updated",
            "invoice.payment_status_updated",
            "payment_receipt.created",
            "payment_receipt.generated",
            "payment_request.created",
            "payment_request.payment_status_updated",
        ]
    );
    assert_eq!(retry(&world, &invoices[0]).status, 200);
    assert_eq!(world.charges().len(), 1);
    assert_eq!(world.money_taken(), 0);
}

#[test]
fn money_taken_for_a_request_without_an_answer_is_found_and_not_taken_again() {
    for behaviour in ["lost", "error500", "duplicate", "late"] {
        let world = World::new();
        world.customer("ada", behaviour);
        let invoices = world.overdue("ada", &[1_000, 2_000]);
        let request = world.requested("ada", &invoices);
        world.pass(1);
        let again = retry(&world, &invoices[0]);
        assert_eq!(again.status, 405, "{behaviour}");
        world.pass_days(3);
        assert_eq!(world.request_status(&request), "succeeded", "{behaviour}");
        for invoice in &invoices {
            assert_eq!(world.payment_status(invoice), "succeeded", "{behaviour}");
        }
        assert_eq!(world.charges().len(), 1, "{behaviour}");
        assert!(world.told("duplicate_paid").is_empty(), "{behaviour}");
    }
}

#[test]
fn wherever_the_charge_of_a_request_is_cut_off_it_is_made_once() {
    for point in ["after-intent", "after-call", "in-settle"] {
        let mut world = World::new();
        world.customer("ada", "ok");
        let invoices = world.overdue("ada", &[1_000, 2_000]);
        world.restart_to_crash_at(point);
        // The server may die before it has answered.
        let body = json!({ "payment_request": {
            "external_customer_id": "ada", "lago_invoice_ids": invoices,
        }});
        let _ = world.api().try_post("/api/v1/payment_requests", &body);
        world.wait_until_it_dies();
        world.crash_and_restart();
        world.pass_days(2);
        for invoice in &invoices {
            assert_eq!(world.payment_status(invoice), "succeeded", "{point}");
        }
        assert_eq!(world.charges().len(), 1, "{point}");
        assert_eq!(world.payments(&invoices[0]).len(), 1, "{point}");
    }
}

#[test]
fn a_retry_of_an_invoice_that_comes_due_waits_for_the_open_request() {
    let world = World::new();
    world.customer("ada", "ok");
    world.pass_to_hour(23);
    // On a good card this amount is declined twice; with the other it makes 9001.20, which
    // stays pending for five seconds.
    let own = world.invoice("ada", 900_102);
    let other = world.quiet_invoice("ada", (18, "EUR"));
    world.pass(1);
    assert_eq!(world.payment_status(&own), "failed");
    world.pass(86_400 - 3);
    assert_eq!(world.charges().len(), 1);
    let request = world.requested("ada", &[own.clone(), other]);
    world.pass(4);
    assert_eq!(world.request_status(&request), "pending");
    assert_eq!(world.charges().len(), 2, "the retry was due and kept out");
    let home = world.somebody("viewer").open("/dashboard");
    assert!(home.says("A payment request that includes this debt is being collected"));
    world.pass(10);
    assert_eq!(world.request_status(&request), "succeeded");
    world.pass_days(40);
    assert_eq!(world.charges().len(), 2);
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn what_is_settled_while_the_request_is_open_is_told_as_too_much() {
    let world = World::new();
    world.customer("ada", "pending_7200");
    let invoices = world.overdue("ada", &[1_000, 2_000, 4_000, 8_000, 16_000]);
    let request = world.requested("ada", &invoices);
    world.pass(60);
    assert_eq!(pay(&world, &invoices[0], 1_000).status, 200);
    assert_eq!(pay(&world, &invoices[1], 500).status, 200);
    let path = |invoice: &str| format!("/api/v1/invoices/{invoice}");
    let voided = world.api().post(&format!("{}/void", path(&invoices[2])), &json!({}));
    assert_eq!(voided.status, 200, "{voided:?}");
    let declared = json!({"invoice": {"payment_status": "succeeded"}});
    assert_eq!(world.api().put(&path(&invoices[3]), &declared).status, 200);
    world.pass_days(2);
    assert_eq!(world.request_status(&request), "succeeded");
    assert_eq!(world.payment_status(&invoices[1]), "succeeded");
    assert_eq!(world.payment_status(&invoices[4]), "succeeded");
    let told = world.told("duplicate_paid");
    let says = |invoice: &str, amount: &str| {
        let sentence = format!("{amount} was paid beyond what was due: refund it");
        (Some(invoice.to_owned()), Some(sentence))
    };
    assert_eq!(
        told,
        [
            says(&invoices[0], "10.00 EUR"),
            says(&invoices[1], "5.00 EUR"),
            says(&invoices[2], "40.00 EUR"),
            says(&invoices[3], "80.00 EUR"),
        ]
    );
    assert_eq!(world.charges().len(), 1);
    // Taken back by a person, it is owed again, but the request has had its money.
    let back = json!({"invoice": {"payment_status": "pending"}});
    assert_eq!(world.api().put(&path(&invoices[3]), &back).status, 200);
    let paid = pay(&world, &invoices[3], 8_000);
    let base = json!({"base": ["payment_request_is_already_succeeded"]});
    assert_eq!((paid.status, &paid.body["error_details"]), (422, &base));
}

#[test]
fn a_page_for_one_of_the_invoices_is_closed_before_the_request_charges() {
    let world = World::new();
    world.customer("ada", "ok");
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    let page = payment_url(&world, &invoices[0]);
    let page = page.body["invoice_payment_details"]["payment_url"].as_str().expect("a page");
    let page = provider_page(page);
    let request = world.requested("ada", &invoices);
    world.pass(1);
    assert_eq!(world.request_status(&request), "succeeded");
    choose_card(&page, "ok");
    world.pass(60);
    assert_eq!(world.money_taken(), 1, "the closed page takes nothing");
}

#[test]
fn what_was_paid_on_a_page_is_not_charged_with_a_request() {
    let world = World::new();
    world.customer("ada", "declined_insufficient_funds");
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    let page = payment_url(&world, &invoices[0]);
    let page = page.body["invoice_payment_details"]["payment_url"].as_str().expect("a page");
    leave_card(page, "ok");
    let request = world.request("ada", &invoices);
    world.pass_days(2);
    assert_eq!(world.payment_status(&invoices[0]), "succeeded");
    assert_eq!(world.money_taken(), 1);
    assert_eq!(world.charges().len(), 1, "{request:?}");
}

#[test]
fn a_request_that_cannot_be_charged_as_asked_lapses_and_lets_its_invoices_go() {
    let world = World::new();
    world.customer("ada", "unreachable");
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    let request = world.requested("ada", &invoices);
    world.pass(7_200);
    assert_being_handled(&retry(&world, &invoices[1]));
    let path = format!("/api/v1/invoices/{}/void", invoices[0]);
    assert_eq!(world.api().post(&path, &json!({})).status, 200);
    world.pass(7_200);
    assert_eq!(world.request_status(&request), "pending");
    assert_eq!(retry(&world, &invoices[1]).status, 200);
    assert_eq!(world.told("payment_request_lapsed").len(), 1);
    assert_eq!(world.charges().len(), 0);
}

#[test]
fn a_provider_that_is_down_is_asked_again_with_the_same_attempt() {
    let world = World::new();
    world.customer("ada", "unreachable");
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    let ears = Ears::of(&world);
    let request = world.requested("ada", &invoices);
    world.pass_days(1);
    assert_eq!(world.request_status(&request), "pending");
    let payments = world.payments(&invoices[0]);
    assert_eq!(payments.len(), 1);
    assert_eq!(payments[0]["payment_status"], "pending");
    assert_eq!(kinds(&ears), ["payment_request.created", "payment_request.payment_failure"]);
    let told = &ears.of_kind("payment_request.payment_failure")[0];
    assert_eq!(told["provider_error"]["error_code"], "connection_error");
}

#[test]
fn a_payer_is_asked_to_confirm_and_the_invoices_wait() {
    let world = World::new();
    world.customer("ada", "action");
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    let ears = Ears::of(&world);
    let request = world.requested("ada", &invoices);
    world.pass(1);
    let told = ears.of_kind("payment.requires_action");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["payable_type"], "PaymentRequest");
    assert!(told[0]["next_action"]["type"].is_string());
    assert_being_handled(&retry(&world, &invoices[0]));
    assert_being_handled(&payment_url(&world, &invoices[0]));
    // Nobody confirms: it is given up, and counts as declined.
    world.pass_days(4);
    assert_eq!(world.request_status(&request), "failed");
    assert_eq!(world.payment_status(&invoices[0]), "failed");
    assert_eq!(world.money_taken(), 0);
}

#[test]
fn without_a_method_no_provider_is_asked_and_the_request_has_failed() {
    let world = World::new();
    world.customer("ada", "no_method");
    let invoices = world.overdue("ada", &[1_000]);
    let ears = Ears::of(&world);
    let request = world.requested("ada", &invoices);
    world.pass(1);
    assert_eq!(world.request_status(&request), "failed");
    assert_eq!(world.charges().len(), 0);
    let told = &ears.of_kind("payment_request.payment_failure")[0];
    assert_eq!(told["provider_error"]["error_code"], "customer_has_no_payment_method");
    assert_eq!(told["payment_provider_code"], "sandbox");
    assert_eq!(world.payment_status(&invoices[0]), "pending");
}

#[test]
fn without_a_provider_a_request_stays_pending_and_keeps_nobody_away() {
    let world = World::new();
    let body = json!({"customer": {"external_id": "ada", "currency": "EUR"}});
    assert_eq!(world.api().post("/api/v1/customers", &body).status, 200);
    let invoices = world.overdue("ada", &[1_000]);
    let ears = Ears::of(&world);
    let request = world.requested("ada", &invoices);
    world.pass_days(2);
    assert_eq!(world.request_status(&request), "pending");
    assert_eq!(kinds(&ears), ["payment_request.created"]);
    assert_eq!(world.request("ada", &invoices).status, 200);
    assert_eq!(pay(&world, &invoices[0], 1_000).status, 200);
    assert_eq!(world.payment_status(&invoices[0]), "succeeded");
}

#[test]
fn a_card_that_was_refused_for_good_is_not_charged_with_a_request() {
    let world = World::new();
    world.customer("ada", "declined_expired_card");
    let own = world.invoice("ada", 1_000);
    let others = world.overdue("ada", &[2_000]);
    assert_eq!(world.charges().len(), 1);
    let request = world.requested("ada", &[own, others[0].clone()]);
    world.pass_days(2);
    assert_eq!(world.request_status(&request), "failed");
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn a_card_refused_for_good_with_a_request_is_not_charged_for_its_invoices() {
    let world = World::new();
    world.customer("ada", "declined_expired_card");
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    let request = world.requested("ada", &invoices);
    world.pass(1);
    assert_eq!(world.request_status(&request), "failed");
    assert_eq!(retry(&world, &invoices[0]).status, 200);
    world.pass_days(2);
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn a_lost_dispute_over_the_charge_is_lost_for_each_invoice() {
    let world = World::new();
    world.customer("ada", "ok");
    let invoices = world.overdue("ada", &[1_000, 2_000]);
    world.requested("ada", &invoices);
    world.pass(1);
    let charge = world.charges()[0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/sandbox/v1/charges/{charge}/dispute");
    let provider = Client::new(world.address(), "sk_sandbox_any");
    let disputed = provider.post(&path, &json!({"reason": "fraudulent"}));
    assert_eq!(disputed.status, 200, "{disputed:?}");
    world.pass(60);
    for invoice in &invoices {
        let read = world.read_invoice(invoice);
        assert!(read["payment_dispute_lost_at"].is_string(), "{read}");
        assert_eq!(read["payment_status"], "succeeded");
    }
}

/// Whoever asks first has the invoice to himself; the others are refused or wait.
#[test]
fn retries_pages_and_requests_at_once_collect_each_invoice_once() {
    let world = World::new();
    world.customer("ada", "slow_40");
    let amounts: Vec<i64> = (0..12).map(|n| 1_000 + n).collect();
    let invoices = world.overdue("ada", &amounts);
    std::thread::scope(|scope| {
        for turn in 0..4 {
            let (world, invoices) = (&world, &invoices);
            scope.spawn(move || {
                for at in 0..invoices.len() {
                    let at = (at * 5 + turn * 3) % invoices.len();
                    match turn {
                        0 => drop(retry(world, &invoices[at])),
                        1 => drop(payment_url(world, &invoices[at])),
                        _ => {
                            let next = (at + turn) % invoices.len();
                            let pair = [invoices[at].clone(), invoices[next].clone()];
                            drop(world.request("ada", &pair));
                        }
                    }
                }
            });
        }
    });
    world.pass_days(3);
    assert!(world.told("duplicate_paid").is_empty());
    let charges = world.charges();
    let taken: i64 = charges.iter().map(|charge| charge["amount"].as_i64().expect("cents")).sum();
    let paid = |invoice: &String| {
        world.read_invoice(invoice)["total_paid_amount_cents"].as_i64().expect("cents")
    };
    let paid: Vec<i64> = invoices.iter().map(paid).collect();
    assert_eq!(taken, paid.iter().sum::<i64>(), "every charge is an invoice's");
    for (paid, amount) in paid.iter().zip(&amounts) {
        assert!(*paid == 0 || paid == amount, "{paid} of {amount}");
    }
    assert!(taken > 0);
}

#[test]
fn a_server_that_is_killed_again_and_again_charges_each_request_once() {
    let mut world = World::new();
    world.customer("ada", "slow_30");
    let amounts: Vec<i64> = (0..24).map(|n| 1_000 + n).collect();
    let invoices = world.overdue("ada", &amounts);
    for (round, some) in (0_u64..).zip(invoices.chunks(6)) {
        for pair in some.chunks(2) {
            world.requested("ada", pair);
        }
        std::thread::sleep(std::time::Duration::from_millis(7 * round));
        world.crash_and_restart();
    }
    world.pass_days(1);
    for invoice in &invoices {
        assert_eq!(world.payment_status(invoice), "succeeded");
    }
    assert_eq!(world.charges().len(), 12);
    assert_eq!(world.money_taken(), 12);
    assert!(world.told("duplicate_paid").is_empty());
}
