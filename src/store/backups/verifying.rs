//! Whether a file is a backup that could be restored: whole, sound, ours, and with books that add
//! up.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{BackupError, Manifest};
use crate::domain::audit::Violation;
use crate::domain::policy::NetworkLimit;
use crate::store::{audit, schema};

/// A database that can be read and is whole. What the audit found in it does not make it a worse
/// backup: it was so when it was made.
#[derive(Debug, Clone)]
pub struct Verified {
    pub schema: i64,
    /// None: it has no manifest, so nothing tells whether it was changed.
    pub manifest: Option<Manifest>,
    pub violations: Vec<Violation>,
}

pub fn verify(backup: &Path, limit: NetworkLimit) -> Result<Verified, BackupError> {
    if !backup.is_file() {
        return Err(BackupError::NoFile(backup.to_owned()));
    }
    let manifest = Manifest::read(backup)?;
    if let Some(manifest) = &manifest
        && !manifest.fits(backup)?
    {
        return Err(BackupError::Changed(backup.to_owned()));
    }
    Ok(Verified { manifest, ..check(backup, limit)? })
}

/// Without looking for a manifest.
pub(super) fn check(backup: &Path, limit: NetworkLimit) -> Result<Verified, BackupError> {
    let found = sound(backup).map_err(|error| plainly(backup, error))?;
    let violations = if found == schema::known() {
        audit::audit_file(backup, limit)?
    } else {
        // Of an older recoup: it is audited as it will be when it is brought up to date.
        let folder = tempfile::tempdir()?;
        let newer = folder.path().join("newer.db");
        fs::copy(backup, &newer)?;
        schema::migrate(&mut Connection::open(&newer)?)?;
        audit::audit_file(&newer, limit)?
    };
    Ok(Verified { schema: found, manifest: None, violations })
}

/// Its schema.
fn sound(backup: &Path) -> Result<i64, BackupError> {
    let database = Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found = schema::found(&database)?;
    if found == 0 {
        return Err(BackupError::NotADatabase(backup.to_owned()));
    }
    let damaged = |what: String| BackupError::Damaged { path: backup.to_owned(), what };
    let told: String = database.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if told != "ok" {
        return Err(damaged(told));
    }
    let mut statement = database.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    if let Some(row) = rows.next()? {
        let (table, other): (String, String) = (row.get(0)?, row.get(2)?);
        return Err(damaged(format!("a row of {table} names one of {other} that is not there")));
    }
    Ok(found)
}

/// What SQLite says of a file that is none of its own or was cut off, as a sentence.
fn plainly(backup: &Path, error: BackupError) -> BackupError {
    let BackupError::Store(crate::store::StoreError::Sqlite(cause)) = &error else { return error };
    match cause.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            BackupError::NotADatabase(backup.to_owned())
        }
        Some(_) | None => error,
    }
}
