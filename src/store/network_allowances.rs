//! What is counted against the rules of networks, and when a person let our ceiling be exceeded.

use rusqlite::named_params;

use super::row::{Columns, row};
use super::{Reader, StoreError, Tx};
use crate::domain::id::OrganizationId;
use crate::domain::network::Allowance;
use crate::domain::time::Timestamp;

impl Reader<'_> {
    /// Attempts on the instrument that may still be declined, over all debts.
    pub fn open_on_instrument(&self, limit_key: &str) -> Result<u32, StoreError> {
        let count = row!(
            self,
            "attempts",
            "SELECT COUNT(*) AS open FROM attempts
              WHERE limit_key = :limit_key
                AND state IN ('charging', 'pending', 'needs_action', 'unknown')",
            named_params! { ":limit_key": limit_key },
            |columns: &Columns<'_>| columns.get("open")
        )?;
        Ok(count.unwrap_or(0))
    }

    /// Until when our ceiling may be exceeded. None: it may not.
    pub fn network_allowance(
        &self,
        organization: OrganizationId,
        limit_key: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        row!(
            self,
            "network_allowances",
            "SELECT expires_at FROM network_allowances
              WHERE limit_key = :limit_key AND expires_at > :now
                AND organization_id = :organization
              ORDER BY expires_at DESC LIMIT 1",
            named_params! {
                ":limit_key": limit_key,
                ":now": now.unix_ms(),
                ":organization": organization.to_string(),
            },
            |columns: &Columns<'_>| columns.time("expires_at")
        )
    }
}

impl Tx<'_> {
    pub fn insert_network_allowance(&self, made: &Allowance) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO network_allowances (organization_id, limit_key, reason, expires_at,
                    created_at)
             VALUES (:organization_id, :limit_key, :reason, :expires_at, :created_at)",
        )?;
        statement.execute(named_params! {
            ":organization_id": made.organization_id.to_string(),
            ":limit_key": made.limit_key,
            ":reason": made.reason,
            ":expires_at": made.expires_at.unix_ms(),
            ":created_at": made.created_at.unix_ms(),
        })?;
        Ok(())
    }
}
