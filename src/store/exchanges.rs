//! What plugins asked providers: the newest, and no more than so many.

use rusqlite::named_params;

use super::row::{Columns, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::exchange::{Ending, EndingWord, Exchange};
use crate::domain::id::{AttemptId, ConnectionId};

/// Of one attempt: a charge, its look-ups, a cancelling.
const OF_ATTEMPT_MAX: u32 = 100;

impl Reader<'_> {
    /// Oldest first.
    pub fn exchanges_of(&self, attempt: AttemptId) -> Result<Vec<Exchange>, StoreError> {
        rows!(
            self,
            "exchanges",
            "SELECT * FROM exchanges WHERE reference = :reference ORDER BY id LIMIT :limit",
            named_params! { ":reference": attempt.to_string(), ":limit": OF_ATTEMPT_MAX },
            exchange
        )
    }

    /// Through one connection, the newest first.
    pub fn exchanges_through(
        &self,
        connection: ConnectionId,
        limit: u32,
    ) -> Result<Vec<Exchange>, StoreError> {
        rows!(
            self,
            "exchanges",
            "SELECT * FROM exchanges
              WHERE connection_id = :connection ORDER BY id DESC LIMIT :limit",
            named_params! { ":connection": connection.to_string(), ":limit": limit },
            exchange
        )
    }
}

impl Tx<'_> {
    /// Those before the newest `kept` go.
    pub fn insert_exchanges(&self, made: &[Exchange], kept: u32) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO exchanges (connection_id, reference, function, plugin, method, url,
                    headers, request_bytes, ending, status, answer_bytes, reason, duration_ms, at)
             VALUES (:connection_id, :reference, :function, :plugin, :method, :url,
                    :headers, :request_bytes, :ending, :status, :answer_bytes, :reason,
                    :duration_ms, :at)",
        )?;
        for one in made {
            let (status, bytes) = match one.ending {
                Ending::Answered { status, bytes } => (Some(status), Some(bytes)),
                Ending::Denied(_) | Ending::NotSent(_) | Ending::MaybeSent(_) => (None, None),
            };
            statement.execute(named_params! {
                ":connection_id": one.connection_id.to_string(),
                ":reference": one.reference,
                ":function": one.function,
                ":plugin": one.plugin,
                ":method": one.method,
                ":url": one.url,
                ":headers": serde_json::to_string(&one.headers).unwrap_or_default(),
                ":request_bytes": number(one.request_bytes),
                ":ending": one.ending.word().as_str(),
                ":status": status,
                ":answer_bytes": bytes.map(number),
                ":reason": one.ending.reason(),
                ":duration_ms": number(one.duration_ms),
                ":at": one.at.unix_ms(),
            })?;
        }
        let newest = self.connection.last_insert_rowid();
        self.connection
            .prepare_cached("DELETE FROM exchanges WHERE id <= :gone")?
            .execute(named_params! { ":gone": newest.saturating_sub(i64::from(kept)) })?;
        Ok(())
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn exchange(columns: &Columns<'_>) -> Result<Exchange, StoreError> {
    let headers: String = columns.get("headers")?;
    let reason = || columns.get::<Option<String>>("reason").map(Option::unwrap_or_default);
    let ending = match columns.word("ending", EndingWord::parse)? {
        EndingWord::Answered => Ending::Answered {
            status: columns.get("status")?,
            bytes: columns.get::<i64>("answer_bytes")?.unsigned_abs(),
        },
        EndingWord::Denied => Ending::Denied(reason()?),
        EndingWord::NotSent => Ending::NotSent(reason()?),
        EndingWord::MaybeSent => Ending::MaybeSent(reason()?),
    };
    Ok(Exchange {
        connection_id: columns.parsed("connection_id")?,
        reference: columns.get("reference")?,
        function: columns.get("function")?,
        plugin: columns.get("plugin")?,
        method: columns.get("method")?,
        url: columns.get("url")?,
        headers: serde_json::from_str(&headers)
            .map_err(|_| StoreError::corrupt("exchanges", "headers are no pairs".to_owned()))?,
        request_bytes: columns.get::<i64>("request_bytes")?.unsigned_abs(),
        ending,
        duration_ms: columns.get::<i64>("duration_ms")?.unsigned_abs(),
        at: columns.time("at")?,
    })
}
