//! Attempts are told ahead of their time, and an endpoint may answer that one be left out, or that
//! collecting end. Each planned attempt is told once; what is answered later than its begin, or
//! for another one, counts no more.

use super::exhaust::exhaust;
use super::policy_in_use::policy_of;
use super::settle_attempt::{Scene, Source};
use super::{CollectError, Within};
use crate::app::App;
use crate::domain::control::Command;
use crate::domain::event::{Event, EventKind};
use crate::domain::id::{AttemptId, EventId, RecoveryId};
use crate::domain::payment::{Payable, PayableId};
use crate::domain::policy::{Decision, DecisionRecord, Salt, moment};
use crate::domain::recovery::{Recovery, State, WaitReason};
use crate::domain::time::{Span, Timestamp};
use crate::domain::veto::Veto;
use crate::store::Tx;

/// So many attempts are told in one transaction.
const PAGE: u32 = 256;

/// An endpoint's answer to the event that told it of an attempt.
pub struct Answer {
    pub event: EventId,
    /// How people call the endpoint.
    pub endpoint: String,
    pub veto: Veto,
}

impl App {
    /// Tells of each attempt of the schedule that comes soon. Nothing, unless a setting asks.
    pub fn announce_attempts(&self) -> Result<u64, CollectError> {
        let ahead = self.rules.attempt_due_ahead;
        if ahead == Span::ZERO {
            return Ok(0);
        }
        let mut told = 0;
        loop {
            let now = self.clock.now();
            let until = now.plus(ahead);
            let soon = self.store.read(|read| read.recoveries_to_announce(now, until, PAGE))?;
            if soon.is_empty() {
                return Ok(told);
            }
            told += u64::try_from(soon.len()).unwrap_or(u64::MAX);
            self.store.write(move |tx| -> Result<(), CollectError> {
                soon.iter().try_for_each(|id| announce(tx, *id, now))
            })?;
            self.wake.ring_news();
        }
    }
}

fn announce(tx: &Tx<'_>, id: RecoveryId, now: Timestamp) -> Result<(), CollectError> {
    let Some(recovery) = tx.recovery_of_every_organization(id)? else { return Ok(()) };
    let State::Waiting { next_attempt_at, reason: WaitReason::Retry } = recovery.state else {
        return Ok(());
    };
    tx.mark_announced(id, next_attempt_at)?;
    let subject = recovery.payable.subject(recovery.customer_id);
    let event = Event::new(EventKind::AttemptDue, recovery.organization_id, subject, now);
    let event = event.due(next_attempt_at);
    let endpoints = tx.all_webhook_endpoints(recovery.organization_id)?;
    if endpoints.iter().any(|endpoint| endpoint.wants(&event)) {
        tx.append_event(&event)?;
    }
    Ok(())
}

/// Nothing happens where the attempt has begun, or something else was planned since.
pub fn heed(within: &Within<'_, '_>, answer: &Answer) -> Result<(), CollectError> {
    let tx = within.tx;
    let told = tx.event_of_every_organization(answer.event)?;
    let told = told.and_then(|event| Some((event.due_at?, event.subject.invoice_id?)));
    let Some((slot_at, invoice)) = told else { return Ok(()) };
    let recovery = tx.recovery_of(PayableId::Invoice(invoice))?;
    let Some(recovery) = recovery.filter(|it| it.is_planned_for(slot_at)) else { return Ok(()) };
    match answer.veto {
        Veto::Stop => stop(within, recovery, answer),
        Veto::Skip => skip(within, recovery, (slot_at, answer)),
    }
}

fn stop(within: &Within<'_, '_>, recovery: Recovery, answer: &Answer) -> Result<(), CollectError> {
    let Within { tx, now, .. } = *within;
    let Ok(Some(stopped)) = recovery.control(Command::Stop, now) else { return Ok(()) };
    tx.save_recovery(&stopped)?;
    let subject = stopped.payable.subject(stopped.customer_id);
    let event = Event::new(EventKind::RecoveryStopped, stopped.organization_id, subject, now)
        .with_message(format!("{} answered that it stop", answer.endpoint));
    Ok(tx.append_event(&event)?)
}

fn skip(
    within: &Within<'_, '_>,
    recovery: Recovery,
    (slot_at, answer): (Timestamp, &Answer),
) -> Result<(), CollectError> {
    let Within { tx, now, .. } = *within;
    let Some((attempt_id, planned)) = planned(tx, recovery.id, slot_at)? else { return Ok(()) };
    let attempt = tx
        .attempt_of_every_organization(attempt_id)?
        .ok_or(CollectError::Missing { what: "the attempt of a decision" })?;
    let payable = tx.payable(recovery.organization_id, recovery.payable)?;
    let Some(Payable::Invoice(invoice)) = payable else { return Ok(()) };
    let salt = Salt { recovery: recovery.id, attempt_number: attempt.number };
    let record = policy_of(within, &recovery)?.after_skip(&planned, (slot_at, salt), now);
    tx.save_decision(attempt_id, &record)?;
    tx.save_recovery(&recovery.put_off(&record, now))?;
    let scene = Scene { within, attempt, source: Source::Event };
    let left_out = moment(slot_at, record.zone);
    let sentence =
        format!("{} answered that the attempt of {left_out} be left out", answer.endpoint);
    tx.append_event(&scene.event(EventKind::AttemptPutOff).with_message(sentence))?;
    match record.decision {
        Decision::TryAt(at) => {
            let planned = scene.event(EventKind::RetryPlanned).with_code(record.class.as_str());
            Ok(tx.append_event(&planned.with_message(record.sentence()).due(at))?)
        }
        Decision::AskForMethod
        | Decision::AskPayer
        | Decision::PauseConnection
        | Decision::Hold
        | Decision::GiveUp => exhaust(&scene, &invoice, &record),
    }
}

/// The decision that planned the attempt, and the attempt that it followed.
fn planned(
    tx: &Tx<'_>,
    recovery: RecoveryId,
    slot_at: Timestamp,
) -> Result<Option<(AttemptId, DecisionRecord)>, CollectError> {
    let last = tx.decisions_of(recovery)?.pop();
    Ok(last.filter(|(_, record)| record.decision == Decision::TryAt(slot_at)))
}
