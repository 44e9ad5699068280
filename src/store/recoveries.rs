//! Recoveries: where the collecting of each debt stands.

use rusqlite::{ToSql, named_params};

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{ConnectionId, CustomerId, OrganizationId, RecoveryId};
use crate::domain::payment::PayableId;
use crate::domain::recovery::{IdleReason, RecoveredBy, Recovery, State, WaitReason};
use crate::domain::time::Timestamp;

/// A recovery whose next attempt has come, with what bounds how many run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueRecovery {
    pub id: RecoveryId,
    pub connection_id: Option<ConnectionId>,
}

impl Reader<'_> {
    pub fn recovery_of(&self, payable: PayableId) -> Result<Option<Recovery>, StoreError> {
        row!(
            self,
            "recoveries",
            "SELECT * FROM recoveries WHERE payable_kind = :kind AND payable_id = :payable",
            named_params! { ":kind": payable.kind(), ":payable": payable.uuid().to_string() },
            recovery
        )
    }

    pub fn recovery_of_every_organization(
        &self,
        id: RecoveryId,
    ) -> Result<Option<Recovery>, StoreError> {
        row!(
            self,
            "recoveries",
            "SELECT * FROM recoveries WHERE id = :id",
            named_params! { ":id": id.to_string() },
            recovery
        )
    }

    pub fn recovery(
        &self,
        organization: OrganizationId,
        id: RecoveryId,
    ) -> Result<Option<Recovery>, StoreError> {
        let found = self.recovery_of_every_organization(id)?;
        Ok(found.filter(|recovery| recovery.organization_id == organization))
    }

    /// Recoveries whose next attempt has come, oldest first, but for those on connections that
    /// have no room.
    pub fn due_recoveries(
        &self,
        now: Timestamp,
        full: &[ConnectionId],
        limit: u32,
    ) -> Result<Vec<DueRecovery>, StoreError> {
        let full: Vec<String> = full.iter().map(ToString::to_string).collect();
        let marks = vec!["?"; full.len()].join(", ");
        let but_for = if full.is_empty() {
            String::new()
        } else {
            format!("AND (connection_id IS NULL OR connection_id NOT IN ({marks}))")
        };
        let sql = format!(
            "SELECT id, connection_id
               FROM recoveries
              WHERE state = 'waiting' AND paused = 0 AND next_attempt_at <= ? {but_for}
              ORDER BY next_attempt_at, id
              LIMIT ?"
        );
        let (now, limit) = (now.unix_ms(), i64::from(limit));
        let mut params: Vec<&dyn ToSql> = vec![&now];
        params.extend(full.iter().map(|id| id as &dyn ToSql));
        params.push(&limit);
        rows!(self, "recoveries", &sql, params.as_slice(), |columns: &Columns<'_>| Ok::<
            _,
            StoreError,
        >(
            DueRecovery {
                id: columns.parsed("id")?,
                connection_id: columns.parsed_option("connection_id")?,
            }
        ))
    }

    /// The debts of a customer that rest until a method comes, oldest first.
    pub fn recoveries_resting(
        &self,
        customer: CustomerId,
        limit: u32,
    ) -> Result<Vec<Recovery>, StoreError> {
        rows!(
            self,
            "recoveries",
            "SELECT *
               FROM recoveries
              WHERE customer_id = :customer AND state = 'idle'
              ORDER BY id
              LIMIT :limit",
            named_params! { ":customer": customer.to_string(), ":limit": limit },
            recovery
        )
    }

    /// The debts of a customer for which an attempt is planned, oldest first.
    pub fn recoveries_planned(
        &self,
        customer: CustomerId,
        limit: u32,
    ) -> Result<Vec<Recovery>, StoreError> {
        rows!(
            self,
            "recoveries",
            "SELECT *
               FROM recoveries
              WHERE customer_id = :customer AND state = 'waiting'
              ORDER BY id
              LIMIT :limit",
            named_params! { ":customer": customer.to_string(), ":limit": limit },
            recovery
        )
    }

    /// The debts that wait for a paused connection, oldest first.
    pub fn recoveries_waiting_for_connection(
        &self,
        connection: ConnectionId,
        limit: u32,
    ) -> Result<Vec<Recovery>, StoreError> {
        rows!(
            self,
            "recoveries",
            "SELECT *
               FROM recoveries
              WHERE state = 'waiting' AND paused = 0 AND reason = 'connection_paused'
                AND connection_id = :connection
              ORDER BY next_attempt_at, id
              LIMIT :limit",
            named_params! { ":connection": connection.to_string(), ":limit": limit },
            recovery
        )
    }
}

impl Tx<'_> {
    /// Where its customer's debts are paused, it begins paused.
    pub fn insert_recovery(&self, made: &Recovery) -> Result<(), StoreError> {
        let paused = made.paused || self.collection_pause(made.customer_id)?.is_some();
        let made = &Recovery { paused, ..made.clone() };
        self.put_recovery(
            made,
            "INSERT INTO recoveries (id, organization_id, payable_kind, payable_id, customer_id,
                    connection_id, state, reason, next_attempt_at, open_attempt_id, ended_at,
                    attempts_made, not_sent_in_a_row, requested_method_id,
                    backup_method_id, steps_skipped, paused, policy_version_id, created_at,
                    updated_at)
             VALUES (:id, :organization_id, :payable_kind, :payable_id, :customer_id,
                    :connection_id, :state, :reason, :next_attempt_at, :open_attempt_id, :ended_at,
                    :attempts_made, :not_sent_in_a_row, :requested_method_id,
                    :backup_method_id, :steps_skipped, :paused, :policy_version_id, :created_at,
                    :updated_at)",
            true,
        )?;
        self.note_collecting(made)
    }

    /// With the end of a recovery, an attempt that never left ends too.
    pub fn save_recovery(&self, saved: &Recovery) -> Result<(), StoreError> {
        self.put_recovery(
            saved,
            "UPDATE recoveries
                SET connection_id = :connection_id, state = :state, reason = :reason,
                    next_attempt_at = :next_attempt_at, open_attempt_id = :open_attempt_id,
                    ended_at = :ended_at, attempts_made = :attempts_made,
                    not_sent_in_a_row = :not_sent_in_a_row,
                    requested_method_id = :requested_method_id,
                    backup_method_id = :backup_method_id, steps_skipped = :steps_skipped,
                    paused = :paused,
                    updated_at = :updated_at
              WHERE id = :id",
            false,
        )?;
        if saved.is_ended() {
            self.cancel_unsent_attempts(saved.id, saved.updated_at)?;
        }
        self.note_collecting(saved)
    }

    fn put_recovery(&self, put: &Recovery, sql: &str, is_new: bool) -> Result<(), StoreError> {
        let stored = StoredState::of(&put.state);
        let id = put.id.to_string();
        let connection_id = put.connection_id.map(|id| id.to_string());
        let requested = put.requested_method.map(|id| id.to_string());
        let backup = put.backup_method.map(|id| id.to_string());
        let updated_at = put.updated_at.unix_ms();
        let mut params: Vec<(&str, &dyn ToSql)> = vec![
            (":id", &id),
            (":connection_id", &connection_id),
            (":state", &stored.state),
            (":reason", &stored.reason),
            (":next_attempt_at", &stored.next_attempt_at),
            (":open_attempt_id", &stored.open_attempt_id),
            (":ended_at", &stored.ended_at),
            (":attempts_made", &put.attempts_made),
            (":not_sent_in_a_row", &put.not_sent_in_a_row),
            (":requested_method_id", &requested),
            (":backup_method_id", &backup),
            (":steps_skipped", &put.steps_skipped),
            (":paused", &put.paused),
            (":updated_at", &updated_at),
        ];
        let organization_id = put.organization_id.to_string();
        let payable_kind = put.payable.kind();
        let payable_id = put.payable.uuid().to_string();
        let customer_id = put.customer_id.to_string();
        let policy_version_id = put.policy_version.map(|id| id.to_string());
        let created_at = put.created_at.unix_ms();
        if is_new {
            params.push((":organization_id", &organization_id));
            params.push((":payable_kind", &payable_kind));
            params.push((":payable_id", &payable_id));
            params.push((":customer_id", &customer_id));
            params.push((":policy_version_id", &policy_version_id));
            params.push((":created_at", &created_at));
        }
        self.connection.prepare_cached(sql)?.execute(params.as_slice())?;
        Ok(())
    }
}

/// A state as its columns.
struct StoredState {
    state: &'static str,
    reason: &'static str,
    next_attempt_at: Option<i64>,
    open_attempt_id: Option<String>,
    ended_at: Option<i64>,
}

impl StoredState {
    fn of(state: &State) -> StoredState {
        let mut stored = StoredState {
            state: state.as_str(),
            reason: "",
            next_attempt_at: None,
            open_attempt_id: None,
            ended_at: None,
        };
        match state {
            State::Waiting { next_attempt_at, reason } => {
                stored.reason = reason.as_str();
                stored.next_attempt_at = Some(next_attempt_at.unix_ms());
            }
            State::Charging { attempt } => stored.open_attempt_id = Some(attempt.to_string()),
            State::Idle { reason } => stored.reason = reason.as_str(),
            State::Recovered { by, at } => {
                stored.reason = by.as_str();
                stored.ended_at = Some(at.unix_ms());
            }
            State::Cancelled { at } => stored.ended_at = Some(at.unix_ms()),
        }
        stored
    }
}

pub(super) fn recovery(columns: &Columns<'_>) -> Result<Recovery, StoreError> {
    Ok(Recovery {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        payable: payable(columns)?,
        customer_id: columns.parsed("customer_id")?,
        connection_id: columns.parsed_option("connection_id")?,
        state: state(columns)?,
        attempts_made: columns.get("attempts_made")?,
        not_sent_in_a_row: columns.get("not_sent_in_a_row")?,
        requested_method: columns.parsed_option("requested_method_id")?,
        backup_method: columns.parsed_option("backup_method_id")?,
        steps_skipped: columns.get("steps_skipped")?,
        paused: columns.get("paused")?,
        policy_version: columns.parsed_option("policy_version_id")?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}

/// The debt that a row is about.
pub(super) fn payable(columns: &Columns<'_>) -> Result<PayableId, StoreError> {
    let kind: String = columns.get("payable_kind")?;
    match kind.as_str() {
        "invoice" => Ok(PayableId::Invoice(columns.parsed("payable_id")?)),
        "payment_request" => Ok(PayableId::PaymentRequest(columns.parsed("payable_id")?)),
        other => Err(StoreError::corrupt(columns.table, format!("`{other}` in payable_kind"))),
    }
}

fn state(columns: &Columns<'_>) -> Result<State, StoreError> {
    let state: String = columns.get("state")?;
    Ok(match state.as_str() {
        "waiting" => State::Waiting {
            next_attempt_at: columns.time("next_attempt_at")?,
            reason: columns.word("reason", WaitReason::parse)?,
        },
        "charging" => State::Charging { attempt: columns.parsed("open_attempt_id")? },
        "idle" => State::Idle { reason: columns.word("reason", IdleReason::parse)? },
        "recovered" => State::Recovered {
            by: columns.word("reason", RecoveredBy::parse)?,
            at: columns.time("ended_at")?,
        },
        "cancelled" => State::Cancelled { at: columns.time("ended_at")? },
        other => {
            return Err(StoreError::corrupt("recoveries", format!("`{other}` in state")));
        }
    })
}
