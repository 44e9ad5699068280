//! Deletes a customer. Invoices keep showing them, their wallets are terminated, and a new one may
//! take the external id.

use super::App;
use super::wallets::terminate_wallets_of;
use crate::domain::id::OrganizationId;
use crate::domain::view::CustomerView;
use crate::store::StoreError;

impl App {
    /// The customer as they were. None: there is none of this external id.
    pub fn delete_customer(
        &self,
        organization: OrganizationId,
        external_id: &str,
    ) -> Result<Option<CustomerView>, StoreError> {
        let (external_id, now) = (external_id.to_owned(), self.clock.now());
        let deleted = self.store.write(move |tx| {
            let found = tx.customer_view_by_external_id(organization, &external_id)?;
            if let Some(view) = &found {
                tx.drop_customer_syncs(view.customer.id)?;
                terminate_wallets_of(tx, view.customer.id, now)?;
                tx.delete_customer(view.customer.id, now)?;
            }
            Ok::<_, StoreError>(found)
        })?;
        self.wake.ring_news();
        Ok(deleted)
    }
}
