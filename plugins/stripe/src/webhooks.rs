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
        let notice: Notice = serde_json::from_slice(&inbound.body)
            .map_err(|error| Refusal::Unreadable(error.to_string()))?;
        let id = match &notice.id {
            Some(id) => id.clone(),
            None => format!("body_{}", crypto::hex(&crypto::sha256(&inbound.body))),
        };
        let occurred_at_ms = notice.created.unwrap_or(signed_at_s) * 1000;
        let kind = kind_of(&connection, notice)?;
        Ok(Translation {
            events: vec![Event {
                id,
                occurred_at_ms,
                kind,
            }],
            reply: None,
        })
    }
}

/// Checks the `Stripe-Signature` header; answers when it was made.
fn verify(connection: &Connection, inbound: &Inbound, now_s: u64) -> Result<u64, Refusal> {
    let bad = |reason: &str| Refusal::BadSignature(reason.to_owned());
    let Some(secret) = &connection.webhook_secret else {
        return Err(bad("the connection has no webhook_secret"));
    };
    let header = inbound
        .headers
        .iter()
        .find(|(name, _)| name == "stripe-signature");
    let (_, header) = header.ok_or_else(|| bad("there is no Stripe-Signature header"))?;
    let parts: Vec<_> = header
        .split(',')
        .filter_map(|part| part.trim().split_once('='))
        .collect();
    let stamp = parts
        .iter()
        .find(|(scheme, _)| *scheme == "t")
        .map(|(_, value)| *value);
    let stamp = stamp.ok_or_else(|| bad("the signature has no time"))?;
    let signed_at_s: u64 = stamp
        .parse()
        .map_err(|_| bad("the signature's time is no number"))?;

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
    let Data {
        object,
        previous_attributes,
    } = notice.data;
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
        log::warn(&format!(
            "taking the event's word: {}",
            answers::why(&trouble)
        ));
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
    Some(EventKind::MethodStored(MethodEvent {
        customer_id,
        method,
        make_default,
    }))
}

fn read_method(connection: &Connection, object: &Value, id: &str) -> Option<PaymentMethod> {
    match methods::read(connection, id) {
        Ok(method) => Some(answers::method(&method)),
        Err(trouble) => {
            log::warn(&format!(
                "taking the event's word: {}",
                answers::why(&trouble)
            ));
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
    Ok(Some(EventKind::RefundChanged(RefundEvent {
        refund_id,
        charge_id,
        succeeded,
    })))
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
    let id = value
        .as_str()
        .or_else(|| value.get("id").and_then(Value::as_str));
    id.map(str::to_owned)
}
