//! What of a subscription stands on an invoice: which days, why, and at what price they began.

use super::decline::text_enum;
use super::id::{InvoiceId, PlanId, SubscriptionId};
use super::subscription::Stretch;
use super::time::Timestamp;

text_enum!(
    /// What made the invoice.
    BillingReason {
        Starting = "subscription_starting",
        Periodic = "subscription_periodic",
        Terminating = "subscription_terminating",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledPeriod {
    pub invoice_id: InvoiceId,
    pub subscription_id: SubscriptionId,
    /// At the time: the subscription may have another one since.
    pub plan_id: PlanId,
    pub reason: BillingReason,
    pub stretch: Stretch,
    /// The first and the last moment of the days.
    pub from: Timestamp,
    pub to: Timestamp,
    /// What was paid ahead on another plan for these days. Minor units.
    pub taken_off: i64,
}
