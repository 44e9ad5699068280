//! Refunds: what is given back through providers, and what is to be sent again.

use rusqlite::named_params;

use super::conditions::Conditions;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::filter::RefundFilter;
use crate::domain::id::{AttemptId, ConnectionId, OrganizationId, RefundId, SurplusId};
use crate::domain::refund::{
    REFUND_NEWS_WITHIN, Refund, RefundReason, RefundState, RefundStateWord,
};
use crate::domain::time::Timestamp;
use crate::domain::view::{Slice, SliceRequest};

impl Reader<'_> {
    pub fn refund(
        &self,
        organization: OrganizationId,
        id: RefundId,
    ) -> Result<Option<Refund>, StoreError> {
        let found = self.refund_of_every_organization(id)?;
        Ok(found.filter(|refund| refund.organization_id == organization))
    }

    pub fn refund_of_every_organization(&self, id: RefundId) -> Result<Option<Refund>, StoreError> {
        row!(
            self,
            "refunds",
            "SELECT * FROM refunds WHERE id = :id",
            named_params! { ":id": id.to_string() },
            refund
        )
    }

    pub fn refund_by_client_key(
        &self,
        organization: OrganizationId,
        key: &str,
    ) -> Result<Option<Refund>, StoreError> {
        row!(
            self,
            "refunds",
            "SELECT * FROM refunds WHERE organization_id = :organization AND client_key = :key",
            named_params! { ":organization": organization.to_string(), ":key": key },
            refund
        )
    }

    pub fn refund_by_provider_id(
        &self,
        connection: ConnectionId,
        provider_refund_id: &str,
    ) -> Result<Option<Refund>, StoreError> {
        row!(
            self,
            "refunds",
            "SELECT * FROM refunds
              WHERE connection_id = :connection AND provider_refund_id = :refund",
            named_params! {
                ":connection": connection.to_string(),
                ":refund": provider_refund_id,
            },
            refund
        )
    }

    /// Of a charge, by the provider's id of it.
    pub fn refunds_of_charge(
        &self,
        connection: ConnectionId,
        charge_id: &str,
    ) -> Result<Vec<Refund>, StoreError> {
        rows!(
            self,
            "refunds",
            "SELECT * FROM refunds
              WHERE connection_id = :connection AND charge_id = :charge
              ORDER BY id LIMIT 1000",
            named_params! { ":connection": connection.to_string(), ":charge": charge_id },
            refund
        )
    }

    /// Oldest first. A payment has few.
    pub fn refunds_of_payment(&self, payment: AttemptId) -> Result<Vec<Refund>, StoreError> {
        rows!(
            self,
            "refunds",
            "SELECT * FROM refunds WHERE payment_id = :payment ORDER BY number LIMIT 1000",
            named_params! { ":payment": payment.to_string() },
            refund
        )
    }

    /// Oldest first.
    pub fn refunds_of_surplus(&self, surplus: SurplusId) -> Result<Vec<Refund>, StoreError> {
        rows!(
            self,
            "refunds",
            "SELECT * FROM refunds WHERE surplus_id = :surplus ORDER BY id LIMIT 1000",
            named_params! { ":surplus": surplus.to_string() },
            refund
        )
    }

    /// Newest first.
    pub fn refunds(
        &self,
        organization: OrganizationId,
        filter: &RefundFilter,
        request: SliceRequest,
    ) -> Result<Slice<Refund>, StoreError> {
        let mut conditions = Conditions::of(
            "organization_id = :organization",
            ":organization",
            organization.to_string(),
        );
        if let Some(state) = filter.state {
            conditions.and_with("state = :state", ":state", state.as_str().to_owned());
        }
        if let Some(payment) = filter.payment_id {
            conditions.and_with("payment_id = :payment", ":payment", payment.to_string());
        }
        if let Some(surplus) = filter.surplus_id {
            conditions.and_with("surplus_id = :surplus", ":surplus", surplus.to_string());
        }
        let sql = conditions.slice("SELECT * FROM refunds", request);
        let found = rows!(self, "refunds", &sql, conditions.values().as_slice(), refund)?;
        Ok(Slice::of(found, request.limit, |refund| refund.id.uuid()))
    }

    /// Those whose sending is due, and those that somebody began and cannot be sending any more.
    pub fn refunds_to_send(&self, now: Timestamp, limit: u32) -> Result<Vec<RefundId>, StoreError> {
        rows!(
            self,
            "refunds",
            "SELECT id FROM refunds WHERE next_send_at <= :now
              ORDER BY next_send_at, id LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }

    /// Those that a provider has had for so long that it should have told what became of them, and
    /// beside which nothing else of the payment is open.
    pub fn refunds_without_news(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<RefundId>, StoreError> {
        rows!(
            self,
            "refunds",
            "SELECT id FROM refunds AS r
              WHERE r.state = 'pending' AND r.updated_at <= :before
                AND NOT EXISTS (SELECT 1 FROM refunds AS o
                     WHERE o.payment_id = r.payment_id
                       AND o.state IN ('sending', 'not_sent', 'unknown'))
              ORDER BY r.updated_at, r.id LIMIT :limit",
            named_params! {
                ":before": now.minus(REFUND_NEWS_WITHIN).unix_ms(),
                ":limit": limit,
            },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }

    pub fn abandoned_refunds(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<RefundId>, StoreError> {
        rows!(
            self,
            "refunds",
            "SELECT id FROM refunds WHERE state = 'sending' AND lease_until <= :now
              ORDER BY lease_until, id LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }
}

/// What only some states have.
#[derive(Default)]
struct Parts<'a> {
    lease_until: Option<Timestamp>,
    next_send_at: Option<Timestamp>,
    code: Option<&'a str>,
    message: Option<&'a str>,
    settled_at: Option<Timestamp>,
}

impl Parts<'_> {
    fn of(state: &RefundState) -> Parts<'_> {
        let none = Parts::default();
        match state {
            RefundState::Sending { lease_until } => {
                Parts { lease_until: Some(*lease_until), ..none }
            }
            RefundState::NotSent { message, next_send_at }
            | RefundState::Unknown { message, next_send_at } => {
                Parts { next_send_at: *next_send_at, message: Some(message), ..none }
            }
            RefundState::Pending => none,
            RefundState::Succeeded { at } => Parts { settled_at: Some(*at), ..none },
            RefundState::Failed { code, message, at } => {
                Parts { code: Some(code), message: Some(message), settled_at: Some(*at), ..none }
            }
        }
    }
}

impl Tx<'_> {
    /// Inserts, or saves what became of it.
    pub fn put_refund(&self, put: &Refund) -> Result<(), StoreError> {
        let parts = Parts::of(&put.state);
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO refunds (id, organization_id, customer_id, payment_id, connection_id,
                    charge_id, surplus_id, number, amount, currency, idempotency_key, client_key,
                    reason, state, sends, maybe_processed, lease_until, next_send_at,
                    provider_refund_id, failure_code, message, begun_at, updated_at, settled_at)
             VALUES (:id, :organization_id, :customer_id, :payment_id, :connection_id,
                    :charge_id, :surplus_id, :number, :amount, :currency, :idempotency_key,
                    :client_key, :reason, :state, :sends, :maybe_processed, :lease_until,
                    :next_send_at, :provider_refund_id, :failure_code, :message, :begun_at,
                    :updated_at, :settled_at)
             ON CONFLICT (id) DO UPDATE SET
                    state = excluded.state, sends = excluded.sends,
                    maybe_processed = excluded.maybe_processed,
                    lease_until = excluded.lease_until, next_send_at = excluded.next_send_at,
                    provider_refund_id = excluded.provider_refund_id,
                    failure_code = excluded.failure_code, message = excluded.message,
                    updated_at = excluded.updated_at, settled_at = excluded.settled_at",
        )?;
        statement.execute(named_params! {
            ":id": put.id.to_string(),
            ":organization_id": put.organization_id.to_string(),
            ":customer_id": put.customer_id.to_string(),
            ":payment_id": put.payment_id.to_string(),
            ":connection_id": put.connection_id.to_string(),
            ":charge_id": put.charge_id,
            ":surplus_id": put.surplus_id.map(|id| id.to_string()),
            ":number": put.number,
            ":amount": put.amount.minor_units,
            ":currency": put.amount.currency.code(),
            ":idempotency_key": put.idempotency_key,
            ":client_key": put.client_key,
            ":reason": put.reason.as_str(),
            ":state": put.state.word().as_str(),
            ":sends": put.sends,
            ":maybe_processed": put.maybe_processed,
            ":lease_until": parts.lease_until.map(Timestamp::unix_ms),
            ":next_send_at": parts.next_send_at.map(Timestamp::unix_ms),
            ":provider_refund_id": put.provider_refund_id,
            ":failure_code": parts.code,
            ":message": parts.message,
            ":begun_at": put.begun_at.unix_ms(),
            ":updated_at": put.updated_at.unix_ms(),
            ":settled_at": parts.settled_at.map(Timestamp::unix_ms),
        })?;
        Ok(())
    }
}

pub(super) fn refund(columns: &Columns<'_>) -> Result<Refund, StoreError> {
    let text = |column: &str| -> Result<String, StoreError> {
        Ok(columns.get::<Option<String>>(column)?.unwrap_or_default())
    };
    let word = columns.word("state", RefundStateWord::parse)?;
    let state = match word {
        RefundStateWord::Sending => {
            RefundState::Sending { lease_until: columns.time("lease_until")? }
        }
        RefundStateWord::NotSent => RefundState::NotSent {
            message: text("message")?,
            next_send_at: columns.time_option("next_send_at")?,
        },
        RefundStateWord::Unknown => RefundState::Unknown {
            message: text("message")?,
            next_send_at: columns.time_option("next_send_at")?,
        },
        RefundStateWord::Pending => RefundState::Pending,
        RefundStateWord::Succeeded => RefundState::Succeeded { at: columns.time("settled_at")? },
        RefundStateWord::Failed => RefundState::Failed {
            code: text("failure_code")?,
            message: text("message")?,
            at: columns.time("settled_at")?,
        },
    };
    Ok(Refund {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        payment_id: columns.parsed("payment_id")?,
        connection_id: columns.parsed("connection_id")?,
        charge_id: columns.get("charge_id")?,
        surplus_id: columns.parsed_option("surplus_id")?,
        number: columns.get("number")?,
        amount: columns.money("amount", "currency")?,
        idempotency_key: columns.get("idempotency_key")?,
        client_key: columns.get("client_key")?,
        reason: columns.word("reason", RefundReason::parse)?,
        state,
        sends: columns.get("sends")?,
        maybe_processed: columns.get("maybe_processed")?,
        provider_refund_id: columns.get("provider_refund_id")?,
        begun_at: columns.time("begun_at")?,
        updated_at: columns.time("updated_at")?,
    })
}
