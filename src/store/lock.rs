//! One server per data directory: a lock that the operating system gives back when we die.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;

use fs4::fs_std::FileExt;

use super::StoreError;

const LOCK_FILE: &str = "recoup.lock";

/// Held as long as it lives.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

impl DataDirLock {
    /// `Locked` when another server holds it.
    pub fn take(data_dir: &Path) -> Result<DataDirLock, StoreError> {
        let opened = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(data_dir.join(LOCK_FILE));
        let file = opened.map_err(|error| StoreError::DataDir(Arc::new(error)))?;
        match file.try_lock_exclusive() {
            Ok(true) => Ok(DataDirLock { _file: file }),
            Ok(false) => Err(StoreError::Locked),
            Err(error) => Err(StoreError::DataDir(Arc::new(error))),
        }
    }
}
