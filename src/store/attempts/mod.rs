//! Attempts: what was tried on each debt, and what came of it.

mod row;

use rusqlite::named_params;

use super::row::{Columns, row as first_row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::attempt::Attempt;
use crate::domain::id::{AttemptId, ConnectionId, InvoiceId, RecoveryId, SessionId};
use crate::domain::policy::History;
use crate::domain::time::{Span, Timestamp};
pub(super) use row::attempt;
use row::{StoredState, history};

impl Reader<'_> {
    pub fn attempt_of_every_organization(
        &self,
        id: AttemptId,
    ) -> Result<Option<Attempt>, StoreError> {
        first_row!(
            self,
            "attempts",
            "SELECT * FROM attempts WHERE id = :id",
            named_params! { ":id": id.to_string() },
            attempt
        )
    }

    pub fn attempt_by_charge(
        &self,
        connection: ConnectionId,
        charge_id: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        first_row!(
            self,
            "attempts",
            "SELECT * FROM attempts WHERE connection_id = :connection AND charge_id = :charge_id",
            named_params! { ":connection": connection.to_string(), ":charge_id": charge_id },
            attempt
        )
    }

    /// The payment that was made on a hosted page.
    pub fn attempt_of_session(&self, session: SessionId) -> Result<Option<Attempt>, StoreError> {
        first_row!(
            self,
            "attempts",
            "SELECT * FROM attempts WHERE session_id = :session",
            named_params! { ":session": session.to_string() },
            attempt
        )
    }

    /// In the order they were made. A debt has few.
    pub fn attempts_of(&self, recovery: RecoveryId) -> Result<Vec<Attempt>, StoreError> {
        rows!(
            self,
            "attempts",
            "SELECT * FROM attempts WHERE recovery_id = :recovery ORDER BY number LIMIT 1000",
            named_params! { ":recovery": recovery.to_string() },
            attempt
        )
    }

    /// The attempt that never left, and is to be sent again under its key.
    pub fn unsent_attempt(&self, recovery: RecoveryId) -> Result<Option<Attempt>, StoreError> {
        first_row!(
            self,
            "attempts",
            "SELECT * FROM attempts
              WHERE recovery_id = :recovery AND state = 'not_sent'
              ORDER BY number DESC LIMIT 1",
            named_params! { ":recovery": recovery.to_string() },
            attempt
        )
    }

    /// Open attempts whose provider is to be asked, longest due first.
    pub fn attempts_to_look_up(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<AttemptId>, StoreError> {
        rows!(
            self,
            "attempts",
            "SELECT id FROM attempts
              WHERE next_lookup_at <= :now
              ORDER BY next_lookup_at, id
              LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }

    /// Attempts that were sent and are over, begun since then, newest first.
    pub fn ended_attempts_of_every_organization(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Attempt>, StoreError> {
        rows!(
            self,
            "attempts",
            "SELECT a.*
               FROM organizations o
               JOIN attempts a ON a.organization_id = o.id AND a.begun_at >= :since
              WHERE a.sends > 0 AND a.state IN ('paid', 'declined', 'cancelled', 'not_sent')
              ORDER BY a.begun_at DESC, a.id
              LIMIT :limit",
            named_params! { ":since": since.unix_ms(), ":limit": limit },
            attempt
        )
    }

    /// Attempts that somebody began to charge and cannot be charging any more.
    pub fn abandoned_attempts(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<AttemptId>, StoreError> {
        rows!(
            self,
            "attempts",
            "SELECT id FROM attempts
              WHERE state = 'charging' AND lease_until <= :now
              ORDER BY lease_until, id
              LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }

    /// The declines of one debt on one instrument that count against it.
    pub fn decline_history(
        &self,
        recovery: RecoveryId,
        limit_key: &str,
    ) -> Result<Option<History>, StoreError> {
        let counted = first_row!(
            self,
            "attempts",
            "SELECT COUNT(*) AS declines,
                    COALESCE(SUM(decline_retry = 'limited'), 0) AS limited,
                    COALESCE(SUM(decline_retry = 'soft_short'), 0) AS short,
                    MIN(settled_at) AS first_at
               FROM attempts
              WHERE recovery_id = :recovery AND limit_key = :limit_key AND state = 'declined'
                AND decline_retry NOT IN ('merchant', 'hold')",
            named_params! { ":recovery": recovery.to_string(), ":limit_key": limit_key },
            history
        )?;
        Ok(counted.flatten())
    }

    /// The declines of one debt that count, on whatever instrument.
    pub fn declines_of(&self, recovery: RecoveryId) -> Result<u32, StoreError> {
        let count = first_row!(
            self,
            "attempts",
            "SELECT COUNT(*) AS declines FROM attempts
              WHERE recovery_id = :recovery AND state = 'declined'
                AND decline_retry NOT IN ('merchant', 'hold')",
            named_params! { ":recovery": recovery.to_string() },
            |columns: &Columns<'_>| columns.get("declines")
        )?;
        Ok(count.unwrap_or(0))
    }

    /// Whether this debt, alone or with others in a request, met a decline on this instrument
    /// that forbids to try it again.
    pub fn is_hard_declined(
        &self,
        invoice: InvoiceId,
        limit_key: &str,
    ) -> Result<bool, StoreError> {
        let found = first_row!(
            self,
            "attempts",
            "SELECT a.id AS id
               FROM recoveries r
               JOIN attempts a ON a.recovery_id = r.id
              WHERE r.payable_kind = 'invoice' AND r.payable_id = :invoice
                AND a.limit_key = :limit_key AND a.state = 'declined'
                AND a.decline_retry IN ('new_method', 'stop')
              UNION ALL
             SELECT a.id
               FROM payment_request_invoices p
               JOIN recoveries r
                 ON r.payable_kind = 'payment_request' AND r.payable_id = p.payment_request_id
               JOIN attempts a ON a.recovery_id = r.id
              WHERE p.invoice_id = :invoice
                AND a.limit_key = :limit_key AND a.state = 'declined'
                AND a.decline_retry IN ('new_method', 'stop')
              LIMIT 1",
            named_params! { ":invoice": invoice.to_string(), ":limit_key": limit_key },
            |columns: &Columns<'_>| columns.parsed::<AttemptId>("id")
        )?;
        Ok(found.is_some())
    }

    /// How often the instrument was declined since then, over all debts.
    pub fn declines_on_instrument(
        &self,
        limit_key: &str,
        since: Timestamp,
    ) -> Result<u32, StoreError> {
        let count = first_row!(
            self,
            "attempts",
            "SELECT COUNT(*) AS declines FROM attempts
              WHERE limit_key = :limit_key AND state = 'declined' AND settled_at > :since",
            named_params! { ":limit_key": limit_key, ":since": since.unix_ms() },
            |columns: &Columns<'_>| columns.get("declines")
        )?;
        Ok(count.unwrap_or(0))
    }
}

impl Tx<'_> {
    /// Inserts it, or saves what of it can change.
    pub fn put_attempt(&self, put: &Attempt) -> Result<(), StoreError> {
        let before = self.attempt_state(put.id)?;
        let stored = StoredState::of(&put.state);
        let instrument = put.instrument.as_ref();
        let decline = stored.decline;
        let changing = named_params! {
            ":id": put.id.to_string(),
            ":connection_id": put.connection_id.to_string(),
            ":origin": put.origin.as_str(),
            ":amount": put.amount.minor_units,
            ":currency": put.amount.currency.code(),
            ":payment_method_id": instrument.and_then(|it| it.method_id).map(|id| id.to_string()),
            ":provider_method_id": instrument.map(|it| &it.provider_method_id),
            ":method_kind": instrument.map(|it| &it.kind),
            ":limit_key": instrument.map(|it| &it.limit_key),
            ":provider_customer_id": put.provider_customer_id,
            ":sends": put.sends,
            ":state": put.state.as_str(),
            ":lease_until": stored.lease_until.map(Timestamp::unix_ms),
            ":lookups_made": stored.lookup.map_or(0, |lookup| lookup.made),
            ":next_lookup_at":
                stored.lookup.and_then(|lookup| lookup.next_at).map(Timestamp::unix_ms),
            ":reason": stored.reason,
            ":action_kind": stored.action.map(|action| &action.kind),
            ":action_url": stored.action.and_then(|action| action.url.as_ref()),
            ":decline_class": decline.map(|decline| decline.class.as_str()),
            ":decline_retry": decline.map(|decline| decline.retry.as_str()),
            ":decline_code": decline.map(|decline| &decline.code),
            ":decline_network_code": decline.and_then(|it| it.network_code.as_ref()),
            ":decline_advice_code": decline.and_then(|it| it.advice_code.as_ref()),
            ":decline_retry_after_ms": decline.and_then(|it| it.retry_after).map(Span::as_ms),
            ":decline_message": decline.map(|decline| &decline.message),
            ":settled_at": stored.settled_at.map(Timestamp::unix_ms),
            ":charge_id": put.charge_id,
            ":status": put.status,
            ":updated_at": put.updated_at.unix_ms(),
        };
        if before.is_some() {
            self.connection.prepare_cached(SAVE)?.execute(changing)?;
        } else {
            self.count_payment(put.organization_id)?;
            let lasting = named_params! {
                ":organization_id": put.organization_id.to_string(),
                ":recovery_id": put.recovery_id.to_string(),
                ":payable_kind": put.payable.kind(),
                ":payable_id": put.payable.uuid().to_string(),
                ":customer_id": put.customer_id.to_string(),
                ":number": put.number,
                ":session_id": put.session_id.map(|id| id.to_string()),
                ":idempotency_key": put.idempotency_key,
                ":begun_at": put.begun_at.unix_ms(),
            };
            let all = [changing, lasting].concat();
            self.connection.prepare_cached(INSERT)?.execute(all.as_slice())?;
        }
        self.note_last_decline(put, before.as_deref() == Some("declined"))
    }

    pub(super) fn cancel_unsent_attempts(
        &self,
        recovery: RecoveryId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE attempts
                SET state = 'cancelled', reason = NULL, settled_at = :now, updated_at = :now
              WHERE recovery_id = :recovery AND state = 'not_sent'",
        )?;
        statement.execute(named_params! {
            ":recovery": recovery.to_string(),
            ":now": now.unix_ms(),
        })?;
        Ok(())
    }
}

const INSERT: &str = "
    INSERT INTO attempts (id, organization_id, recovery_id, payable_kind, payable_id, customer_id,
            connection_id, number, origin, amount, currency, payment_method_id,
            provider_method_id, method_kind, limit_key, provider_customer_id, session_id,
            idempotency_key, sends, state, lease_until, lookups_made, next_lookup_at, reason,
            action_kind, action_url, decline_class, decline_retry, decline_code,
            decline_network_code, decline_advice_code, decline_retry_after_ms, decline_message,
            settled_at, charge_id, status, begun_at, updated_at)
    VALUES (:id, :organization_id, :recovery_id, :payable_kind, :payable_id, :customer_id,
            :connection_id, :number, :origin, :amount, :currency, :payment_method_id,
            :provider_method_id, :method_kind, :limit_key, :provider_customer_id, :session_id,
            :idempotency_key, :sends, :state, :lease_until, :lookups_made, :next_lookup_at, :reason,
            :action_kind, :action_url, :decline_class, :decline_retry, :decline_code,
            :decline_network_code, :decline_advice_code, :decline_retry_after_ms, :decline_message,
            :settled_at, :charge_id, :status, :begun_at, :updated_at)";

const SAVE: &str = "
    UPDATE attempts SET
            connection_id = :connection_id, origin = :origin,
            amount = :amount, currency = :currency,
            payment_method_id = :payment_method_id,
            provider_method_id = :provider_method_id,
            method_kind = :method_kind, limit_key = :limit_key,
            provider_customer_id = :provider_customer_id,
            sends = :sends, state = :state,
            lease_until = :lease_until, lookups_made = :lookups_made,
            next_lookup_at = :next_lookup_at, reason = :reason,
            action_kind = :action_kind, action_url = :action_url,
            decline_class = :decline_class, decline_retry = :decline_retry,
            decline_code = :decline_code,
            decline_network_code = :decline_network_code,
            decline_advice_code = :decline_advice_code,
            decline_retry_after_ms = :decline_retry_after_ms,
            decline_message = :decline_message, settled_at = :settled_at,
            charge_id = :charge_id, status = :status,
            updated_at = :updated_at
    WHERE id = :id";
