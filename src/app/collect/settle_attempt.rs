//! Settling in the store: state, invoice and events in one transaction. What the answer means is
//! decided by `domain::settle`; here it is carried out.

use super::crash_point::crash_point;
use super::{CollectError, Within};
use crate::app::invoice_changes::follow_payment_status;
use crate::domain::attempt::{Attempt, AttemptState, ChargeAnswer};
use crate::domain::connection::Pause;
use crate::domain::decline::{Decline, DeclineClass, RetryClass};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::AttemptId;
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::policy::{Decision, NOT_SENT_TOLD_AFTER};
use crate::domain::recovery::RecoveredBy;
use crate::domain::settle::{Circumstances, Debt, Effect, settle};
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
    let Within { tx, rules, now } = *within;
    let recovery = tx
        .recovery_of_every_organization(attempt.recovery_id)?
        .ok_or(CollectError::Missing { what: "the recovery of an attempt" })?;
    let invoice = tx
        .invoice(attempt.organization_id, attempt.payable.invoice_id())?
        .ok_or(CollectError::Missing { what: "the invoice of an attempt" })?;
    let history_before = match &attempt.instrument {
        Some(instrument) => {
            tx.decline_history(recovery.id, &instrument.limit_key, now.minus(rules.policy.window))?
        }
        None => None,
    };
    let send = match source {
        Source::Call { send } => Some(send),
        Source::Event => None,
    };
    let debt = debt(&invoice, &attempt);
    let around = Circumstances { policy: &rules.policy, history_before, now, send, debt };
    let Ok(settled) = settle(recovery, attempt, answer, around) else {
        return Ok(Effect::Nothing);
    };
    tx.put_attempt(&settled.attempt)?;
    crash_point("in-settle");
    tx.save_recovery(&settled.recovery)?;
    let is_over = matches!(debt, Debt::Settled(_) | Debt::Gone);
    let mut scene = Scene { within, invoice, attempt: settled.attempt, source, is_over };
    scene.carry_out(&settled.effect)?;
    if settled.effect == Effect::Paid && settled.recovery.is_ended() {
        scene.tell(EventKind::Recovered)?;
    }
    Ok(settled.effect)
}

/// How the debt stands now, with and without a success of this attempt.
pub fn debt(invoice: &Invoice, attempt: &Attempt) -> Debt {
    match invoice.status {
        InvoiceStatus::Voided | InvoiceStatus::Closed | InvoiceStatus::Deleted => Debt::Gone,
        InvoiceStatus::Draft | InvoiceStatus::Open | InvoiceStatus::Finalized => {
            if !invoice.due().is_positive() {
                Debt::Settled(RecoveredBy::ManualPayment)
            } else if invoice.payment_status == PaymentStatus::Succeeded {
                Debt::Settled(RecoveredBy::Person)
            } else if attempt.amount.minor_units >= invoice.due().minor_units {
                Debt::CoveredByThis
            } else {
                Debt::RemainsAfterThis
            }
        }
    }
}

/// One settling, with everything its consequences touch.
struct Scene<'a, 'c> {
    within: &'a Within<'a, 'c>,
    invoice: Invoice,
    attempt: Attempt,
    source: Source,
    /// The debt was settled otherwise, or is gone: only money still matters.
    is_over: bool,
}

impl Scene<'_, '_> {
    fn now(&self) -> Timestamp {
        self.within.now
    }

    fn event(&self, kind: EventKind) -> Event {
        let subject = Subject {
            customer_id: Some(self.attempt.customer_id),
            invoice_id: Some(self.invoice.id),
            attempt_id: Some(self.attempt.id),
            session_id: self.attempt.session_id,
            connection_id: Some(self.attempt.connection_id),
            ..Subject::default()
        };
        Event::new(kind, self.attempt.organization_id, subject, self.now())
    }

    fn tell(&self, kind: EventKind) -> Result<(), CollectError> {
        Ok(self.within.tx.append_event(&self.event(kind))?)
    }

    fn carry_out(&mut self, effect: &Effect) -> Result<(), CollectError> {
        match effect {
            Effect::Nothing => Ok(()),
            Effect::Paid => self.paid(),
            Effect::PaidTwice => {
                self.tell(EventKind::AttemptPaid)?;
                self.surplus(self.attempt.amount.minor_units)
            }
            Effect::Declined { decline, decision } if self.is_over => {
                self.declined_too_late(decline, *decision)
            }
            Effect::Declined { decline, decision } => self.declined(decline, *decision),
            Effect::NowPending | Effect::NowNeedsPayer if self.is_over => Ok(()),
            Effect::NowUnknown if self.is_over => self.tell(EventKind::AttemptUnknown),
            Effect::Cancelled => self.tell(EventKind::AttemptFailed),
            Effect::NowPending => self.status(PaymentStatus::Pending),
            Effect::NowNeedsPayer => {
                self.status(PaymentStatus::Pending)?;
                self.tell(EventKind::AttemptNeedsPayer)
            }
            Effect::NowUnknown => {
                self.status(PaymentStatus::Pending)?;
                self.tell(EventKind::AttemptUnknown)
            }
            Effect::NotSent { in_a_row } => self.not_sent(*in_a_row),
        }
    }

    fn paid(&mut self) -> Result<(), CollectError> {
        let paid = self.invoice.paid_amount.saturating_add(self.attempt.amount.minor_units);
        let surplus = paid.saturating_sub(self.invoice.total_amount).max(0);
        self.invoice.paid_amount = paid.saturating_sub(surplus);
        self.tell(EventKind::AttemptPaid)?;
        let covered = !self.invoice.due().is_positive();
        if covered {
            self.invoice.payment_overdue = false;
        }
        let status = if covered { PaymentStatus::Succeeded } else { self.invoice.payment_status };
        let changed = status != self.invoice.payment_status;
        self.save_status(status)?;
        if changed {
            self.tell(EventKind::PaymentStatusChanged)?;
        }
        if surplus > 0 { self.surplus(surplus) } else { Ok(()) }
    }

    /// More came in than was due. Never dropped: an operator has to pay it back.
    fn surplus(&self, minor_units: i64) -> Result<(), CollectError> {
        let surplus = crate::domain::money::Money { minor_units, ..self.attempt.amount };
        let event = self
            .event(EventKind::DuplicatePaid)
            .with_message(format!("{surplus} was paid beyond what was due: refund it"));
        Ok(self.within.tx.append_event(&event)?)
    }

    fn declined(&mut self, decline: &Decline, decision: Decision) -> Result<(), CollectError> {
        // The amount itself cannot be charged: nobody refused to pay.
        let unchargeable = decline.class == DeclineClass::InvalidConfiguration
            && decline.retry == RetryClass::Hold;
        if !unchargeable {
            let changed = self.invoice.payment_status != PaymentStatus::Failed;
            self.save_status(PaymentStatus::Failed)?;
            let failed = self
                .event(EventKind::AttemptFailed)
                .with_code(&decline.code)
                .with_message(&decline.message);
            self.within.tx.append_event(&failed)?;
            if changed && self.source == Source::Event {
                self.tell(EventKind::PaymentStatusChanged)?;
            }
        }
        if decline.retry == RetryClass::Stop {
            self.stop_method()?;
        }
        self.decided(decline, decision)
    }

    /// Nobody waits for this money any more, so the invoice stays what it is and nobody outside
    /// is told. What the decline says of the method or the connection holds all the same.
    fn declined_too_late(&self, decline: &Decline, decision: Decision) -> Result<(), CollectError> {
        let event = self
            .event(EventKind::AttemptFailedLate)
            .with_code(&decline.code)
            .with_message(&decline.message);
        self.within.tx.append_event(&event)?;
        if decline.retry == RetryClass::Stop {
            self.stop_method()?;
        }
        if decision == Decision::PauseConnection { self.pause_connection(decline) } else { Ok(()) }
    }

    fn decided(&self, decline: &Decline, decision: Decision) -> Result<(), CollectError> {
        let tx = self.within.tx;
        let event = match decision {
            Decision::TryAt(at) => self.event(EventKind::RetryPlanned).due(at),
            Decision::AskForMethod => self.event(EventKind::MethodNeeded),
            Decision::AskPayer => self.event(EventKind::AttemptNeedsPayer),
            Decision::GiveUp | Decision::Hold => self.event(EventKind::RecoveryExhausted),
            Decision::PauseConnection => return self.pause_connection(decline),
        };
        Ok(tx.append_event(&event.with_code(decline.class.as_str()))?)
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

    fn not_sent(&self, in_a_row: u32) -> Result<(), CollectError> {
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
        let kind = if in_a_row == NOT_SENT_TOLD_AFTER {
            EventKind::AttemptImpossible
        } else {
            EventKind::AttemptNotSent
        };
        let event = self.event(kind).with_code("connection_error").with_message(reason);
        Ok(self.within.tx.append_event(&event)?)
    }

    /// While the outcome is open the invoice says so.
    fn status(&mut self, status: PaymentStatus) -> Result<(), CollectError> {
        if self.invoice.payment_status == status { Ok(()) } else { self.save_status(status) }
    }

    fn save_status(&mut self, status: PaymentStatus) -> Result<(), CollectError> {
        let changed = self.invoice.payment_status != status;
        self.invoice.payment_status = status;
        self.invoice.updated_at = self.now();
        self.within.tx.save_invoice(&self.invoice)?;
        if changed {
            follow_payment_status(self.within.tx, &self.invoice, self.now())?;
        }
        Ok(())
    }
}
