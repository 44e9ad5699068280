//! The audit trail: entries are added and read, and the schema refuses anything else.

use rusqlite::named_params;
use serde_json::{Map, Value};

use super::conditions::Conditions;
use super::row::{Columns, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::audit_trail::{Act, Action, Actor, AuditEntry, AuditFilter, Facts};
use crate::domain::id::{AuditId, OrganizationId};
use crate::domain::time::Timestamp;
use crate::domain::view::{Slice, SliceRequest};

/// Who did it, for whom, and when.
#[derive(Debug, Clone, Copy)]
pub struct Signed {
    pub organization: OrganizationId,
    pub actor: Actor,
    pub at: Timestamp,
}

impl Reader<'_> {
    /// Newest first.
    pub fn audit_log(
        &self,
        organization: OrganizationId,
        filter: &AuditFilter,
        request: SliceRequest,
    ) -> Result<Slice<AuditEntry>, StoreError> {
        let mut conditions = Conditions::of(
            "organization_id = :organization",
            ":organization",
            organization.to_string(),
        );
        if let Some(action) = filter.action {
            conditions.and_with("action = :action", ":action", action.as_str().to_owned());
        }
        if let Some(subject) = &filter.subject {
            let kind = subject.kind.clone();
            conditions.and_with("subject_kind = :subject_kind", ":subject_kind", kind);
            conditions.and_with("subject_id = :subject_id", ":subject_id", subject.id.clone());
        }
        if let Some(key) = filter.api_key_id {
            conditions.and_with("actor_id = :actor_id", ":actor_id", key.to_string());
        }
        if let Some(user) = filter.user_id {
            conditions.and_with("actor_id = :user_id", ":user_id", user.to_string());
        }
        let sql = conditions.slice("SELECT * FROM audit_log", request);
        let found = rows!(self, "audit_log", &sql, conditions.values().as_slice(), entry)?;
        Ok(Slice::of(found, request.limit, |entry| entry.id.uuid()))
    }
}

impl Tx<'_> {
    /// In the transaction that does it.
    pub fn append_audit(&self, signed: Signed, act: &Act) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO audit_log (id, organization_id, actor_kind, actor_id, action,
                    subject_kind, subject_id, reason, was, became, at)
             VALUES (:id, :organization_id, :actor_kind, :actor_id, :action,
                    :subject_kind, :subject_id, :reason, :was, :became, :at)",
        )?;
        statement.execute(named_params! {
            ":id": AuditId::at(signed.at).to_string(),
            ":organization_id": signed.organization.to_string(),
            ":actor_kind": signed.actor.kind(),
            ":actor_id": signed.actor.id(),
            ":action": act.action.as_str(),
            ":subject_kind": act.action.subject_kind(),
            ":subject_id": act.subject_id,
            ":reason": act.reason,
            ":was": json(&act.was),
            ":became": json(&act.became),
            ":at": signed.at.unix_ms(),
        })?;
        Ok(())
    }
}

/// None: there is nothing to tell.
fn json(facts: &Facts) -> Option<String> {
    if facts.is_empty() {
        return None;
    }
    let pairs = facts.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
    Some(Value::Object(pairs.collect::<Map<String, Value>>()).to_string())
}

fn entry(columns: &Columns<'_>) -> Result<AuditEntry, StoreError> {
    let actor_kind: String = columns.get("actor_kind")?;
    let actor = match actor_kind.as_str() {
        "api_key" => Actor::ApiKey(columns.parsed("actor_id")?),
        "user" => Actor::User(columns.parsed("actor_id")?),
        "command_line" => Actor::CommandLine,
        "provider" => Actor::Provider,
        "anyone" => Actor::Anyone,
        other => {
            return Err(StoreError::corrupt("audit_log", format!("`{other}` in actor_kind")));
        }
    };
    Ok(AuditEntry {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        actor,
        action: columns.word("action", Action::parse)?,
        subject_id: columns.get("subject_id")?,
        reason: columns.get("reason")?,
        was: columns.get("was")?,
        became: columns.get("became")?,
        at: columns.time("at")?,
    })
}
