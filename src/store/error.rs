//! What can go wrong in the store. None of it is about payments.

use std::sync::Arc;

use crate::domain::id::{CustomerId, OrganizationId};
use crate::domain::wallet::credits::TooLarge;

#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    #[error("the database refused a statement")]
    Sqlite(#[source] Arc<rusqlite::Error>),
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
        let constraint =
            error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation);
        let error = Arc::new(error);
        if constraint { StoreError::Conflict(error) } else { StoreError::Sqlite(error) }
    }
}

impl From<r2d2::Error> for StoreError {
    fn from(error: r2d2::Error) -> StoreError {
        StoreError::Pool(Arc::new(error))
    }
}
