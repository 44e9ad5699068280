//! Invoices: what is owed, for what, and how far it is paid.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::currency::Currency;
use super::decline::text_enum;
use super::id::{
    AddOnId, AppliedTaxId, CustomerId, FeeId, InvoiceId, MetadataId, OrganizationId,
    SubscriptionId, TaxId, WalletTransactionId,
};
use super::money::Money;
use super::payment_method::MethodChoice;
use super::plan::PayWhen;
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
    /// What credits of wallets paid ahead: granted ones, and those that were bought.
    pub prepaid_granted_amount: i64,
    pub prepaid_purchased_amount: i64,
    /// With taxes, without what was prepaid: what is asked for.
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

/// A move that the invoice's state does not allow. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInvoiceMove {
    #[error("only a finalized invoice can be voided")]
    NotVoidable,
    #[error("only a finalized or voided invoice can be disputed")]
    NotDisputable,
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

    /// With taxes, before anything prepaid.
    pub const fn total_with_prepaid(&self) -> i64 {
        self.fees_amount.saturating_add(self.taxes_amount)
    }

    pub const fn prepaid_amount(&self) -> i64 {
        self.prepaid_granted_amount.saturating_add(self.prepaid_purchased_amount)
    }

    /// Charges may be made for it.
    pub fn is_collectible(&self) -> bool {
        let payable = matches!(self.status, InvoiceStatus::Finalized | InvoiceStatus::Open);
        payable && self.payment_status != PaymentStatus::Succeeded && self.due().is_positive()
    }

    /// Whatever its payment status, also when it is paid.
    pub fn void(self, now: Timestamp) -> Result<Invoice, InvalidInvoiceMove> {
        match self.status {
            InvoiceStatus::Finalized => Ok(Invoice {
                status: InvoiceStatus::Voided,
                voided_at: Some(now),
                payment_overdue: false,
                updated_at: now,
                ..self
            }),
            InvoiceStatus::Draft
            | InvoiceStatus::Open
            | InvoiceStatus::Closed
            | InvoiceStatus::Voided
            | InvoiceStatus::Deleted => Err(InvalidInvoiceMove::NotVoidable),
        }
    }

    /// A draft that is not to be issued at all.
    pub fn void_draft(self, now: Timestamp) -> Result<Invoice, InvalidInvoiceMove> {
        match self.status {
            InvoiceStatus::Draft => Ok(Invoice {
                status: InvoiceStatus::Voided,
                voided_at: Some(now),
                updated_at: now,
                ..self
            }),
            InvoiceStatus::Finalized
            | InvoiceStatus::Open
            | InvoiceStatus::Closed
            | InvoiceStatus::Voided
            | InvoiceStatus::Deleted => Err(InvalidInvoiceMove::NotVoidable),
        }
    }

    /// The first time counts; losing again changes nothing.
    pub fn lose_dispute(self, now: Timestamp) -> Result<Invoice, InvalidInvoiceMove> {
        match self.status {
            InvoiceStatus::Finalized | InvoiceStatus::Voided if self.dispute_lost_at.is_some() => {
                Ok(self)
            }
            InvoiceStatus::Finalized | InvoiceStatus::Voided => Ok(Invoice {
                dispute_lost_at: Some(now),
                payment_overdue: false,
                updated_at: now,
                ..self
            }),
            InvoiceStatus::Draft
            | InvoiceStatus::Open
            | InvoiceStatus::Closed
            | InvoiceStatus::Deleted => Err(InvalidInvoiceMove::NotDisputable),
        }
    }

    /// Any of the three follows any other. What is paid is not overdue.
    #[must_use]
    pub fn with_payment_status(self, status: PaymentStatus, now: Timestamp) -> Invoice {
        if self.payment_status == status {
            return self;
        }
        Invoice {
            payment_status: status,
            payment_overdue: self.payment_overdue && status != PaymentStatus::Succeeded,
            updated_at: now,
            ..self
        }
    }

    /// So much has come in in all. Settled when it covers the total; a part changes no status.
    #[must_use]
    pub fn with_paid(self, paid_amount: i64, now: Timestamp) -> Invoice {
        let paid = Invoice { paid_amount, updated_at: now, ..self };
        if paid.paid_amount >= paid.total_amount {
            paid.with_payment_status(PaymentStatus::Succeeded, now)
        } else {
            paid
        }
    }

    /// Its due date has passed unpaid.
    #[must_use]
    pub fn overdue(self, now: Timestamp) -> Invoice {
        Invoice { payment_overdue: true, updated_at: now, ..self }
    }
}

/// `REC-1A2B-DRAFT` until it is finalized, then with the customer's number and its own.
pub fn invoice_number(prefix: &str, numbered: Option<(u32, u32)>) -> String {
    match numbered {
        None => format!("{prefix}-DRAFT"),
        Some((customer, invoice)) => format!("{prefix}-{customer:03}-{invoice:03}"),
    }
}

/// What a line is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeeItem {
    AddOn(AddOnId),
    /// With the id that the business gave it, which never changes.
    Subscription {
        id: SubscriptionId,
        external_id: String,
        pay_when: PayWhen,
    },
    /// Credits that are bought.
    WalletTransaction(WalletTransactionId),
}

impl FeeItem {
    pub const fn kind(&self) -> &'static str {
        match self {
            FeeItem::AddOn(_) => "add_on",
            FeeItem::Subscription { .. } => "subscription",
            FeeItem::WalletTransaction(_) => "credit",
        }
    }
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    pub id: FeeId,
    pub invoice_id: InvoiceId,
    pub item: FeeItem,
    /// Frozen as the item was at the time.
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
