//! What persons found out about attempts whose outcome nobody knew.

use rusqlite::named_params;

use super::row::{Columns, row};
use super::{Reader, StoreError, Tx};
use crate::domain::id::AttemptId;
use crate::domain::resolution::{Contradiction, Finding, Resolution};

impl Reader<'_> {
    pub fn resolution(&self, attempt: AttemptId) -> Result<Option<Resolution>, StoreError> {
        row!(
            self,
            "resolutions",
            "SELECT attempt_id, organization_id, outcome, reason AS resolution_reason,
                    at AS resolved_at, contradicted_at, contradiction
               FROM resolutions WHERE attempt_id = :attempt",
            named_params! { ":attempt": attempt.to_string() },
            resolution
        )
    }
}

impl Tx<'_> {
    /// What was said last is what counts; what was said before is in the audit trail.
    pub fn put_resolution(&self, put: &Resolution) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO resolutions (attempt_id, organization_id, outcome, reason, at,
                    contradicted_at, contradiction)
             VALUES (:attempt_id, :organization_id, :outcome, :reason, :at,
                    :contradicted_at, :contradiction)
             ON CONFLICT (attempt_id) DO UPDATE SET
                    outcome = excluded.outcome, reason = excluded.reason, at = excluded.at,
                    contradicted_at = excluded.contradicted_at,
                    contradiction = excluded.contradiction",
        )?;
        let contradiction = put.contradiction.as_ref();
        statement.execute(named_params! {
            ":attempt_id": put.attempt_id.to_string(),
            ":organization_id": put.organization_id.to_string(),
            ":outcome": put.finding.as_str(),
            ":reason": put.reason,
            ":at": put.at.unix_ms(),
            ":contradicted_at": contradiction.map(|it| it.at.unix_ms()),
            ":contradiction": contradiction.map(|it| &it.told),
        })?;
        Ok(())
    }
}

/// Of columns whose names do not meet those of an attempt.
pub(super) fn resolution(columns: &Columns<'_>) -> Result<Resolution, StoreError> {
    let contradiction = match columns.time_option("contradicted_at")? {
        Some(at) => Some(Contradiction { at, told: columns.get("contradiction")? }),
        None => None,
    };
    Ok(Resolution {
        attempt_id: columns.parsed("attempt_id")?,
        organization_id: columns.parsed("organization_id")?,
        finding: columns.word("outcome", Finding::parse)?,
        reason: columns.get("resolution_reason")?,
        at: columns.time("resolved_at")?,
        contradiction,
    })
}
