//! Read models: an object together with everything that its readers show beside it. They are
//! read, never written back.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::attempt::{Action, Attempt};
use super::billed_period::BilledPeriod;
use super::bulk_retry::BulkResult;
use super::connection::Connection;
use super::customer::Customer;
use super::decline::DeclineClass;
use super::dunning::{CustomerDunning, DunningCampaign};
use super::event::Event;
use super::explain::{Explanation, Situation};
use super::id::{AttemptId, CustomerId, InvoiceId, PaymentMethodId, RecoveryId};
use super::invoice::{AppliedTax, Fee, Invoice, InvoiceMetadata};
use super::money::Money;
use super::organization::Organization;
use super::payment::{Payable, PayableId};
use super::payment_method::PaymentMethod;
use super::payment_request::PaymentRequest;
use super::plan::{Plan, PlanCounts};
use super::policy::{DecisionRecord, PolicyName};
use super::receipt::Receipt;
use super::recovery::Recovery;
use super::refund::Refund;
use super::subscription::Subscription;
use super::surplus::SurplusPayment;
use super::tax::Tax;
use super::time::Timestamp;
use super::wallet::Wallet;
use super::wallet::rule::RecurringRule;
use super::wallet::transaction::WalletTransaction;

#[derive(Debug, Clone)]
pub struct CustomerView {
    pub customer: Customer,
    pub organization: Organization,
    pub taxes: Vec<Tax>,
    pub default_method_id: Option<PaymentMethodId>,
}

#[derive(Debug, Clone)]
pub struct InvoiceView {
    pub invoice: Invoice,
    pub customer: CustomerView,
    pub metadata: Vec<InvoiceMetadata>,
    pub applied_taxes: Vec<AppliedTax>,
    /// Read for a single invoice only; lists leave it empty.
    pub fees: Vec<Fee>,
    /// Likewise: what of which subscription stands on it.
    pub periods: Vec<BilledPeriod>,
    /// The subscriptions of these, each once.
    pub subscriptions: Vec<SubscriptionView>,
}

#[derive(Debug, Clone)]
pub struct PlanView {
    pub plan: Plan,
    pub taxes: Vec<Tax>,
    pub counts: PlanCounts,
}

#[derive(Debug, Clone)]
pub struct SubscriptionView {
    pub subscription: Subscription,
    pub plan: PlanView,
    pub customer: CustomerView,
    pub previous_plan_code: Option<String>,
    pub next_plan_code: Option<String>,
    /// When a cheaper plan takes over.
    pub downgrade_on: Option<NaiveDate>,
    /// First and last moment; only while it runs.
    pub current_period: Option<(Timestamp, Timestamp)>,
    /// None: there was no trial, or it is not over.
    pub trial_ended_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub struct PaymentRequestView {
    pub request: PaymentRequest,
    pub customer: CustomerView,
    pub invoices: Vec<Invoice>,
}

/// How a campaign stands with one customer.
#[derive(Debug, Clone)]
pub struct CustomerDunningView {
    pub external_customer_id: String,
    pub dunning: CustomerDunning,
    /// The code of their own campaign.
    pub own_campaign: Option<String>,
    /// The one that applies to them: their own, or the organization's, unless excluded.
    pub campaign: Option<DunningCampaign>,
    pub overdue: Vec<Money>,
}

#[derive(Debug, Clone)]
pub struct MethodView {
    pub method: PaymentMethod,
    pub provider: String,
    pub connection_code: String,
    pub connection_name: String,
}

#[derive(Debug, Clone)]
pub struct WalletView {
    pub wallet: Wallet,
    pub external_customer_id: String,
    pub billing_entity_code: String,
    pub rule: Option<RecurringRule>,
}

/// How far a payment has come, as both dialects tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentProgress {
    Pending,
    Processing,
    Succeeded,
    Failed,
}

/// A payment as the outside sees it: an attempt, or money that a person recorded.
#[derive(Debug, Clone)]
pub struct PaymentView {
    pub id: AttemptId,
    pub customer_id: CustomerId,
    pub external_customer_id: String,
    pub payable: PayableId,
    /// The invoices it pays, with their numbers.
    pub invoices: Vec<(InvoiceId, String)>,
    pub amount: Money,
    /// The provider's own word, or ours for a manual payment.
    pub status: String,
    pub progress: PaymentProgress,
    pub source: PaymentSource,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone)]
pub enum PaymentSource {
    Manual {
        reference: String,
    },
    Provider {
        provider: String,
        connection_code: String,
        charge_id: Option<String>,
        provider_customer_id: Option<String>,
        action: Option<Action>,
        /// Boxed: few payments are shown with it.
        method: Option<Box<MethodView>>,
    },
}

/// What the webhook of an event shows: as much of it as the event is about.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub event: Event,
    pub organization: Organization,
    pub customer: Option<CustomerView>,
    pub invoice: Option<InvoiceView>,
    pub payment: Option<PaymentView>,
    pub attempt: Option<Attempt>,
    pub payment_request: Option<PaymentRequestView>,
    /// What the customer owes and is overdue, by currency: read for what tells of it only.
    pub overdue: Vec<Money>,
    pub connection: Option<Connection>,
    pub receipt: Option<ReceiptView>,
    pub surplus: Option<SurplusPayment>,
    pub refund: Option<Refund>,
    pub wallet: Option<WalletView>,
    pub wallet_transaction: Option<WalletTransaction>,
    pub subscription: Option<SubscriptionView>,
    /// Read for what tells of a recovery only.
    pub recovery: Option<RecoveryView>,
}

/// A receipt with the payment that it is for.
#[derive(Debug, Clone)]
pub struct ReceiptView {
    pub receipt: Receipt,
    pub payment: PaymentView,
    /// Where it can be opened; put in by whoever may sign.
    pub file_url: Option<String>,
}

/// A line of an invoice, with who owes it.
#[derive(Debug, Clone)]
pub struct FeeView {
    pub fee: Fee,
    pub customer: Customer,
}

/// Everything that the printed form of a receipt shows.
#[derive(Debug, Clone)]
pub struct ReceiptPaper {
    pub receipt: Receipt,
    pub payment: PaymentView,
    pub customer: Customer,
    pub organization: Organization,
}

/// A debt and how its collecting stands: the operator's view.
#[derive(Debug, Clone)]
pub struct RecoveryView {
    pub recovery: Recovery,
    pub payable: Payable,
    pub customer_name: Option<String>,
    pub external_customer_id: String,
    /// Newest last.
    pub attempts: Vec<Attempt>,
    /// What was decided after each that was declined.
    pub decisions: Vec<(AttemptId, DecisionRecord)>,
    /// What it is collected by.
    pub policy: PolicyName,
    /// Where the payer is.
    pub zone: Tz,
    /// Oldest first.
    pub timeline: Vec<Event>,
}

impl RecoveryView {
    pub fn decision_after(&self, attempt: AttemptId) -> Option<&DecisionRecord> {
        self.decisions.iter().find(|(id, _)| *id == attempt).map(|(_, record)| record)
    }

    /// What comes next and why, or why nothing does.
    pub fn explain(&self) -> Explanation {
        let attempt = self.attempts.last();
        let record = attempt.and_then(|attempt| self.decision_after(attempt.id));
        let situation = Situation { recovery: &self.recovery, attempt, record, zone: self.zone };
        situation.explain()
    }
}

/// How many invoices of a bulk retry have come to one result, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkCount {
    pub result: BulkResult,
    /// Why, of those that were refused.
    pub code: Option<String>,
    pub count: u64,
    pub amount: Money,
}

/// One invoice of a bulk retry, and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkInvoiceView {
    /// 1, 2, 3 … in the order in which they are worked through.
    pub position: u32,
    pub invoice_id: InvoiceId,
    pub invoice_number: String,
    pub external_customer_id: String,
    pub result: BulkResult,
    pub code: Option<String>,
    /// What was charged, else what was due.
    pub amount: Money,
    /// Of the attempt that it led to.
    pub payment_id: Option<AttemptId>,
    pub decline_class: Option<DeclineClass>,
    /// The provider's own.
    pub decline_code: Option<String>,
}

/// A page of recoveries, newest first.
#[derive(Debug, Clone)]
pub struct RecoveryPage {
    pub views: Vec<RecoveryView>,
    /// The next page comes after it. None: this is the last.
    pub next: Option<RecoveryId>,
}

/// A code of a provider that no table knows, with how often it came and for how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmappedDecline {
    pub provider: String,
    pub code: String,
    pub declines: u32,
    pub amount: Money,
    /// The provider's own sentence, the latest.
    pub message: String,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

/// One page of a list, and how many there are in all.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub total: u64,
    pub request: PageRequest,
}

/// Part of a list that grows at its beginning: what follows one of its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceRequest {
    /// The last item of the part before. None: from the beginning.
    pub after: Option<uuid::Uuid>,
    pub limit: u32,
}

impl SliceRequest {
    pub const LIMIT_DEFAULT: u32 = 50;
    pub const LIMIT_MAX: u32 = 200;
}

impl Default for SliceRequest {
    fn default() -> Self {
        SliceRequest { after: None, limit: Self::LIMIT_DEFAULT }
    }
}

#[derive(Debug, Clone)]
pub struct Slice<T> {
    pub items: Vec<T>,
    /// Where the next part begins. None: this is the end.
    pub next: Option<uuid::Uuid>,
}

impl<T> Slice<T> {
    /// Of one item more than was asked for, where there is one.
    pub fn of(mut items: Vec<T>, limit: u32, id: impl Fn(&T) -> uuid::Uuid) -> Slice<T> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(id) } else { None };
        Slice { items, next }
    }
}

/// Which page of a list. Both at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    pub page: u32,
    pub per_page: u32,
}

impl PageRequest {
    pub const PER_PAGE_DEFAULT: u32 = 100;
    pub const PER_PAGE_MAX: u32 = 1000;

    pub fn offset(self) -> u64 {
        u64::from(self.page.saturating_sub(1)) * u64::from(self.per_page)
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        PageRequest { page: 1, per_page: Self::PER_PAGE_DEFAULT }
    }
}
