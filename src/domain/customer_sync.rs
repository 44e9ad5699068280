//! Work that waits to be done for one customer at their provider. It looks at the customer when
//! it runs, so one row of a kind is enough however often it was asked for.

use super::decline::text_enum;
use super::id::{CustomerId, CustomerSyncId, OrganizationId};
use super::time::Timestamp;

text_enum!(
    SyncTask {
        /// Make the customer there; a checkout link follows once they exist.
        Create = "create",
        /// Tell the provider the customer's new name or address.
        Update = "update",
        /// Read the methods they have there already.
        FindMethods = "find_methods",
        /// Make a page where they can leave a method.
        CheckoutLink = "checkout_link",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSync {
    pub id: CustomerSyncId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub task: SyncTask,
    pub tries_made: u32,
    pub next_try_at: Timestamp,
    pub created_at: Timestamp,
}

impl CustomerSync {
    /// Due at once.
    pub fn new(
        organization_id: OrganizationId,
        customer_id: CustomerId,
        task: SyncTask,
        now: Timestamp,
    ) -> CustomerSync {
        CustomerSync {
            id: CustomerSyncId::at(now),
            organization_id,
            customer_id,
            task,
            tries_made: 0,
            next_try_at: now,
            created_at: now,
        }
    }
}
