//! How states read on pages: a word or two, and whether that is well.

use super::parts::{Badge, Tone};
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::decline::DeclineClass;
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::recovery::{IdleReason, Recovery, State};

/// How the collecting of a debt stands.
pub fn collecting(recovery: &Recovery) -> Badge {
    if recovery.paused && !recovery.is_ended() {
        return Badge::new(Tone::Quiet, "Paused");
    }
    let (tone, text) = match recovery.state {
        State::Waiting { .. } => (Tone::Wait, "Waiting"),
        State::Charging { .. } => (Tone::Open, "Being charged"),
        State::Idle { reason } => return Badge::new(tone_of(reason), idle(reason)),
        State::Recovered { .. } => (Tone::Good, "Recovered"),
        State::Cancelled { .. } => (Tone::Quiet, "Cancelled"),
    };
    Badge::new(tone, text)
}

const fn tone_of(reason: IdleReason) -> Tone {
    match reason {
        IdleReason::Manual | IdleReason::Uncollectible | IdleReason::Stopped => Tone::Quiet,
        IdleReason::NeedsPayer => Tone::Wait,
        IdleReason::NoProvider
        | IdleReason::NeedsMethod
        | IdleReason::Held
        | IdleReason::Exhausted => Tone::Bad,
    }
}

/// What is missing, or why nothing is tried by itself.
pub const fn idle(reason: IdleReason) -> &'static str {
    match reason {
        IdleReason::NoProvider => "Needs a provider",
        IdleReason::Manual => "To be paid by hand",
        IdleReason::NeedsPayer => "Needs the payer",
        IdleReason::NeedsMethod => "Needs a method",
        IdleReason::Held => "Needs a person",
        IdleReason::Exhausted => "No further attempt",
        IdleReason::Uncollectible => "Uncollectible",
        IdleReason::Stopped => "Stopped",
    }
}

/// What came of an attempt, and the provider's own code for it.
pub struct Outcome {
    pub badge: Badge,
    pub code: Option<String>,
}

impl Outcome {
    fn new(tone: Tone, text: &str, code: Option<String>) -> Outcome {
        Outcome { badge: Badge::new(tone, text), code }
    }
}

pub fn outcome(attempt: &Attempt) -> Outcome {
    let plain = |tone, text| Outcome::new(tone, text, None);
    match &attempt.state {
        AttemptState::Charging { .. } => plain(Tone::Open, "Being charged"),
        AttemptState::Pending { .. } => plain(Tone::Open, "Accepted, not settled"),
        AttemptState::NeedsAction { .. } => plain(Tone::Wait, "Payer has to confirm"),
        AttemptState::Unknown { .. } => plain(Tone::Bad, "Outcome unknown"),
        AttemptState::NotSent { .. } => plain(Tone::Wait, "Never reached the provider"),
        AttemptState::Paid { .. } => plain(Tone::Good, "Paid"),
        AttemptState::Cancelled { .. } => plain(Tone::Quiet, "Called off"),
        AttemptState::Declined { decline: it, .. } => {
            Outcome::new(Tone::Bad, decline(it.class), Some(it.code.clone()))
        }
    }
}

/// The class of a decline, in a word or three.
pub const fn decline(class: DeclineClass) -> &'static str {
    match class {
        DeclineClass::InsufficientFunds => "Insufficient funds",
        DeclineClass::LimitExceeded => "Limit exceeded",
        DeclineClass::IssuerUnavailable => "Bank unavailable",
        DeclineClass::ProcessingError => "Technical failure",
        DeclineClass::DoNotHonor => "Do not honor",
        DeclineClass::Unclassified => "Unknown reason",
        DeclineClass::AuthenticationRequired => "Confirmation needed",
        DeclineClass::ExpiredCard => "Expired card",
        DeclineClass::InvalidAccount => "Invalid account",
        DeclineClass::IncorrectDetails => "Incorrect details",
        DeclineClass::LostOrStolen => "Lost or stolen",
        DeclineClass::Fraud => "Suspected fraud",
        DeclineClass::NotPermitted => "Not permitted",
        DeclineClass::RevokedAuthorization => "Consent withdrawn",
        DeclineClass::MandateCancelled => "Mandate cancelled",
        DeclineClass::Disputed => "Disputed",
        DeclineClass::Cancelled => "Cancelled",
        DeclineClass::InvalidConfiguration => "Our configuration",
    }
}

/// How far an invoice is paid, or why it is not asked for.
pub fn payment(invoice: &Invoice) -> Badge {
    let (tone, text) = match (invoice.status, invoice.payment_status) {
        (InvoiceStatus::Draft, _) => (Tone::Quiet, "Draft"),
        (InvoiceStatus::Voided, _) => (Tone::Quiet, "Voided"),
        (InvoiceStatus::Deleted | InvoiceStatus::Closed | InvoiceStatus::Open, _) => {
            (Tone::Quiet, "Not shown")
        }
        (InvoiceStatus::Finalized, _) if invoice.dispute_lost_at.is_some() => {
            (Tone::Bad, "Disputed")
        }
        (InvoiceStatus::Finalized, PaymentStatus::Succeeded) => (Tone::Good, "Succeeded"),
        (InvoiceStatus::Finalized, PaymentStatus::Failed) => (Tone::Bad, "Failed"),
        (InvoiceStatus::Finalized, PaymentStatus::Pending) => (Tone::Wait, "Pending"),
    };
    Badge::new(tone, text)
}
