//! What an answer of a provider means for a payment request: it is paid or has failed, and so are
//! its invoices, as far as they are still owed. A request is charged once; what comes after a
//! failure is a new request's business, or the invoices' own.

use super::choose_method::Unchargeable;
use super::settle_attempt::Scene;
use super::{CollectError, Within};
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::app::invoice_changes::{change_recovery, end_payment_page, save_with_fees, tell};
use crate::app::run_dunning::request_was_paid;
use crate::domain::decline::Decline;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::invoice::{Invoice, PaymentStatus};
use crate::domain::payment::PayableId;
use crate::domain::payment_request::{PaymentRequest, Received, Requested};
use crate::domain::policy::{Decision, NOT_SENT_TOLD_AFTER};
use crate::domain::recovery::{RecoveredBy, Recovery};
use crate::domain::settle::Effect;
use crate::domain::surplus::SurplusReason;

const NOTHING_TO_CHARGE: &str = "the customer has no payment method that can be charged";

/// It can no longer be charged as it was asked for: one of its invoices is settled or voided, or
/// is being paid. Nothing happens, and its invoices are collected each alone again.
pub fn lapse(
    within: &Within<'_, '_>,
    recovery: Recovery,
    requested: &Requested,
) -> Result<(), CollectError> {
    let Within { tx, now, .. } = *within;
    tx.save_recovery(&recovery.cancel(now))?;
    let request = &requested.request;
    let subject = PayableId::PaymentRequest(request.id).subject(request.customer_id);
    let event = Event::new(EventKind::PaymentRequestLapsed, request.organization_id, subject, now);
    Ok(tx.append_event(&event)?)
}

/// There is nothing to charge it on: it has failed, and no provider was asked.
pub fn fail_uncharged(
    within: &Within<'_, '_>,
    recovery: Recovery,
    requested: &Requested,
    why: &Unchargeable,
) -> Result<(), CollectError> {
    let Within { tx, now, .. } = *within;
    tx.save_recovery(&recovery.cancel(now))?;
    let failed = requested.request.clone().with_status(PaymentStatus::Failed, now);
    tx.save_payment_request(&failed)?;
    let subject = PayableId::PaymentRequest(failed.id).subject(failed.customer_id);
    let event = Event::new(EventKind::PaymentRequestFailed, failed.organization_id, subject, now)
        .with_code(why.code)
        .with_message(why.message.unwrap_or(NOTHING_TO_CHARGE));
    Ok(tx.append_event(&event)?)
}

pub struct RequestScene<'a> {
    pub scene: &'a Scene<'a, 'a>,
    pub requested: Requested,
}

impl RequestScene<'_> {
    pub fn carry_out(self, effect: &Effect) -> Result<(), CollectError> {
        match effect {
            Effect::Nothing | Effect::Cancelled => Ok(()),
            // Whether it was thought to have failed or not: what its invoices are owed they take.
            Effect::Paid | Effect::PaidTwice => self.paid(),
            Effect::Declined { decline, record } => self.declined(decline, record.decision),
            Effect::NowPending => self.processing(),
            Effect::NowNeedsPayer => {
                self.scene.tell(EventKind::AttemptNeedsPayer)?;
                self.processing()
            }
            Effect::NowUnknown => {
                self.scene.tell(EventKind::AttemptUnknown)?;
                self.processing()
            }
            Effect::NotSent { in_a_row } if *in_a_row == NOT_SENT_TOLD_AFTER => {
                self.scene.not_sent(EventKind::PaymentRequestFailed)
            }
            Effect::NotSent { .. } => self.scene.not_sent(EventKind::AttemptNotSent),
        }
    }

    fn paid(self) -> Result<(), CollectError> {
        let (scene, now) = (self.scene, self.scene.now());
        scene.money_came()?;
        let request = self.requested.request.clone();
        self.save_status(&request, PaymentStatus::Succeeded, None)?;
        let before: Vec<PaymentStatus> =
            self.requested.parts.iter().map(|part| part.invoice.payment_status).collect();
        let (all, beyond) = self.requested.received(scene.attempt.amount.minor_units, now);
        for (received, was) in all.iter().zip(before) {
            invoice_paid(scene, &request, received, was)?;
            crash_point(CrashPoint::InRequestPaid);
        }
        if beyond > 0 {
            let about = scene.event(EventKind::DuplicatePaid).subject;
            scene.charged(None, beyond)?;
            scene.surplus(beyond, SurplusReason::MoreThanDue, about)?;
        }
        Ok(request_was_paid(scene.within.tx, &request)?)
    }

    fn declined(self, decline: &Decline, decision: Decision) -> Result<(), CollectError> {
        let (tx, now) = (self.scene.within.tx, self.scene.now());
        let request = &self.requested.request;
        if request.processing {
            // The provider had it, and its invoices said so.
            for part in &self.requested.parts {
                fail_invoice(self.scene, &part.invoice)?;
            }
            self.save_status(request, PaymentStatus::Failed, Some(decline))?;
        } else {
            let failed = request.clone().with_status(PaymentStatus::Failed, now);
            tx.save_payment_request(&failed)?;
            let event = self
                .scene
                .event(EventKind::PaymentRequestFailed)
                .with_code(&decline.code)
                .with_message(&decline.message);
            tx.append_event(&event)?;
        }
        self.scene.heed(decline, decision)
    }

    /// The provider has it, or may have it: the invoices are pending with it.
    fn processing(self) -> Result<(), CollectError> {
        let (tx, now) = (self.scene.within.tx, self.scene.now());
        let request = self.requested.request;
        tx.save_payment_request(&PaymentRequest { processing: true, updated_at: now, ..request })?;
        for part in self.requested.parts {
            let invoice = part.invoice;
            if invoice.is_collectible() && invoice.payment_status != PaymentStatus::Pending {
                let pending = invoice.with_payment_status(PaymentStatus::Pending, now);
                save_with_fees(tx, &pending, now)?;
            }
        }
        Ok(())
    }

    fn save_status(
        &self,
        request: &PaymentRequest,
        status: PaymentStatus,
        why: Option<&Decline>,
    ) -> Result<(), CollectError> {
        let (tx, now) = (self.scene.within.tx, self.scene.now());
        tx.save_payment_request(&request.clone().with_status(status, now))?;
        if request.payment_status == status {
            return Ok(());
        }
        let event = self.scene.event(EventKind::PaymentRequestStatusChanged);
        let event = match why {
            Some(decline) => event.with_code(&decline.code).with_message(&decline.message),
            None => event,
        };
        Ok(tx.append_event(&event)?)
    }
}

/// The invoice has its part of the money, or is told to have too much of it.
fn invoice_paid(
    scene: &Scene<'_, '_>,
    request: &PaymentRequest,
    received: &Received,
    was: PaymentStatus,
) -> Result<(), CollectError> {
    let (tx, now) = (scene.within.tx, scene.now());
    let invoice = &received.invoice;
    let share = received.paid.saturating_add(received.surplus);
    if share > 0 {
        scene.charged(Some(invoice.id), share)?;
    }
    if received.paid > 0 {
        tx.save_request_paid(request.id, invoice.id, received.paid)?;
        save_with_fees(tx, invoice, now)?;
        // A page made for it asks for what is not due any more.
        end_payment_page(tx, invoice.id, now)?;
    }
    if invoice.payment_status != was {
        change_recovery(tx, invoice.id, |recovery| {
            recovery.settle_without_charge(RecoveredBy::PaymentRequest, now)
        })?;
        tell(tx, EventKind::PaymentStatusChanged, invoice, now)?;
    }
    if received.surplus > 0 {
        let about = Subject {
            invoice_id: Some(invoice.id),
            ..scene.event(EventKind::DuplicatePaid).subject
        };
        let reason = SurplusReason::of(invoice, received.paid);
        scene.surplus(received.surplus, reason, about)?;
    }
    Ok(())
}

/// What is settled meanwhile stays settled.
fn fail_invoice(scene: &Scene<'_, '_>, invoice: &Invoice) -> Result<(), CollectError> {
    let (tx, now) = (scene.within.tx, scene.now());
    if !invoice.is_collectible() || invoice.payment_status == PaymentStatus::Failed {
        return Ok(());
    }
    let failed = invoice.clone().with_payment_status(PaymentStatus::Failed, now);
    save_with_fees(tx, &failed, now)?;
    Ok(tell(tx, EventKind::PaymentStatusChanged, &failed, now)?)
}
