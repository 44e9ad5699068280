//! Events: each change of state has one, saved with it. They are the timeline of a debt, and
//! what webhooks are made from.

use super::decline::text_enum;
use super::id::{
    AttemptId, ConnectionId, CustomerId, EventId, InvoiceId, OrganizationId, PaymentRequestId,
    ReceiptId, RefundId, SessionId, SubscriptionId, SurplusId, WalletId, WalletTransactionId,
};
use super::time::Timestamp;

text_enum!(
    EventKind {
        CustomerCreated = "customer_created",
        CustomerUpdated = "customer_updated",
        /// The customer exists at its provider now.
        CustomerLinked = "customer_linked",
        CustomerLinkFailed = "customer_link_failed",
        CheckoutLinkMade = "checkout_link_made",
        /// A payment method cannot be selected or attached any more.
        MethodDeactivated = "method_deactivated",
        MethodActivated = "method_activated",
        /// A one-off invoice is finalized.
        InvoiceIssued = "invoice_issued",
        SubscriptionInvoiceIssued = "subscription_invoice_issued",
        CreditInvoiceIssued = "credit_invoice_issued",
        InvoiceDrafted = "invoice_drafted",
        InvoiceDeleted = "invoice_deleted",
        InvoiceVoided = "invoice_voided",
        InvoiceOverdue = "invoice_overdue",
        DisputeLost = "dispute_lost",
        PaymentStatusChanged = "payment_status_changed",
        AttemptBegun = "attempt_begun",
        AttemptPaid = "attempt_paid",
        AttemptFailed = "attempt_failed",
        /// Declined when its debt was settled otherwise, or gone: nobody minds.
        AttemptFailedLate = "attempt_failed_late",
        /// Nothing could be charged: no provider, no method, no answer for long.
        AttemptImpossible = "attempt_impossible",
        AttemptNeedsPayer = "attempt_needs_payer",
        AttemptUnknown = "attempt_unknown",
        AttemptNotSent = "attempt_not_sent",
        /// Somebody called it off, and it takes no money.
        AttemptCancelled = "attempt_cancelled",
        /// The provider says that it was cancelled there.
        AttemptCancelledThere = "attempt_cancelled_there",
        RetryPlanned = "retry_planned",
        /// The business is told of an attempt ahead of its time, and may veto it.
        AttemptDue = "attempt_due",
        /// The business has asked that an attempt be left out.
        AttemptPutOff = "attempt_put_off",
        MethodNeeded = "method_needed",
        /// Its first charge was declined.
        RecoveryStarted = "recovery_started",
        RecoveryExhausted = "recovery_exhausted",
        /// The connection is paused, or a person has paused it.
        RecoveryPaused = "recovery_paused",
        /// It waits for a person, or a person has stopped it.
        RecoveryStopped = "recovery_stopped",
        /// A person lets collecting go on.
        RecoveryResumed = "recovery_resumed",
        /// A person has moved the next attempt.
        RecoveryMoved = "recovery_moved",
        Recovered = "recovered",
        /// The payer is to go on: the message is the address of our page.
        PayerAsked = "payer_asked",
        PaymentLinkMade = "payment_link_made",
        /// A payer pressed the button, and the provider made another page for it.
        PaymentPageRenewed = "payment_page_renewed",
        /// More came in than was due: to be refunded.
        DuplicatePaid = "duplicate_paid",
        /// The provider was asked as often as it is: a person has to look.
        AttemptUnresolved = "attempt_unresolved",
        /// A person said what came of it.
        AttemptResolved = "attempt_resolved",
        /// The provider says otherwise than a person did.
        AttemptContradicted = "attempt_contradicted",
        RefundRequested = "refund_requested",
        RefundUnknown = "refund_unknown",
        RefundSucceeded = "refund_succeeded",
        RefundFailed = "refund_failed",
        ConnectionPaused = "connection_paused",
        ConnectionResumed = "connection_resumed",
        /// A connection fails for technical reasons, so its attempts wait.
        OutageBegan = "outage_began",
        OutageEnded = "outage_ended",
        SubscriptionStarted = "subscription_started",
        SubscriptionUpdated = "subscription_updated",
        SubscriptionTerminated = "subscription_terminated",
        SubscriptionCanceled = "subscription_canceled",
        WalletCreated = "wallet_created",
        WalletUpdated = "wallet_updated",
        WalletTerminated = "wallet_terminated",
        WalletTransactionCreated = "wallet_transaction_created",
        WalletTransactionUpdated = "wallet_transaction_updated",
        WalletTransactionFailed = "wallet_transaction_failed",
        PaymentRequestCreated = "payment_request_created",
        PaymentRequestStatusChanged = "payment_request_status_changed",
        PaymentRequestFailed = "payment_request_failed",
        /// It was not charged: one of its invoices was settled, voided or being paid.
        PaymentRequestLapsed = "payment_request_lapsed",
        DunningFinished = "dunning_finished",
        ReceiptCreated = "receipt_created",
        /// The printed form of a receipt can be fetched.
        ReceiptGenerated = "receipt_generated",
        /// A charge that a restored database did not know.
        AttemptFound = "attempt_found",
        /// Nothing is charged from now on.
        HoldBegun = "hold_begun",
        HoldEnded = "hold_ended",
        /// A provider could not be asked about it after a restore: a person decides.
        DebtHeld = "debt_held",
        DebtReleased = "debt_released",
        /// An operator tries whether an endpoint hears.
        EndpointTested = "endpoint_tested",
    }
);

text_enum!(
    /// The webhooks that we send, by the name that receivers know.
    WebhookName {
        CustomerCreated = "customer.created",
        CustomerUpdated = "customer.updated",
        CustomerPaymentProviderCreated = "customer.payment_provider_created",
        CustomerPaymentProviderError = "customer.payment_provider_error",
        CustomerCheckoutUrlGenerated = "customer.checkout_url_generated",
        InvoiceOneOffCreated = "invoice.one_off_created",
        InvoiceCreated = "invoice.created",
        InvoicePaidCreditAdded = "invoice.paid_credit_added",
        InvoiceDrafted = "invoice.drafted",
        InvoiceDeleted = "invoice.deleted",
        InvoiceVoided = "invoice.voided",
        InvoicePaymentOverdue = "invoice.payment_overdue",
        InvoicePaymentDisputeLost = "invoice.payment_dispute_lost",
        InvoicePaymentStatusUpdated = "invoice.payment_status_updated",
        InvoicePaymentFailure = "invoice.payment_failure",
        PaymentSucceeded = "payment.succeeded",
        PaymentRequiresAction = "payment.requires_action",
        PaymentProviderError = "payment_provider.error",
        SubscriptionStarted = "subscription.started",
        SubscriptionUpdated = "subscription.updated",
        SubscriptionTerminated = "subscription.terminated",
        SubscriptionCanceled = "subscription.canceled",
        WalletCreated = "wallet.created",
        WalletUpdated = "wallet.updated",
        WalletTerminated = "wallet.terminated",
        WalletTransactionCreated = "wallet_transaction.created",
        WalletTransactionUpdated = "wallet_transaction.updated",
        WalletTransactionPaymentFailure = "wallet_transaction.payment_failure",
        PaymentRequestCreated = "payment_request.created",
        PaymentRequestPaymentStatusUpdated = "payment_request.payment_status_updated",
        PaymentRequestPaymentFailure = "payment_request.payment_failure",
        DunningCampaignFinished = "dunning_campaign.finished",
        PaymentReceiptCreated = "payment_receipt.created",
        PaymentReceiptGenerated = "payment_receipt.generated",
        RecoveryStarted = "recovery.started",
        RecoveryWaiting = "recovery.waiting",
        RecoveryRecovered = "recovery.recovered",
        RecoveryExhausted = "recovery.exhausted",
        RecoveryPaused = "recovery.paused",
        RecoveryStopped = "recovery.stopped",
        RecoveryAttemptDue = "recovery.attempt_due",
        ConnectionOutageBegan = "connection.outage_began",
        ConnectionOutageEnded = "connection.outage_ended",
        PaymentSurplus = "payment.surplus",
        PaymentUnresolved = "payment.unresolved",
        PaymentContradicted = "payment.contradicted",
        RefundSucceeded = "refund.succeeded",
        RefundFailed = "refund.failed",
    }
);

impl WebhookName {
    /// Not in Lago: only endpoints that ask for it by name hear of it, since clients of Lago fail
    /// on names that they do not know.
    pub const fn is_ours(self) -> bool {
        matches!(
            self,
            WebhookName::RecoveryStarted
                | WebhookName::RecoveryWaiting
                | WebhookName::RecoveryRecovered
                | WebhookName::RecoveryExhausted
                | WebhookName::RecoveryPaused
                | WebhookName::RecoveryStopped
                | WebhookName::RecoveryAttemptDue
                | WebhookName::ConnectionOutageBegan
                | WebhookName::ConnectionOutageEnded
                | WebhookName::PaymentSurplus
                | WebhookName::PaymentUnresolved
                | WebhookName::PaymentContradicted
                | WebhookName::RefundSucceeded
                | WebhookName::RefundFailed
        )
    }
}

/// Which webhook tells of what. Every other kind of event stays inside.
const TOLD: &[(EventKind, WebhookName)] = &[
    (EventKind::CustomerCreated, WebhookName::CustomerCreated),
    (EventKind::CustomerUpdated, WebhookName::CustomerUpdated),
    (EventKind::CustomerLinked, WebhookName::CustomerPaymentProviderCreated),
    (EventKind::CustomerLinkFailed, WebhookName::CustomerPaymentProviderError),
    (EventKind::CheckoutLinkMade, WebhookName::CustomerCheckoutUrlGenerated),
    (EventKind::InvoiceIssued, WebhookName::InvoiceOneOffCreated),
    (EventKind::SubscriptionInvoiceIssued, WebhookName::InvoiceCreated),
    (EventKind::CreditInvoiceIssued, WebhookName::InvoicePaidCreditAdded),
    (EventKind::InvoiceDrafted, WebhookName::InvoiceDrafted),
    (EventKind::InvoiceDeleted, WebhookName::InvoiceDeleted),
    (EventKind::InvoiceVoided, WebhookName::InvoiceVoided),
    (EventKind::InvoiceOverdue, WebhookName::InvoicePaymentOverdue),
    (EventKind::DisputeLost, WebhookName::InvoicePaymentDisputeLost),
    (EventKind::PaymentStatusChanged, WebhookName::InvoicePaymentStatusUpdated),
    (EventKind::AttemptFailed, WebhookName::InvoicePaymentFailure),
    (EventKind::AttemptCancelledThere, WebhookName::InvoicePaymentFailure),
    (EventKind::AttemptImpossible, WebhookName::InvoicePaymentFailure),
    (EventKind::AttemptPaid, WebhookName::PaymentSucceeded),
    (EventKind::AttemptNeedsPayer, WebhookName::PaymentRequiresAction),
    (EventKind::ConnectionPaused, WebhookName::PaymentProviderError),
    (EventKind::SubscriptionStarted, WebhookName::SubscriptionStarted),
    (EventKind::SubscriptionUpdated, WebhookName::SubscriptionUpdated),
    (EventKind::SubscriptionTerminated, WebhookName::SubscriptionTerminated),
    (EventKind::SubscriptionCanceled, WebhookName::SubscriptionCanceled),
    (EventKind::WalletCreated, WebhookName::WalletCreated),
    (EventKind::WalletUpdated, WebhookName::WalletUpdated),
    (EventKind::WalletTerminated, WebhookName::WalletTerminated),
    (EventKind::WalletTransactionCreated, WebhookName::WalletTransactionCreated),
    (EventKind::WalletTransactionUpdated, WebhookName::WalletTransactionUpdated),
    (EventKind::WalletTransactionFailed, WebhookName::WalletTransactionPaymentFailure),
    (EventKind::PaymentRequestCreated, WebhookName::PaymentRequestCreated),
    (EventKind::PaymentRequestStatusChanged, WebhookName::PaymentRequestPaymentStatusUpdated),
    (EventKind::RecoveryStarted, WebhookName::RecoveryStarted),
    (EventKind::RetryPlanned, WebhookName::RecoveryWaiting),
    (EventKind::MethodNeeded, WebhookName::RecoveryWaiting),
    (EventKind::PayerAsked, WebhookName::RecoveryWaiting),
    (EventKind::RecoveryResumed, WebhookName::RecoveryWaiting),
    (EventKind::RecoveryMoved, WebhookName::RecoveryWaiting),
    (EventKind::RecoveryExhausted, WebhookName::RecoveryExhausted),
    (EventKind::RecoveryPaused, WebhookName::RecoveryPaused),
    (EventKind::RecoveryStopped, WebhookName::RecoveryStopped),
    (EventKind::AttemptDue, WebhookName::RecoveryAttemptDue),
    (EventKind::Recovered, WebhookName::RecoveryRecovered),
    (EventKind::OutageBegan, WebhookName::ConnectionOutageBegan),
    (EventKind::OutageEnded, WebhookName::ConnectionOutageEnded),
    (EventKind::PaymentRequestFailed, WebhookName::PaymentRequestPaymentFailure),
    (EventKind::DunningFinished, WebhookName::DunningCampaignFinished),
    (EventKind::ReceiptCreated, WebhookName::PaymentReceiptCreated),
    (EventKind::ReceiptGenerated, WebhookName::PaymentReceiptGenerated),
    (EventKind::DuplicatePaid, WebhookName::PaymentSurplus),
    (EventKind::AttemptUnresolved, WebhookName::PaymentUnresolved),
    (EventKind::AttemptContradicted, WebhookName::PaymentContradicted),
    (EventKind::RefundSucceeded, WebhookName::RefundSucceeded),
    (EventKind::RefundFailed, WebhookName::RefundFailed),
];

impl EventKind {
    /// The webhook that tells of it; None for those that stay inside.
    pub fn webhook(self) -> Option<WebhookName> {
        TOLD.iter().find(|(kind, _)| *kind == self).map(|(_, name)| *name)
    }
}

/// What an event is about. Ids that do not apply are absent: one row shape for the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Subject {
    pub customer_id: Option<CustomerId>,
    pub invoice_id: Option<InvoiceId>,
    pub attempt_id: Option<AttemptId>,
    pub session_id: Option<SessionId>,
    pub connection_id: Option<ConnectionId>,
    pub subscription_id: Option<SubscriptionId>,
    pub wallet_id: Option<WalletId>,
    pub wallet_transaction_id: Option<WalletTransactionId>,
    pub payment_request_id: Option<PaymentRequestId>,
    pub receipt_id: Option<ReceiptId>,
    pub surplus_id: Option<SurplusId>,
    pub refund_id: Option<RefundId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    pub organization_id: OrganizationId,
    pub kind: EventKind,
    pub subject: Subject,
    /// A code for programs: the provider's decline code, or one of ours.
    pub code: Option<String>,
    /// A sentence for operators, or the address of a page that was made.
    pub message: Option<String>,
    /// When what it tells of is to happen: the planned retry.
    pub due_at: Option<Timestamp>,
    pub at: Timestamp,
}

impl Event {
    pub fn new(
        kind: EventKind,
        organization_id: OrganizationId,
        subject: Subject,
        at: Timestamp,
    ) -> Event {
        Event {
            id: EventId::at(at),
            organization_id,
            kind,
            subject,
            code: None,
            message: None,
            due_at: None,
            at,
        }
    }

    #[must_use]
    pub fn with_code(self, code: impl Into<String>) -> Event {
        Event { code: Some(code.into()), ..self }
    }

    #[must_use]
    pub fn with_message(self, message: impl Into<String>) -> Event {
        Event { message: Some(message.into()), ..self }
    }

    #[must_use]
    pub fn due(self, due_at: Timestamp) -> Event {
        Event { due_at: Some(due_at), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_webhook_tells_of_something_and_no_event_has_two() {
        for name in WebhookName::ALL {
            assert!(TOLD.iter().any(|(_, told)| told == name), "{}", name.as_str());
        }
        for (kind, _) in TOLD {
            let times = TOLD.iter().filter(|(other, _)| other == kind).count();
            assert_eq!(times, 1, "{}", kind.as_str());
        }
    }
}
