//! Backups by themselves, where the operator wants them.

use std::path::PathBuf;

use super::App;
use crate::domain::time::Span;
use crate::store::backups::{BackupError, create, file_name, keep_newest, list};

/// When backups are made by themselves, and how many are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRules {
    pub folder: PathBuf,
    /// Zero: only when somebody asks.
    pub every: Span,
    /// 0: all.
    pub keep_max: usize,
}

impl App {
    /// Makes one when the newest is old enough. None: it is not, or none are wanted.
    pub fn back_up_when_due(&self) -> Result<Option<PathBuf>, BackupError> {
        let BackupRules { folder, every, keep_max } = &self.rules.backup;
        let now = self.clock.now();
        if *every == Span::ZERO {
            return Ok(None);
        }
        let newest = list(folder)?.into_iter().next();
        let made_at = newest.and_then(|(_, manifest)| manifest.made_at());
        if made_at.is_some_and(|made_at| made_at.plus(*every) > now) {
            return Ok(None);
        }
        let path = folder.join(file_name(now));
        create(self.store.path(), &path, self.rules.network_limit, now)?;
        keep_newest(folder, *keep_max)?;
        Ok(Some(path))
    }
}
