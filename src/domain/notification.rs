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
pub fn notification(event: &Event) -> Option<NotificationName> {
    match (name(event), event.subject.invoice_id) {
        // What is collected for several invoices at once has no words there.
        (Some(NotificationName::Test) | None, _) | (Some(_), Some(_)) => name(event),
        (Some(_), None) => None,
    }
}

/// What there are notifications of. Every other kind of event stays inside.
const TOLD: &[(EventKind, NotificationName)] = &[
    (EventKind::InvoiceIssued, NotificationName::InvoiceFinalized),
    (EventKind::SubscriptionInvoiceIssued, NotificationName::InvoiceFinalized),
    (EventKind::CreditInvoiceIssued, NotificationName::InvoiceFinalized),
    (EventKind::AttemptImpossible, NotificationName::InvoiceBillingProviderError),
    (EventKind::MethodNeeded, NotificationName::InvoiceBillingProviderError),
    (EventKind::AttemptPaid, NotificationName::PaymentStatus),
    (EventKind::AttemptFailed, NotificationName::PaymentStatus),
    (EventKind::AttemptNeedsPayer, NotificationName::PaymentPendingActionRequired),
    (EventKind::EndpointTested, NotificationName::Test),
];

fn name(event: &Event) -> Option<NotificationName> {
    // After a decline it is only a consequence, and the decline itself is told.
    if event.kind == EventKind::MethodNeeded && event.subject.attempt_id.is_some() {
        return None;
    }
    TOLD.iter().find(|(kind, _)| *kind == event.kind).map(|(_, name)| *name)
}
