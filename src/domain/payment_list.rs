//! The list of payments as people look through it: what was tried at providers and what came of
//! it, and what people recorded.

use super::attempt::Attempt;
use super::id::{AttemptId, CustomerId, InvoiceId};
use super::money::Money;
use super::place::Place;
use super::time::Timestamp;

#[derive(Debug, Clone)]
pub struct PaymentRow {
    pub id: AttemptId,
    pub at: Timestamp,
    pub customer_id: CustomerId,
    pub customer_name: Option<String>,
    pub external_customer_id: String,
    /// With its number. None: a request over several, or an invoice that is not shown.
    pub invoice: Option<(InvoiceId, String)>,
    pub amount: Money,
    pub by: PaidBy,
}

#[derive(Debug, Clone)]
pub enum PaidBy {
    Provider { attempt: Box<Attempt>, connection_code: String },
    Hand { reference: String },
}

impl PaymentRow {
    pub const fn place(&self) -> Place {
        Place { at: self.at, id: self.id.uuid() }
    }
}
