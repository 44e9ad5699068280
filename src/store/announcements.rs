//! Planned attempts that the business is told of ahead: each once.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::RecoveryId;
use crate::domain::time::Timestamp;

impl Reader<'_> {
    /// Debts whose attempt comes by `until` and was not told of yet, the next ones first.
    pub fn recoveries_to_announce(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<RecoveryId>, StoreError> {
        rows!(
            self,
            "recoveries",
            "SELECT id
               FROM recoveries
              WHERE state = 'waiting' AND paused = 0 AND reason = 'retry'
                AND announced_for IS NOT next_attempt_at
                AND next_attempt_at > :now AND next_attempt_at <= :until
              ORDER BY next_attempt_at, id
              LIMIT :limit",
            named_params! {
                ":now": now.unix_ms(),
                ":until": until.unix_ms(),
                ":limit": limit,
            },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }

    /// When the next attempt is due that was not told of yet.
    pub fn first_to_announce(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let first = row!(
            self,
            "recoveries",
            "SELECT MIN(next_attempt_at) AS first
               FROM recoveries
              WHERE state = 'waiting' AND paused = 0 AND reason = 'retry'
                AND announced_for IS NOT next_attempt_at AND next_attempt_at > :now",
            named_params! { ":now": now.unix_ms() },
            |columns: &Columns<'_>| columns.time_option("first")
        )?;
        Ok(first.flatten())
    }
}

impl Tx<'_> {
    pub fn mark_announced(&self, id: RecoveryId, slot_at: Timestamp) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("UPDATE recoveries SET announced_for = :slot_at WHERE id = :id")?;
        statement
            .execute(named_params! { ":id": id.to_string(), ":slot_at": slot_at.unix_ms() })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::query_plans::faults;
    use super::*;
    use crate::domain::id::CustomerId;

    #[test]
    fn what_is_told_ahead_and_what_else_may_be_charged_is_found_by_an_index() {
        let now = Timestamp::from_unix_ms(0);
        let found = faults(|read| {
            read.recoveries_to_announce(now, now, 10)?;
            read.first_to_announce(now)?;
            read.backup_methods(CustomerId::at(now))?;
            read.connection_troubles_of_every_organization()?;
            Ok(())
        });
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
