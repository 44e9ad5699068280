//! Settling in the store: state, debt and events in one transaction. What the answer means is
//! decided by `domain::settle`; what it means for an invoice or for a request is carried out in
//! the files beside this one.

use super::outage::note_answer;
use super::policy_in_use::{count_unmapped, policy_in_use, understood};
use super::resolve_by_person::note_contradiction;
use super::settle_invoice::InvoiceScene;
use super::settle_request::RequestScene;
use super::{CollectError, Within};
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::app::ledger::{self, Movement};
use crate::app::receipts::issue_receipt;
use crate::domain::attempt::{Attempt, AttemptState, ChargeAnswer};
use crate::domain::connection::Pause;
use crate::domain::decline::{Decline, RetryClass};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{AttemptId, InvoiceId, SurplusId};
use crate::domain::ledger::EntryKind;
use crate::domain::money::Money;
use crate::domain::payment::Payable;
use crate::domain::policy::Decision;
use crate::domain::settle::{Circumstances, Debt, Effect, settle};
use crate::domain::surplus::{SurplusPayment, SurplusReason, SurplusState};
use crate::domain::time::Timestamp;

/// What was learnt of an attempt, and where.
pub struct Known {
    pub attempt_id: AttemptId,
    pub answer: ChargeAnswer,
    pub source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The answer to the call itself, and which send of the attempt it was.
    Call { send: u32 },
    /// A look-up or a webhook.
    Event,
}

pub fn settle_attempt(within: &Within<'_, '_>, known: &Known) -> Result<Effect, CollectError> {
    let attempt = within
        .tx
        .attempt_of_every_organization(known.attempt_id)?
        .ok_or(CollectError::Missing { what: "an attempt" })?;
    settle_loaded(within, attempt, &known.answer, known.source)
}

/// The same for an attempt that may not be stored yet: one that a payer made on a hosted page.
pub fn settle_loaded(
    within: &Within<'_, '_>,
    attempt: Attempt,
    answer: &ChargeAnswer,
    source: Source,
) -> Result<Effect, CollectError> {
    let Within { tx, now, .. } = *within;
    let recovery = tx
        .recovery_of_every_organization(attempt.recovery_id)?
        .ok_or(CollectError::Missing { what: "the recovery of an attempt" })?;
    let payable = tx
        .payable(attempt.organization_id, attempt.payable)?
        .ok_or(CollectError::Missing { what: "the debt of an attempt" })?;
    let answer = understood(within, &attempt, answer)?;
    let in_use = policy_in_use(within, (&recovery, &payable), &attempt, &answer)?;
    let send = match source {
        Source::Call { send } => Some(send),
        Source::Event => None,
    };
    note_contradiction(within, &attempt, &answer)?;
    let was_asked = is_asked(&attempt);
    let debt = payable.stands(attempt.amount);
    let around = Circumstances {
        policy: &in_use.policy,
        history_before: in_use.history_before,
        declines_elsewhere: in_use.declines_elsewhere,
        backup: in_use.next_method.as_ref(),
        zone: in_use.zone,
        now,
        send,
        debt,
    };
    let Ok(settled) = settle(recovery, attempt, &answer, around) else {
        return Ok(Effect::Nothing);
    };
    tx.put_attempt(&settled.attempt)?;
    if let Effect::Declined { record, .. } = &settled.effect {
        tx.save_decision(settled.attempt.id, record)?;
        count_unmapped(within, &settled.attempt, &answer)?;
    }
    crash_point(CrashPoint::InSettle);
    tx.save_recovery(&settled.recovery)?;
    let scene = Scene { within, attempt: settled.attempt, source };
    if matches!(source, Source::Call { .. }) {
        note_answer(&scene, &answer.outcome)?;
    }
    if was_asked && scene.attempt.state.is_open() && !is_asked(&scene.attempt) {
        scene.tell(EventKind::AttemptUnresolved)?;
    }
    let recovered = settled.effect == Effect::Paid && settled.recovery.is_ended();
    match payable {
        Payable::Invoice(invoice) => {
            let is_over = matches!(debt, Debt::Settled(_) | Debt::Gone);
            InvoiceScene { scene: &scene, invoice: *invoice, is_over }
                .carry_out(&settled.effect)?;
        }
        Payable::Request(it) => {
            RequestScene { scene: &scene, requested: *it }.carry_out(&settled.effect)?;
        }
    }
    if recovered {
        scene.tell(EventKind::Recovered)?;
    }
    Ok(settled.effect)
}

/// The provider is asked again by itself.
fn is_asked(attempt: &Attempt) -> bool {
    attempt.state.lookup().is_some_and(|lookup| lookup.next_at.is_some())
}

/// One settling, with what all debts have in common.
pub struct Scene<'a, 'c> {
    pub within: &'a Within<'a, 'c>,
    pub attempt: Attempt,
    pub source: Source,
}

impl Scene<'_, '_> {
    pub fn now(&self) -> Timestamp {
        self.within.now
    }

    pub fn event(&self, kind: EventKind) -> Event {
        let Attempt { organization_id, .. } = self.attempt;
        Event::new(kind, organization_id, self.attempt.subject(), self.now())
    }

    pub fn tell(&self, kind: EventKind) -> Result<(), CollectError> {
        Ok(self.within.tx.append_event(&self.event(kind))?)
    }

    /// All that was charged, whatever was due.
    pub fn money_came(&self) -> Result<(), CollectError> {
        self.tell(EventKind::AttemptPaid)?;
        let Attempt { organization_id, id, .. } = self.attempt;
        Ok(issue_receipt(self.within.tx, organization_id, id, self.now())?)
    }

    /// So much of the charge came for this invoice; for none of them, where it is more than all
    /// parts of a request.
    pub fn charged(
        &self,
        invoice_id: Option<InvoiceId>,
        minor_units: i64,
    ) -> Result<(), CollectError> {
        let movement = Movement { kind: EntryKind::Charge, invoice_id, minor_units };
        Ok(ledger::append(self.within.tx, &self.attempt, movement, self.now())?)
    }

    /// More came in than was due. Never dropped: it waits for a person, who has it refunded.
    pub fn surplus(
        &self,
        minor_units: i64,
        reason: SurplusReason,
        about: Subject,
    ) -> Result<(), CollectError> {
        let (tx, now) = (self.within.tx, self.now());
        let invoice_id = about.invoice_id;
        let surplus = SurplusPayment {
            id: SurplusId::at(now),
            organization_id: self.attempt.organization_id,
            customer_id: self.attempt.customer_id,
            payment_id: self.attempt.id,
            connection_id: self.attempt.connection_id,
            payable: self.attempt.payable,
            invoice_id,
            amount: Money { minor_units, ..self.attempt.amount },
            reason,
            state: SurplusState::Open,
            refunded: 0,
            created_at: now,
            updated_at: now,
        };
        tx.put_surplus_payment(&surplus)?;
        let minor_units = -minor_units;
        let movement = Movement { kind: EntryKind::Surplus, invoice_id, minor_units };
        ledger::append(tx, &self.attempt, movement, now)?;
        let about = Subject { surplus_id: Some(surplus.id), ..about };
        let told = format!("{} was paid beyond what was due: refund it", surplus.amount);
        let event = Event { subject: about, ..self.event(EventKind::DuplicatePaid) };
        let event = event.with_code(reason.as_str()).with_message(told);
        Ok(tx.append_event(&event)?)
    }

    /// What a decline says of the method or the connection holds for every debt.
    pub fn heed(&self, decline: &Decline, decision: Decision) -> Result<(), CollectError> {
        if decline.retry == RetryClass::Stop {
            self.stop_method()?;
        }
        if decision == Decision::PauseConnection { self.pause_connection(decline) } else { Ok(()) }
    }

    fn pause_connection(&self, decline: &Decline) -> Result<(), CollectError> {
        let tx = self.within.tx;
        let (organization, id) = (self.attempt.organization_id, self.attempt.connection_id);
        let Some(connection) = tx.connection(organization, id)? else { return Ok(()) };
        if connection.paused.is_some() {
            return Ok(());
        }
        let reason = format!("the provider answered {}: {}", decline.code, decline.message);
        let paused = Some(Pause { at: self.now(), reason: reason.clone() });
        tx.save_connection_pause(organization, id, paused.as_ref())?;
        let event =
            self.event(EventKind::ConnectionPaused).with_code(&decline.code).with_message(reason);
        Ok(tx.append_event(&event)?)
    }

    /// Consent is withdrawn: the method is never charged again, for any debt.
    fn stop_method(&self) -> Result<(), CollectError> {
        let tx = self.within.tx;
        let id = self.attempt.instrument.as_ref().and_then(|instrument| instrument.method_id);
        let Some(id) = id else { return Ok(()) };
        if let Some(mut method) = tx.payment_method(self.attempt.organization_id, id)? {
            method.stopped_at = Some(self.now());
            tx.put_payment_method(&method)?;
        }
        Ok(())
    }

    /// Nothing was sent; it is sent again.
    pub fn not_sent(&self, kind: EventKind) -> Result<(), CollectError> {
        let reason = match &self.attempt.state {
            AttemptState::NotSent { reason } => reason.clone(),
            AttemptState::Charging { .. }
            | AttemptState::Pending { .. }
            | AttemptState::NeedsAction { .. }
            | AttemptState::Unknown { .. }
            | AttemptState::Paid { .. }
            | AttemptState::Declined { .. }
            | AttemptState::Cancelled { .. } => String::new(),
        };
        let event = self.event(kind).with_code("connection_error").with_message(reason);
        Ok(self.within.tx.append_event(&event)?)
    }
}
