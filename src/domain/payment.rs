//! What is paid and with what: payables, and payments that people record by hand.

use super::id::{AttemptId, CustomerId, InvoiceId, OrganizationId};
use super::money::Money;
use super::time::Timestamp;

/// A debt that can be collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PayableId {
    Invoice(InvoiceId),
}

impl PayableId {
    pub const fn kind(self) -> &'static str {
        match self {
            PayableId::Invoice(_) => "invoice",
        }
    }

    pub fn invoice_id(self) -> InvoiceId {
        match self {
            PayableId::Invoice(id) => id,
        }
    }

    pub fn uuid(self) -> uuid::Uuid {
        match self {
            PayableId::Invoice(id) => id.uuid(),
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
