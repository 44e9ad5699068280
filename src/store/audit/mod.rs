//! The audit: what must be true of a database, asked of the whole of it at once. Each question is
//! one statement that answers what breaks a rule; a sound database answers nothing. It only reads,
//! on one unchanging view, so it works beside a running server and on a restored file alike.

mod attempts;
mod books;
mod collecting;
mod ledger;
mod money;
#[cfg(test)]
mod tests;

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use super::settings::BUSY_TIMEOUT_MS;
use super::{Reader, StoreError, schema};
use crate::domain::audit::{Invariant, Violation};
use crate::domain::policy::NetworkLimit;

/// So many answers of one question are told; a database that is broken through and through need
/// not be printed whole.
pub const VIOLATIONS_PER_CHECK_MAX: u32 = 100;

/// Of pages kept in memory: several questions read the same tables.
const CACHE_KIB: u32 = 64 << 10;

/// One question. Its statement answers a row for each violation: `detail` says more about it, every
/// other column is the id of something it is about, under the name of what that is.
struct Check {
    invariant: Invariant,
    code: &'static str,
    wrong: &'static str,
    remedy: &'static str,
    sql: &'static str,
}

fn checks() -> impl Iterator<Item = &'static Check> {
    let beside = books::CHECKS.iter().chain(ledger::CHECKS);
    money::CHECKS.iter().chain(attempts::CHECKS).chain(collecting::CHECKS).chain(beside)
}

/// How many questions are asked.
pub fn checks_count() -> usize {
    checks().count()
}

impl Reader<'_> {
    /// Everything that is wrong, in the order of the rules. Attempts are held against the limit
    /// of networks as it is set now.
    pub fn audit(&self, limit: NetworkLimit) -> Result<Vec<Violation>, StoreError> {
        audit(self.connection, limit)
    }
}

/// The same of the database in a file, which is not changed by it.
pub fn audit_file(path: &Path, limit: NetworkLimit) -> Result<Vec<Violation>, StoreError> {
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute_batch(&format!(
        "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}; PRAGMA cache_size = -{CACHE_KIB};"
    ))?;
    schema::is_current(&connection)?;
    // One view for all questions.
    let view = connection.transaction()?;
    audit(&view, limit)
}

fn audit(connection: &Connection, limit: NetworkLimit) -> Result<Vec<Violation>, StoreError> {
    let mut found = Vec::new();
    for check in checks() {
        ask(connection, check, limit, &mut found)?;
    }
    found.sort_by_key(|violation| order(violation.invariant));
    Ok(found)
}

fn order(invariant: Invariant) -> usize {
    Invariant::ALL.iter().position(|one| *one == invariant).unwrap_or(usize::MAX)
}

fn ask(
    connection: &Connection,
    check: &Check,
    limit: NetworkLimit,
    found: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let sql = format!("SELECT * FROM ({}) LIMIT :limit", check.sql);
    let mut statement = connection.prepare(&sql)?;
    let values = [
        (":limit", i64::from(VIOLATIONS_PER_CHECK_MAX)),
        (":declines_max", i64::from(limit.declines_max)),
        (":within_ms", limit.within.as_ms()),
    ];
    // A statement takes only the parameters that it names.
    for (name, value) in values {
        if let Some(place) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(place, value)?;
        }
    }
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        found.push(violation(check, &names, row)?);
    }
    Ok(())
}

fn violation(check: &Check, names: &[String], row: &Row<'_>) -> Result<Violation, StoreError> {
    let mut subjects = Vec::new();
    let mut wrong = check.wrong.to_owned();
    for (place, name) in names.iter().enumerate() {
        let text = match row.get_ref(place)? {
            ValueRef::Null => continue,
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => number.to_string(),
            ValueRef::Text(text) | ValueRef::Blob(text) => {
                String::from_utf8_lossy(text).into_owned()
            }
        };
        if name == "detail" {
            wrong = format!("{wrong}: {text}");
        } else {
            subjects.push((name.clone(), text));
        }
    }
    Ok(Violation {
        invariant: check.invariant,
        code: check.code,
        subjects,
        wrong,
        remedy: check.remedy,
    })
}
