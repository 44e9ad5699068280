//! The intent: one transaction that reads everything again, checks that an attempt may be made,
//! and writes it down before anything leaves.

use super::choose_method::{Chosen, Unchargeable, choose};
use super::{CollectError, Within};
use crate::app::ports::ChargeRequest;
use crate::domain::attempt::{Attempt, AttemptState, Origin};
use crate::domain::connection::Connection;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{AttemptId, RecoveryId};
use crate::domain::idempotency::attempt_key;
use crate::domain::invoice::{Invoice, InvoiceStatus};
use crate::domain::recovery::{IdleReason, RecoveredBy, Recovery, State, WaitReason};
use crate::domain::settle::PAUSED_CONNECTION_WAIT;

/// What the transaction decided.
pub enum Intent {
    /// The attempt is durable: charge it.
    Charge(Box<Planned>),
    /// Nothing to do now: not due, not owed any more, or nothing to charge.
    Nothing,
}

pub struct Planned {
    pub attempt: Attempt,
    pub connection: Connection,
    pub request: ChargeRequest,
}

pub fn begin_attempt(within: &Within<'_, '_>, id: RecoveryId) -> Result<Intent, CollectError> {
    let Within { tx, now, .. } = *within;
    let Some(recovery) = tx.recovery_of_every_organization(id)? else {
        return Ok(Intent::Nothing);
    };
    let State::Waiting { next_attempt_at, reason } = recovery.state else {
        return Ok(Intent::Nothing);
    };
    if next_attempt_at > now || recovery.paused {
        return Ok(Intent::Nothing);
    }
    let invoice = tx
        .invoice(recovery.organization_id, recovery.payable.invoice_id())?
        .ok_or(CollectError::Missing { what: "the invoice of a recovery" })?;
    if !invoice.is_collectible() {
        tx.save_recovery(&without_debt(recovery, &invoice, within))?;
        return Ok(Intent::Nothing);
    }
    // Invariant I11, where nothing can come between: a page that was made since the way was
    // cleared is closed first.
    if tx.open_payment_session(recovery.payable)?.is_some() {
        return Ok(Intent::Nothing);
    }
    match choose(&within.looking(), &recovery, &invoice)? {
        Err(why) => {
            rest(within, recovery, &why, reason)?;
            Ok(Intent::Nothing)
        }
        Ok(chosen) if chosen.connection.paused.is_some() => {
            let until = now.plus(PAUSED_CONNECTION_WAIT);
            if let Ok(parked) = recovery.park(until, WaitReason::ConnectionPaused, now) {
                tx.save_recovery(&parked)?;
            }
            Ok(Intent::Nothing)
        }
        Ok(chosen) => write_down(within, recovery, &invoice, chosen),
    }
}

/// A debt that is paid or gone is not collected; how it ended is read off the invoice.
fn without_debt(recovery: Recovery, invoice: &Invoice, within: &Within<'_, '_>) -> Recovery {
    match invoice.status {
        InvoiceStatus::Voided | InvoiceStatus::Deleted | InvoiceStatus::Closed => {
            recovery.cancel(within.now)
        }
        InvoiceStatus::Draft | InvoiceStatus::Open | InvoiceStatus::Finalized => {
            recovery.settle_without_charge(RecoveredBy::NothingDue, within.now)
        }
    }
}

/// Nothing can be charged. Whoever asked for it is told; the schedule only notes it.
fn rest(
    within: &Within<'_, '_>,
    recovery: Recovery,
    why: &Unchargeable,
    asked_by: WaitReason,
) -> Result<(), CollectError> {
    let Within { tx, now, .. } = *within;
    let kind = match asked_by {
        WaitReason::Requested => EventKind::AttemptImpossible,
        WaitReason::FirstCharge
        | WaitReason::Retry
        | WaitReason::NotSent
        | WaitReason::LinkOpen
        | WaitReason::ConnectionPaused => EventKind::MethodNeeded,
    };
    let event = Event::new(kind, recovery.organization_id, subject(&recovery, None), now);
    if let Ok(resting) = recovery.rest(why.reason, now) {
        tx.save_recovery(&resting)?;
    }
    // To be paid by hand is what was asked for: nobody needs to hear of it.
    if why.reason != IdleReason::Manual {
        tx.append_event(&event.with_code(why.code))?;
    }
    Ok(())
}

fn subject(recovery: &Recovery, attempt: Option<&Attempt>) -> Subject {
    Subject {
        customer_id: Some(recovery.customer_id),
        invoice_id: Some(recovery.payable.invoice_id()),
        attempt_id: attempt.map(|attempt| attempt.id),
        connection_id: attempt.map(|attempt| attempt.connection_id),
        ..Subject::default()
    }
}

fn write_down(
    within: &Within<'_, '_>,
    recovery: Recovery,
    invoice: &Invoice,
    chosen: Chosen,
) -> Result<Intent, CollectError> {
    let Within { tx, rules, now } = *within;
    let numbered = numbered_attempt(within, &recovery, invoice, &chosen)?;
    let attempt = Attempt {
        connection_id: chosen.connection.id,
        amount: invoice.due(),
        instrument: Some(chosen.instrument),
        provider_customer_id: Some(chosen.provider_customer_id),
        sends: numbered.sends.saturating_add(1),
        state: AttemptState::Charging { lease_until: now.plus(rules.charge_lease) },
        updated_at: now,
        ..numbered
    };
    let Ok(begun) = recovery.begin(attempt.id, now) else { return Ok(Intent::Nothing) };
    let begun = Recovery {
        attempts_made: begun.attempts_made.max(attempt.number),
        connection_id: Some(attempt.connection_id),
        ..begun
    };
    tx.put_attempt(&attempt)?;
    tx.save_recovery(&begun)?;
    let about = subject(&begun, Some(&attempt));
    tx.append_event(&Event::new(EventKind::AttemptBegun, begun.organization_id, about, now))?;
    let request = charge_request(&attempt, invoice, chosen.country);
    Ok(Intent::Charge(Box::new(Planned { attempt, connection: chosen.connection, request })))
}

/// The attempt that never left, or one with the next number.
fn numbered_attempt(
    within: &Within<'_, '_>,
    recovery: &Recovery,
    invoice: &Invoice,
    chosen: &Chosen,
) -> Result<Attempt, CollectError> {
    let Within { tx, now, .. } = *within;
    if let Some(unsent) = tx.unsent_attempt(recovery.id)? {
        return Ok(unsent);
    }
    let origin = match recovery.state {
        State::Waiting { reason: WaitReason::Requested, .. } => Origin::Person,
        State::Waiting { .. }
        | State::Charging { .. }
        | State::Idle { .. }
        | State::Recovered { .. }
        | State::Cancelled { .. } => Origin::Schedule,
    };
    let installation = tx
        .installation_identity()?
        .ok_or(CollectError::Missing { what: "the identity of the installation" })?;
    let number = recovery.attempts_made.saturating_add(1);
    Ok(Attempt {
        id: AttemptId::at(now),
        organization_id: recovery.organization_id,
        recovery_id: recovery.id,
        payable: recovery.payable,
        customer_id: recovery.customer_id,
        connection_id: chosen.connection.id,
        number,
        origin,
        amount: invoice.due(),
        instrument: None,
        provider_customer_id: None,
        session_id: None,
        idempotency_key: attempt_key(&installation, recovery.payable, number),
        sends: 0,
        state: AttemptState::NotSent { reason: String::new() },
        charge_id: None,
        status: "pending".to_owned(),
        begun_at: now,
        updated_at: now,
    })
}

/// What the provider is asked. Built from what is stored, so that it is the same when the
/// attempt is sent again.
pub fn charge_request(
    attempt: &Attempt,
    invoice: &Invoice,
    country: Option<String>,
) -> ChargeRequest {
    let (provider_method_id, method_kind) = match &attempt.instrument {
        Some(instrument) => (instrument.provider_method_id.clone(), instrument.kind.clone()),
        None => (String::new(), String::new()),
    };
    ChargeRequest {
        idempotency_key: attempt.idempotency_key.clone(),
        reference: attempt.id.to_string(),
        amount: attempt.amount,
        provider_customer_id: attempt.provider_customer_id.clone().unwrap_or_default(),
        provider_method_id,
        method_kind,
        description: format!("Invoice {}", invoice.number),
        country,
        metadata: vec![
            ("invoice_id".to_owned(), invoice.id.to_string()),
            ("customer_id".to_owned(), invoice.customer_id.to_string()),
        ],
    }
}
