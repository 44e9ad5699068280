//! What events read like in the story of a debt. `{n}` is the attempt that one is about.

use crate::domain::attempt::Outcome;
use crate::domain::event::EventKind;
use crate::domain::inbound::PspNews;
use crate::http::dashboard::parts::Tone;

/// None: it tells nothing that another one does not, or is not about a debt.
pub const fn told(kind: EventKind) -> Option<(Tone, &'static str)> {
    Some(match kind {
        EventKind::InvoiceIssued
        | EventKind::SubscriptionInvoiceIssued
        | EventKind::CreditInvoiceIssued => (Tone::Quiet, "Issued"),
        EventKind::InvoiceDrafted => (Tone::Quiet, "Drafted"),
        EventKind::InvoiceDeleted => (Tone::Quiet, "Deleted"),
        EventKind::InvoiceVoided => (Tone::Quiet, "Voided"),
        EventKind::InvoiceOverdue => (Tone::Bad, "Became overdue"),
        EventKind::DisputeLost => (Tone::Bad, "The payer disputed a payment, and won"),
        EventKind::PaymentStatusChanged => (Tone::Quiet, "The payment status changed"),
        EventKind::AttemptBegun => (Tone::Open, "{n} began"),
        EventKind::AttemptPaid => (Tone::Good, "{n} was paid"),
        EventKind::AttemptFailed => (Tone::Bad, "{n} was declined"),
        EventKind::AttemptFailedLate => (Tone::Quiet, "{n} was declined, which changes nothing"),
        EventKind::AttemptImpossible => (Tone::Bad, "Nothing could be charged"),
        EventKind::AttemptNeedsPayer => (Tone::Wait, "{n} waits for the payer to confirm"),
        EventKind::AttemptUnknown => (Tone::Bad, "The outcome of {n} is not known"),
        EventKind::AttemptNotSent => (Tone::Wait, "{n} never reached the provider"),
        EventKind::AttemptCancelled => (Tone::Quiet, "{n} was called off; it takes no money"),
        EventKind::AttemptCancelledThere => (Tone::Quiet, "{n} was cancelled at the provider"),
        EventKind::RetryPlanned => (Tone::Wait, "The next attempt was planned"),
        EventKind::MethodNeeded => (Tone::Bad, "Another payment method is needed"),
        EventKind::RecoveryStarted => (Tone::Wait, "Recovery began"),
        EventKind::RecoveryExhausted => (Tone::Bad, "The policy has no further attempt"),
        EventKind::RecoveryPaused => (Tone::Quiet, "Collecting was paused"),
        EventKind::RecoveryStopped => (Tone::Bad, "Collecting stopped"),
        EventKind::RecoveryResumed => (Tone::Wait, "Collecting goes on"),
        EventKind::RecoveryMoved => (Tone::Wait, "The next attempt was moved"),
        EventKind::Recovered => (Tone::Good, "Recovered"),
        EventKind::PayerAsked => (Tone::Wait, "The payer was asked to go on"),
        EventKind::PaymentLinkMade => (Tone::Quiet, "A payment link was made"),
        EventKind::PaymentPageRenewed => {
            (Tone::Quiet, "The payer opened the provider’s page again")
        }
        EventKind::DuplicatePaid => (Tone::Bad, "More came in than was due"),
        EventKind::AttemptUnresolved => (Tone::Bad, "A person has to find out what became of {n}"),
        EventKind::AttemptResolved => (Tone::Quiet, "A person said what became of {n}"),
        EventKind::AttemptContradicted => {
            (Tone::Bad, "The provider says otherwise than a person did of {n}")
        }
        other => return told_beside(other),
    })
}

/// What a provider's webhook says of an attempt, after its name.
pub const fn news(news: &PspNews) -> &'static str {
    match news {
        PspNews::ChargeChanged { answer, .. } => match &answer.outcome {
            Outcome::Paid => "was paid",
            Outcome::Declined(_) => "was declined",
            Outcome::NeedsAction(_) => "waits for the payer",
            Outcome::Pending => "is under way",
            Outcome::NotSent(_) => "was not processed",
            Outcome::Unknown(_) => "has changed",
        },
        PspNews::DisputeLost { .. } => "was disputed, and the payer won",
        PspNews::RefundChanged { succeeded: true, .. } => "was refunded",
        PspNews::RefundChanged { succeeded: false, .. } => "could not be refunded",
        PspNews::SessionEnded { .. } => "has left its page",
        PspNews::MethodStored { .. } | PspNews::MethodRemoved { .. } | PspNews::Ignored { .. } => {
            "has changed"
        }
    }
}

/// Of what stands beside the debt itself.
const fn told_beside(kind: EventKind) -> Option<(Tone, &'static str)> {
    Some(match kind {
        EventKind::RefundRequested => (Tone::Wait, "A refund was asked for"),
        EventKind::RefundUnknown => (Tone::Bad, "The outcome of a refund is not known"),
        EventKind::RefundSucceeded => (Tone::Good, "Refunded"),
        EventKind::RefundFailed => (Tone::Bad, "A refund failed"),
        EventKind::PaymentRequestCreated => (Tone::Wait, "A payment request includes it"),
        EventKind::PaymentRequestStatusChanged => {
            (Tone::Quiet, "The status of a payment request changed")
        }
        EventKind::PaymentRequestFailed => (Tone::Bad, "A payment request failed"),
        EventKind::PaymentRequestLapsed => (Tone::Quiet, "A payment request lapsed"),
        EventKind::ReceiptCreated => (Tone::Quiet, "A receipt was made"),
        EventKind::AttemptFound => (Tone::Bad, "A charge was found that the database did not know"),
        EventKind::DebtHeld => (Tone::Bad, "Held after a restore: a person decides"),
        EventKind::DebtReleased => (Tone::Wait, "Released by a person"),
        _ => return None,
    })
}
