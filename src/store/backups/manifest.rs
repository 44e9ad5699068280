//! What stands beside a backup: what it is of, and how to tell that it is whole.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::BackupError;
use crate::domain::time::Timestamp;
use crate::store::schema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub sha256: String,
    pub bytes: u64,
    pub schema: i64,
    /// Which history it belongs to, and how much was sent by then.
    pub generation: Option<String>,
    pub sends: i64,
    /// ISO 8601.
    pub created_at: String,
    pub recoup: String,
}

/// Beside the backup, with the ending `json`.
pub fn path_of(backup: &Path) -> PathBuf {
    backup.with_extension("json")
}

impl Manifest {
    pub fn of(backup: &Path, now: Timestamp) -> Result<Manifest, BackupError> {
        let database = Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let schema = schema::found(&database)?;
        let counted = "SELECT generation, sends FROM sending WHERE id = 1";
        let (generation, sends) = match schema == schema::known() {
            true => database.query_row(counted, [], |row| Ok((row.get(0)?, row.get(1)?)))?,
            false => (None, 0),
        };
        Ok(Manifest {
            sha256: sha256(backup)?,
            bytes: fs::metadata(backup)?.len(),
            schema,
            generation,
            sends,
            created_at: now.utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            recoup: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// None: there is none.
    pub fn read(backup: &Path) -> Result<Option<Manifest>, BackupError> {
        let path = path_of(backup);
        match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).map(Some).map_err(|_| BackupError::Manifest(path))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub fn write(&self, backup: &Path) -> Result<(), BackupError> {
        let path = path_of(backup);
        let partial = path.with_extension("json-partial");
        let text = serde_json::to_vec_pretty(self).map_err(std::io::Error::from)?;
        fs::write(&partial, text)?;
        File::open(&partial)?.sync_all()?;
        Ok(fs::rename(&partial, &path)?)
    }

    /// None: it says no time.
    pub fn made_at(&self) -> Option<Timestamp> {
        let parsed = chrono::DateTime::parse_from_rfc3339(&self.created_at).ok()?;
        Some(Timestamp::from_unix_ms(parsed.timestamp_millis()))
    }

    pub fn fits(&self, backup: &Path) -> Result<bool, BackupError> {
        Ok(fs::metadata(backup)?.len() == self.bytes && sha256(backup)? == self.sha256)
    }
}

fn sha256(path: &Path) -> Result<String, BackupError> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
