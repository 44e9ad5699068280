//! What providers told us, waiting to be digested. Each event of a provider is kept once.

mod news;

use rusqlite::named_params;

use super::row::{Columns, json_list, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{AttemptId, InboundId};
use crate::domain::inbound::{Inbound, PspEvent, PspNews, Told};
use crate::domain::time::Timestamp;

impl Reader<'_> {
    /// Events to be digested, in the order they are due.
    pub fn new_inbound(&self, now: Timestamp, limit: u32) -> Result<Vec<Inbound>, StoreError> {
        rows!(
            self,
            "inbound_events",
            "SELECT * FROM inbound_events
              WHERE next_try_at <= :now
              ORDER BY next_try_at, id
              LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            inbound
        )
    }

    pub fn inbound_of_every_organization(
        &self,
        id: InboundId,
    ) -> Result<Option<Inbound>, StoreError> {
        row!(
            self,
            "inbound_events",
            "SELECT * FROM inbound_events WHERE id = :id",
            named_params! { ":id": id.to_string() },
            inbound
        )
    }

    /// What the provider told of these payments, the newest first.
    pub fn told_of(&self, attempts: &[AttemptId], limit: u32) -> Result<Vec<Told>, StoreError> {
        rows!(
            self,
            "inbound_events",
            "SELECT * FROM inbound_events
              WHERE attempt_id IN (SELECT value FROM json_each(:attempts))
              ORDER BY id DESC
              LIMIT :limit",
            named_params! { ":attempts": json_list(attempts), ":limit": limit },
            told
        )
    }
}

impl Tx<'_> {
    /// Nothing happens when the provider told it before. `Ignored` news is kept as digested.
    pub fn receive_inbound(&self, received: &Inbound) -> Result<(), StoreError> {
        let nothing_to_do = matches!(received.event.news, PspNews::Ignored { .. });
        let (state, next_try_at) = if nothing_to_do {
            ("digested", None)
        } else {
            ("new", Some(received.received_at.unix_ms()))
        };
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO inbound_events (id, organization_id, connection_id, provider_event_id,
                    occurred_at, kind, news, state, tries_made, next_try_at, received_at)
             VALUES (:id, :organization_id, :connection_id, :provider_event_id,
                    :occurred_at, :kind, :news, :state, 0, :next_try_at, :received_at)
             ON CONFLICT (connection_id, provider_event_id) DO NOTHING",
        )?;
        statement.execute(named_params! {
            ":id": received.id.to_string(),
            ":organization_id": received.organization_id.to_string(),
            ":connection_id": received.connection_id.to_string(),
            ":provider_event_id": received.event.id,
            ":occurred_at": received.event.occurred_at.unix_ms(),
            ":kind": news::kind(&received.event.news),
            ":news": news::to_text(&received.event.news),
            ":state": state,
            ":next_try_at": next_try_at,
            ":received_at": received.received_at.unix_ms(),
        })?;
        Ok(())
    }

    /// It has told of the payment, or of none.
    pub fn inbound_digested(
        &self,
        id: InboundId,
        attempt: Option<AttemptId>,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE inbound_events
                    SET state = 'digested', next_try_at = NULL, last_error = NULL,
                        attempt_id = :attempt
                  WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": id.to_string(),
                ":attempt": attempt.map(|id| id.to_string()),
            })?;
        Ok(())
    }

    /// It could not be digested. Without a next try it stands on the list of failed ones.
    pub fn inbound_failed(
        &self,
        id: InboundId,
        error: &str,
        next_try_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let state = if next_try_at.is_some() { "new" } else { "failed" };
        self.connection
            .prepare_cached(
                "UPDATE inbound_events
                    SET state = :state, next_try_at = :next_try_at, last_error = :error,
                        tries_made = tries_made + 1
                  WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": id.to_string(),
                ":state": state,
                ":next_try_at": next_try_at.map(|at| at.unix_ms()),
                ":error": error,
            })?;
        Ok(())
    }
}

fn told(columns: &Columns<'_>) -> Result<Told, StoreError> {
    Ok(Told {
        event: columns.get("provider_event_id")?,
        attempt_id: columns.parsed("attempt_id")?,
        news: news_of(columns)?,
        received_at: columns.time("received_at")?,
    })
}

fn news_of(columns: &Columns<'_>) -> Result<PspNews, StoreError> {
    let news: String = columns.get("news")?;
    news::from_text(&news).ok_or_else(|| StoreError::corrupt("inbound_events", "column news"))
}

fn inbound(columns: &Columns<'_>) -> Result<Inbound, StoreError> {
    Ok(Inbound {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        connection_id: columns.parsed("connection_id")?,
        event: PspEvent {
            id: columns.get("provider_event_id")?,
            occurred_at: columns.time("occurred_at")?,
            news: news_of(columns)?,
        },
        tries_made: columns.get("tries_made")?,
        received_at: columns.time("received_at")?,
    })
}
