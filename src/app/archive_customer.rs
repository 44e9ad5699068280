//! Archiving a customer: what they have ends, what is not paid is voided, and nothing is collected
//! from them any more. Their invoices and payments can still be read.

use super::App;
use super::collect::AskError;
use super::delete_customer::DeleteCustomerError;
use crate::domain::id::{CustomerId, OrganizationId};
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Delete(#[from] DeleteCustomerError),
}

impl From<StoreError> for ArchiveError {
    fn from(error: StoreError) -> ArchiveError {
        ArchiveError::Ask(error.into())
    }
}

impl App {
    /// Where a payment cannot be called off its invoice stays, and the caller is told; archiving
    /// again goes on from there, and changes nothing once all is done.
    pub fn archive_customer(
        &self,
        organization: OrganizationId,
        id: CustomerId,
    ) -> Result<(), ArchiveError> {
        let found = self.store.read(|read| read.customer(organization, id))?;
        let customer = found.ok_or(AskError::CustomerNotFound)?;
        self.void_all_unpaid(organization, id)?;
        if customer.deleted_at.is_none() {
            self.delete_customer(organization, &customer.external_id)?;
            // What they had was billed for the last time.
            self.void_all_unpaid(organization, id)?;
        }
        Ok(())
    }

    fn void_all_unpaid(
        &self,
        organization: OrganizationId,
        customer: CustomerId,
    ) -> Result<(), ArchiveError> {
        for invoice in self.store.read(|read| read.unpaid_invoices(customer))? {
            match self.void_unpaid_invoice(organization, invoice) {
                // It was paid at the last moment: then there is nothing to void.
                Ok(()) | Err(AskError::AlreadyPaid | AskError::PaidMeanwhile) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
