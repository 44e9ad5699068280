//! What callers have noted on their invoices: pairs of key and value, replaced as a set.

use rusqlite::named_params;

use super::row::{Columns, json_list, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::InvoiceId;
use crate::domain::invoice::InvoiceMetadata;

impl Reader<'_> {
    /// In the order in which they were given.
    pub fn invoice_metadata(&self, id: InvoiceId) -> Result<Vec<InvoiceMetadata>, StoreError> {
        rows!(
            self,
            "invoice_metadata",
            "SELECT * FROM invoice_metadata WHERE invoice_id = :invoice ORDER BY position",
            named_params! { ":invoice": id.to_string() },
            metadata
        )
    }

    /// Of several invoices: each pair with whose it is, in the order in which they were given.
    pub(super) fn metadata_of_invoices(
        &self,
        ids: &[InvoiceId],
    ) -> Result<Vec<(InvoiceId, InvoiceMetadata)>, StoreError> {
        rows!(
            self,
            "invoice_metadata",
            "SELECT * FROM invoice_metadata
              WHERE invoice_id IN (SELECT value FROM json_each(:invoices))
              ORDER BY invoice_id, position",
            named_params! { ":invoices": json_list(ids) },
            |columns: &Columns<'_>| Ok::<_, StoreError>((
                columns.parsed("invoice_id")?,
                metadata(columns)?
            ))
        )
    }
}

impl Tx<'_> {
    /// What is not in `set` is gone afterwards.
    pub fn replace_invoice_metadata(
        &self,
        id: InvoiceId,
        set: &[InvoiceMetadata],
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "DELETE FROM invoice_metadata WHERE invoice_id = :invoice",
            named_params! { ":invoice": id.to_string() },
        )?;
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO invoice_metadata (id, invoice_id, key, value, position, created_at)
             VALUES (:id, :invoice, :key, :value, :position, :created_at)",
        )?;
        for (position, pair) in (0_i64..).zip(set) {
            statement.execute(named_params! {
                ":id": pair.id.to_string(),
                ":invoice": id.to_string(),
                ":key": pair.key,
                ":value": pair.value,
                ":position": position,
                ":created_at": pair.created_at.unix_ms(),
            })?;
        }
        Ok(())
    }
}

fn metadata(columns: &Columns<'_>) -> Result<InvoiceMetadata, StoreError> {
    Ok(InvoiceMetadata {
        id: columns.parsed("id")?,
        key: columns.get("key")?,
        value: columns.get("value")?,
        created_at: columns.time("created_at")?,
    })
}
