//! What an answer of a provider means for an invoice that was charged alone: its status, what it
//! is paid, and who is told.

use super::CollectError;
use super::ask_payer::ask_payer;
use super::exhaust::exhaust;
use super::settle_attempt::{Scene, Source};
use crate::app::invoice_changes::follow_payment_status;
use crate::app::wallets::tell_declined;
use crate::domain::decline::{Decline, DeclineClass, RetryClass};
use crate::domain::event::EventKind;
use crate::domain::invoice::{Invoice, PaymentStatus};
use crate::domain::policy::{Decision, DecisionRecord, NOT_SENT_TOLD_AFTER};
use crate::domain::settle::Effect;
use crate::domain::surplus::SurplusReason;

pub struct InvoiceScene<'a> {
    pub scene: &'a Scene<'a, 'a>,
    pub invoice: Invoice,
    /// The debt was settled otherwise, or is gone: only money still matters.
    pub is_over: bool,
}

impl InvoiceScene<'_> {
    pub fn carry_out(&mut self, effect: &Effect) -> Result<(), CollectError> {
        match effect {
            Effect::Nothing => Ok(()),
            Effect::Paid => self.paid(),
            Effect::PaidTwice => {
                let amount = self.scene.attempt.amount.minor_units;
                self.scene.money_came()?;
                self.scene.charged(Some(self.invoice.id), amount)?;
                self.surplus(amount, SurplusReason::of(&self.invoice, 0))
            }
            Effect::Declined { decline, record } if self.is_over => {
                self.declined_too_late(decline, record.decision)
            }
            Effect::Declined { decline, record } => self.declined(decline, record),
            Effect::NowPending | Effect::NowNeedsPayer if self.is_over => Ok(()),
            Effect::NowUnknown if self.is_over => self.scene.tell(EventKind::AttemptUnknown),
            Effect::Cancelled => self.scene.tell(EventKind::AttemptFailed),
            Effect::NowPending => self.status(PaymentStatus::Pending),
            Effect::NowNeedsPayer => {
                self.status(PaymentStatus::Pending)?;
                self.scene.tell(EventKind::AttemptNeedsPayer)?;
                ask_payer(self.scene, &self.invoice)
            }
            Effect::NowUnknown => {
                self.status(PaymentStatus::Pending)?;
                self.scene.tell(EventKind::AttemptUnknown)
            }
            Effect::NotSent { in_a_row } if *in_a_row == NOT_SENT_TOLD_AFTER => {
                self.scene.not_sent(EventKind::AttemptImpossible)
            }
            Effect::NotSent { .. } => self.scene.not_sent(EventKind::AttemptNotSent),
        }
    }

    fn paid(&mut self) -> Result<(), CollectError> {
        let (amount, now) = (self.scene.attempt.amount.minor_units, self.scene.now());
        let was = self.invoice.payment_status;
        let (invoice, taken) = self.invoice.clone().received(amount, now);
        self.scene.money_came()?;
        self.scene.charged(Some(invoice.id), amount)?;
        let status = invoice.payment_status;
        self.invoice = Invoice { payment_status: was, ..invoice };
        self.save_status(status)?;
        if status != was {
            self.scene.tell(EventKind::PaymentStatusChanged)?;
        }
        let surplus = amount.saturating_sub(taken);
        if surplus > 0 {
            self.surplus(surplus, SurplusReason::of(&self.invoice, taken))
        } else {
            Ok(())
        }
    }

    fn surplus(&self, minor_units: i64, reason: SurplusReason) -> Result<(), CollectError> {
        let about = self.scene.event(EventKind::DuplicatePaid).subject;
        self.scene.surplus(minor_units, reason, about)
    }

    fn declined(&mut self, decline: &Decline, record: &DecisionRecord) -> Result<(), CollectError> {
        // The amount itself cannot be charged: nobody refused to pay.
        let unchargeable = decline.class == DeclineClass::InvalidConfiguration
            && decline.retry == RetryClass::Hold;
        if !unchargeable {
            let changed = self.invoice.payment_status != PaymentStatus::Failed;
            self.save_status(PaymentStatus::Failed)?;
            let kind = if decline.class == DeclineClass::Cancelled {
                EventKind::AttemptCancelledThere
            } else {
                EventKind::AttemptFailed
            };
            let failed =
                self.scene.event(kind).with_code(&decline.code).with_message(&decline.message);
            self.scene.within.tx.append_event(&failed)?;
            tell_declined(self.scene.within.tx, &self.invoice, &failed)?;
            if changed && self.scene.source == Source::Event {
                self.scene.tell(EventKind::PaymentStatusChanged)?;
            }
        }
        self.scene.heed(decline, record.decision)?;
        self.decided(decline, record)
    }

    /// Nobody waits for this money any more, so the invoice stays what it is and nobody outside
    /// is told.
    fn declined_too_late(&self, decline: &Decline, decision: Decision) -> Result<(), CollectError> {
        let event = self
            .scene
            .event(EventKind::AttemptFailedLate)
            .with_code(&decline.code)
            .with_message(&decline.message);
        self.scene.within.tx.append_event(&event)?;
        self.scene.heed(decline, decision)
    }

    fn decided(&self, decline: &Decline, record: &DecisionRecord) -> Result<(), CollectError> {
        let (scene, tx) = (self.scene, self.scene.within.tx);
        let decision = record.decision;
        let told = |kind| {
            scene.event(kind).with_code(decline.class.as_str()).with_message(record.sentence())
        };
        // What pauses the connection is no failure of this debt.
        if record.history.declines_in_all == 1 && decision != Decision::PauseConnection {
            tx.append_event(&told(EventKind::RecoveryStarted))?;
        }
        match decision {
            Decision::TryAt(at) => tx.append_event(&told(EventKind::RetryPlanned).due(at))?,
            Decision::AskForMethod => tx.append_event(&told(EventKind::MethodNeeded))?,
            Decision::AskPayer => {
                tx.append_event(&told(EventKind::AttemptNeedsPayer))?;
                ask_payer(scene, &self.invoice)?;
            }
            Decision::GiveUp => exhaust(scene, &self.invoice, record)?,
            Decision::Hold => tx.append_event(&told(EventKind::RecoveryStopped))?,
            Decision::PauseConnection => tx.append_event(&told(EventKind::RecoveryPaused))?,
        }
        Ok(())
    }

    /// While the outcome is open the invoice says so.
    fn status(&mut self, status: PaymentStatus) -> Result<(), CollectError> {
        if self.invoice.payment_status == status { Ok(()) } else { self.save_status(status) }
    }

    fn save_status(&mut self, status: PaymentStatus) -> Result<(), CollectError> {
        let (tx, now) = (self.scene.within.tx, self.scene.now());
        let changed = self.invoice.payment_status != status;
        self.invoice.payment_status = status;
        self.invoice.updated_at = now;
        tx.save_invoice(&self.invoice)?;
        if changed {
            self.invoice = follow_payment_status(tx, &self.invoice, now)?;
        }
        Ok(())
    }
}
