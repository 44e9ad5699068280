//! What a request asks for of invoices: a new one, a change of one, money that came for one.

use rust_decimal::Decimal;

use super::currency::Currency;
use super::id::{InvoiceId, MetadataId};
use super::invoice::PaymentStatus;
use super::payment_method::MethodReference;
use super::time::Timestamp;

/// An invoice as its caller wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvoice {
    pub external_customer_id: String,
    /// None takes the customer's.
    pub currency: Option<Currency>,
    pub fees: Vec<NewFee>,
    pub skip_automatic_payment: bool,
    pub method: MethodReference,
    pub purchase_order_number: Option<String>,
    /// None takes the only one there is.
    pub billing_entity_code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFee {
    pub add_on_code: String,
    /// Minor units; None takes the add-on's.
    pub unit_amount: Option<i64>,
    pub units: Decimal,
    pub description: Option<String>,
    pub invoice_display_name: Option<String>,
    /// None takes the add-on's, else the customer's, else the organization's. Unknown ones are
    /// passed over.
    pub tax_codes: Option<Vec<String>>,
    /// From and to; None is now.
    pub period: Option<(Timestamp, Timestamp)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvoiceUpdate {
    /// None keeps it.
    pub payment_status: Option<PaymentStatus>,
    /// None keeps what is there; else it is replaced as a set. Keys are unique.
    pub metadata: Option<Vec<NewMetadata>>,
}

/// One pair. With the id of one that is there, it is that one changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMetadata {
    pub id: Option<MetadataId>,
    pub key: String,
    pub value: String,
}

/// Money that came outside any provider, as a person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMoney {
    pub invoice_id: InvoiceId,
    /// Minor units of the invoice's currency, more than nothing.
    pub amount: i64,
    /// 1 to 40 characters.
    pub reference: String,
    /// None: now.
    pub paid_at: Option<Timestamp>,
}
