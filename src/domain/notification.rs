//! Notifications: what an endpoint of the second dialect is told, and of which events. An endpoint
//! of the first is told by `EventKind::webhook`.

use super::decline::text_enum;
use super::event::{Event, EventKind};

text_enum!(
    /// By the name that receivers know.
    NotificationName {
        InvoiceFinalized = "invoice.finalized",
        /// An invoice could not even be handed to the provider.
        InvoiceBillingProviderError = "invoice.billing_provider_error",
        PaymentStatus = "payment_gate.payment_status",
        PaymentPendingActionRequired = "payment_gate.payment_pending_action_required",
        Test = "webhooks.test",
    }
);

/// None for the events that it is not told of.
pub const fn notification(event: &Event) -> Option<NotificationName> {
    match (name(event), event.subject.invoice_id) {
        // What is collected for several invoices at once has no words there.
        (Some(NotificationName::Test) | None, _) | (Some(_), Some(_)) => name(event),
        (Some(_), None) => None,
    }
}

const fn name(event: &Event) -> Option<NotificationName> {
    match event.kind {
        EventKind::InvoiceIssued
        | EventKind::SubscriptionInvoiceIssued
        | EventKind::CreditInvoiceIssued => Some(NotificationName::InvoiceFinalized),
        EventKind::AttemptImpossible => Some(NotificationName::InvoiceBillingProviderError),
        // After a decline it is only a consequence, and the decline itself is told.
        EventKind::MethodNeeded => match event.subject.attempt_id {
            Some(_) => None,
            None => Some(NotificationName::InvoiceBillingProviderError),
        },
        EventKind::AttemptPaid | EventKind::AttemptFailed => Some(NotificationName::PaymentStatus),
        EventKind::AttemptNeedsPayer => Some(NotificationName::PaymentPendingActionRequired),
        EventKind::EndpointTested => Some(NotificationName::Test),
        EventKind::CustomerCreated
        | EventKind::CustomerUpdated
        | EventKind::CustomerLinked
        | EventKind::CustomerLinkFailed
        | EventKind::CheckoutLinkMade
        | EventKind::InvoiceDrafted
        | EventKind::InvoiceDeleted
        | EventKind::InvoiceVoided
        | EventKind::InvoiceOverdue
        | EventKind::DisputeLost
        | EventKind::PaymentStatusChanged
        | EventKind::AttemptBegun
        | EventKind::AttemptFailedLate
        | EventKind::AttemptUnknown
        | EventKind::AttemptNotSent
        | EventKind::AttemptCancelled
        | EventKind::AttemptFound
        | EventKind::HoldBegun
        | EventKind::HoldEnded
        | EventKind::DebtHeld
        | EventKind::DebtReleased
        | EventKind::AttemptCancelledThere
        | EventKind::RetryPlanned
        | EventKind::RecoveryStarted
        | EventKind::RecoveryExhausted
        | EventKind::RecoveryPaused
        | EventKind::RecoveryStopped
        | EventKind::PayerAsked
        | EventKind::Recovered
        | EventKind::PaymentLinkMade
        | EventKind::PaymentPageRenewed
        | EventKind::MethodActivated
        | EventKind::MethodDeactivated
        | EventKind::DuplicatePaid
        | EventKind::AttemptUnresolved
        | EventKind::AttemptResolved
        | EventKind::AttemptContradicted
        | EventKind::RefundRequested
        | EventKind::RefundUnknown
        | EventKind::RefundSucceeded
        | EventKind::RefundFailed
        | EventKind::ConnectionPaused
        | EventKind::ConnectionResumed
        | EventKind::SubscriptionStarted
        | EventKind::SubscriptionUpdated
        | EventKind::SubscriptionTerminated
        | EventKind::SubscriptionCanceled
        | EventKind::WalletCreated
        | EventKind::WalletUpdated
        | EventKind::WalletTerminated
        | EventKind::WalletTransactionCreated
        | EventKind::WalletTransactionUpdated
        | EventKind::WalletTransactionFailed
        | EventKind::PaymentRequestCreated
        | EventKind::PaymentRequestStatusChanged
        | EventKind::PaymentRequestFailed
        | EventKind::PaymentRequestLapsed
        | EventKind::DunningFinished
        | EventKind::ReceiptCreated
        | EventKind::ReceiptGenerated => None,
    }
}
