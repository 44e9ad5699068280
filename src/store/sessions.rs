//! Hosted pages at providers: at most one open per debt, held by an index.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{ConnectionId, SessionId};
use crate::domain::payment::PayableId;
use crate::domain::session::{Purpose, Session, SessionProgress};
use crate::domain::time::Timestamp;

impl Reader<'_> {
    pub fn session_of_every_organization(
        &self,
        id: SessionId,
    ) -> Result<Option<Session>, StoreError> {
        row!(
            self,
            "sessions",
            "SELECT * FROM sessions WHERE id = :id",
            named_params! { ":id": id.to_string() },
            session
        )
    }

    pub fn session_by_provider_id(
        &self,
        connection: ConnectionId,
        provider_session_id: &str,
    ) -> Result<Option<Session>, StoreError> {
        row!(
            self,
            "sessions",
            "SELECT * FROM sessions
              WHERE connection_id = :connection AND provider_session_id = :provider_id",
            named_params! {
                ":connection": connection.to_string(),
                ":provider_id": provider_session_id,
            },
            session
        )
    }

    /// The page on which a payer may be paying this debt.
    pub fn open_payment_session(&self, payable: PayableId) -> Result<Option<Session>, StoreError> {
        row!(
            self,
            "sessions",
            "SELECT * FROM sessions
              WHERE payable_kind = :kind AND payable_id = :payable
                AND purpose = 'payment' AND progress IN ('starting', 'open')",
            named_params! { ":kind": payable.kind(), ":payable": payable.uuid().to_string() },
            session
        )
    }

    /// The pages on which a payer may be paying what the debt is made of.
    pub fn open_payment_sessions(&self, payable: PayableId) -> Result<Vec<Session>, StoreError> {
        let PayableId::PaymentRequest(request) = payable else {
            return Ok(self.open_payment_session(payable)?.into_iter().collect());
        };
        rows!(
            self,
            "sessions",
            "SELECT s.*
               FROM payment_request_invoices p
               JOIN sessions s ON s.payable_kind = 'invoice' AND s.payable_id = p.invoice_id
              WHERE p.payment_request_id = :request
                AND s.purpose = 'payment' AND s.progress IN ('starting', 'open')
              ORDER BY s.id",
            named_params! { ":request": request.to_string() },
            session
        )
    }

    /// Open pages whose time is up, or whose debt is settled: to be closed at the provider.
    pub fn sessions_to_close(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        rows!(
            self,
            "sessions",
            "SELECT s.*
               FROM sessions AS s
               LEFT JOIN recoveries AS r
                 ON r.payable_kind = s.payable_kind AND r.payable_id = s.payable_id
              WHERE s.progress IN ('starting', 'open')
                AND (s.expires_at <= :now OR r.state IN ('recovered', 'cancelled'))
              ORDER BY s.expires_at, s.id
              LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            session
        )
    }
}

impl Tx<'_> {
    /// Inserts, or saves what may change.
    pub fn put_session(&self, put: &Session) -> Result<(), StoreError> {
        let (payable, amount) = match put.purpose {
            Purpose::Setup => (None, None),
            Purpose::Payment { payable, amount } => (Some(payable), Some(amount)),
        };
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO sessions (id, organization_id, customer_id, connection_id, purpose,
                    payable_kind, payable_id, amount, currency, progress, provider_session_id,
                    url, created_at, expires_at)
             VALUES (:id, :organization_id, :customer_id, :connection_id, :purpose,
                    :payable_kind, :payable_id, :amount, :currency, :progress,
                    :provider_session_id, :url, :created_at, :expires_at)
             ON CONFLICT (id) DO UPDATE SET
                    progress = excluded.progress,
                    provider_session_id = excluded.provider_session_id,
                    url = excluded.url, expires_at = excluded.expires_at",
        )?;
        statement.execute(named_params! {
            ":id": put.id.to_string(),
            ":organization_id": put.organization_id.to_string(),
            ":customer_id": put.customer_id.to_string(),
            ":connection_id": put.connection_id.to_string(),
            ":purpose": if payable.is_some() { "payment" } else { "setup" },
            ":payable_kind": payable.map(PayableId::kind),
            ":payable_id": payable.map(|payable| payable.uuid().to_string()),
            ":amount": amount.map(|amount| amount.minor_units),
            ":currency": amount.map(|amount| amount.currency.code()),
            ":progress": put.progress.as_str(),
            ":provider_session_id": put.provider_session_id,
            ":url": put.url,
            ":created_at": put.created_at.unix_ms(),
            ":expires_at": put.expires_at.unix_ms(),
        })?;
        Ok(())
    }
}

fn session(columns: &Columns<'_>) -> Result<Session, StoreError> {
    let payable: Option<String> = columns.get("payable_id")?;
    let purpose = match payable {
        None => Purpose::Setup,
        Some(_) => Purpose::Payment {
            payable: super::recoveries::payable(columns)?,
            amount: columns.money("amount", "currency")?,
        },
    };
    Ok(Session {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        connection_id: columns.parsed("connection_id")?,
        purpose,
        progress: columns.word("progress", SessionProgress::parse)?,
        provider_session_id: columns.get("provider_session_id")?,
        url: columns.get("url")?,
        created_at: columns.time("created_at")?,
        expires_at: columns.time("expires_at")?,
    })
}
