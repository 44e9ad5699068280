//! Policies with their versions, whom they are for, and which recoveries go by them.

mod assignments;
mod document;
mod record;

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{AttemptId, CustomerId, OrganizationId, PolicyVersionId, RecoveryId};
use crate::domain::policy::{DecisionRecord, Policy, PolicyName, PolicyVersion};
use chrono_tz::Tz;

impl Reader<'_> {
    pub fn policy_version_of_every_organization(
        &self,
        id: PolicyVersionId,
    ) -> Result<Option<PolicyVersion>, StoreError> {
        row!(
            self,
            "policy_versions",
            "SELECT * FROM policy_versions WHERE id = :id",
            named_params! { ":id": id.to_string() },
            version
        )
    }

    /// None: it is the built-in one.
    pub fn policy_name(&self, id: Option<PolicyVersionId>) -> Result<PolicyName, StoreError> {
        let Some(id) = id else { return Ok(Policy::standard().name) };
        let found = row!(
            self,
            "policy_versions",
            "SELECT code, number FROM policy_versions WHERE id = :id",
            named_params! { ":id": id.to_string() },
            |columns: &Columns<'_>| Ok::<_, StoreError>(PolicyName {
                code: columns.get("code")?,
                version: columns.get("number")?,
            })
        )?;
        Ok(found.unwrap_or_else(|| Policy::standard().name))
    }

    /// None takes the latest.
    pub fn policy_version(
        &self,
        organization: OrganizationId,
        code: &str,
        number: Option<u32>,
    ) -> Result<Option<PolicyVersion>, StoreError> {
        row!(
            self,
            "policy_versions",
            "SELECT * FROM policy_versions
              WHERE organization_id = :organization AND code = :code
                AND number >= :from AND number <= :to
              ORDER BY number DESC LIMIT 1",
            named_params! {
                ":organization": organization.to_string(),
                ":code": code,
                ":from": number.unwrap_or(0),
                ":to": number.unwrap_or(u32::MAX),
            },
            version
        )
    }

    /// Newest first, at most a hundred.
    pub fn policy_versions(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<Vec<PolicyVersion>, StoreError> {
        rows!(
            self,
            "policy_versions",
            "SELECT * FROM policy_versions
              WHERE organization_id = :organization AND code = :code
              ORDER BY number DESC LIMIT 100",
            named_params! { ":organization": organization.to_string(), ":code": code },
            version
        )
    }

    /// The latest version of each, by code. A business has few.
    pub fn policies(&self, organization: OrganizationId) -> Result<Vec<PolicyVersion>, StoreError> {
        rows!(
            self,
            "policy_versions",
            "SELECT p.* FROM policy_versions p
              WHERE p.organization_id = :organization
                AND p.number = (SELECT MAX(l.number) FROM policy_versions l
                                 WHERE l.organization_id = :organization AND l.code = p.code)
              ORDER BY p.code LIMIT 1000",
            named_params! { ":organization": organization.to_string() },
            version
        )
    }

    /// Running recoveries that would go by another version of the code, in the order they began:
    /// how many, and the first of them.
    pub fn recoveries_affected(
        &self,
        name: (OrganizationId, &str),
        version: PolicyVersionId,
        limit: u32,
    ) -> Result<(u64, Vec<RecoveryId>), StoreError> {
        let (organization, code) = name;
        let params = named_params! {
            ":organization": organization.to_string(),
            ":code": code,
            ":version": version.to_string(),
            ":limit": limit,
        };
        let sample = rows!(
            self,
            "recoveries",
            "SELECT r.id AS id
               FROM policy_versions p
               JOIN recoveries r ON r.policy_version_id = p.id
              WHERE p.organization_id = :organization AND p.code = :code AND p.id <> :version
                AND r.state IN ('waiting', 'charging', 'idle')
              ORDER BY r.id
              LIMIT :limit",
            params,
            |columns: &Columns<'_>| columns.parsed("id")
        )?;
        let count: Option<i64> = row!(
            self,
            "recoveries",
            "SELECT COUNT(*) AS recoveries
               FROM policy_versions p
               JOIN recoveries r ON r.policy_version_id = p.id
              WHERE p.organization_id = :organization AND p.code = :code AND p.id <> :version
                AND r.state IN ('waiting', 'charging', 'idle')",
            named_params! {
                ":organization": organization.to_string(),
                ":code": code,
                ":version": version.to_string(),
            },
            |columns: &Columns<'_>| columns.get("recoveries")
        )?;
        Ok((count.unwrap_or(0).unsigned_abs(), sample))
    }

    /// Where a customer is: their own zone, else the organization's.
    pub fn zone_of_customer(&self, customer: CustomerId) -> Result<Tz, StoreError> {
        let zone = row!(
            self,
            "customers",
            "SELECT COALESCE(c.timezone, o.timezone) AS timezone
               FROM customers c JOIN organizations o ON o.id = c.organization_id
              WHERE c.id = :customer",
            named_params! { ":customer": customer.to_string() },
            |columns: &Columns<'_>| columns.parsed("timezone")
        )?;
        Ok(zone.unwrap_or(Tz::UTC))
    }

    /// What was decided after the attempts of a debt that were declined, in their order.
    pub fn decisions_of(
        &self,
        recovery: RecoveryId,
    ) -> Result<Vec<(AttemptId, DecisionRecord)>, StoreError> {
        rows!(
            self,
            "attempts",
            "SELECT id, decision FROM attempts
              WHERE recovery_id = :recovery AND decision IS NOT NULL
              ORDER BY number LIMIT 1000",
            named_params! { ":recovery": recovery.to_string() },
            |columns: &Columns<'_>| {
                let text: String = columns.get("decision")?;
                let id: AttemptId = columns.parsed("id")?;
                Ok::<_, StoreError>((id, record::read(&text)?))
            }
        )
    }
}

impl Tx<'_> {
    /// `Conflict` when the version exists.
    pub fn insert_policy_version(&self, made: &PolicyVersion) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO policy_versions (id, organization_id, code, number, source, document,
                    created_at)
             VALUES (:id, :organization_id, :code, :number, :source, :document, :created_at)",
        )?;
        statement.execute(named_params! {
            ":id": made.id.to_string(),
            ":organization_id": made.organization_id.to_string(),
            ":code": made.policy.name.code,
            ":number": made.policy.name.version,
            ":source": made.source,
            ":document": document::write(&made.policy),
            ":created_at": made.created_at.unix_ms(),
        })?;
        Ok(())
    }

    pub fn save_decision(&self, id: AttemptId, decided: &DecisionRecord) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("UPDATE attempts SET decision = :decision WHERE id = :id")?;
        statement.execute(named_params! {
            ":id": id.to_string(),
            ":decision": record::write(decided),
        })?;
        Ok(())
    }

    pub fn save_policy_of(
        &self,
        recovery: RecoveryId,
        version: PolicyVersionId,
    ) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("UPDATE recoveries SET policy_version_id = :version WHERE id = :id")?;
        statement.execute(named_params! {
            ":id": recovery.to_string(),
            ":version": version.to_string(),
        })?;
        Ok(())
    }
}

fn version(columns: &Columns<'_>) -> Result<PolicyVersion, StoreError> {
    let name = PolicyName { code: columns.get("code")?, version: columns.get("number")? };
    let text: String = columns.get("document")?;
    Ok(PolicyVersion {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        policy: document::read(&text, name)?,
        source: columns.get("source")?,
        created_at: columns.time("created_at")?,
    })
}
