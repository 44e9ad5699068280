//! What can go wrong in the store. None of it is about payments.

use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::domain::id::{CustomerId, OrganizationId};
use crate::domain::wallet::credits::TooLarge;

#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    #[error("the database refused a statement")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// Nothing was kept. It goes on by itself once there is room.
    #[error("the disk is full")]
    DiskFull(#[source] Arc<rusqlite::Error>),
    /// Nothing was kept, as far as anybody can see now (see `writer.rs`).
    #[error("the disk cannot be read or written")]
    DiskFailed(#[source] Arc<rusqlite::Error>),
    /// Others' work stood in the same transaction, and the disk failed under one of them.
    #[error("the disk failed while a group was being written; nothing of the group was kept")]
    GroupLost,
    /// Another process, such as a command, keeps the database from being written.
    #[error("another process keeps the database from being written")]
    Busy(#[source] Arc<rusqlite::Error>),
    #[error("no free connection to the database")]
    Pool(#[source] Arc<r2d2::Error>),
    /// A rule that an index holds: something is there already, or is referred to.
    #[error("the database holds something that excludes this")]
    Conflict(#[source] Arc<rusqlite::Error>),
    #[error(
        "the database has schema {found}, this program knows up to {known}: \
         run the newer recoup that wrote it, or restore a backup"
    )]
    NewerSchema { found: i64, known: i64 },
    #[error(
        "the database has schema {found}, this program works with {known}: \
         start `recoup serve` on it once, which brings it up to date"
    )]
    OlderSchema { found: i64, known: i64 },
    #[error("the file is not a database of recoup (application id {0})")]
    NotOurs(i64),
    #[error("the schema cannot be brought up to date")]
    Migration(#[source] Arc<rusqlite_migration::Error>),
    /// Someone changed the file, or the program that wrote it had a fault.
    #[error("a row of {table} cannot be read: {what}")]
    Corrupt { table: &'static str, what: String },
    /// Nothing of it was kept.
    #[error("a sum of credits or money is too large to be stored")]
    TooLarge,
    #[error("a sealed value cannot be opened: is this the master key it was sealed with?")]
    Unsealable,
    #[error("work in a transaction panicked; nothing of it was kept")]
    Panicked,
    #[error("the store is closed")]
    Closed,
    #[error("the data directory cannot be used")]
    DataDir(#[source] Arc<std::io::Error>),
    /// Nothing was sent: what is sent is counted first.
    #[error("the file of sends beside the database cannot be used")]
    SendFile(#[source] Arc<std::io::Error>),
    #[error("another recoup server works in this data directory")]
    Locked,
}

impl StoreError {
    /// A damaged row, named by its table.
    pub(super) fn corrupt(table: &'static str, what: impl Into<String>) -> StoreError {
        StoreError::Corrupt { table, what: what.into() }
    }

    /// An organization that is named elsewhere is not there.
    pub fn no_organization(id: OrganizationId) -> StoreError {
        StoreError::corrupt("organizations", format!("{id} is missing"))
    }

    /// The same of a customer.
    pub fn no_customer(id: CustomerId) -> StoreError {
        StoreError::corrupt("customers", format!("{id} is missing"))
    }

    /// A sentence for whoever asked, where it is the machine's fault and passes.
    pub const fn outage(&self) -> Option<&'static str> {
        match self {
            StoreError::DiskFull(_) => Some(
                "the disk of the server is full: it needs space; \
                 look what was saved before you try again",
            ),
            StoreError::DiskFailed(_) | StoreError::GroupLost | StoreError::SendFile(_) => {
                Some("the disk of the server fails: look what was saved before you try again")
            }
            StoreError::Busy(_) | StoreError::Pool(_) => {
                Some("the database is busy: look what was saved before you try again")
            }
            StoreError::Sqlite(_)
            | StoreError::Conflict(_)
            | StoreError::NewerSchema { .. }
            | StoreError::OlderSchema { .. }
            | StoreError::NotOurs(_)
            | StoreError::Migration(_)
            | StoreError::Corrupt { .. }
            | StoreError::TooLarge
            | StoreError::Unsealable
            | StoreError::Panicked
            | StoreError::Closed
            | StoreError::DataDir(_)
            | StoreError::Locked => None,
        }
    }

    pub const fn is_conflict(&self) -> bool {
        matches!(self, StoreError::Conflict(_))
    }
}

impl From<TooLarge> for StoreError {
    fn from(TooLarge: TooLarge) -> StoreError {
        StoreError::TooLarge
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        let code = error.sqlite_error_code();
        let error = Arc::new(error);
        match code {
            Some(ErrorCode::ConstraintViolation) => StoreError::Conflict(error),
            Some(ErrorCode::DiskFull) => StoreError::DiskFull(error),
            Some(ErrorCode::SystemIoFailure | ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
                StoreError::DiskFailed(error)
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(error),
            Some(_) | None => StoreError::Sqlite(error),
        }
    }
}

impl From<r2d2::Error> for StoreError {
    fn from(error: r2d2::Error) -> StoreError {
        StoreError::Pool(Arc::new(error))
    }
}
