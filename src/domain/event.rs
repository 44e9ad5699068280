//! Events: each change of state has one, saved with it. They are the timeline of a debt, and
//! what webhooks are made from.

use super::decline::text_enum;
use super::id::{
    AttemptId, ConnectionId, CustomerId, EventId, InvoiceId, OrganizationId, PaymentRequestId,
    ReceiptId, SessionId, SubscriptionId, WalletId, WalletTransactionId,
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
        ConnectionPaused = "connection_paused",
        ConnectionResumed = "connection_resumed",
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
        )
    }
}

impl EventKind {
    /// The webhook that tells of it; None for those that stay inside.
    pub const fn webhook(self) -> Option<WebhookName> {
        match self {
            EventKind::CustomerCreated => Some(WebhookName::CustomerCreated),
            EventKind::CustomerUpdated => Some(WebhookName::CustomerUpdated),
            EventKind::CustomerLinked => Some(WebhookName::CustomerPaymentProviderCreated),
            EventKind::CustomerLinkFailed => Some(WebhookName::CustomerPaymentProviderError),
            EventKind::CheckoutLinkMade => Some(WebhookName::CustomerCheckoutUrlGenerated),
            EventKind::InvoiceIssued => Some(WebhookName::InvoiceOneOffCreated),
            EventKind::SubscriptionInvoiceIssued => Some(WebhookName::InvoiceCreated),
            EventKind::CreditInvoiceIssued => Some(WebhookName::InvoicePaidCreditAdded),
            EventKind::InvoiceDrafted => Some(WebhookName::InvoiceDrafted),
            EventKind::InvoiceDeleted => Some(WebhookName::InvoiceDeleted),
            EventKind::InvoiceVoided => Some(WebhookName::InvoiceVoided),
            EventKind::InvoiceOverdue => Some(WebhookName::InvoicePaymentOverdue),
            EventKind::DisputeLost => Some(WebhookName::InvoicePaymentDisputeLost),
            EventKind::PaymentStatusChanged => Some(WebhookName::InvoicePaymentStatusUpdated),
            EventKind::AttemptFailed
            | EventKind::AttemptCancelledThere
            | EventKind::AttemptImpossible => Some(WebhookName::InvoicePaymentFailure),
            EventKind::AttemptPaid => Some(WebhookName::PaymentSucceeded),
            EventKind::AttemptNeedsPayer => Some(WebhookName::PaymentRequiresAction),
            EventKind::ConnectionPaused => Some(WebhookName::PaymentProviderError),
            EventKind::SubscriptionStarted => Some(WebhookName::SubscriptionStarted),
            EventKind::SubscriptionUpdated => Some(WebhookName::SubscriptionUpdated),
            EventKind::SubscriptionTerminated => Some(WebhookName::SubscriptionTerminated),
            EventKind::SubscriptionCanceled => Some(WebhookName::SubscriptionCanceled),
            EventKind::WalletCreated => Some(WebhookName::WalletCreated),
            EventKind::WalletUpdated => Some(WebhookName::WalletUpdated),
            EventKind::WalletTerminated => Some(WebhookName::WalletTerminated),
            EventKind::WalletTransactionCreated => Some(WebhookName::WalletTransactionCreated),
            EventKind::WalletTransactionUpdated => Some(WebhookName::WalletTransactionUpdated),
            EventKind::WalletTransactionFailed => {
                Some(WebhookName::WalletTransactionPaymentFailure)
            }
            EventKind::PaymentRequestCreated => Some(WebhookName::PaymentRequestCreated),
            EventKind::PaymentRequestStatusChanged => {
                Some(WebhookName::PaymentRequestPaymentStatusUpdated)
            }
            EventKind::PaymentRequestFailed => Some(WebhookName::PaymentRequestPaymentFailure),
            EventKind::DunningFinished => Some(WebhookName::DunningCampaignFinished),
            EventKind::ReceiptCreated => Some(WebhookName::PaymentReceiptCreated),
            EventKind::ReceiptGenerated => Some(WebhookName::PaymentReceiptGenerated),
            EventKind::RecoveryStarted => Some(WebhookName::RecoveryStarted),
            EventKind::RetryPlanned
            | EventKind::MethodNeeded
            | EventKind::PayerAsked
            | EventKind::RecoveryResumed
            | EventKind::RecoveryMoved => Some(WebhookName::RecoveryWaiting),
            EventKind::RecoveryExhausted => Some(WebhookName::RecoveryExhausted),
            EventKind::RecoveryPaused => Some(WebhookName::RecoveryPaused),
            EventKind::RecoveryStopped => Some(WebhookName::RecoveryStopped),
            EventKind::Recovered => Some(WebhookName::RecoveryRecovered),
            EventKind::MethodDeactivated
            | EventKind::MethodActivated
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
            | EventKind::EndpointTested
            | EventKind::PaymentLinkMade
            | EventKind::PaymentPageRenewed
            | EventKind::DuplicatePaid
            | EventKind::PaymentRequestLapsed
            | EventKind::ConnectionResumed => None,
        }
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
