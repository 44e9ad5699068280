//! The schema and its migrations: numbered files, never edited once released.

use std::sync::Arc;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::{StoreError, Tx};

/// "rcup": tells our files from other databases.
const APPLICATION_ID: i64 = 0x7263_7570;

/// New ones at the end: a database knows only how many it has had.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/0001_initial.sql")),
    M::up(include_str!("../../migrations/0002_subscriptions.sql")),
    M::up(include_str!("../../migrations/0003_wallets.sql")),
    M::up(include_str!("../../migrations/0004_payment_requests.sql")),
    M::up(include_str!("../../migrations/0005_access.sql")),
    M::up(include_str!("../../migrations/0006_bulk_retries.sql")),
    M::up(include_str!("../../migrations/0007_pages.sql")),
    M::up(include_str!("../../migrations/0008_metronome.sql")),
    M::up(include_str!("../../migrations/0009_forgetting.sql")),
    M::up(include_str!("../../migrations/0011_ledger.sql")),
    M::up(include_str!("../../migrations/0012_audit_log.sql")),
    M::up(include_str!("../../migrations/0013_hold.sql")),
    M::up(include_str!("../../migrations/0015_policies.sql")),
    M::up(include_str!("../../migrations/0017_control.sql")),
    M::up(include_str!("../../migrations/0019_failures.sql")),
    M::up(include_str!("../../migrations/0020_engine.sql")),
    M::up(include_str!("../../migrations/0021_plugins.sql")),
    M::up(include_str!("../../migrations/0022_users.sql")),
    M::up(include_str!("../../migrations/0023_pages_of_people.sql")),
    M::up(include_str!("../../migrations/0025_pages_of_setting_up.sql")),
    M::up(include_str!("../../migrations/0026_further_pages.sql")),
    M::up(include_str!("../../migrations/0027_told_and_waiting.sql")),
    M::up(include_str!("../../migrations/0028_refunds_without_news.sql")),
];

/// The schema that this program works with.
pub fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Which schema the file has. One that is not ours, or newer, is refused.
pub fn found(connection: &Connection) -> Result<i64, StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let owner: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if owner != APPLICATION_ID && tables > 0 {
        return Err(StoreError::NotOurs(owner));
    }
    if found > known() {
        return Err(StoreError::NewerSchema { found, known: known() });
    }
    Ok(found)
}

/// For who only reads: an older schema is refused too.
pub fn is_current(connection: &Connection) -> Result<(), StoreError> {
    match found(connection)? {
        found if found < known() => Err(StoreError::OlderSchema { found, known: known() }),
        _ => Ok(()),
    }
}

/// Brings the schema up to date, all steps in one transaction each with `user_version`.
pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    found(connection)?;
    connection.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID};"))?;
    Migrations::from_slice(STEPS)
        .to_latest(connection)
        .map_err(|error| StoreError::Migration(Arc::new(error)))
}

impl Tx<'_> {
    /// Changes nothing, and makes SQLite write a page.
    pub(super) fn write_version_again(&self) -> Result<(), StoreError> {
        let version: i64 =
            self.connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        Ok(self.connection.execute_batch(&format!("PRAGMA user_version = {version};"))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_is_refused_with_both_versions() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate(&mut connection).expect("first time");
        connection.execute_batch("PRAGMA user_version = 99;").expect("pragma");
        let refused = migrate(&mut connection).expect_err("newer").to_string();
        assert!(
            refused.contains("schema 99") && refused.contains(&format!("up to {}", STEPS.len())),
            "{refused}"
        );
    }

    /// What was collected before there was a ledger has its entries, and what was paid twice waits.
    #[test]
    fn the_ledger_begins_with_what_was_collected_before() {
        let mut connection = Connection::open_in_memory().expect("memory");
        let ours = format!("PRAGMA foreign_keys = OFF; PRAGMA application_id = {APPLICATION_ID};");
        connection.execute_batch(&ours).expect("pragmas");
        // All up to 0009.
        let before = 9;
        Migrations::from_slice(&STEPS[..before]).to_latest(&mut connection).expect("before");
        connection.execute_batch(include_str!("before_the_ledger.sql")).expect("some payments");
        migrate(&mut connection).expect("after");
        let sum = |sql: &str| -> i64 {
            connection.query_row(sql, [], |row| row.get(0)).expect("a number")
        };
        let unequal = "SELECT COUNT(*) FROM invoices i WHERE i.paid_amount <>
            COALESCE((SELECT SUM(l.amount) FROM ledger_entries l WHERE l.invoice_id = i.id), 0)";
        assert_eq!(sum(unequal), 0);
        assert_eq!(sum("SELECT SUM(amount) FROM ledger_entries WHERE kind = 'charge'"), 320);
        assert_eq!(sum("SELECT SUM(amount) FROM surplus_payments"), 120);
        assert_eq!(sum("SELECT COUNT(*) FROM surplus_payments WHERE invoice_id IS NULL"), 1);
        let long = "SELECT COUNT(*) FROM ledger_entries WHERE LENGTH(id) <> 36";
        assert_eq!(sum(long), 0, "every id is one");
    }

    #[test]
    fn a_database_of_someone_else_is_left_alone() {
        let mut connection = Connection::open_in_memory().expect("memory");
        connection.execute_batch("CREATE TABLE theirs (id INTEGER);").expect("their table");
        assert!(matches!(migrate(&mut connection), Err(StoreError::NotOurs(0))));
    }
}
