//! The ledger: money as it moved, in the order in which we learnt of it. An entry is never
//! changed; what was wrong is set right by a further entry.

use super::decline::text_enum;
use super::id::{AttemptId, CustomerId, InvoiceId, LedgerEntryId, OrganizationId, RefundId};
use super::money::Money;
use super::payment::PayableId;
use super::time::Timestamp;

text_enum!(
    EntryKind {
        /// A provider took it from the payer.
        Charge = "charge",
        /// A person says that it came outside any provider.
        ManualPayment = "manual_payment",
        /// Of a charge, what was not due: it does not count for the invoice.
        Surplus = "surplus",
        /// Given back through the provider.
        Refund = "refund",
        /// The provider could not give it back after all.
        RefundReturned = "refund_returned",
        /// Taken back by the payer's bank.
        Dispute = "dispute",
        /// A person had said that it was charged, and it was not.
        Correction = "correction",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub id: LedgerEntryId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub payable: PayableId,
    /// Which invoice it is for. None: a request took more than all its parts.
    pub invoice_id: Option<InvoiceId>,
    /// An attempt, or a payment that a person recorded.
    pub payment_id: AttemptId,
    pub refund_id: Option<RefundId>,
    pub kind: EntryKind,
    /// In is positive, out is negative.
    pub amount: Money,
    pub at: Timestamp,
}
