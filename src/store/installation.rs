//! The installation itself: an identity that survives with the database, and the jobs' records.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::time::Timestamp;

/// When a job last ran, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    pub name: String,
    pub last_began_at: Option<Timestamp>,
    pub last_ended_at: Option<Timestamp>,
    pub last_outcome: Option<String>,
    pub runs: u32,
}

/// The file that everything is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFacts {
    pub bytes: u64,
    pub schema: i64,
    /// Of SQLite.
    pub engine: String,
}

impl Reader<'_> {
    pub fn database_facts(&self) -> Result<DatabaseFacts, StoreError> {
        let bytes: i64 = self.connection.query_row(
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            [],
            |row| row.get(0),
        )?;
        let schema = super::schema::found(self.connection)?;
        let engine = rusqlite::version().to_owned();
        Ok(DatabaseFacts { bytes: bytes.unsigned_abs(), schema, engine })
    }

    /// What idempotency keys are derived from. None before the first start.
    pub fn installation_identity(&self) -> Result<Option<String>, StoreError> {
        row!(
            self,
            "installation",
            "SELECT identity FROM installation WHERE id = 1",
            [],
            |columns: &Columns<'_>| columns.get::<String>("identity")
        )
    }

    pub fn job_records(&self) -> Result<Vec<JobRecord>, StoreError> {
        rows!(self, "jobs", "SELECT * FROM jobs ORDER BY name LIMIT 1000", [], job)
    }
}

impl Tx<'_> {
    pub fn insert_installation(&self, identity: &str, now: Timestamp) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO installation (id, identity, created_at) VALUES (1, :identity, :now)",
            named_params! { ":identity": identity, ":now": now.unix_ms() },
        )?;
        Ok(())
    }

    pub fn record_job(
        &self,
        name: &str,
        began_at: Timestamp,
        ended_at: Timestamp,
        outcome: &str,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO jobs (name, last_began_at, last_ended_at, last_outcome, runs)
                 VALUES (:name, :began_at, :ended_at, :outcome, 1)
                 ON CONFLICT (name) DO UPDATE SET
                        last_began_at = excluded.last_began_at,
                        last_ended_at = excluded.last_ended_at,
                        last_outcome = excluded.last_outcome, runs = jobs.runs + 1",
            )?
            .execute(named_params! {
                ":name": name,
                ":began_at": began_at.unix_ms(),
                ":ended_at": ended_at.unix_ms(),
                ":outcome": outcome,
            })?;
        Ok(())
    }
}

fn job(columns: &Columns<'_>) -> Result<JobRecord, StoreError> {
    Ok(JobRecord {
        name: columns.get("name")?,
        last_began_at: columns.time_option("last_began_at")?,
        last_ended_at: columns.time_option("last_ended_at")?,
        last_outcome: columns.get("last_outcome")?,
        runs: columns.get("runs")?,
    })
}
