//! `recoup openapi`: the description of the API, as the server has it at `/openapi.json`.

use std::io::{ErrorKind, Write};

pub fn print() -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(crate::http::openapi::document())?;
    // Whoever reads it may stop before its end.
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
