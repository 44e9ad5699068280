//! The file beside the database that counts what was handed to providers. Restoring a database does
//! not touch it, so that the older count is noticed. It has two slots that are written in turn: one
//! that is torn by a power cut leaves the other, which is what was durable before.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use fs4::fs_std::FileExt;
use sha2::{Digest, Sha256};

use super::StoreError;
use crate::domain::hold::{Outside, Ticket};
use crate::domain::id::GenerationId;

/// Its name in the data directory, unless the settings say otherwise.
pub const SEND_FILE: &str = "recoup.sends";

const MAGIC: &str = "recoup-sends-1";
/// Each slot in a sector of its own.
const SLOT_BYTES: usize = 4096;
const SLOTS: usize = 2;

#[derive(Debug)]
pub struct SendFile {
    path: PathBuf,
    progress: Mutex<Progress>,
    done: Condvar,
}

/// Many wait for one write.
#[derive(Debug, Default)]
struct Progress {
    durable: u64,
    wanted: u64,
    /// Somebody is writing.
    writing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    generation: GenerationId,
    sends: u64,
    /// Counts the writes: the newer slot has the greater.
    turn: u64,
    /// Of the file itself, so that a copy is noticed. 0 where the system has none.
    inode: u64,
}

impl SendFile {
    pub fn at(path: &Path) -> SendFile {
        SendFile {
            path: path.to_owned(),
            progress: Mutex::new(Progress::default()),
            done: Condvar::new(),
        }
    }

    pub fn read(&self) -> Result<Outside, StoreError> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Outside::Missing);
            }
            Err(error) => return Err(failed(error)),
        };
        let own = inode(&file).map_err(failed)?;
        Ok(match newest(&mut file).map_err(failed)? {
            Some(slot) => Outside::Counted {
                generation: slot.generation,
                sends: slot.sends,
                is_copy: slot.inode != own,
            },
            None => Outside::Damaged,
        })
    }

    /// Begins a history, whatever the file said before.
    pub fn begin(&self, generation: GenerationId, sends: u64) -> Result<(), StoreError> {
        self.write_begin(generation, sends).map_err(failed)
    }

    fn write_begin(&self, generation: GenerationId, sends: u64) -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&self.path)?;
        file.lock_exclusive()?;
        let before = newest(&mut file)?;
        let turn = before.map_or(0, |slot| slot.turn);
        // Another process may have begun the same history, and counted on.
        let same = before.filter(|slot| slot.generation == generation);
        let sends = same.map_or(sends, |slot| slot.sends.max(sends));
        let inode = inode(&file)?;
        // Both: nothing of the history before is left.
        for turn in [turn + 1, turn + 2] {
            write(&mut file, Slot { generation, sends, turn, inode })?;
        }
        file.sync_all()?;
        // So that a power cut does not take the name away again.
        #[cfg(unix)]
        if let Some(folder) = self.path.parent().filter(|it| !it.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Comes back when the file says, durably, that so many were sent. Callers at the same time
    /// share one write.
    pub fn raise_to(&self, ticket: Ticket) -> Result<(), StoreError> {
        let mut progress = self.lock();
        progress.wanted = progress.wanted.max(ticket.0);
        while progress.durable < ticket.0 {
            if progress.writing {
                progress = self.done.wait(progress).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            progress.writing = true;
            let target = progress.wanted;
            drop(progress);
            let written = self.write_raised(target);
            progress = self.lock();
            progress.writing = false;
            self.done.notify_all();
            progress.durable = progress.durable.max(written.map_err(failed)?);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A command beside the server counts too, so what is there already is read under a lock.
    fn write_raised(&self, target: u64) -> std::io::Result<u64> {
        let mut file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        file.lock_exclusive()?;
        let slot = newest(&mut file)?.ok_or(std::io::ErrorKind::InvalidData)?;
        if slot.sends >= target {
            return Ok(slot.sends);
        }
        write(&mut file, Slot { sends: target, turn: slot.turn + 1, ..slot })?;
        file.sync_data()?;
        Ok(target)
    }
}

fn failed(error: std::io::Error) -> StoreError {
    StoreError::SendFile(Arc::new(error))
}

#[cfg(unix)]
fn inode(file: &File) -> std::io::Result<u64> {
    Ok(std::os::unix::fs::MetadataExt::ino(&file.metadata()?))
}

#[cfg(not(unix))]
fn inode(_file: &File) -> std::io::Result<u64> {
    Ok(0)
}

fn newest(file: &mut File) -> std::io::Result<Option<Slot>> {
    file.seek(SeekFrom::Start(0))?;
    let mut text = Vec::new();
    file.take((SLOTS * SLOT_BYTES) as u64).read_to_end(&mut text)?;
    Ok(text.chunks(SLOT_BYTES).filter_map(parsed).max_by_key(|slot| slot.turn))
}

fn write(file: &mut File, slot: Slot) -> std::io::Result<()> {
    let place = slot.turn % SLOTS as u64 * SLOT_BYTES as u64;
    file.seek(SeekFrom::Start(place))?;
    let mut line = line(&slot).into_bytes();
    line.resize(SLOT_BYTES, b'\n');
    file.write_all(&line)
}

fn line(slot: &Slot) -> String {
    let Slot { generation, sends, turn, inode } = slot;
    let told = format!("{MAGIC} {generation} {sends} {turn} {inode}");
    format!("{told} {}\n", check(&told))
}

fn check(told: &str) -> String {
    Sha256::digest(told.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parsed(slot: &[u8]) -> Option<Slot> {
    let line = std::str::from_utf8(slot).ok()?.lines().next()?;
    let (told, found) = line.rsplit_once(' ')?;
    if check(told) != found {
        return None;
    }
    let mut words = told.split(' ');
    let is_ours = words.next() == Some(MAGIC);
    let generation = words.next()?.parse().ok()?;
    let mut number = || words.next()?.parse::<u64>().ok();
    let slot = Slot { generation, sends: number()?, turn: number()?, inode: number()? };
    is_ours.then_some(slot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn generation() -> GenerationId {
        GenerationId::at(Timestamp::from_unix_ms(1))
    }

    fn counted(file: &SendFile) -> Option<(u64, bool)> {
        match file.read().expect("a file") {
            Outside::Counted { sends, is_copy, .. } => Some((sends, is_copy)),
            Outside::Missing | Outside::Damaged => None,
        }
    }

    #[test]
    fn what_is_counted_is_read_again_and_never_less() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = SendFile::at(&folder.path().join(SEND_FILE));
        assert_eq!(file.read().expect("read"), Outside::Missing);
        assert!(file.raise_to(Ticket(1)).is_err(), "nothing is counted without a history");
        file.begin(generation(), 3).expect("begun");
        for ticket in [4, 9, 7] {
            file.raise_to(Ticket(ticket)).expect("raised");
        }
        // As another process, which knows nothing of this one.
        let other = SendFile::at(&folder.path().join(SEND_FILE));
        other.raise_to(Ticket(8)).expect("raised");
        assert_eq!(counted(&file), Some((9, false)));
    }

    #[test]
    fn a_torn_write_leaves_what_was_durable_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(SEND_FILE);
        let file = SendFile::at(&path);
        file.begin(generation(), 0).expect("begun");
        file.raise_to(Ticket(1)).expect("raised");
        file.raise_to(Ticket(2)).expect("raised");
        let mut bytes = std::fs::read(&path).expect("bytes");
        let newest = bytes.chunks(SLOT_BYTES).position(|slot| parsed(slot).unwrap().sends == 2);
        bytes[newest.expect("a slot") * SLOT_BYTES + 60] ^= 1;
        std::fs::write(&path, &bytes).expect("torn");
        assert_eq!(counted(&file), Some((1, false)));
        std::fs::write(&path, b"recoup-sends-1 nonsense").expect("damaged");
        assert_eq!(file.read().expect("read"), Outside::Damaged);
    }

    #[cfg(unix)]
    #[test]
    fn a_copy_is_noticed_and_a_moved_file_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, moved) = (folder.path().join(SEND_FILE), folder.path().join("moved"));
        SendFile::at(&path).begin(generation(), 5).expect("begun");
        std::fs::rename(&path, &moved).expect("moved");
        assert_eq!(counted(&SendFile::at(&moved)), Some((5, false)));
        std::fs::copy(&moved, &path).expect("copied");
        assert_eq!(counted(&SendFile::at(&path)), Some((5, true)));
    }

    #[test]
    fn many_at_once_are_all_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = SendFile::at(&folder.path().join(SEND_FILE));
        file.begin(generation(), 0).expect("begun");
        std::thread::scope(|scope| {
            for first in 1..=8 {
                let file = &file;
                scope.spawn(move || {
                    for ticket in (first..=200).step_by(8) {
                        file.raise_to(Ticket(ticket)).expect("raised");
                        let (durable, _) = counted(file).expect("counted");
                        assert!(durable >= ticket, "{durable} after {ticket}");
                    }
                });
            }
        });
        assert_eq!(counted(&file), Some((200, false)));
    }
}
