//! Backups by themselves, where the operator wants them, and when somebody asks for one.

use std::path::PathBuf;

use super::App;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::OrganizationId;
use crate::domain::time::{Span, Timestamp};
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

/// One that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBackup {
    pub file: PathBuf,
    pub made_at: Option<Timestamp>,
    pub bytes: u64,
    /// Of the program that made it.
    pub version: String,
}

impl App {
    /// Those in the folder of the settings, newest first.
    pub fn backups(&self) -> Result<Vec<KeptBackup>, BackupError> {
        let found = list(&self.rules.backup.folder)?.into_iter();
        let kept = found.map(|(file, manifest)| KeptBackup {
            file,
            made_at: manifest.made_at(),
            bytes: manifest.bytes,
            version: manifest.recoup,
        });
        Ok(kept.collect())
    }

    /// Makes one now and checks it. Answers the file, and what the check found to be wrong.
    pub fn back_up_now(
        &self,
        organization: OrganizationId,
    ) -> Result<(PathBuf, usize), BackupError> {
        let BackupRules { folder, keep_max, .. } = &self.rules.backup;
        let now = self.clock.now();
        let path = folder.join(file_name(now));
        let (_, verified) = create(self.store.path(), &path, self.rules.network_limit, now)?;
        keep_newest(folder, *keep_max)?;
        let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        let signed = self.signed(organization, now);
        let act = Act::on(Action::BackupMade, name);
        self.store.write(move |tx| tx.append_audit(signed, &act))?;
        Ok((path, verified.violations.len()))
    }

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
