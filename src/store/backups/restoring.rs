//! Putting a backup in the place of the database. At every moment there is a whole database under
//! its name: the old one, or the new one. The old one is kept aside.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::verifying::{Verified, verify};
use super::{BackupError, sync_folder};
use crate::domain::policy::NetworkLimit;
use crate::domain::time::Timestamp;
use crate::store::{DATABASE_FILE, DataDirLock, StoreError};

/// What was done.
#[derive(Debug, Clone)]
pub struct Restored {
    pub verified: Verified,
    /// Where the database that was there before is kept. None: there was none.
    pub replaced: Option<PathBuf>,
}

pub fn restore(
    backup: &Path,
    data_dir: &Path,
    limit: NetworkLimit,
    now: Timestamp,
) -> Result<Restored, BackupError> {
    fs::create_dir_all(data_dir)?;
    let _lock = DataDirLock::take(data_dir).map_err(|error| match error {
        StoreError::Locked => BackupError::ServerRuns,
        error => error.into(),
    })?;
    let verified = verify(backup, limit)?;
    let database = data_dir.join(DATABASE_FILE);
    let incoming = data_dir.join(format!("{DATABASE_FILE}.restoring"));
    fs::copy(backup, &incoming)?;
    private(&incoming)?;
    File::open(&incoming)?.sync_all()?;
    // The copy is what will be worked with, so it is what is checked.
    if let Some(manifest) = &verified.manifest
        && !manifest.fits(&incoming)?
    {
        fs::remove_file(&incoming)?;
        return Err(BackupError::Changed(backup.to_owned()));
    }
    look_up_again(&Connection::open(&incoming)?, now)?;
    File::open(&incoming)?.sync_all()?;
    let replaced = if database.exists() { Some(keep_aside(&database, now)?) } else { None };
    fs::rename(&incoming, &database)?;
    sync_folder(data_dir)?;
    Ok(Restored { verified, replaced })
}

/// Where only payers did something since the backup no send was lost, so nothing holds, and what
/// the provider told of it is forgotten: it tells nothing twice. So what was left to a person,
/// because nobody knew better, is asked about once more.
pub fn look_up_again(database: &Connection, now: Timestamp) -> Result<(), StoreError> {
    database.execute(
        "UPDATE attempts SET next_lookup_at = ?
          WHERE state IN ('pending', 'needs_action', 'unknown') AND next_lookup_at IS NULL",
        [now.unix_ms()],
    )?;
    Ok(())
}

/// The database under another name too. Its log would be taken for the new one's, so it goes.
fn keep_aside(database: &Path, now: Timestamp) -> Result<PathBuf, BackupError> {
    // A damaged one is kept as it is.
    if let Ok(open) = Connection::open(database) {
        let _ = open.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
    let stamp = now.utc().format("%Y%m%dT%H%M%S%3fZ");
    let aside = database.with_extension(format!("db.replaced-{stamp}"));
    let beside = |path: &Path, tail: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(tail);
        PathBuf::from(name)
    };
    if fs::hard_link(database, &aside).is_err() {
        fs::copy(database, &aside)?;
        File::open(&aside)?.sync_all()?;
    }
    for tail in ["-wal", "-shm"] {
        let log = beside(database, tail);
        if log.exists() {
            fs::rename(&log, beside(&aside, tail))?;
        }
    }
    Ok(aside)
}

/// It holds personal data: nobody else reads it.
fn private(path: &Path) -> Result<(), BackupError> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
