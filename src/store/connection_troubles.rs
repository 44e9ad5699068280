//! How connections answer lately. While one answers as it should, nothing is written.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::gauges::ConnectionTrouble;
use crate::domain::id::ConnectionId;
use crate::domain::outage::{Outage, Trouble};

/// More than anyone has connections.
const SHOWN_MAX: u32 = 1000;

impl Reader<'_> {
    pub fn connection_trouble(&self, connection: ConnectionId) -> Result<Trouble, StoreError> {
        let found = row!(
            self,
            "connection_troubles",
            "SELECT * FROM connection_troubles WHERE connection_id = :connection",
            named_params! { ":connection": connection.to_string() },
            trouble
        )?;
        Ok(found.unwrap_or_default())
    }

    /// Those that have had some, ordered by code.
    pub fn connection_troubles_of_every_organization(
        &self,
    ) -> Result<Vec<ConnectionTrouble>, StoreError> {
        rows!(
            self,
            "connection_troubles",
            "SELECT t.*, connections.provider AS provider, connections.code AS code
               FROM connections
               CROSS JOIN connection_troubles AS t ON t.connection_id = connections.id
              ORDER BY connections.code, connections.id
              LIMIT :limit",
            named_params! { ":limit": SHOWN_MAX },
            |columns: &Columns<'_>| Ok::<_, StoreError>(ConnectionTrouble {
                provider: columns.get("provider")?,
                code: columns.get("code")?,
                trouble: trouble(columns)?,
            })
        )
    }
}

impl Tx<'_> {
    pub fn save_connection_trouble(
        &self,
        connection: ConnectionId,
        saved: &Trouble,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO connection_troubles (connection_id, level, out_since, next_probe_at)
             VALUES (:connection_id, :level, :out_since, :next_probe_at)
             ON CONFLICT (connection_id) DO UPDATE SET
                    level = excluded.level, out_since = excluded.out_since,
                    next_probe_at = excluded.next_probe_at",
        )?;
        statement.execute(named_params! {
            ":connection_id": connection.to_string(),
            ":level": saved.level,
            ":out_since": saved.outage.map(|outage| outage.since.unix_ms()),
            ":next_probe_at": saved.outage.map(|outage| outage.next_probe_at.unix_ms()),
        })?;
        Ok(())
    }
}

fn trouble(columns: &Columns<'_>) -> Result<Trouble, StoreError> {
    let (since, next) = (columns.time_option("out_since")?, columns.time_option("next_probe_at")?);
    let outage = since.zip(next).map(|(since, next_probe_at)| Outage { since, next_probe_at });
    Ok(Trouble { level: columns.get("level")?, outage })
}
