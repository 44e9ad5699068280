//! Backups: one file each, made beside a running server, with a manifest that says what is in it.
//! A backup counts only after it was opened, checked and audited. The master key is never in one.

mod manifest;
mod restoring;
#[cfg(test)]
mod tests;
mod verifying;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use super::settings::BUSY_TIMEOUT_MS;
use crate::domain::policy::NetworkLimit;
use crate::domain::time::Timestamp;
pub use manifest::Manifest;
pub use restoring::{Restored, look_up_again, restore};
pub use verifying::{Verified, verify};

/// The folder in the data directory.
pub const BACKUP_FOLDER: &str = "backups";

/// So many pages are copied at once; in between others get the disk.
const PAGES_PER_STEP: std::ffi::c_int = 1024;
const BETWEEN_STEPS: Duration = Duration::from_millis(1);
/// After so many, what was copied goes to the disk: all at once in the end, it would keep the
/// flushes of who writes waiting.
const STEPS_PER_FLUSH: u32 = 4;

#[derive(Debug, Clone, thiserror::Error)]
pub enum BackupError {
    #[error("there is no file {}", .0.display())]
    NoFile(PathBuf),
    #[error("{} exists already: name another file", .0.display())]
    Exists(PathBuf),
    #[error("{} is not a database of recoup, or was cut off", .0.display())]
    NotADatabase(PathBuf),
    #[error(
        "{} is not what its manifest says: it was damaged, cut off or changed since it was made",
        .0.display()
    )]
    Changed(PathBuf),
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable { path: PathBuf, why: String },
    #[error("the manifest {} cannot be read", .0.display())]
    Manifest(PathBuf),
    #[error("{} is damaged: {what}", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("a file cannot be read or written")]
    Io(#[source] Arc<std::io::Error>),
    #[error("a server runs in this data directory: stop it first")]
    ServerRuns,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<std::io::Error> for BackupError {
    fn from(error: std::io::Error) -> BackupError {
        BackupError::Io(Arc::new(error))
    }
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> BackupError {
        BackupError::Store(error.into())
    }
}

/// `recoup-20260131T101500Z.db` in the folder.
pub fn file_name(now: Timestamp) -> String {
    format!("recoup-{}.db", now.utc().format("%Y%m%dT%H%M%SZ"))
}

/// Copies the database as it is at this moment, beside whoever writes to it, and checks the copy.
pub fn create(
    database: &Path,
    to: &Path,
    limit: NetworkLimit,
    now: Timestamp,
) -> Result<(Manifest, Verified), BackupError> {
    if !database.is_file() {
        return Err(BackupError::NoFile(database.to_owned()));
    }
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let folder = folder_of(to);
    fs::create_dir_all(&folder)?;
    // Under another name until it is whole: what has the name of a backup is one.
    let partial = to.with_extension("partial");
    let made = copy(database, &partial).and_then(|()| {
        let verified = verifying::check(&partial, limit)?;
        let manifest = Manifest::of(&partial, now)?;
        File::open(&partial)?.sync_all()?;
        fs::rename(&partial, to)?;
        manifest.write(to)?;
        sync_folder(&folder)?;
        Ok((manifest, verified))
    });
    if made.is_err() {
        // It may not have been made at all.
        let _ = fs::remove_file(&partial);
    }
    made
}

fn copy(database: &Path, to: &Path) -> Result<(), BackupError> {
    let _ = fs::remove_file(to);
    let source = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    source.execute_batch(&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}; BEGIN;"))?;
    // Takes the view that is copied; without it every write by others would begin it anew.
    super::schema::found(&source)?;
    let mut target = Connection::open(to)?;
    // What is left half written is thrown away, and the whole is flushed at the end.
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
    let file = File::open(to)?;
    let backup = Backup::new(&source, &mut target)?;
    let mut steps = 0_u32;
    while backup.step(PAGES_PER_STEP)? != StepResult::Done {
        steps = steps.wrapping_add(1);
        if steps.is_multiple_of(STEPS_PER_FLUSH) {
            file.sync_data()?;
        }
        std::thread::sleep(BETWEEN_STEPS);
    }
    drop(backup);
    // One file, without a log beside it.
    target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    Ok(())
}

/// The backups of a folder, newest first. What has no manifest is none of ours.
pub fn list(folder: &Path) -> Result<Vec<(PathBuf, Manifest)>, BackupError> {
    if !folder.is_dir() {
        return Ok(vec![]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "db")
            && let Some(manifest) = Manifest::read(&path)?
        {
            found.push((path, manifest));
        }
    }
    found.sort_by(|a, b| b.1.created_at.cmp(&a.1.created_at).then_with(|| b.0.cmp(&a.0)));
    Ok(found)
}

/// Removes the oldest beyond `keep_max`. 0: all are kept. Answers how many went.
pub fn keep_newest(folder: &Path, keep_max: usize) -> Result<usize, BackupError> {
    if keep_max == 0 {
        return Ok(0);
    }
    let all = list(folder)?;
    let old = all.iter().skip(keep_max);
    let mut removed = 0;
    for (path, _) in old {
        fs::remove_file(path)?;
        fs::remove_file(manifest::path_of(path))?;
        removed += 1;
    }
    Ok(removed)
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// So that a power cut does not take a new name away again.
fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
