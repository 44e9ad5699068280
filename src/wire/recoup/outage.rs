//! An outage of a connection, as our own webhooks tell it.

use serde_json::{Value, json};

use crate::domain::connection::Connection;
use crate::domain::event::{Event, EventKind};
use crate::wire::lago::format::date_time;

/// The connection, without its settings, and what it means.
pub fn told(connection: &Connection, event: &Event) -> Value {
    json!({
        "id": connection.id.to_string(),
        "provider": connection.provider,
        "code": connection.code,
        "name": connection.name,
        "is_out": event.kind == EventKind::OutageBegan,
        "at": date_time(event.at),
        "sentence": event.message,
    })
}
