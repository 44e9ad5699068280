//! Backup methods: the list of each customer, with the consent to each of it.

use rusqlite::named_params;

use super::row::{Columns, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::backup_method::{BACKUP_METHODS_MAX, BackupMethod, Consent};
use crate::domain::id::CustomerId;

impl Reader<'_> {
    /// In their order.
    pub fn backup_methods(&self, customer: CustomerId) -> Result<Vec<BackupMethod>, StoreError> {
        rows!(
            self,
            "backup_methods",
            "SELECT * FROM backup_methods
              WHERE customer_id = :customer
              ORDER BY position
              LIMIT :limit",
            named_params! {
                ":customer": customer.to_string(),
                ":limit": u32::try_from(BACKUP_METHODS_MAX).unwrap_or(u32::MAX),
            },
            |columns: &Columns<'_>| Ok::<_, StoreError>(BackupMethod {
                method: columns.parsed("payment_method_id")?,
                consent: Consent {
                    given_by: columns.get("consent_by")?,
                    given_at: columns.time("consent_at")?,
                    words: columns.get("consent_words")?,
                },
            })
        )
    }
}

impl Tx<'_> {
    /// The list is this one from now on.
    pub fn replace_backup_methods(
        &self,
        customer: CustomerId,
        list: &[BackupMethod],
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM backup_methods WHERE customer_id = :customer")?
            .execute(named_params! { ":customer": customer.to_string() })?;
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO backup_methods (customer_id, position, payment_method_id, consent_by,
                    consent_at, consent_words)
             VALUES (:customer_id, :position, :payment_method_id, :consent_by, :consent_at,
                    :consent_words)",
        )?;
        for (position, backup) in (1_u32..).zip(list) {
            statement.execute(named_params! {
                ":customer_id": customer.to_string(),
                ":position": position,
                ":payment_method_id": backup.method.to_string(),
                ":consent_by": backup.consent.given_by,
                ":consent_at": backup.consent.given_at.unix_ms(),
                ":consent_words": backup.consent.words,
            })?;
        }
        Ok(())
    }

    /// The debts of the customer begin anew with the default method.
    pub fn begin_with_default(&self, customer: CustomerId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE recoveries SET backup_method_id = NULL, steps_skipped = 0
                  WHERE customer_id = :customer
                    AND (backup_method_id IS NOT NULL OR steps_skipped > 0)",
            )?
            .execute(named_params! { ":customer": customer.to_string() })?;
        Ok(())
    }
}
