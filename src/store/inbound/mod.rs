//! What providers told us, waiting to be digested. Each event of a provider is kept once.

mod news;

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::InboundId;
use crate::domain::inbound::{Inbound, PspEvent, PspNews};
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

    pub fn inbound_digested(&self, id: InboundId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE inbound_events
                    SET state = 'digested', next_try_at = NULL, last_error = NULL
                  WHERE id = :id",
            )?
            .execute(named_params! { ":id": id.to_string() })?;
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

fn inbound(columns: &Columns<'_>) -> Result<Inbound, StoreError> {
    let news: String = columns.get("news")?;
    Ok(Inbound {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        connection_id: columns.parsed("connection_id")?,
        event: PspEvent {
            id: columns.get("provider_event_id")?,
            occurred_at: columns.time("occurred_at")?,
            news: news::from_text(&news)
                .ok_or_else(|| StoreError::corrupt("inbound_events", "column news"))?,
        },
        tries_made: columns.get("tries_made")?,
        received_at: columns.time("received_at")?,
    })
}
