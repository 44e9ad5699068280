//! What GoCardless tells us by itself: the signature, then each event in our
//! words. Events come in any order and more than once, so the object is read
//! again where there is time for it.

use recoup_plugin::types::{ChargeAnswer, PaymentMethod, Settings};
use recoup_plugin::webhooks::{
    ChargeEvent, DisputeEvent, Event as Told, EventKind, Guest, Inbound, MethodEvent, RefundEvent,
    Refusal, SessionEvent, Translation,
};
use recoup_plugin::{Form, clock, crypto, log};
use serde::Deserialize;

use crate::GoCardless;
use crate::api::{Connection, Listing, Trouble};
use crate::objects::{Event, Payment};
use crate::{answers, charges, checkout, methods};

/// A webhook brings up to 250 events. Of these many the objects are read
/// again, with three requests each; the host permits 32.
const READ_AGAIN_MAX: usize = 10;

#[derive(Deserialize)]
struct Body {
    events: Vec<Event>,
}

impl Guest for GoCardless {
    fn translate(settings: Settings, inbound: Inbound) -> Result<Translation, Refusal> {
        let connection = Connection::of(&settings).map_err(|_| {
            Refusal::Unreadable("the connection's settings are not complete".into())
        })?;
        verify(&connection, &inbound)?;
        let unreadable = |error: serde_json::Error| Refusal::Unreadable(error.to_string());
        let body: serde_json::Value = serde_json::from_slice(&inbound.body).map_err(unreadable)?;
        let body: Body = serde_json::from_value(body).map_err(unreadable)?;
        let events = body
            .events
            .iter()
            .enumerate()
            .flat_map(|(index, event)| translated(&connection, event, index < READ_AGAIN_MAX));
        Ok(Translation { events: events.collect(), reply: None })
    }
}

/// Checks the `Webhook-Signature` header: lower-case hexadecimal, to the byte.
fn verify(connection: &Connection, inbound: &Inbound) -> Result<(), Refusal> {
    let bad = |reason: &str| Refusal::BadSignature(reason.to_owned());
    let Some(secret) = &connection.webhook_secret else {
        return Err(bad("the connection has no webhook_secret"));
    };
    let header = inbound.headers.iter().find(|(name, _)| name == "webhook-signature");
    let (_, signature) = header.ok_or_else(|| bad("there is no Webhook-Signature header"))?;
    let expected = crypto::hex(&crypto::hmac_sha256(secret.as_bytes(), &inbound.body));
    match crypto::equal(signature.as_bytes(), expected.as_bytes()) {
        true => Ok(()),
        false => Err(bad("the signature does not match the webhook_secret")),
    }
}

/// One event, or two where one says two things.
fn translated(connection: &Connection, event: &Event, may_read: bool) -> Vec<Told> {
    let told = |suffix: &str, kind: EventKind| Told {
        id: format!("{}{suffix}", event.id),
        occurred_at_ms: event
            .created_at
            .as_deref()
            .and_then(clock::parse_iso8601)
            .unwrap_or_else(clock::now_ms),
        kind,
    };
    if (event.resource_type.as_str(), event.action.as_str()) == ("mandates", "replaced") {
        // The old one goes first, so that the new one can become the default.
        let gone = event.link("mandate").cloned().map(EventKind::MethodRemoved);
        let new = event.link("new_mandate").and_then(|id| stored(connection, id, may_read));
        let both = [(":old", gone), ("", new)];
        return both.into_iter().filter_map(|(at, kind)| Some(told(at, kind?))).collect();
    }
    let kind = match event.resource_type.as_str() {
        "payments" => payment(connection, event, may_read),
        "mandates" => mandate(connection, event, may_read),
        "billing_requests" => billing_request(event),
        "refunds" => refund(event),
        _ => None,
    };
    let name = || EventKind::Ignored(format!("{}.{}", event.resource_type, event.action));
    vec![told("", kind.unwrap_or_else(name))]
}

fn payment(connection: &Connection, event: &Event, may_read: bool) -> Option<EventKind> {
    let id = event.link("payment")?;
    let status = match event.action.as_str() {
        "created" | "customer_approval_granted" | "resubmission_requested" => "pending_submission",
        "chargeback_cancelled" => "paid_out",
        "charged_back" => return Some(taken_back(id, event)),
        "submitted"
        | "confirmed"
        | "paid_out"
        | "failed"
        | "cancelled"
        | "customer_approval_denied" => event.action.as_str(),
        _ => return None,
    };
    let tries_again = event.details.will_attempt_retry == Some(true);
    if status == "failed" && !tries_again && may_read && was_paid(connection, id, event) {
        return Some(taken_back(id, event));
    }
    let (metadata, answer) = match may_read.then(|| read(connection, id, event)) {
        Some(Ok((payment, answer))) => (payment.metadata, answer),
        unread => {
            if let Some(Err(trouble)) = unread {
                log::warn(&format!("taking the event's word: {}", answers::why(&trouble)));
            }
            (event.resource_metadata.clone(), at_its_word(connection, event, id, status))
        }
    };
    let named = |name| metadata.get(name).or_else(|| event.resource_metadata.get(name)).cloned();
    Some(EventKind::ChargeChanged(ChargeEvent {
        reference: named(charges::REFERENCE),
        session_reference: named(checkout::REFERENCE),
        answer,
    }))
}

fn taken_back(charge_id: &str, event: &Event) -> EventKind {
    let reason = event.details.cause.clone().unwrap_or_else(|| event.action.clone());
    EventKind::DisputeLost(DisputeEvent { charge_id: charge_id.to_owned(), reason })
}

/// Whether the payment counted as paid before this failure: then the bank took
/// it back.
fn was_paid(connection: &Connection, payment: &str, failure: &Event) -> bool {
    let listing: Listing<Event> =
        match connection.list("events", &Form::new().set("payment", payment)) {
            Ok(listing) => listing,
            Err(trouble) => {
                log::warn(&format!("no earlier events: {}", answers::why(&trouble)));
                return false;
            }
        };
    let says_so = |action: &str| match action {
        "paid_out" => Some(true),
        "confirmed" => Some(!connection.waits_for_payout),
        "resubmission_requested" => Some(false),
        _ => None,
    };
    let earlier = listing.items.iter().filter(|event| event.created_at <= failure.created_at);
    let last = earlier
        .filter_map(|event| Some((event.created_at.as_ref(), says_so(&event.action)?)))
        .max_by(|(a, _), (b, _)| a.cmp(b));
    last.is_some_and(|(_, was_paid)| was_paid)
}

/// The payment as it is now. The event's own reason spares a look-up.
fn read(
    connection: &Connection,
    id: &str,
    event: &Event,
) -> Result<(Payment, ChargeAnswer), Trouble> {
    let payment = charges::read(connection, id)?;
    let answer = match payment.status == event.action {
        true => answers::charge(connection, &payment, Some(&event.details)),
        false => answers::explained(connection, &payment)?,
    };
    Ok((payment, answer))
}

fn at_its_word(connection: &Connection, event: &Event, id: &str, status: &str) -> ChargeAnswer {
    let payment = Payment {
        id: id.to_owned(),
        status: status.to_owned(),
        amount: 0,
        currency: String::new(),
        amount_refunded: None,
        scheme: None,
        metadata: event.resource_metadata.clone(),
    };
    let answer = answers::charge(connection, &payment, Some(&event.details));
    ChargeAnswer { amount: None, ..answer }
}

fn mandate(connection: &Connection, event: &Event, may_read: bool) -> Option<EventKind> {
    let id = event.link("mandate")?;
    match event.action.as_str() {
        "created" | "submitted" | "active" | "reinstated" | "transferred" => {
            stored(connection, id, may_read)
        }
        "failed" | "cancelled" | "expired" | "blocked" | "consumed" | "suspended_by_payer" => {
            Some(EventKind::MethodRemoved(id.clone()))
        }
        _ => None,
    }
}

/// None if it cannot be charged by now, or cannot be read.
fn stored(connection: &Connection, id: &str, may_read: bool) -> Option<EventKind> {
    if !may_read {
        log::warn(&format!("too many events in one webhook to read the mandate {id}"));
        return None;
    }
    let mandate = match methods::read(connection, id) {
        Ok(mandate) => mandate,
        Err(trouble) => {
            log::warn(&format!("the mandate {id}: {}", answers::why(&trouble)));
            return None;
        }
    };
    let customer_id = mandate.links.customer.clone()?;
    if !methods::is_chargeable(&mandate) {
        return None;
    }
    let method: PaymentMethod = methods::described(connection, &mandate);
    Some(EventKind::MethodStored(MethodEvent { customer_id, method, make_default: false }))
}

fn billing_request(event: &Event) -> Option<EventKind> {
    if !matches!(event.action.as_str(), "fulfilled" | "cancelled" | "failed") {
        return None;
    }
    let session_id = event.link("billing_request")?.clone();
    let reference = event.resource_metadata.get(checkout::REFERENCE).cloned();
    Some(EventKind::SessionEnded(SessionEvent { session_id, reference }))
}

fn refund(event: &Event) -> Option<EventKind> {
    let succeeded = match event.action.as_str() {
        "paid" => true,
        "failed" | "funds_returned" | "bounced" => false,
        _ => return None,
    };
    let refund_id = event.link("refund")?.clone();
    let charge_id = event.link("payment").cloned();
    Some(EventKind::RefundChanged(RefundEvent { refund_id, charge_id, succeeded }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{
        NOW_MS, account, answers, event, list, mandate as a_mandate, of, payment as a_payment,
        settings, with,
    };
    use recoup_plugin::http::Error;
    use recoup_plugin::types::{DeclineClass, Outcome};
    use serde_json::{Value, json};

    const SECRET: &str = "secret";
    /// Made by the official client's algorithm over `{"events":[]}`.
    const OF_NO_EVENTS: &str = "a642b59553c93e227ec0f2f38910fbf71231a2197c00899833c00478cec86f34";

    fn translate(signature: &str, body: &str) -> Result<Translation, Refusal> {
        let headers = vec![("webhook-signature".to_owned(), signature.to_owned())];
        let inbound = Inbound { headers, body: body.as_bytes().to_vec() };
        GoCardless::translate(with("webhook_secret", SECRET, settings()), inbound)
    }

    #[test]
    fn the_signature_of_the_official_client_is_good_and_every_other_bad() {
        let good = translate(OF_NO_EVENTS, r#"{"events":[]}"#).expect("it is signed");
        assert!(good.events.is_empty());
        let upper = OF_NO_EVENTS.to_ascii_uppercase();
        for (signature, body) in [
            (OF_NO_EVENTS, r#"{"events":[] }"#),
            (upper.as_str(), r#"{"events":[]}"#),
            ("", r#"{"events":[]}"#),
        ] {
            let refused = translate(signature, body);
            assert!(matches!(refused, Err(Refusal::BadSignature(_))), "{signature} {body}");
        }
        let unsigned = Inbound { headers: Vec::new(), body: b"{}".to_vec() };
        let refused = GoCardless::translate(settings(), unsigned);
        assert!(matches!(refused, Err(Refusal::BadSignature(_))));
    }

    type Answers = Vec<Result<(u16, Value), Error>>;

    fn all_told(events: &[Value], answered: Answers) -> Vec<Told> {
        answers(answered);
        let body = json!({"events": events, "meta": {"webhook_id": "WB1"}}).to_string();
        let mac = crypto::hmac_sha256(SECRET.as_bytes(), body.as_bytes());
        translate(&crypto::hex(&mac), &body).expect("it is signed").events
    }

    fn told(resource: &str, event: &Value, answered: Answers) -> EventKind {
        let mut event = event.clone();
        event["resource_type"] = json!(resource);
        let [told] = all_told(&[event], answered).try_into().expect("one event");
        assert_eq!((told.id.as_str(), told.occurred_at_ms), ("EV1", NOW_MS));
        told.kind
    }

    fn charge_told(event: &Value, answered: Answers) -> ChargeEvent {
        match told("payments", event, answered) {
            EventKind::ChargeChanged(event) => event,
            other => panic!("{other:?}"),
        }
    }

    fn now(status: &str) -> Result<(u16, Value), Error> {
        Ok((200, of("payments", a_payment(status))))
    }

    fn happened(events: &[Value]) -> Result<(u16, Value), Error> {
        Ok((200, list("events", events)))
    }

    #[test]
    fn a_payment_is_read_again_because_events_come_in_any_order() {
        let charge = charge_told(&event("submitted", json!({})), vec![now("confirmed")]);
        assert_eq!(charge.reference.as_deref(), Some("att_1"));
        assert_eq!(charge.answer.outcome, Outcome::Paid);
        let cut = Err(Error::MaybeSent("cut".to_owned()));
        let charge = charge_told(&event("submitted", json!({})), vec![cut]);
        assert_eq!((charge.answer.outcome, charge.answer.amount), (Outcome::Pending, None));
        assert_eq!(charge.reference.as_deref(), Some("att_1"));
    }

    #[test]
    fn a_failure_is_a_decline_with_its_cause() {
        let failed = event("failed", json!({"cause": "insufficient_funds", "scheme": "sepa_core"}));
        let charge =
            charge_told(&failed, vec![happened(std::slice::from_ref(&failed)), now("failed")]);
        let Outcome::Declined(decline) = charge.answer.outcome else { panic!("it failed") };
        assert_eq!(decline.class, DeclineClass::InsufficientFunds);
    }

    #[test]
    fn what_gocardless_tries_again_is_left_to_it() {
        let details = json!({"cause": "insufficient_funds", "will_attempt_retry": true});
        let charge = charge_told(&event("failed", details), vec![now("failed")]);
        assert_eq!(charge.answer.outcome, Outcome::Pending);
        // From this recoup knows, and says, that GoCardless tries again.
        assert_eq!(charge.answer.status, "failed");
    }

    #[test]
    fn a_payment_that_comes_back_after_it_was_paid_was_taken_back() {
        let failed = event("failed", json!({"cause": "refer_to_payer"}));
        let mut paid = event("confirmed", json!({}));
        paid["created_at"] = json!("2023-11-10T00:00:00.000Z");
        let (charge_id, reason) = ("PM1".to_owned(), "refer_to_payer".to_owned());
        let lost = EventKind::DisputeLost(DisputeEvent { charge_id, reason });
        assert_eq!(
            told("payments", &failed, vec![happened(&[failed.clone(), paid.clone()])]),
            lost
        );

        let mut again = event("resubmission_requested", json!({}));
        again["created_at"] = json!("2023-11-11T00:00:00.000Z");
        let since = happened(&[failed.clone(), again, paid]);
        let kind = told("payments", &failed, vec![since, now("failed")]);
        assert!(matches!(kind, EventKind::ChargeChanged(_)), "{kind:?}");

        let charged_back = event("charged_back", json!({"cause": "refund_requested"}));
        let (charge_id, reason) = ("PM1".to_owned(), "refund_requested".to_owned());
        let lost = EventKind::DisputeLost(DisputeEvent { charge_id, reason });
        assert_eq!(told("payments", &charged_back, Vec::new()), lost);
    }

    #[test]
    fn a_payment_of_a_page_names_the_page() {
        let mut paid = a_payment("confirmed");
        paid["metadata"] = json!({"recoup_ref": "lnk_1"});
        let mut event = event("confirmed", json!({}));
        event["resource_metadata"] = json!({});
        let charge = charge_told(&event, vec![Ok((200, of("payments", paid)))]);
        assert_eq!((charge.reference, charge.session_reference.as_deref()), (None, Some("lnk_1")));
    }

    #[test]
    fn mandates_come_and_go() {
        let read = || Ok((200, of("mandates", a_mandate("active"))));
        let at_bank = || Ok((200, of("customer_bank_accounts", account())));
        for action in ["created", "submitted", "active", "reinstated", "transferred"] {
            let kind = told("mandates", &event(action, json!({})), vec![read(), at_bank()]);
            let EventKind::MethodStored(stored) = kind else { panic!("{action} {kind:?}") };
            assert_eq!((stored.customer_id.as_str(), stored.make_default), ("CU1", false));
            assert_eq!(stored.method.last4.as_deref(), Some("34"));
        }
        for action in
            ["failed", "cancelled", "expired", "blocked", "consumed", "suspended_by_payer"]
        {
            let kind = told("mandates", &event(action, json!({})), Vec::new());
            assert_eq!(kind, EventKind::MethodRemoved("MD1".to_owned()), "{action}");
        }
        let gone = || Ok((200, of("mandates", a_mandate("cancelled"))));
        let kind = told("mandates", &event("active", json!({})), vec![gone()]);
        assert_eq!(kind, EventKind::Ignored("mandates.active".to_owned()));
    }

    #[test]
    fn a_replaced_mandate_goes_and_its_successor_comes() {
        let mut replaced = event("replaced", json!({}));
        replaced["resource_type"] = json!("mandates");
        replaced["links"]["new_mandate"] = json!("MD2");
        let mut successor = a_mandate("active");
        successor["id"] = json!("MD2");
        let answered = vec![
            Ok((200, of("mandates", successor))),
            Ok((200, of("customer_bank_accounts", account()))),
        ];
        let told = all_told(&[replaced], answered);
        let ids: Vec<_> = told.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, ["EV1:old", "EV1"]);
        assert_eq!(told[0].kind, EventKind::MethodRemoved("MD1".to_owned()));
        let EventKind::MethodStored(stored) = &told[1].kind else { panic!("{told:?}") };
        assert_eq!(stored.method.id, "MD2");
    }

    #[test]
    fn pages_and_refunds_are_told() {
        for action in ["fulfilled", "cancelled", "failed"] {
            let mut ended = event(action, json!({}));
            ended["resource_metadata"] = json!({"recoup_ref": "lnk_1"});
            let (session_id, reference) = ("BRQ1".to_owned(), Some("lnk_1".to_owned()));
            let expected = EventKind::SessionEnded(SessionEvent { session_id, reference });
            assert_eq!(told("billing_requests", &ended, Vec::new()), expected, "{action}");
        }
        for (action, succeeded) in [("paid", true), ("failed", false), ("funds_returned", false)] {
            let (refund_id, charge_id) = ("RF1".to_owned(), Some("PM1".to_owned()));
            let expected =
                EventKind::RefundChanged(RefundEvent { refund_id, charge_id, succeeded });
            assert_eq!(
                told("refunds", &event(action, json!({})), Vec::new()),
                expected,
                "{action}"
            );
        }
    }

    #[test]
    fn what_changes_nothing_is_ignored() {
        for (resource, action) in [
            ("payments", "surcharge_fee_debited"),
            ("mandates", "resubmission_requested"),
            ("billing_requests", "flow_visited"),
            ("refunds", "created"),
            ("payouts", "paid"),
            ("a_thing_of_tomorrow", "made"),
        ] {
            let ignored = EventKind::Ignored(format!("{resource}.{action}"));
            assert_eq!(told(resource, &event(action, json!({})), Vec::new()), ignored);
        }
    }

    #[test]
    fn a_full_webhook_stays_within_the_hosts_limit() {
        let submitted: Vec<_> = (0..250)
            .map(|index| {
                let mut event = event("submitted", json!({}));
                event["id"] = json!(format!("EV{index}"));
                event
            })
            .collect();
        let read_again = (0..READ_AGAIN_MAX).map(|_| now("submitted")).collect();
        assert_eq!(all_told(&submitted, read_again).len(), 250);
    }

    #[test]
    fn a_signed_body_that_is_no_list_of_events_is_unreadable() {
        let mac = crypto::hmac_sha256(SECRET.as_bytes(), b"[]");
        assert!(matches!(translate(&crypto::hex(&mac), "[]"), Err(Refusal::Unreadable(_))));
    }
}
