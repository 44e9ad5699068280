//! How a connection to the database is set up before anybody uses it.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::Durability;

/// How long a statement waits for another process, such as a command beside the server.
pub const BUSY_TIMEOUT_MS: u32 = 5_000;

/// Of pages that the writer keeps in memory. An attempt touches pages all over a dozen indexes;
/// what is not kept is read again and, while a group is written, spilled and read back.
const WRITER_CACHE_KIB: u32 = 32 << 10;

/// Statements that a connection keeps prepared.
const WRITER_STATEMENTS_KEPT: usize = 256;
const READER_STATEMENTS_KEPT: usize = 128;

pub fn for_writing(connection: &Connection, durability: Durability) -> rusqlite::Result<()> {
    keep_plans(connection)?;
    connection.set_prepared_statement_cache_capacity(WRITER_STATEMENTS_KEPT);
    let synchronous = durability.synchronous();
    connection.execute_batch(&format!(
        "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS};
         PRAGMA cache_size = -{WRITER_CACHE_KIB};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = {synchronous};
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 4000;"
    ))
}

/// What undoes the work of one caller stays in memory. It is the pages that the work changes, and
/// from 64 KiB on, which most exceed, it would be written to a file. Not for migrations, which may
/// change every page there is.
pub fn undo_in_memory(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA temp_store = MEMORY;")
}

/// Its statements are planned again for other values: lists that ask for a word that is bound, such
/// as invoices of one status, walk an index of just those.
pub fn for_reading(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(READER_STATEMENTS_KEPT);
    connection.execute_batch(&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS};"))
}

/// A statement is planned once, whatever is bound to it. Otherwise SQLite looks at what is bound to
/// a `LIMIT` and to what a partial index asks for, and therefore prepares the statement again each
/// time that it is used. <https://www.sqlite.org/queryplanner-ng.html#qpstab>
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    /// How often it was prepared again.
    fn prepared_again(connection: &Connection) -> i32 {
        connection.execute_batch("CREATE TABLE numbers (id INTEGER PRIMARY KEY)").expect("a table");
        let sql = "SELECT id FROM numbers ORDER BY id LIMIT ?";
        let mut statement = connection.prepare(sql).expect("a statement");
        for limit in 1..5 {
            let rows = statement.query_map([limit], |row| row.get::<_, i64>(0)).expect("a list");
            assert_eq!(rows.count(), 0);
        }
        statement.get_status(StatementStatus::RePrepare)
    }

    #[test]
    fn the_writer_prepares_a_statement_once_whatever_is_bound_to_it() {
        let writes = Connection::open_in_memory().expect("memory");
        for_writing(&writes, Durability::PowerCut).expect("it is set up");
        assert_eq!(prepared_again(&writes), 0);
        let as_it_comes = Connection::open_in_memory().expect("memory");
        assert!(prepared_again(&as_it_comes) > 0, "there is nothing to be set up any more");
    }
}
