//! What is learnt of a refund: its state, the ledger, the surplus that it gives back, and the
//! events, in one transaction.

use crate::app::collect::CollectError;
use crate::app::ledger::{self, Movement};
use crate::domain::attempt::Attempt;
use crate::domain::connection::Idempotency;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{InvoiceId, RefundId};
use crate::domain::ledger::EntryKind;
use crate::domain::payment::PayableId;
use crate::domain::refund::{Refund, RefundAnswer, RefundEffect, RefundState};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

/// What was learnt, and how long the provider remembers keys.
pub struct Told {
    pub id: RefundId,
    pub answer: RefundAnswer,
    pub contract: Idempotency,
    pub now: Timestamp,
}

pub fn settle_refund(tx: &Tx<'_>, told: &Told) -> Result<Refund, CollectError> {
    let refund = tx
        .refund_of_every_organization(told.id)?
        .ok_or(CollectError::Missing { what: "a refund" })?;
    let payment = payment_of(tx, &refund)?;
    let (refund, effect) = refund.settle(&told.answer, told.contract, told.now);
    save(tx, (&refund, &payment), effect, told.now)?;
    Ok(refund)
}

/// One that is still without news, when nothing else of its payment is open.
pub fn give_up_waiting(tx: &Tx<'_>, id: RefundId, now: Timestamp) -> Result<bool, CollectError> {
    let found = tx.refund_of_every_organization(id)?;
    let Some(refund) = found.and_then(|refund| refund.without_news(now)) else { return Ok(false) };
    if tx.refunds_of_payment(refund.payment_id)?.iter().any(Refund::is_unresolved) {
        return Ok(false);
    }
    hand_to_a_person(tx, &refund, now)?;
    Ok(true)
}

/// Saves one of which recoup can find out nothing more.
pub fn hand_to_a_person(tx: &Tx<'_>, refund: &Refund, now: Timestamp) -> Result<(), CollectError> {
    save(tx, (refund, &payment_of(tx, refund)?), RefundEffect::NowUnknown, now)
}

fn payment_of(tx: &Tx<'_>, refund: &Refund) -> Result<Attempt, CollectError> {
    tx.attempt_of_every_organization(refund.payment_id)?
        .ok_or(CollectError::Missing { what: "the payment of a refund" })
}

fn save(
    tx: &Tx<'_>,
    (refund, payment): (&Refund, &Attempt),
    effect: RefundEffect,
    now: Timestamp,
) -> Result<(), CollectError> {
    tx.put_refund(refund)?;
    save_surplus(tx, refund, now)?;
    let amount = refund.amount.minor_units;
    let (moved, kind) = match effect {
        RefundEffect::Nothing | RefundEffect::NowPending | RefundEffect::NotSent => (None, None),
        RefundEffect::Succeeded => {
            (Some((EntryKind::Refund, -amount)), Some(EventKind::RefundSucceeded))
        }
        RefundEffect::Returned => {
            (Some((EntryKind::RefundReturned, amount)), Some(EventKind::RefundFailed))
        }
        RefundEffect::Failed => (None, Some(EventKind::RefundFailed)),
        RefundEffect::NowUnknown => (None, Some(EventKind::RefundUnknown)),
    };
    if let Some((kind, minor_units)) = moved {
        let invoice_id = invoice_of(tx, refund, payment)?;
        let movement = Movement { kind, invoice_id, minor_units };
        ledger::append_refund(tx, payment, (refund, movement), now)?;
    }
    if let Some(kind) = kind {
        tx.append_event(&event(kind, refund, payment, now))?;
    }
    Ok(())
}

/// The surplus follows its refunds.
pub fn save_surplus(tx: &Tx<'_>, refund: &Refund, now: Timestamp) -> Result<(), StoreError> {
    let Some(id) = refund.surplus_id else { return Ok(()) };
    match tx.surplus_payment(refund.organization_id, id)? {
        Some(surplus) => {
            let refunds = tx.refunds_of_surplus(id)?;
            tx.put_surplus_payment(&surplus.after(&refunds, now))
        }
        None => Ok(()),
    }
}

/// The one that the surplus was of, else the one that was charged alone.
fn invoice_of(
    tx: &Tx<'_>,
    refund: &Refund,
    payment: &Attempt,
) -> Result<Option<InvoiceId>, StoreError> {
    let surplus = match refund.surplus_id {
        Some(id) => tx.surplus_payment(refund.organization_id, id)?,
        None => None,
    };
    Ok(match (surplus, payment.payable) {
        (Some(surplus), PayableId::Invoice(_) | PayableId::PaymentRequest(_)) => surplus.invoice_id,
        (None, PayableId::Invoice(id)) => Some(id),
        (None, PayableId::PaymentRequest(_)) => None,
    })
}

fn event(kind: EventKind, refund: &Refund, payment: &Attempt, now: Timestamp) -> Event {
    let subject = Subject {
        attempt_id: Some(payment.id),
        connection_id: Some(payment.connection_id),
        surplus_id: refund.surplus_id,
        refund_id: Some(refund.id),
        ..payment.payable.subject(payment.customer_id)
    };
    let event = Event::new(kind, refund.organization_id, subject, now);
    match &refund.state {
        RefundState::Failed { code, message, .. } => event.with_code(code).with_message(message),
        RefundState::Unknown { message, .. } | RefundState::NotSent { message, .. } => {
            event.with_message(message)
        }
        RefundState::Sending { .. } | RefundState::Pending | RefundState::Succeeded { .. } => {
            event.with_message(format!("{} went back", refund.amount))
        }
    }
}
