//! What was sent in all, and what is held. A ticket for a send is given and counted in one
//! statement, so that nothing can be charged during a hold, whoever tries.

use rusqlite::named_params;

use super::recoveries::payable;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::hold::{HeldDebt, Hold, HoldReason, Tally, Ticket};
use crate::domain::id::{GenerationId, OrganizationId, RecoveryId};
use crate::domain::recovery::Recovery;

impl Reader<'_> {
    pub fn tally(&self) -> Result<Tally, StoreError> {
        let found = row!(
            self,
            "sending",
            "SELECT generation, sends FROM sending WHERE id = 1",
            [],
            |columns: &Columns<'_>| Ok::<_, StoreError>(Tally {
                generation: columns.parsed_option("generation")?,
                sends: columns.get::<i64>("sends")?.unsigned_abs(),
            })
        )?;
        found.ok_or_else(|| StoreError::corrupt("sending", "its row is missing"))
    }

    /// None: charges are made.
    pub fn hold(&self) -> Result<Option<Hold>, StoreError> {
        row!(
            self,
            "sending",
            "SELECT * FROM sending WHERE id = 1 AND held_since IS NOT NULL",
            [],
            |columns: &Columns<'_>| Ok::<_, StoreError>(Hold {
                since: columns.time("held_since")?,
                reason: columns.word("held_because", HoldReason::parse)?,
                unknown_sends: columns.get::<Option<i64>>("unknown_sends")?.map(i64::unsigned_abs),
            })
        )
    }

    /// Those that stay held one by one.
    pub fn held_debts(
        &self,
        organization: OrganizationId,
        limit: u32,
    ) -> Result<Vec<HeldDebt>, StoreError> {
        rows!(
            self,
            "held_debts",
            "SELECT h.recovery_id AS recovery_id, h.organization_id AS organization_id,
                    r.payable_kind AS payable_kind, r.payable_id AS payable_id,
                    h.because AS because, h.held_at AS held_at
               FROM held_debts h
               JOIN recoveries r ON r.id = h.recovery_id
              WHERE h.organization_id = :organization
              ORDER BY h.recovery_id
              LIMIT :limit",
            named_params! { ":organization": organization.to_string(), ":limit": limit },
            held_debt
        )
    }

    pub fn held_debt(&self, recovery: RecoveryId) -> Result<Option<HeldDebt>, StoreError> {
        row!(
            self,
            "held_debts",
            "SELECT h.recovery_id AS recovery_id, h.organization_id AS organization_id,
                    r.payable_kind AS payable_kind, r.payable_id AS payable_id,
                    h.because AS because, h.held_at AS held_at
               FROM held_debts h
               JOIN recoveries r ON r.id = h.recovery_id
              WHERE h.recovery_id = :recovery",
            named_params! { ":recovery": recovery.to_string() },
            held_debt
        )
    }

    /// Debts that a provider may have been asked for unknown to us, after `last` in the order of
    /// their ids: those that are open, and those that have ended since the hold began.
    pub fn debts_to_ask_about_of_every_organization(
        &self,
        last: Option<RecoveryId>,
        hold: &Hold,
        limit: u32,
    ) -> Result<Vec<Recovery>, StoreError> {
        rows!(
            self,
            "recoveries",
            "SELECT * FROM recoveries
              WHERE id > :last
                AND (state IN ('waiting', 'charging', 'idle')
                     OR ended_at >= :since
                     OR (ended_at >= :since_at_least
                         AND NOT (state = 'recovered' AND reason = 'attempt')))
              ORDER BY id
              LIMIT :limit",
            named_params! {
                ":last": last.map(|id| id.to_string()).unwrap_or_default(),
                ":since": hold.since.unix_ms(),
                ":since_at_least": hold.since_at_least().unix_ms(),
                ":limit": limit,
            },
            super::recoveries::recovery
        )
    }
}

impl Tx<'_> {
    /// Counts a send. None: nothing may be sent now.
    pub fn take_ticket(&self) -> Result<Option<Ticket>, StoreError> {
        row!(
            self,
            "sending",
            "UPDATE sending SET sends = sends + 1 WHERE id = 1 AND held_since IS NULL
             RETURNING sends",
            [],
            |columns: &Columns<'_>| Ok::<_, StoreError>(Ticket(
                columns.get::<i64>("sends")?.unsigned_abs()
            ))
        )
    }

    /// The history begins, unless it has.
    pub fn begin_history(&self, generation: GenerationId) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE sending SET generation = :generation WHERE id = 1 AND generation IS NULL",
            named_params! { ":generation": generation.to_string() },
        )?;
        Ok(())
    }

    pub fn begin_hold(&self, hold: &Hold) -> Result<(), StoreError> {
        let unknown = hold.unknown_sends.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        self.connection.execute(
            "UPDATE sending
                SET held_since = :since, held_because = :because, unknown_sends = :unknown
              WHERE id = 1",
            named_params! {
                ":since": hold.since.unix_ms(),
                ":because": hold.reason.as_str(),
                ":unknown": unknown,
            },
        )?;
        Ok(())
    }

    /// With it a new history begins, which counts on from there.
    pub fn end_hold(&self, generation: GenerationId, sends: u64) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE sending
                SET generation = :generation, sends = MAX(sends, :sends), held_since = NULL,
                    held_because = NULL, unknown_sends = NULL
              WHERE id = 1",
            named_params! {
                ":generation": generation.to_string(),
                ":sends": i64::try_from(sends).unwrap_or(i64::MAX),
            },
        )?;
        Ok(())
    }

    pub fn put_held_debt(&self, put: &HeldDebt) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO held_debts (recovery_id, organization_id, because, held_at)
             VALUES (:recovery, :organization, :because, :at)
             ON CONFLICT (recovery_id) DO UPDATE SET because = excluded.because",
        )?;
        statement.execute(named_params! {
            ":recovery": put.recovery_id.to_string(),
            ":organization": put.organization_id.to_string(),
            ":because": put.because,
            ":at": put.held_at.unix_ms(),
        })?;
        Ok(())
    }

    /// Whether it was one.
    pub fn delete_held_debt(&self, recovery: RecoveryId) -> Result<bool, StoreError> {
        let mut statement =
            self.connection.prepare_cached("DELETE FROM held_debts WHERE recovery_id = :id")?;
        Ok(statement.execute(named_params! { ":id": recovery.to_string() })? > 0)
    }
}

fn held_debt(columns: &Columns<'_>) -> Result<HeldDebt, StoreError> {
    Ok(HeldDebt {
        recovery_id: columns.parsed("recovery_id")?,
        organization_id: columns.parsed("organization_id")?,
        payable: payable(columns)?,
        because: columns.get("because")?,
        held_at: columns.time("held_at")?,
    })
}
