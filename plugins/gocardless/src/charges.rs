//! Charging a mandate, finding a payment again, cancelling it.

use recoup_plugin::charging::{Cancellation, ChargeFinding, ChargeQuery, ChargeRequest, Guest};
use recoup_plugin::types::{ChargeAnswer, Decline, DeclineClass, Outcome, Settings};
use recoup_plugin::{Form, clock, log};
use serde_json::{Value, json};

use crate::GoCardless;
use crate::answers;
use crate::api::{Connection, Key, Listing, Trouble, metadata, segment};
use crate::objects::Payment;
use crate::schemes;

/// Where the id of the attempt is kept at GoCardless.
pub const REFERENCE: &str = "recoup_attempt";

/// A request begun this long ago is at GoCardless by now, if it ever gets there.
const SETTLED_AFTER_MS: u64 = 60 * 1000;

/// How far two clocks may differ: payments made this long before the attempt
/// are looked through as well.
const CLOCKS_DIFFER_MS: u64 = 24 * 60 * 60 * 1000;

impl Guest for GoCardless {
    fn charge(settings: Settings, request: ChargeRequest) -> ChargeAnswer {
        let connection = match Connection::of(&settings) {
            Ok(connection) => connection,
            Err(failure) => return ChargeAnswer::only(Outcome::unusable(failure)),
        };
        let currency = &request.amount.currency;
        if schemes::currency_of(&request.method_kind).is_some_and(|of| of != currency) {
            return answers::wrong_currency(&request.method_kind, currency);
        }
        match create(&connection, &request) {
            Ok(payment) => explained(&connection, &payment),
            Err(trouble) => answers::troubled_charge(trouble),
        }
    }

    fn find_charge(settings: Settings, query: ChargeQuery) -> ChargeFinding {
        let connection = match Connection::of(&settings) {
            Ok(connection) => connection,
            Err(failure) => return ChargeFinding::CannotTell(failure.into_reason()),
        };
        match find(&connection, &query) {
            Found::Payment(payment) => match answers::explained(&connection, &payment) {
                Ok(answer) => ChargeFinding::Found(answer),
                Err(trouble) => ChargeFinding::CannotTell(answers::why(&trouble)),
            },
            Found::Absent => ChargeFinding::Absent,
            Found::CannotTell(reason) => ChargeFinding::CannotTell(reason),
        }
    }

    fn cancel_charge(settings: Settings, query: ChargeQuery) -> Cancellation {
        let connection = match Connection::of(&settings) {
            Ok(connection) => connection,
            Err(failure) => return Cancellation::CannotTell(failure.into_reason()),
        };
        let id = match &query.charge_id {
            Some(id) => id.clone(),
            None => match find(&connection, &query) {
                Found::Payment(payment) => payment.id,
                Found::Absent => return Cancellation::CannotTell("no such payment".to_owned()),
                Found::CannotTell(reason) => return Cancellation::CannotTell(reason),
            },
        };
        cancel(&connection, &id)
    }
}

fn create(connection: &Connection, request: &ChargeRequest) -> Result<Payment, Trouble> {
    let key = Key::of("charge", &request.idempotency_key);
    match connection.create("payments", &key, payment(request, &request.method_id)) {
        // The bank moved the mandate to another one. A refused create has not
        // used up its key.
        Err(Trouble::Refused(error)) if error.reason() == "mandate_replaced" => {
            let Some(successor) = error.link("new_mandate") else {
                return Err(Trouble::Refused(error));
            };
            log::info(&format!("{} was replaced by {successor}", request.method_id));
            connection.create("payments", &key, payment(request, successor))
        }
        answered => answered,
    }
}

fn payment(request: &ChargeRequest, mandate: &str) -> Value {
    let mut payment = json!({
        "amount": request.amount.minor_units,
        "currency": request.amount.currency,
        // When to try again is recoup's business.
        "retry_if_possible": false,
        "metadata": metadata(REFERENCE, &request.reference, &request.metadata),
        "links": {"mandate": mandate},
    });
    if !request.description.is_empty() {
        payment["description"] = request.description.chars().take(100).collect::<String>().into();
    }
    payment
}

/// A payment found by its key may have failed in the meantime.
fn explained(connection: &Connection, payment: &Payment) -> ChargeAnswer {
    answers::explained(connection, payment).unwrap_or_else(|trouble| {
        let reason = format!("the reason is not known: {}", answers::why(&trouble));
        let answer = answers::charge(connection, payment, None);
        ChargeAnswer { outcome: Outcome::Unknown(reason), ..answer }
    })
}

enum Found {
    Payment(Box<Payment>),
    Absent,
    CannotTell(String),
}

fn find(connection: &Connection, query: &ChargeQuery) -> Found {
    if let Some(id) = &query.charge_id {
        return match read(connection, id) {
            Ok(payment) => Found::Payment(Box::new(payment)),
            Err(trouble) => Found::CannotTell(answers::why(&trouble)),
        };
    }
    let Some(customer) = &query.customer_id else {
        return Found::CannotTell("neither the payment nor the customer is known".to_owned());
    };
    let since = clock::iso8601(query.started_at_ms.saturating_sub(CLOCKS_DIFFER_MS));
    let filter = Form::new().set("customer", customer).set("created_at[gte]", since);
    let listing: Listing<Payment> = match connection.list("payments", &filter) {
        Ok(listing) => listing,
        Err(trouble) => return Found::CannotTell(answers::why(&trouble)),
    };
    let is_ours = |payment: &Payment| payment.metadata.get(REFERENCE) == Some(&query.reference);
    if let Some(payment) = listing.items.into_iter().find(is_ours) {
        return Found::Payment(Box::new(payment));
    }
    if !listing.is_complete {
        return Found::CannotTell("the customer has too many payments to read".to_owned());
    }
    if clock::now_ms() < query.started_at_ms.saturating_add(SETTLED_AFTER_MS) {
        return Found::CannotTell("the request may still be on its way".to_owned());
    }
    Found::Absent
}

fn cancel(connection: &Connection, id: &str) -> Cancellation {
    let path = format!("/payments/{}/actions/cancel", segment(id));
    // Refused, or not known: the payment itself says what became of it.
    let answered = connection.act::<Payment>(&path, "payments").or_else(|_| read(connection, id));
    let explained = answered.and_then(|payment| answers::explained(connection, &payment));
    let answer = match explained {
        Ok(answer) => answer,
        Err(trouble) => return Cancellation::CannotTell(answers::why(&trouble)),
    };
    match (&answer.outcome, answer.status.as_str()) {
        (Outcome::Declined(Decline { class: DeclineClass::Cancelled, .. }), _) => {
            Cancellation::Cancelled(answer)
        }
        (Outcome::Paid | Outcome::Declined(_), _) => Cancellation::Final(answer),
        // The bank has it: it cannot be called back any more.
        (Outcome::Pending, "submitted" | "confirmed") => Cancellation::Final(answer),
        (
            Outcome::Pending | Outcome::NeedsAction(_) | Outcome::NotSent(_) | Outcome::Unknown(_),
            status,
        ) => Cancellation::CannotTell(format!("the payment is still {status:?}")),
    }
}

/// Reads a payment as it is now.
pub fn read(connection: &Connection, id: &str) -> Result<Payment, Trouble> {
    connection.get(&format!("/payments/{}", segment(id)), "payments", &Form::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{
        NOW_MS, answers, charge_query as query, charge_request as request, conflict, event, list,
        of, payment, refusal, settings,
    };
    use recoup_plugin::http::Error;
    use recoup_plugin::types::{Money, RetryClass};

    const BASE: &str = "https://api-sandbox.gocardless.com";

    #[test]
    fn a_charge_is_one_payment_under_its_own_key() {
        let sent = answers(vec![Ok((201, of("payments", payment("pending_submission"))))]);
        let answer = GoCardless::charge(settings(), request());
        assert_eq!(answer.outcome, Outcome::Pending);
        assert_eq!(answer.amount, Some(Money { minor_units: 1050, currency: "EUR".to_owned() }));
        assert_eq!(sent.calls(), [format!("POST {BASE}/payments")]);
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("recoup:charge:k1"));
        let expected = json!({"payments": {
            "amount": 1050, "currency": "EUR", "description": "Acme - Invoice 1",
            "retry_if_possible": false, "links": {"mandate": "MD1"},
            "metadata": {"recoup_attempt": "att_1", "lago_invoice_id": "inv 1"},
        }});
        assert_eq!(sent.json(0), expected);
    }

    #[test]
    fn a_repeated_key_finds_the_payment_that_it_made() {
        let sent = answers(vec![
            Ok((409, conflict("PM1"))),
            Ok((200, of("payments", payment("confirmed")))),
        ]);
        let answer = GoCardless::charge(settings(), request());
        assert_eq!((answer.outcome, answer.charge_id.as_deref()), (Outcome::Paid, Some("PM1")));
        assert_eq!(sent.calls()[1], format!("GET {BASE}/payments/PM1"));

        answers(vec![Ok((409, conflict("PM1"))), Err(Error::NotSent("no route".to_owned()))]);
        let answer = GoCardless::charge(settings(), request());
        assert!(!matches!(answer.outcome, Outcome::Paid | Outcome::Declined(_)), "{answer:?}");
    }

    #[test]
    fn a_mandate_of_another_currency_is_not_charged() {
        let sent = answers(Vec::new());
        let request = ChargeRequest { method_kind: "bacs".to_owned(), ..request() };
        let answer = GoCardless::charge(settings(), request);
        let Outcome::Declined(decline) = answer.outcome else { panic!("{answer:?}") };
        assert_eq!(
            (decline.class, decline.retry),
            (DeclineClass::NotPermitted, RetryClass::NewMethod)
        );
        assert!(sent.calls().is_empty());
    }

    #[test]
    fn a_replaced_mandate_is_followed_once() {
        let mut replaced = refusal(422, "invalid_state", "mandate_replaced");
        replaced["error"]["errors"][0]["links"] = json!({"new_mandate": "MD2"});
        let sent = answers(vec![
            Ok((422, replaced.clone())),
            Ok((201, of("payments", payment("pending_submission")))),
        ]);
        assert_eq!(GoCardless::charge(settings(), request()).outcome, Outcome::Pending);
        assert_eq!(sent.json(1)["payments"]["links"]["mandate"], "MD2");
        assert_eq!(sent.header(0, "idempotency-key"), sent.header(1, "idempotency-key"));

        answers(vec![Ok((422, replaced.clone())), Ok((422, replaced))]);
        let answer = GoCardless::charge(settings(), request());
        assert!(matches!(answer.outcome, Outcome::Declined(_)), "{answer:?}");
    }

    #[test]
    fn a_lost_answer_is_unknown() {
        for lost in
            [Err(Error::MaybeSent("cut".to_owned())), Ok((500, json!({}))), Ok((201, json!({})))]
        {
            answers(vec![lost.clone()]);
            let answer = GoCardless::charge(settings(), request());
            assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{lost:?} {answer:?}");
        }
    }

    #[test]
    fn a_payment_is_found_by_its_id_with_the_reason_of_its_failure() {
        let failed = event("failed", json!({"cause": "insufficient_funds"}));
        let sent = answers(vec![
            Ok((200, of("payments", payment("failed")))),
            Ok((200, list("events", &[failed]))),
        ]);
        let by_id = ChargeQuery { charge_id: Some("PM1".to_owned()), ..query() };
        let ChargeFinding::Found(answer) = GoCardless::find_charge(settings(), by_id) else {
            panic!("it is there");
        };
        let Outcome::Declined(decline) = answer.outcome else { panic!("it failed") };
        assert_eq!(decline.class, DeclineClass::InsufficientFunds);
        let events = format!("GET {BASE}/events?payment=PM1&action=failed&limit=500");
        assert_eq!(sent.calls(), [format!("GET {BASE}/payments/PM1"), events]);
    }

    #[test]
    fn a_payment_is_found_by_our_reference_and_absent_is_said_only_when_it_is_sure() {
        let sent = answers(vec![Ok((200, list("payments", &[payment("submitted")])))]);
        let found = GoCardless::find_charge(settings(), query());
        assert!(matches!(found, ChargeFinding::Found(_)), "{found:?}");
        let since = "created_at[gte]=2023-11-13T22%3A03%3A20.000Z";
        let call = format!("GET {BASE}/payments?customer=CU1&{since}&limit=500");
        assert_eq!(sent.calls(), [call]);

        answers(vec![Ok((200, list("payments", &[])))]);
        assert_eq!(GoCardless::find_charge(settings(), query()), ChargeFinding::Absent);

        let unsure = |finding| assert!(matches!(finding, ChargeFinding::CannotTell(_)));
        answers(vec![Ok((200, list("payments", &[])))]);
        let just_now = ChargeQuery { started_at_ms: NOW_MS - 1000, ..query() };
        unsure(GoCardless::find_charge(settings(), just_now));
        answers(Vec::new());
        unsure(GoCardless::find_charge(settings(), ChargeQuery { customer_id: None, ..query() }));
        answers(vec![Ok((200, json!({})))]);
        unsure(GoCardless::find_charge(settings(), query()));
        let mut others = vec![payment("submitted"); 500];
        for other in &mut others {
            other["metadata"] = json!({});
        }
        answers((0..10).map(|_| Ok((200, list("payments", &others)))).collect());
        unsure(GoCardless::find_charge(settings(), query()));
    }

    #[test]
    fn cancelling_says_what_became_of_the_payment() {
        let query = || ChargeQuery { charge_id: Some("PM1".to_owned()), ..query() };
        let by_us = || {
            Ok((200, list("events", &[event("cancelled", json!({"cause": "payment_cancelled"}))])))
        };
        let sent = answers(vec![Ok((200, of("payments", payment("cancelled")))), by_us()]);
        let cancellation = GoCardless::cancel_charge(settings(), query());
        assert!(matches!(cancellation, Cancellation::Cancelled(_)), "{cancellation:?}");
        assert_eq!(sent.calls()[0], format!("POST {BASE}/payments/PM1/actions/cancel"));

        let too_late = refusal(422, "invalid_state", "cancellation_failed");
        for (status, is_final) in
            [("submitted", true), ("paid_out", true), ("pending_submission", false)]
        {
            answers(vec![Ok((422, too_late.clone())), Ok((200, of("payments", payment(status))))]);
            let cancellation = GoCardless::cancel_charge(settings(), query());
            assert_eq!(matches!(cancellation, Cancellation::Final(_)), is_final, "{status}");
        }
    }
}
