//! The intent: one transaction that reads everything again, checks that an attempt may be made,
//! and writes it down before anything leaves.

use super::choose_method::{Chosen, NETWORK_BUSY, Unchargeable, choose};
use super::outage::waits_for_outage;
use super::settle_request::{fail_uncharged, lapse};
use super::{CollectError, Within};
use crate::app::crash_point::{CrashPoint, crash_point, key_of};
use crate::app::ports::ChargeRequest;
use crate::domain::attempt::{Attempt, AttemptState, Origin};
use crate::domain::connection::Connection;
use crate::domain::event::{Event, EventKind};
use crate::domain::hold::Ticket;
use crate::domain::id::{ConnectionId, RecoveryId};
use crate::domain::idempotency::{attempt_id, attempt_key};
use crate::domain::invoice::{Invoice, InvoiceStatus, InvoiceType};
use crate::domain::money::Money;
use crate::domain::payment::{Payable, PayableId};
use crate::domain::recovery::{IdleReason, RecoveredBy, Recovery, State, WaitReason};
use crate::domain::settle::PAUSED_CONNECTION_WAIT;
use crate::domain::time::{Span, Timestamp};
use crate::store::Tx;

/// How long an invoice waits before it looks again whether its request has ended.
const REQUEST_WAIT: Span = Span::hours(1);

/// How long a debt waits for other attempts on its instrument, which may use up what is left of
/// what the network allows.
pub const BUDGET_WAIT: Span = Span::minutes(1);

/// What the transaction decided.
pub enum Intent {
    /// The attempt is durable: charge it.
    Charge(Box<Planned>),
    /// Nothing to do now: not due, not owed any more, or nothing to charge.
    Nothing,
}

pub struct Planned {
    pub attempt: Attempt,
    /// Leave to send it.
    pub ticket: Ticket,
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
    let payable = tx
        .payable(recovery.organization_id, recovery.payable)?
        .ok_or(CollectError::Missing { what: "the debt of a recovery" })?;
    let Some(amount) = payable.chargeable() else {
        without_debt(within, recovery, &payable)?;
        return Ok(Intent::Nothing);
    };
    if let Some(collector) = other_collector(tx, &payable)? {
        leave_to(within, recovery, &payable, collector)?;
        return Ok(Intent::Nothing);
    }
    if let Some(first_at) = first_charge_waits(within, &recovery, &payable) {
        if let Ok(parked) = recovery.park(first_at, WaitReason::FirstCharge, now) {
            tx.save_recovery(&parked)?;
        }
        return Ok(Intent::Nothing);
    }
    match choose(&within.looking(), &recovery, &payable)? {
        Err(why) if why.code == NETWORK_BUSY => {
            // What a person asked for stays so: their attempt is no retry of ours.
            let until = now.plus(BUDGET_WAIT);
            let waits = match reason {
                WaitReason::Requested => WaitReason::Requested,
                _ => WaitReason::NetworkBudget,
            };
            if let Ok(parked) = recovery.park(until, waits, now) {
                tx.save_recovery(&parked)?;
            }
            Ok(Intent::Nothing)
        }
        Err(why) => {
            give_up(within, recovery, &payable, &why, reason)?;
            Ok(Intent::Nothing)
        }
        Ok(chosen) if chosen.connection.paused.is_some() => {
            let until = now.plus(PAUSED_CONNECTION_WAIT);
            if let Ok(parked) = recovery.park(until, WaitReason::ConnectionPaused, now) {
                tx.save_recovery(&parked)?;
            }
            Ok(Intent::Nothing)
        }
        Ok(chosen) => {
            let through = (chosen.connection.id, reason);
            match waits_for_outage(within, &recovery, through)? {
                None => write_down(within, recovery, payable, (amount, chosen)),
                Some(until) => {
                    if let Ok(parked) = recovery.park(until, WaitReason::Outage, now) {
                        tx.save_recovery(&parked)?;
                    }
                    Ok(Intent::Nothing)
                }
            }
        }
    }
}

/// Where the operator wants new invoices to wait: until when this one does.
fn first_charge_waits(
    within: &Within<'_, '_>,
    recovery: &Recovery,
    payable: &Payable,
) -> Option<Timestamp> {
    let State::Waiting { reason: WaitReason::FirstCharge, .. } = recovery.state else {
        return None;
    };
    let Payable::Invoice(invoice) = payable else { return None };
    let first_at = recovery.created_at.plus(within.rules.first_charge_delay);
    let waits = recovery.attempts_made == 0 && invoice.invoice_type != InvoiceType::Credit;
    (waits && first_at > within.now).then_some(first_at)
}

/// Who else may be bringing money for the debt, or for a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Collector {
    /// A payer, on a page.
    Page,
    /// A request that includes the invoice.
    Request,
    /// An attempt at one of the invoices of a request, or one that may have been made: after a
    /// restore nobody could be asked, and a person has not looked yet.
    Attempt,
}

/// Invariant I11, where nothing can come between.
fn other_collector(tx: &Tx<'_>, payable: &Payable) -> Result<Option<Collector>, CollectError> {
    if !tx.open_payment_sessions(payable.id())?.is_empty() {
        return Ok(Some(Collector::Page));
    }
    match payable {
        Payable::Invoice(invoice) => {
            Ok(tx.request_collecting(invoice.id)?.map(|_| Collector::Request))
        }
        Payable::Request(it) => {
            for part in &it.parts {
                let recovery = tx.recovery_of(PayableId::Invoice(part.invoice.id))?;
                let Some(recovery) = recovery else { continue };
                if recovery.open_attempt().is_some() || tx.held_debt(recovery.id)?.is_some() {
                    return Ok(Some(Collector::Attempt));
                }
            }
            Ok(None)
        }
    }
}

fn leave_to(
    within: &Within<'_, '_>,
    recovery: Recovery,
    payable: &Payable,
    collector: Collector,
) -> Result<(), CollectError> {
    let Within { tx, now, .. } = *within;
    match (collector, payable) {
        // It was made since the way was cleared, and is closed before the next look.
        (Collector::Page, _) => Ok(()),
        (Collector::Request | Collector::Attempt, Payable::Invoice(_)) => {
            if let Ok(parked) = recovery.park(now.plus(REQUEST_WAIT), WaitReason::RequestOpen, now)
            {
                tx.save_recovery(&parked)?;
            }
            Ok(())
        }
        (Collector::Request | Collector::Attempt, Payable::Request(it)) => {
            lapse(within, recovery, it)
        }
    }
}

/// A debt that is paid or gone is not collected; how it ended is read off it.
fn without_debt(
    within: &Within<'_, '_>,
    recovery: Recovery,
    payable: &Payable,
) -> Result<(), CollectError> {
    let invoice: &Invoice = match payable {
        Payable::Invoice(invoice) => invoice,
        Payable::Request(it) => return lapse(within, recovery, it),
    };
    let ended = match invoice.status {
        InvoiceStatus::Voided | InvoiceStatus::Deleted | InvoiceStatus::Closed => {
            recovery.cancel(within.now)
        }
        InvoiceStatus::Draft | InvoiceStatus::Open | InvoiceStatus::Finalized => {
            recovery.settle_without_charge(RecoveredBy::NothingDue, within.now)
        }
    };
    Ok(within.tx.save_recovery(&ended)?)
}

/// Nothing can be charged.
pub fn give_up(
    within: &Within<'_, '_>,
    recovery: Recovery,
    payable: &Payable,
    why: &Unchargeable,
    asked_by: WaitReason,
) -> Result<(), CollectError> {
    match payable {
        Payable::Invoice(_) => rest(within, recovery, why, asked_by),
        Payable::Request(it) => fail_uncharged(within, recovery, it, why),
    }
}

/// Whoever asked for the charge of an invoice is told; the schedule only notes it.
fn rest(
    within: &Within<'_, '_>,
    recovery: Recovery,
    why: &Unchargeable,
    asked_by: WaitReason,
) -> Result<(), CollectError> {
    let Within { tx, now, .. } = *within;
    let kind = match asked_by {
        WaitReason::Requested | WaitReason::Moved => EventKind::AttemptImpossible,
        WaitReason::NetworkBudget
        | WaitReason::FirstCharge
        | WaitReason::Retry
        | WaitReason::NotSent
        | WaitReason::LinkOpen
        | WaitReason::RequestOpen
        | WaitReason::Outage
        | WaitReason::ConnectionPaused => EventKind::MethodNeeded,
    };
    let subject = recovery.payable.subject(recovery.customer_id);
    let event = Event::new(kind, recovery.organization_id, subject, now);
    if let Ok(resting) = recovery.rest(why.reason, now) {
        tx.save_recovery(&resting)?;
    }
    // To be paid by hand is what was asked for: nobody needs to hear of it.
    if why.reason != IdleReason::Manual {
        let event = Event { message: why.message.map(str::to_owned), ..event };
        tx.append_event(&event.with_code(why.code))?;
    }
    Ok(())
}

fn write_down(
    within: &Within<'_, '_>,
    recovery: Recovery,
    payable: Payable,
    (amount, chosen): (Money, Chosen),
) -> Result<Intent, CollectError> {
    let Within { tx, rules, now } = *within;
    // The attempt that never left, or one with the next number.
    let numbered = match tx.unsent_attempt(recovery.id)? {
        Some(unsent) => unsent,
        None => next_attempt(within, &recovery, chosen.connection.id, amount)?,
    };
    let attempt = Attempt {
        connection_id: chosen.connection.id,
        amount,
        instrument: Some(chosen.instrument),
        provider_customer_id: Some(chosen.provider_customer_id),
        sends: numbered.sends.saturating_add(1),
        state: AttemptState::Charging { lease_until: now.plus(rules.charge_lease) },
        updated_at: now,
        ..numbered
    };
    let Ok(begun) = recovery.begin(attempt.id, now) else { return Ok(Intent::Nothing) };
    // During a hold there is none.
    let Some(ticket) = tx.take_ticket()? else { return Ok(Intent::Nothing) };
    let begun = Recovery {
        attempts_made: begun.attempts_made.max(attempt.number),
        connection_id: Some(attempt.connection_id),
        backup_method: chosen.backup,
        ..begun
    };
    tx.put_attempt(&attempt)?;
    tx.save_recovery(&begun)?;
    crash_point(CrashPoint::InIntent);
    let about = attempt.subject();
    tx.append_event(&Event::new(EventKind::AttemptBegun, begun.organization_id, about, now))?;
    let payable = match payable {
        Payable::Invoice(invoice) => Payable::Invoice(invoice),
        Payable::Request(it) => {
            let fixed = it.fixed();
            tx.save_request_parts(&fixed)?;
            Payable::Request(Box::new(fixed))
        }
    };
    let request = charge_request(&attempt, &payable, chosen.country);
    let connection = chosen.connection;
    Ok(Intent::Charge(Box::new(Planned { attempt, ticket, connection, request })))
}

/// One with the next number, and the key that goes with it. Nothing of it has left.
pub fn next_attempt(
    within: &Within<'_, '_>,
    recovery: &Recovery,
    connection_id: ConnectionId,
    amount: Money,
) -> Result<Attempt, CollectError> {
    let Within { tx, now, .. } = *within;
    let origin = match recovery.state {
        State::Waiting { reason: WaitReason::Requested | WaitReason::Moved, .. } => Origin::Person,
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
        id: attempt_id(&installation, recovery.payable, number),
        organization_id: recovery.organization_id,
        recovery_id: recovery.id,
        payable: recovery.payable,
        customer_id: recovery.customer_id,
        connection_id,
        number,
        origin,
        amount,
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
    payable: &Payable,
    country: Option<String>,
) -> ChargeRequest {
    let (provider_method_id, method_kind) = match &attempt.instrument {
        Some(instrument) => (instrument.provider_method_id.clone(), instrument.kind.clone()),
        None => (String::new(), String::new()),
    };
    ChargeRequest {
        idempotency_key: key_of(attempt),
        reference: attempt.id.to_string(),
        amount: attempt.amount,
        provider_customer_id: attempt.provider_customer_id.clone().unwrap_or_default(),
        provider_method_id,
        method_kind,
        description: payable.title(),
        country,
        metadata: payable.metadata(),
    }
}
