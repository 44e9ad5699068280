//! What Stripe tells us by itself: the signature, then the event in our words.
//!
//! Events come in any order, more than once, and in the shape of whatever API
//! version the endpoint was made with. So the body only says what to look at;
//! the object is read again where the call can be made.

use recoup_plugin::types::{PaymentMethod, Settings};
use recoup_plugin::webhooks::{
    ChargeEvent, DisputeEvent, Event, EventKind, Guest, Inbound, MethodEvent, RefundEvent, Refusal,
    SessionEvent, Translation,
};
use recoup_plugin::{clock, crypto, log};
use serde::Deserialize;
use serde_json::Value;

use crate::Stripe;
use crate::api::Connection;
use crate::objects::{PaymentIntent, Refund, Session};
use crate::{answers, charges, checkout, methods, refunds};

/// How old a signature may be: an older one may be a replay.
const TOLERANCE_S: u64 = 300;

#[derive(Deserialize)]
struct Notice {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    created: Option<u64>,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
    previous_attributes: Option<Value>,
}

impl Guest for Stripe {
    fn translate(settings: Settings, inbound: Inbound) -> Result<Translation, Refusal> {
        let connection = Connection::of(&settings).map_err(|_| {
            Refusal::Unreadable("the connection's settings are not complete".into())
        })?;
        let signed_at_s = verify(&connection, &inbound, clock::now_ms() / 1000)?;
        let body: Value = serde_json::from_slice(&inbound.body)
            .map_err(|error| Refusal::Unreadable(error.to_string()))?;
        let notice: Notice =
            serde_json::from_value(body).map_err(|error| Refusal::Unreadable(error.to_string()))?;
        let id = match &notice.id {
            Some(id) => id.clone(),
            None => format!("body_{}", crypto::hex(&crypto::sha256(&inbound.body))),
        };
        let occurred_at_ms = notice.created.unwrap_or(signed_at_s) * 1000;
        let kind = kind_of(&connection, notice)?;
        Ok(Translation { events: vec![Event { id, occurred_at_ms, kind }], reply: None })
    }
}

/// Checks the `Stripe-Signature` header; answers when it was made.
fn verify(connection: &Connection, inbound: &Inbound, now_s: u64) -> Result<u64, Refusal> {
    let bad = |reason: &str| Refusal::BadSignature(reason.to_owned());
    let Some(secret) = &connection.webhook_secret else {
        return Err(bad("the connection has no webhook_secret"));
    };
    let header = inbound.headers.iter().find(|(name, _)| name == "stripe-signature");
    let (_, header) = header.ok_or_else(|| bad("there is no Stripe-Signature header"))?;
    let parts: Vec<_> = header.split(',').filter_map(|part| part.trim().split_once('=')).collect();
    let stamp = parts.iter().find(|(scheme, _)| *scheme == "t").map(|(_, value)| *value);
    let stamp = stamp.ok_or_else(|| bad("the signature has no time"))?;
    let signed_at_s: u64 = stamp.parse().map_err(|_| bad("the signature's time is no number"))?;

    let message = [stamp.as_bytes(), b".", &inbound.body].concat();
    let expected = crypto::hex(&crypto::hmac_sha256(secret.as_bytes(), &message));
    // Two signatures come while a secret is being replaced.
    let is_signed = parts.iter().any(|(scheme, value)| {
        *scheme == "v1" && crypto::equal(value.as_bytes(), expected.as_bytes())
    });
    if !is_signed {
        return Err(bad("no signature matches the webhook_secret"));
    }
    if now_s.abs_diff(signed_at_s) > TOLERANCE_S {
        return Err(bad("the signature is too old, or a clock is wrong"));
    }
    Ok(signed_at_s)
}

fn kind_of(connection: &Connection, notice: Notice) -> Result<EventKind, Refusal> {
    let Data { object, previous_attributes } = notice.data;
    let kind = match notice.kind.as_str() {
        "payment_intent.succeeded"
        | "payment_intent.processing"
        | "payment_intent.payment_failed"
        | "payment_intent.requires_action"
        | "payment_intent.canceled" => charge_changed(connection, object)?,
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => session_ended(object)?,
        // Whoever leaves a method on our page wants it to be used.
        "setup_intent.succeeded" => {
            let method_id = id_at(&object, "payment_method");
            method_stored(connection, &object, method_id, true)
        }
        "payment_method.attached"
        | "payment_method.updated"
        | "payment_method.automatically_updated" => {
            method_stored(connection, &object, id_at(&object, "id"), false)
        }
        "customer.updated" if may_have_new_default(previous_attributes.as_ref()) => {
            let default = object.pointer("/invoice_settings/default_payment_method");
            method_stored(connection, &object, default.and_then(id_of), true)
        }
        "payment_method.detached" => id_at(&object, "id").map(EventKind::MethodRemoved),
        "mandate.updated" if text_at(&object, "status") == Some("inactive") => {
            id_at(&object, "payment_method").map(EventKind::MethodRemoved)
        }
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            refund_changed(object)?
        }
        "charge.dispute.closed" if text_at(&object, "status") == Some("lost") => {
            dispute_lost(&object)
        }
        _ => None,
    };
    Ok(kind.unwrap_or(EventKind::Ignored(notice.kind)))
}

fn charge_changed(connection: &Connection, object: Value) -> Result<Option<EventKind>, Refusal> {
    let told = parse::<PaymentIntent>(object)?;
    let intent = charges::read(connection, &told.id).unwrap_or_else(|trouble| {
        log::warn(&format!("taking the event's word: {}", answers::why(&trouble)));
        told
    });
    Ok(Some(EventKind::ChargeChanged(ChargeEvent {
        reference: intent.metadata.get(charges::REFERENCE).cloned(),
        session_reference: intent.metadata.get(checkout::PAYMENT_REFERENCE).cloned(),
        answer: answers::charge(&intent),
    })))
}

fn session_ended(object: Value) -> Result<Option<EventKind>, Refusal> {
    let session = parse::<Session>(object)?;
    let named = |name| session.metadata.get(name).cloned();
    let reference = named(checkout::PAYMENT_REFERENCE).or(named(checkout::SETUP_REFERENCE));
    Ok(Some(EventKind::SessionEnded(SessionEvent {
        session_id: session.id,
        reference: reference.or(session.client_reference_id),
    })))
}

/// None if it belongs to no customer, or is gone by now.
fn method_stored(
    connection: &Connection,
    object: &Value,
    method_id: Option<String>,
    make_default: bool,
) -> Option<EventKind> {
    let customer_id = match text_at(object, "object") {
        Some("customer") => id_at(object, "id"),
        Some(_) | None => id_at(object, "customer"),
    }?;
    let method = read_method(connection, object, &method_id?)?;
    Some(EventKind::MethodStored(MethodEvent { customer_id, method, make_default }))
}

fn read_method(connection: &Connection, object: &Value, id: &str) -> Option<PaymentMethod> {
    match methods::read(connection, id) {
        Ok(method) => Some(answers::method(&method)),
        Err(trouble) => {
            log::warn(&format!("taking the event's word: {}", answers::why(&trouble)));
            let told = serde_json::from_value(object.clone()).ok()?;
            Some(answers::method(&told)).filter(|told| told.id == id)
        }
    }
}

fn refund_changed(object: Value) -> Result<Option<EventKind>, Refusal> {
    use recoup_plugin::refunds::RefundStatus;
    let charge_id = id_at(&object, "payment_intent").or(id_at(&object, "charge"));
    let refund = parse::<Refund>(object)?;
    let succeeded = match refunds::status(&refund) {
        RefundStatus::Succeeded => true,
        RefundStatus::Failed => false,
        RefundStatus::Pending => return Ok(None),
    };
    let refund_id = refund.id;
    Ok(Some(EventKind::RefundChanged(RefundEvent { refund_id, charge_id, succeeded })))
}

fn dispute_lost(object: &Value) -> Option<EventKind> {
    let charge_id = id_at(object, "payment_intent").or(id_at(object, "charge"))?;
    let reason = text_at(object, "reason").unwrap_or("unknown").to_owned();
    Some(EventKind::DisputeLost(DisputeEvent { charge_id, reason }))
}

/// Most updates of a customer are about something else. A peer that does not
/// say what changed may mean the default.
fn may_have_new_default(previous: Option<&Value>) -> bool {
    previous.is_none_or(|previous| previous.get("invoice_settings").is_some())
}

fn parse<T: serde::de::DeserializeOwned>(object: Value) -> Result<T, Refusal> {
    serde_json::from_value(object).map_err(|error| Refusal::Unreadable(error.to_string()))
}

fn text_at<'a>(object: &'a Value, field: &str) -> Option<&'a str> {
    object.get(field).and_then(Value::as_str)
}

fn id_at(object: &Value, field: &str) -> Option<String> {
    object.get(field).and_then(id_of)
}

/// The id of something that is there by its id, or itself.
fn id_of(value: &Value) -> Option<String> {
    let id = value.as_str().or_else(|| value.get("id").and_then(Value::as_str));
    id.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NOW_MS, card, intent, settings, stripe_answers, with};
    use recoup_plugin::http::Error;
    use recoup_plugin::testing;
    use serde_json::json;

    const SECRET: &str = "whsec_recoup";

    fn signed_settings(secret: &str) -> Settings {
        with("webhook_secret", secret, settings())
    }

    fn inbound(header: &str, body: &str) -> Inbound {
        let headers = vec![("stripe-signature".to_owned(), header.to_owned())];
        Inbound { headers, body: body.as_bytes().to_vec() }
    }

    fn check(secret: &str, header: &str, body: &str, now_s: u64) -> Result<u64, Refusal> {
        let connection = Connection::of(&signed_settings(secret)).expect("the settings are whole");
        verify(&connection, &inbound(header, body), now_s)
    }

    #[test]
    fn signatures_of_the_official_library_are_good() {
        let first = "35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91";
        let header = format!("t=1700000000,v1={first}");
        assert_eq!(check("whsec_test", &header, "{}", 1_700_000_000), Ok(1_700_000_000));

        let second = "d7cb33b8731543fac35d7a4775bdcc55f235a72cb21dbb66c540919ff84f0779";
        let body = r#"{"id":"evt_1","object":"event"}"#;
        // While the secret is replaced, two signatures come.
        let header = format!("t=1700000001,v1={first},v1={second},v0=x");
        assert_eq!(check(SECRET, &header, body, 1_700_000_301), Ok(1_700_000_001));
    }

    #[test]
    fn every_other_signature_is_bad() {
        let good = "35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91";
        let t = 1_700_000_000;
        for (header, body, now_s) in [
            (format!("t=1700000000,v1={good}"), "{} ", t),
            (format!("t=1700000001,v1={good}"), "{}", t),
            (format!("t=1700000000,v0={good}"), "{}", t),
            (format!("t=1700000000,v1={good}"), "{}", t + 301),
            (format!("t=1700000000,v1={good}"), "{}", t - 301),
            (format!("t=soon,v1={good}"), "{}", t),
            (format!("v1={good}"), "{}", t),
            ("t=1700000000,v1=".to_owned(), "{}", t),
            (String::new(), "{}", t),
        ] {
            let refused = check("whsec_test", &header, body, now_s);
            assert!(matches!(refused, Err(Refusal::BadSignature(_))), "{header} {body:?} {now_s}");
        }
        let unsigned = Inbound { headers: Vec::new(), body: b"{}".to_vec() };
        let refused = Stripe::translate(signed_settings(SECRET), unsigned);
        assert!(matches!(refused, Err(Refusal::BadSignature(_))));
    }

    fn translate_body(body: &str) -> Result<Translation, Refusal> {
        let stamp = NOW_MS / 1000;
        let mac = crypto::hmac_sha256(SECRET.as_bytes(), format!("{stamp}.{body}").as_bytes());
        let header = format!("t={stamp},v1={}", crypto::hex(&mac));
        Stripe::translate(signed_settings(SECRET), inbound(&header, body))
    }

    /// What an event is in our words, while Stripe answers look-ups like this.
    fn told(kind: &str, object: &Value, answers: Vec<Result<(u16, Value), Error>>) -> EventKind {
        stripe_answers(answers);
        let body = json!({"id": "evt_1", "type": kind, "created": 1_600_000_000,
                          "data": {"object": object}});
        let translation = translate_body(&body.to_string()).expect("it is signed");
        let [event] = translation.events.try_into().expect("one event");
        assert_eq!((event.id.as_str(), event.occurred_at_ms), ("evt_1", 1_600_000_000_000));
        event.kind
    }

    fn charge_told(object: &Value, answers: Vec<Result<(u16, Value), Error>>) -> ChargeEvent {
        match told("payment_intent.processing", object, answers) {
            EventKind::ChargeChanged(event) => event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_charge_is_read_again_because_events_come_in_any_order() {
        let event = charge_told(&intent("processing"), vec![Ok((200, intent("succeeded")))]);
        assert_eq!(event.reference.as_deref(), Some("att_1"));
        assert_eq!(event.session_reference, None);
        assert_eq!(event.answer.status, "succeeded");
    }

    #[test]
    fn the_events_word_counts_where_stripe_cannot_be_asked() {
        let cut = Err(Error::MaybeSent("cut".to_owned()));
        let event = charge_told(&intent("processing"), vec![cut]);
        assert_eq!(event.answer.status, "processing");
    }

    #[test]
    fn a_charge_of_a_page_names_the_page() {
        let mut paid = intent("succeeded");
        paid["metadata"] = json!({"recoup_payment": "lnk_1"});
        let event = charge_told(&paid, vec![Ok((200, paid.clone()))]);
        assert_eq!(event.reference, None);
        assert_eq!(event.session_reference.as_deref(), Some("lnk_1"));
    }

    #[test]
    fn a_page_that_ended_is_named_by_our_reference() {
        let page = json!({"id": "cs_1", "metadata": {"recoup_setup": "lnk_1"}});
        let (session_id, reference) = ("cs_1".to_owned(), Some("lnk_1".to_owned()));
        let expected = EventKind::SessionEnded(SessionEvent { session_id, reference });
        for word in ["completed", "expired", "async_payment_failed", "async_payment_succeeded"] {
            let kind = format!("checkout.session.{word}");
            assert_eq!(told(&kind, &page, Vec::new()), expected, "{word}");
        }
    }

    #[test]
    fn methods_come_and_go() {
        let stored = |make_default| {
            let method = answers::method(&serde_json::from_value(card()).expect("a card"));
            let customer_id = "cus_1".to_owned();
            EventKind::MethodStored(MethodEvent { customer_id, method, make_default })
        };
        let read = || vec![Ok((200, card()))];
        let setup =
            json!({"object": "setup_intent", "customer": "cus_1", "payment_method": "pm_1"});
        assert_eq!(told("setup_intent.succeeded", &setup, read()), stored(true));
        assert_eq!(told("payment_method.attached", &card(), read()), stored(false));
        let customer = json!({"object": "customer", "id": "cus_1",
                              "invoice_settings": {"default_payment_method": "pm_1"}});
        assert_eq!(told("customer.updated", &customer, read()), stored(true));

        let gone = EventKind::MethodRemoved("pm_1".to_owned());
        assert_eq!(told("payment_method.detached", &card(), Vec::new()), gone);
        let mandate = json!({"status": "inactive", "payment_method": "pm_1"});
        assert_eq!(told("mandate.updated", &mandate, Vec::new()), gone);
    }

    #[test]
    fn refunds_and_lost_disputes_are_told() {
        let refund =
            |status: &str| json!({"id": "re_1", "status": status, "payment_intent": "pi_1"});
        for (status, succeeded) in [("succeeded", true), ("failed", false), ("canceled", false)] {
            let (refund_id, charge_id) = ("re_1".to_owned(), Some("pi_1".to_owned()));
            let expected =
                EventKind::RefundChanged(RefundEvent { refund_id, charge_id, succeeded });
            assert_eq!(told("refund.updated", &refund(status), Vec::new()), expected);
        }
        let lost = json!({"status": "lost", "reason": "fraudulent", "payment_intent": "pi_1"});
        let (charge_id, reason) = ("pi_1".to_owned(), "fraudulent".to_owned());
        let expected = EventKind::DisputeLost(DisputeEvent { charge_id, reason });
        assert_eq!(told("charge.dispute.closed", &lost, Vec::new()), expected);
    }

    #[test]
    fn what_changes_nothing_is_ignored() {
        for (kind, object) in [
            ("invoice.paid", json!({})),
            ("refund.updated", json!({"id": "re_1", "status": "pending"})),
            ("charge.dispute.closed", json!({"status": "won", "payment_intent": "pi_1"})),
            ("mandate.updated", json!({"status": "active", "payment_method": "pm_1"})),
            ("customer.updated", json!({"object": "customer", "id": "cus_1"})),
            ("payment_method.attached", json!({"object": "payment_method", "id": "pm_1"})),
        ] {
            assert_eq!(told(kind, &object, Vec::new()), EventKind::Ignored(kind.to_owned()));
        }
    }

    #[test]
    fn an_event_without_an_id_has_one_of_its_own() {
        testing::set_now_ms(NOW_MS);
        let body = r#"{"type":"invoice.paid","data":{"object":{}}}"#;
        let ids = [(), ()].map(|()| {
            let translation = translate_body(body).expect("it is signed");
            translation.events[0].id.clone()
        });
        assert_eq!(ids[0], ids[1]);
        assert!(ids[0].starts_with("body_"));
    }

    #[test]
    fn a_signed_body_that_is_no_event_is_unreadable() {
        testing::set_now_ms(NOW_MS);
        assert!(matches!(translate_body("[]"), Err(Refusal::Unreadable(_))));
    }
}
