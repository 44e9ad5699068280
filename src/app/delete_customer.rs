//! Deletes a customer. What they have ends and its rest is billed; invoices keep showing them,
//! and a new one may take the external id.

use super::App;
use super::finalize_invoices::{DraftError, finalize_draft};
use super::subscriptions::{BillError, Billing};
use super::wallets::terminate_wallets_of;
use crate::domain::id::OrganizationId;
use crate::domain::view::CustomerView;
use crate::store::StoreError;

#[derive(Debug, Clone, thiserror::Error)]
pub enum DeleteCustomerError {
    #[error(transparent)]
    Bill(#[from] BillError),
    #[error(transparent)]
    Draft(#[from] DraftError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// The customer as they were. None: there is none of this external id.
    pub fn delete_customer(
        &self,
        organization: OrganizationId,
        external_id: &str,
    ) -> Result<Option<CustomerView>, DeleteCustomerError> {
        let (external_id, now) = (external_id.to_owned(), self.clock.now());
        let deleted = self.store.write(move |tx| {
            let found = tx.customer_view_by_external_id(organization, &external_id)?;
            if let Some(view) = &found {
                let customer = &view.customer;
                Billing::of(tx, customer.clone(), now)?.end_all()?;
                for draft in tx.drafts_of(customer.id)? {
                    finalize_draft(tx, organization, draft, now)?;
                }
                // Last: what was billed may have used credits.
                terminate_wallets_of(tx, customer.id, now)?;
                tx.drop_customer_syncs(customer.id)?;
                tx.delete_customer(customer.id, now)?;
            }
            Ok::<_, DeleteCustomerError>(found)
        })?;
        self.wake.ring();
        Ok(deleted)
    }
}
