//! Customers whose debts are not collected for now.

use rusqlite::named_params;

use super::row::{Columns, row};
use super::{Reader, StoreError, Tx};
use crate::domain::control::CollectionPause;
use crate::domain::id::CustomerId;

impl Reader<'_> {
    pub fn collection_pause(
        &self,
        customer: CustomerId,
    ) -> Result<Option<CollectionPause>, StoreError> {
        row!(
            self,
            "collection_pauses",
            "SELECT * FROM collection_pauses WHERE customer_id = :customer",
            named_params! { ":customer": customer.to_string() },
            |columns: &Columns<'_>| Ok::<_, StoreError>(CollectionPause {
                customer_id: columns.parsed("customer_id")?,
                reason: columns.get("reason")?,
                paused_at: columns.time("paused_at")?,
            })
        )
    }
}

impl Tx<'_> {
    /// One that is there stays as it is.
    pub fn insert_collection_pause(&self, made: &CollectionPause) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO collection_pauses (customer_id, reason, paused_at)
             VALUES (:customer_id, :reason, :paused_at)
             ON CONFLICT (customer_id) DO NOTHING",
        )?;
        statement.execute(named_params! {
            ":customer_id": made.customer_id.to_string(),
            ":reason": made.reason,
            ":paused_at": made.paused_at.unix_ms(),
        })?;
        Ok(())
    }

    pub fn delete_collection_pause(&self, customer: CustomerId) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("DELETE FROM collection_pauses WHERE customer_id = :customer")?;
        statement.execute(named_params! { ":customer": customer.to_string() })?;
        Ok(())
    }
}
