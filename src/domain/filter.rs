//! What lists can be narrowed by. Absent means: any.

use chrono::NaiveDate;

use super::currency::Currency;
use super::id::{AttemptId, CustomerId, InvoiceId, RecoveryId, SurplusId, WebhookEndpointId};
use super::invoice::{InvoiceStatus, PaymentStatus};
use super::ledger::EntryKind;
use super::refund::RefundStateWord;
use super::surplus::{SurplusReason, SurplusStateWord};
use super::time::Timestamp;
use super::unresolved::Owner;
use super::wallet::transaction::{TransactionKind, TransactionStatus};
use super::webhook::{DeliveryState, ToldName};

/// Words that name no state or reason find nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecoveryFilter {
    pub state: Option<String>,
    pub reason: Option<String>,
    pub external_customer_id: Option<String>,
    /// The code of a policy of the business.
    pub policy: Option<String>,
    /// Older than this one.
    pub after: Option<RecoveryId>,
}

/// What has lowered the debt of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettledBy {
    Payment,
    /// Credit notes alone, say: we have none.
    NothingOfOurs,
}

/// Invisible invoices are never listed, whatever is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvoiceFilter {
    /// Deleted customers included.
    pub external_customer_id: Option<String>,
    /// None: all that are shown.
    pub statuses: Option<Vec<InvoiceStatus>>,
    pub payment_statuses: Option<Vec<PaymentStatus>>,
    pub payment_overdue: Option<bool>,
    pub dispute_lost: Option<bool>,
    /// Something is paid, and not all of it.
    pub partially_paid: Option<bool>,
    pub settled_by: Option<SettledBy>,
    /// Made by the customer for us: we have none of these.
    pub self_billed: Option<bool>,
    /// Exact texts: one that names nothing finds nothing.
    pub invoice_type: Option<String>,
    pub currency: Option<String>,
    /// Both inclusive.
    pub issued_from: Option<NaiveDate>,
    pub issued_to: Option<NaiveDate>,
    /// Both inclusive, on the total.
    pub amount_from: Option<i64>,
    pub amount_to: Option<i64>,
    /// Part of the number or of what the customer is called by, or the whole id.
    pub search_term: Option<String>,
    /// All pairs hold; an empty value means that the key is absent.
    pub metadata: Vec<(String, String)>,
    /// Upper and lower case are the same.
    pub purchase_order_number: Option<String>,
}

impl InvoiceFilter {
    /// Narrowed by nothing but states: those are counted as they change.
    pub fn is_of_states_only(&self) -> bool {
        let of_states = InvoiceFilter {
            statuses: self.statuses.clone(),
            payment_statuses: self.payment_statuses.clone(),
            payment_overdue: self.payment_overdue,
            ..InvoiceFilter::default()
        };
        *self == of_states
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentRequestFilter {
    /// Deleted customers included.
    pub external_customer_id: Option<String>,
    pub payment_statuses: Option<Vec<PaymentStatus>>,
    /// An exact text: one that names nothing finds nothing.
    pub currency: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentFilter {
    /// Deleted customers included.
    pub external_customer_id: Option<String>,
    pub invoice_id: Option<InvoiceId>,
}

/// Which customers are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerChoice {
    /// Empty: any.
    pub ids: Vec<CustomerId>,
    /// The external id, or a further name.
    pub alias: Option<String>,
    /// Only those that are deleted; else only those that are not.
    pub only_deleted: bool,
    /// Older than this one.
    pub after: Option<CustomerId>,
    pub limit: u32,
}

/// Which invoices of one customer are listed, by what they are billed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceChoice {
    pub customer_id: CustomerId,
    /// None: all that are shown.
    pub status: Option<InvoiceStatus>,
    pub currency: Option<Currency>,
    /// Their period begins then or later; those without one were issued then or later.
    pub from: Option<Timestamp>,
    /// Their period ends before; those without one were issued before.
    pub until: Option<Timestamp>,
    pub order: IssueOrder,
    /// Those that stand behind this one in the order.
    pub after: Option<InvoiceId>,
    pub limit: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueOrder {
    OldestFirst,
    NewestFirst,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeliveryFilter {
    pub state: Option<DeliveryState>,
    pub endpoint_id: Option<WebhookEndpointId>,
    pub webhook: Option<ToldName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeeFilter {
    /// Deleted customers included.
    pub external_customer_id: Option<String>,
    pub external_subscription_id: Option<String>,
    /// Exact texts: one that names nothing finds nothing.
    pub currency: Option<String>,
    pub fee_type: Option<String>,
    pub billable_metric_code: Option<String>,
    pub payment_status: Option<String>,
    /// All inclusive.
    pub created_from: Option<Timestamp>,
    pub created_to: Option<Timestamp>,
    pub succeeded_from: Option<Timestamp>,
    pub succeeded_to: Option<Timestamp>,
    pub failed_from: Option<Timestamp>,
    pub failed_to: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalletTransactionFilter {
    pub status: Option<TransactionStatus>,
    pub kinds: Option<Vec<TransactionKind>>,
    /// All pairs hold; an empty value means that the key is absent.
    pub metadata: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SurplusFilter {
    pub state: Option<SurplusStateWord>,
    pub reason: Option<SurplusReason>,
    pub invoice_id: Option<InvoiceId>,
    pub payment_id: Option<AttemptId>,
    pub external_customer_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RefundFilter {
    pub state: Option<RefundStateWord>,
    pub payment_id: Option<AttemptId>,
    pub surplus_id: Option<SurplusId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnresolvedFilter {
    pub owner: Option<Owner>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerFilter {
    pub kind: Option<EntryKind>,
    pub invoice_id: Option<InvoiceId>,
    pub payment_id: Option<AttemptId>,
}
