//! Receipts: one for each payment that succeeded, numbered for each customer.

use super::id::{AttemptId, CustomerId, OrganizationId, ReceiptId};
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub id: ReceiptId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    /// An attempt that was paid, or money that a person recorded: they share their ids.
    pub payment_id: AttemptId,
    /// 1, 2, 3 … for one customer.
    pub sequential_id: u32,
    pub number: String,
    pub created_at: Timestamp,
}

/// `REC-1A2B-001-RCPT-001`: with the customer's number and its own.
pub fn receipt_number(prefix: &str, customer: u32, receipt: u32) -> String {
    format!("{prefix}-{customer:03}-RCPT-{receipt:03}")
}
