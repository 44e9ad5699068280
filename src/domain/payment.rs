//! What is paid and with what: the debts that are collected, and payments that people record by
//! hand.

use super::event::Subject;
use super::id::{AttemptId, CustomerId, InvoiceId, OrganizationId, PaymentRequestId};
use super::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use super::money::Money;
use super::payment_method::MethodChoice;
use super::payment_request::Requested;
use super::recovery::RecoveredBy;
use super::settle::Debt;
use super::time::Timestamp;

/// Names a debt that can be collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PayableId {
    Invoice(InvoiceId),
    PaymentRequest(PaymentRequestId),
}

impl PayableId {
    pub const fn kind(self) -> &'static str {
        match self {
            PayableId::Invoice(_) => "invoice",
            PayableId::PaymentRequest(_) => "payment_request",
        }
    }

    pub const fn uuid(self) -> uuid::Uuid {
        match self {
            PayableId::Invoice(id) => id.uuid(),
            PayableId::PaymentRequest(id) => id.uuid(),
        }
    }

    /// What an event about this debt is about.
    pub fn subject(self, customer: CustomerId) -> Subject {
        let of_customer = Subject { customer_id: Some(customer), ..Subject::default() };
        match self {
            PayableId::Invoice(id) => Subject { invoice_id: Some(id), ..of_customer },
            PayableId::PaymentRequest(id) => {
                Subject { payment_request_id: Some(id), ..of_customer }
            }
        }
    }
}

/// A debt as it stands: all that collecting asks of it, whatever it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payable {
    Invoice(Box<Invoice>),
    /// Several invoices that are paid with one charge.
    Request(Box<Requested>),
}

impl Payable {
    pub fn id(&self) -> PayableId {
        match self {
            Payable::Invoice(invoice) => PayableId::Invoice(invoice.id),
            Payable::Request(it) => PayableId::PaymentRequest(it.request.id),
        }
    }

    /// The invoices it is made of.
    pub fn invoices(&self) -> Vec<&Invoice> {
        match self {
            Payable::Invoice(invoice) => vec![invoice],
            Payable::Request(it) => it.parts.iter().map(|part| &part.invoice).collect(),
        }
    }

    /// What a charge takes now. None: none may be made.
    pub fn chargeable(&self) -> Option<Money> {
        match self {
            Payable::Invoice(invoice) => invoice.is_collectible().then(|| invoice.due()),
            Payable::Request(it) => it.chargeable(),
        }
    }

    /// What it was for when it was made.
    pub fn total(&self) -> Money {
        match self {
            Payable::Invoice(invoice) => Money::new(invoice.total_amount, invoice.currency),
            Payable::Request(it) => it.request.amount,
        }
    }

    /// Which method it is charged on, unless something else is asked for.
    pub fn method_choice(&self) -> MethodChoice {
        match self {
            Payable::Invoice(invoice) => invoice.method_choice,
            Payable::Request(_) => MethodChoice::Default,
        }
    }

    /// How it stands when the answer to an attempt of this amount comes in.
    pub fn stands(&self, attempt: Money) -> Debt {
        match self {
            Payable::Invoice(invoice) => invoice_stands(invoice, attempt),
            Payable::Request(_) => Debt::AskedOnce,
        }
    }

    /// For people: on statements of the provider, and on our pages.
    pub fn title(&self) -> String {
        match self {
            Payable::Invoice(invoice) => format!("Invoice {}", invoice.number),
            Payable::Request(it) => match it.parts.as_slice() {
                [only] => format!("Overdue invoice {}", only.invoice.number),
                several => format!("{} overdue invoices", several.len()),
            },
        }
    }

    /// What is noted at the provider. The same whenever it is asked: a request that is sent
    /// again must not differ.
    pub fn metadata(&self) -> Vec<(String, String)> {
        let pair = |key: &str, value: String| (key.to_owned(), value);
        match self {
            Payable::Invoice(invoice) => vec![
                pair("invoice_id", invoice.id.to_string()),
                pair("customer_id", invoice.customer_id.to_string()),
            ],
            Payable::Request(it) => vec![
                pair("lago_payable_type", "PaymentRequest".to_owned()),
                pair("lago_payable_id", it.request.id.to_string()),
                pair("lago_customer_id", it.request.customer_id.to_string()),
            ],
        }
    }
}

fn invoice_stands(invoice: &Invoice, attempt: Money) -> Debt {
    match invoice.status {
        InvoiceStatus::Voided | InvoiceStatus::Closed | InvoiceStatus::Deleted => Debt::Gone,
        InvoiceStatus::Draft | InvoiceStatus::Open | InvoiceStatus::Finalized => {
            let due = invoice.due();
            if !due.is_positive() {
                Debt::Settled(RecoveredBy::ManualPayment)
            } else if invoice.payment_status == PaymentStatus::Succeeded {
                Debt::Settled(RecoveredBy::Person)
            } else if attempt.minor_units >= due.minor_units {
                Debt::CoveredByThis
            } else {
                Debt::RemainsAfterThis
            }
        }
    }
}

/// Money that came outside any provider, as a person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualPayment {
    /// Shares its id space with attempts: both are payments to the outside.
    pub id: AttemptId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub invoice_id: InvoiceId,
    pub amount: Money,
    /// 1 to 40 characters.
    pub reference: String,
    pub paid_at: Timestamp,
}
