//! What Adyen tells us by itself: the signatures, then each item in our words.
//! It is the only way to hear what became of most payments.

use recoup_plugin::types::{ChargeAnswer, Outcome, PaymentMethod, Settings};
use recoup_plugin::webhooks::{
    ChargeEvent, DisputeEvent, Event, EventKind, Guest, Inbound, MethodEvent, RefundEvent, Refusal,
    SessionEvent, Translation,
};
use recoup_plugin::{clock, crypto};
use serde_json::Value;

use crate::Adyen;
use crate::api::Connection;
use crate::objects::{Item, Notification, TokenNotice};
use crate::{amounts, answers, charges, checkout, declines, methods, signatures};

/// What older webhooks want to hear.
const REPLY: &str = "[accepted]";

impl Guest for Adyen {
    fn translate(settings: Settings, inbound: Inbound) -> Result<Translation, Refusal> {
        let connection = Connection::of(&settings).map_err(|_| {
            Refusal::Unreadable("the connection's settings are not complete".into())
        })?;
        signatures::check_credentials(&connection, &inbound)?;
        let events = match signatures::header(&inbound, "hmacsignature") {
            Some(signature) => {
                signatures::check_body(&connection, &inbound, signature)?;
                vec![token_event(&connection, &inbound)?]
            }
            None => item_events(&connection, &inbound)?,
        };
        Ok(Translation { events, reply: Some(REPLY.to_owned()) })
    }
}

/// The signatures lie inside: what cannot be read has none.
fn item_events(connection: &Connection, inbound: &Inbound) -> Result<Vec<Event>, Refusal> {
    let unsigned = |reason: String| signatures::bad(&format!("no signature: {reason}"));
    let body: Value =
        serde_json::from_slice(&inbound.body).map_err(|error| unsigned(error.to_string()))?;
    let notification: Notification =
        serde_json::from_value(body).map_err(|error| unsigned(error.to_string()))?;
    if notification.notification_items.is_empty() {
        return Err(unsigned("there are no items in it".to_owned()));
    }
    let items = || notification.notification_items.iter().map(|wrapped| &wrapped.item);
    // All of them, before anything is believed.
    for item in items() {
        signatures::check_item(connection, item)?;
    }
    Ok(items().flat_map(|item| translated(connection, item)).collect())
}

/// An item says one thing, or two: that a payment was made and a method kept.
fn translated(connection: &Connection, item: &Item) -> Vec<Event> {
    let psp_reference = item.psp_reference.as_deref().unwrap_or("");
    let id = format!("{}|{psp_reference}|{}", item.event_code, item.success);
    let occurred_at_ms = occurred_at_ms(item.event_date.as_deref());
    let mut kinds = kinds(connection, item);
    if kinds.is_empty() {
        kinds.push(EventKind::Ignored(item.event_code.clone()));
    }
    let numbered = kinds.into_iter().enumerate().map(|(index, kind)| {
        let id = if index == 0 { id.clone() } else { format!("{id}|{index}") };
        Event { id, occurred_at_ms, kind }
    });
    numbered.collect()
}

fn occurred_at_ms(told: Option<&str>) -> u64 {
    told.and_then(clock::parse_iso8601).unwrap_or_else(clock::now_ms)
}

fn kinds(connection: &Connection, item: &Item) -> Vec<EventKind> {
    // A webhook of the company tells of its other merchant accounts too.
    if item.merchant_account_code.as_ref().is_some_and(|code| *code != connection.merchant_account)
    {
        return Vec::new();
    }
    let refunded = |succeeded| refund_changed(item, succeeded).into_iter().collect();
    match (item.event_code.as_str(), item.is_success()) {
        ("AUTHORISATION", _) => authorisation(item),
        ("CANCELLATION" | "TECHNICAL_CANCEL", true) => vec![cancelled(item)],
        ("CANCEL_OR_REFUND", true) => match item.more(&["modification.action"]) {
            Some(action) if action == "cancel" => vec![cancelled(item)],
            Some(_) | None => refunded(true),
        },
        ("CHARGEBACK", _) | ("CAPTURE_FAILED", true) => taken_back(item).into_iter().collect(),
        ("REFUND", succeeded) => refunded(succeeded),
        ("REFUND_FAILED" | "REFUNDED_REVERSED", true) => refunded(false),
        ("OFFER_CLOSED", true) => session_ended(item).into_iter().collect(),
        ("RECURRING_CONTRACT", true) => legacy_token(item).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn authorisation(item: &Item) -> Vec<EventKind> {
    let is_free = item.amount.as_ref().is_some_and(|amount| amount.value == 0);
    let is_setup = is_free || item.more(&["metadata.recoup_setup"]).is_some();
    let kept = kept_method(item, is_setup).filter(|_| item.is_success());
    if is_setup {
        // A refused one can be tried again on the same page.
        let ended = session_ended(item).filter(|_| item.is_success());
        return kept.into_iter().chain(ended).collect();
    }
    let outcome = match item.is_success() {
        true => Outcome::Paid,
        false => {
            let reason = item.reason.as_deref();
            Outcome::Declined(declines::decline(None, reason, &item.additional_data))
        }
    };
    let status = if item.is_success() { "Authorised" } else { "Refused" };
    let answer = ChargeAnswer {
        outcome,
        charge_id: item.psp_reference.clone(),
        status: status.to_owned(),
        amount: item.amount.as_ref().and_then(amounts::from_adyen),
        method: method(item),
    };
    let is_on_page = item.more(&[METADATA_OF_ATTEMPT]).is_none();
    [charge_changed(item, answer)].into_iter().chain(kept.filter(|_| is_on_page)).collect()
}

const METADATA_OF_ATTEMPT: &str = "metadata.recoup_attempt";

/// Metadata says which kind of thing the reference names. Where webhooks are
/// set up without it, it may be either.
fn charge_changed(item: &Item, answer: ChargeAnswer) -> EventKind {
    let told = |name: &str| item.more(&[&format!("metadata.{name}")]).cloned();
    let (attempt, page) = (told(charges::REFERENCE), told(checkout::PAYMENT_REFERENCE));
    let either = item.merchant_reference.clone().filter(|_| attempt.is_none() && page.is_none());
    EventKind::ChargeChanged(ChargeEvent {
        reference: attempt.or_else(|| either.clone()),
        session_reference: page.or(either),
        answer,
    })
}

fn cancelled(item: &Item) -> EventKind {
    let reason = item.reason.as_deref().filter(|reason| !reason.is_empty());
    let outcome = Outcome::Declined(answers::cancelled(reason));
    let charge_id = item.original_reference.clone();
    let status = "Cancelled".to_owned();
    charge_changed(item, ChargeAnswer { charge_id, status, ..ChargeAnswer::only(outcome) })
}

fn taken_back(item: &Item) -> Option<EventKind> {
    let charge_id = item.original_reference.clone().or_else(|| item.psp_reference.clone())?;
    let reason = item.reason.clone().filter(|reason| !reason.is_empty());
    let reason = reason.unwrap_or_else(|| item.event_code.to_ascii_lowercase());
    Some(EventKind::DisputeLost(DisputeEvent { charge_id, reason }))
}

fn refund_changed(item: &Item, succeeded: bool) -> Option<EventKind> {
    let refund_id = item.psp_reference.clone()?;
    let charge_id = item.original_reference.clone();
    Some(EventKind::RefundChanged(RefundEvent { refund_id, charge_id, succeeded }))
}

fn session_ended(item: &Item) -> Option<EventKind> {
    let session_id = item.more(&["paymentLinkId"])?.clone();
    let told = item.more(&["metadata.recoup_setup", "metadata.recoup_payment"]);
    let reference = told.or(item.merchant_reference.as_ref()).cloned();
    Some(EventKind::SessionEnded(SessionEvent { session_id, reference }))
}

fn kept_method(item: &Item, make_default: bool) -> Option<EventKind> {
    let shopper = item.more(&["tokenization.shopperReference", "shopperReference"]);
    let customer_id = shopper.or_else(|| item.more(&["recurring.shopperReference"]))?.clone();
    let method = method(item)?;
    Some(EventKind::MethodStored(MethodEvent { customer_id, method, make_default }))
}

/// The instrument, where the webhook names its token.
fn method(item: &Item) -> Option<PaymentMethod> {
    let names = ["tokenization.storedPaymentMethodId", "recurring.recurringDetailReference"];
    let id = item.more(&names)?.clone();
    Some(described(item, id))
}

fn described(item: &Item, id: String) -> PaymentMethod {
    let last4 = item.more(&["cardSummary"]).cloned();
    let expiry = item.more(&["expiryDate"]).and_then(|date| date.split_once('/'));
    let brand = item.payment_method.clone();
    // Of cards the brand is told in the place of the kind.
    let kind = match &last4 {
        Some(_) => "scheme".to_owned(),
        None => brand.clone().unwrap_or_default(),
    };
    PaymentMethod {
        id,
        kind,
        brand,
        last4,
        expiry_month: expiry.and_then(|(month, _)| month.parse().ok()),
        expiry_year: expiry.and_then(|(_, year)| year.parse().ok()),
        fingerprint: None,
    }
}

/// Older accounts: the item's own reference is the token.
fn legacy_token(item: &Item) -> Option<EventKind> {
    let shopper = item.more(&["shopperReference", "recurring.shopperReference"]);
    let customer_id = shopper?.clone();
    let method = described(item, item.psp_reference.clone()?);
    Some(EventKind::MethodStored(MethodEvent { customer_id, method, make_default: false }))
}

fn token_event(connection: &Connection, inbound: &Inbound) -> Result<Event, Refusal> {
    let unreadable = |error: serde_json::Error| Refusal::Unreadable(error.to_string());
    let body: Value = serde_json::from_slice(&inbound.body).map_err(unreadable)?;
    let notice: TokenNotice = serde_json::from_value(body).map_err(unreadable)?;
    let id = match &notice.event_id {
        Some(id) => id.clone(),
        None => format!("body_{}", crypto::hex(&crypto::sha256(&inbound.body))),
    };
    let occurred_at_ms = occurred_at_ms(notice.created_at.as_deref());
    let kind = match notice.kind.as_str() {
        "recurring.token.created"
        | "recurring.token.updated"
        | "recurring.token.alreadyExisting" => token_stored(connection, &notice),
        "recurring.token.disabled" => {
            notice.data.stored_payment_method_id.clone().map(EventKind::MethodRemoved)
        }
        _ => None,
    };
    let kind = kind.unwrap_or(EventKind::Ignored(notice.kind));
    Ok(Event { id, occurred_at_ms, kind })
}

/// The notice names the token only; its details are read where that is possible.
fn token_stored(connection: &Connection, notice: &TokenNotice) -> Option<EventKind> {
    let customer_id = notice.data.shopper_reference.clone()?;
    let id = notice.data.stored_payment_method_id.clone()?;
    let read = methods::read(connection, &customer_id, &id).ok().flatten();
    let method = read.unwrap_or_else(|| PaymentMethod {
        id,
        kind: notice.data.kind.clone().unwrap_or_default(),
        brand: None,
        last4: None,
        expiry_month: None,
        expiry_year: None,
        fingerprint: None,
    });
    Some(EventKind::MethodStored(MethodEvent { customer_id, method, make_default: false }))
}

#[cfg(test)]
mod tests;
