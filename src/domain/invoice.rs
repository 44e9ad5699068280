//! Invoices: what is owed, for what, and how far it is paid.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::currency::Currency;
use super::decline::text_enum;
use super::id::{
    AddOnId, AppliedTaxId, CustomerId, FeeId, InvoiceId, MetadataId, OrganizationId, TaxId,
};
use super::money::Money;
use super::payment_method::MethodChoice;
use super::time::Timestamp;

text_enum!(InvoiceType { OneOff = "one_off", Subscription = "subscription", Credit = "credit" });

text_enum!(
    InvoiceStatus {
        Draft = "draft",
        /// Made, but not shown until it is paid.
        Open = "open",
        Finalized = "finalized",
        /// Of no amount, and settings say to skip those.
        Closed = "closed",
        Voided = "voided",
        Deleted = "deleted",
    }
);

impl InvoiceStatus {
    /// The API shows it; every route answers "not found" for the others.
    pub const fn is_visible(self) -> bool {
        match self {
            InvoiceStatus::Draft | InvoiceStatus::Finalized | InvoiceStatus::Voided => true,
            InvoiceStatus::Open | InvoiceStatus::Closed | InvoiceStatus::Deleted => false,
        }
    }
}

text_enum!(PaymentStatus { Pending = "pending", Succeeded = "succeeded", Failed = "failed" });

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    pub id: InvoiceId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub invoice_type: InvoiceType,
    pub status: InvoiceStatus,
    pub payment_status: PaymentStatus,
    /// 1, 2, 3 … for one customer; None until finalized.
    pub sequential_id: Option<u32>,
    pub number: String,
    pub purchase_order_number: Option<String>,
    pub currency: Currency,
    /// All in minor units of `currency`.
    pub fees_amount: i64,
    pub taxes_amount: i64,
    pub total_amount: i64,
    pub paid_amount: i64,
    pub issuing_date: NaiveDate,
    pub payment_due_date: NaiveDate,
    pub net_payment_term: u32,
    pub payment_overdue: bool,
    pub dispute_lost_at: Option<Timestamp>,
    pub voided_at: Option<Timestamp>,
    pub skip_automatic_payment: bool,
    pub method_choice: MethodChoice,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Invoice {
    /// What is still to be paid: nothing when voided.
    pub fn due(&self) -> Money {
        let due = match self.status {
            InvoiceStatus::Voided | InvoiceStatus::Closed | InvoiceStatus::Deleted => 0,
            InvoiceStatus::Draft | InvoiceStatus::Open | InvoiceStatus::Finalized => {
                self.total_amount.saturating_sub(self.paid_amount).max(0)
            }
        };
        Money::new(due, self.currency)
    }

    /// Charges may be made for it.
    pub fn is_collectible(&self) -> bool {
        let payable = matches!(self.status, InvoiceStatus::Finalized | InvoiceStatus::Open);
        payable && self.payment_status != PaymentStatus::Succeeded && self.due().is_positive()
    }
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    pub id: FeeId,
    pub invoice_id: InvoiceId,
    pub add_on_id: AddOnId,
    /// Frozen as the add-on was at the time.
    pub item_code: String,
    pub item_name: String,
    pub description: Option<String>,
    pub invoice_display_name: Option<String>,
    pub units: Decimal,
    pub unit_amount: i64,
    pub amount: i64,
    pub taxes_amount: i64,
    /// Percent, of all taxes together.
    pub taxes_rate: Decimal,
    pub currency: Currency,
    pub from: Timestamp,
    pub to: Timestamp,
    pub payment_status: PaymentStatus,
    pub succeeded_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// A tax as applied to one invoice; name and rate are frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedTax {
    pub id: AppliedTaxId,
    pub invoice_id: InvoiceId,
    pub tax_id: TaxId,
    pub name: String,
    pub code: String,
    pub rate: Decimal,
    pub description: Option<String>,
    pub amount: i64,
    /// The fees it was taken on.
    pub fees_amount: i64,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceMetadata {
    pub id: MetadataId,
    pub key: String,
    pub value: String,
    pub created_at: Timestamp,
}
