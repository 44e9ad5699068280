//! Deletes a customer. Invoices keep showing them, and a new one may take the external id.

use super::App;
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
        self.store.write(move |tx| {
            let found = tx.customer_view_by_external_id(organization, &external_id)?;
            if let Some(view) = &found {
                tx.drop_customer_syncs(view.customer.id)?;
                tx.delete_customer(view.customer.id, now)?;
            }
            Ok(found)
        })
    }
}
