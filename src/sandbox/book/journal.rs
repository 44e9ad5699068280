//! The ledger's file: one JSON line for each change, appended, so that a restarted server knows
//! what the last one charged. The last line about a thing is the one that counts.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Charge, Customer, Endpoint, Method, Refund, Session};

/// One change.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    Charge(Charge),
    Refund(Refund),
    Session(Session),
    Customer(Customer),
    Method(Method),
    Endpoint(Endpoint),
    EndpointRemoved(String),
}

pub struct Journal {
    file: File,
    line: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("could not open the ledger file {}", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error(
        "line {line} of the ledger file {} is damaged; mend or move the file, then start again",
        path.display()
    )]
    Damaged { path: PathBuf, line: usize, source: serde_json::Error },
    #[error("could not write to the ledger file")]
    Write(#[source] io::Error),
    #[error("could not encode a line of the ledger file")]
    Encode(#[source] serde_json::Error),
}

impl Journal {
    /// Opens or creates the file and hands over what it holds, oldest first.
    pub fn open(path: &Path) -> Result<(Self, Vec<Entry>), JournalError> {
        let failed = |source| JournalError::Open { path: path.to_owned(), source };
        let file =
            OpenOptions::new().create(true).read(true).append(true).open(path).map_err(failed)?;
        let mut reader = BufReader::new(file);
        let mut entries = Vec::new();
        let mut good_bytes: u64 = 0;
        let mut line = Vec::new();
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line).map_err(failed)?;
            if length == 0 {
                break;
            }
            if !line.ends_with(b"\n") {
                // The server died in the middle of this line, so it never answered for it.
                reader.get_ref().set_len(good_bytes).map_err(failed)?;
                break;
            }
            let entry = serde_json::from_slice(&line).map_err(|source| JournalError::Damaged {
                path: path.to_owned(),
                line: entries.len() + 1,
                source,
            })?;
            entries.push(entry);
            good_bytes += length as u64;
        }
        Ok((Self { file: reader.into_inner(), line }, entries))
    }

    pub fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, entry).map_err(JournalError::Encode)?;
        self.line.push(b'\n');
        self.file.write_all(&self.line).map_err(JournalError::Write)
    }
}
