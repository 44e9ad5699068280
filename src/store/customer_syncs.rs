//! Work that waits to be done for customers at their providers: one row per customer and task.

use rusqlite::named_params;

use super::row::{Columns, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::customer_sync::{CustomerSync, SyncTask};
use crate::domain::id::{CustomerId, CustomerSyncId};
use crate::domain::time::Timestamp;

impl Reader<'_> {
    /// Oldest first.
    pub fn due_customer_syncs(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<CustomerSync>, StoreError> {
        rows!(
            self,
            "customer_syncs",
            "SELECT * FROM customer_syncs WHERE next_try_at <= :now
              ORDER BY next_try_at, id
              LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            customer_sync
        )
    }

    /// All that waits for one customer, due or not, in the order in which it was asked for.
    pub fn customer_syncs_of(&self, customer: CustomerId) -> Result<Vec<CustomerSync>, StoreError> {
        rows!(
            self,
            "customer_syncs",
            "SELECT * FROM customer_syncs WHERE customer_id = :customer ORDER BY created_at, id",
            named_params! { ":customer": customer.to_string() },
            customer_sync
        )
    }
}

impl Tx<'_> {
    /// A task that waits already is asked for anew: it takes the new id, so that a run that has
    /// begun before does not finish what it may not have seen.
    pub fn enqueue_customer_sync(&self, sync: &CustomerSync) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO customer_syncs (id, organization_id, customer_id, task, tries_made,
                        next_try_at, created_at)
                 VALUES (:id, :organization_id, :customer_id, :task, :tries_made,
                        :next_try_at, :created_at)
                 ON CONFLICT (customer_id, task) DO UPDATE SET
                        id = excluded.id, tries_made = excluded.tries_made,
                        next_try_at = excluded.next_try_at, created_at = excluded.created_at",
            )?
            .execute(named_params! {
                ":id": sync.id.to_string(),
                ":organization_id": sync.organization_id.to_string(),
                ":customer_id": sync.customer_id.to_string(),
                ":task": sync.task.as_str(),
                ":tries_made": sync.tries_made,
                ":next_try_at": sync.next_try_at.unix_ms(),
                ":created_at": sync.created_at.unix_ms(),
            })?;
        Ok(())
    }

    /// Done, or given up. Nothing when it was asked for anew meanwhile.
    pub fn finish_customer_sync(&self, id: CustomerSyncId) -> Result<(), StoreError> {
        self.connection.execute(
            "DELETE FROM customer_syncs WHERE id = :id",
            named_params! { ":id": id.to_string() },
        )?;
        Ok(())
    }

    /// One more try was made in vain.
    pub fn postpone_customer_sync(
        &self,
        id: CustomerSyncId,
        next_try_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE customer_syncs
                SET tries_made = tries_made + 1, next_try_at = :next_try_at
              WHERE id = :id",
            named_params! { ":id": id.to_string(), ":next_try_at": next_try_at.unix_ms() },
        )?;
        Ok(())
    }

    /// Nothing is left to do for them: they are gone, or have left their provider.
    pub fn drop_customer_syncs(&self, customer: CustomerId) -> Result<(), StoreError> {
        self.connection.execute(
            "DELETE FROM customer_syncs WHERE customer_id = :customer",
            named_params! { ":customer": customer.to_string() },
        )?;
        Ok(())
    }
}

fn customer_sync(columns: &Columns<'_>) -> Result<CustomerSync, StoreError> {
    Ok(CustomerSync {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        task: columns.word("task", SyncTask::parse)?,
        tries_made: columns.get("tries_made")?,
        next_try_at: columns.time("next_try_at")?,
        created_at: columns.time("created_at")?,
    })
}
