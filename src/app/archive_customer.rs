//! Archiving a customer: what is not paid is voided, and nothing is collected from them any
//! more. Their invoices and payments can still be read.

use super::App;
use super::collect::AskError;
use crate::domain::id::{CustomerId, OrganizationId};

impl App {
    /// Archiving again changes nothing. Where a payment cannot be called off the customer stays,
    /// and what was voided until then stays voided.
    pub fn archive_customer(
        &self,
        organization: OrganizationId,
        id: CustomerId,
    ) -> Result<(), AskError> {
        let found = self.store.read(|read| read.customer(organization, id))?;
        let customer = found.ok_or(AskError::CustomerNotFound)?;
        if customer.deleted_at.is_some() {
            return Ok(());
        }
        let unpaid = self.store.read(|read| read.unpaid_invoices(id))?;
        for invoice in unpaid {
            match self.void_unpaid_invoice(organization, invoice) {
                // It was paid at the last moment: then there is nothing to void.
                Ok(()) | Err(AskError::AlreadyPaid | AskError::PaidMeanwhile) => {}
                Err(error) => return Err(error),
            }
        }
        self.delete_customer(organization, &customer.external_id)?;
        Ok(())
    }
}
