//! A bulk retry begins: what it covers is frozen, then the job asks for each invoice.

use crate::app::App;
use crate::app::collect::CollectError;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::bulk_retry::{BulkFilter, BulkRetry, BulkState};
use crate::domain::id::OrganizationId;
use crate::store::StoreError;

/// So many batches of invoices are written down while the caller waits; the job goes on.
const LISTED_AT_ONCE_MAX: usize = 20;

#[derive(Debug, Clone, thiserror::Error)]
pub enum StartBulkRetryError {
    /// Two different requests have one key: one of them is a mistake.
    #[error("a bulk retry over other invoices was started with this key")]
    KeyReused,
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for StartBulkRetryError {
    fn from(error: StoreError) -> StartBulkRetryError {
        StartBulkRetryError::Collect(CollectError::from(error))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    Now(BulkRetry),
    /// It was started with the same key before.
    Before(BulkRetry),
}

impl App {
    /// The same key answers the same bulk retry, and nothing is asked for again.
    pub fn start_bulk_retry(
        &self,
        organization: OrganizationId,
        filter: BulkFilter,
        client_key: Option<String>,
    ) -> Result<Started, StartBulkRetryError> {
        let made = BulkRetry::new(organization, filter, client_key, self.clock.now());
        let signed = self.signed(organization, made.created_at);
        let started = self.store.write(move |tx| {
            let before = match &made.client_key {
                Some(key) => tx.bulk_retry_by_key(organization, key)?,
                None => None,
            };
            match before {
                Some(before) if before.filter == made.filter => Ok(Started::Before(before)),
                Some(_) => Err(StartBulkRetryError::KeyReused),
                None => {
                    tx.insert_bulk_retry(&made)?;
                    tx.append_audit(signed, &Act::on(Action::BulkRetryStarted, made.id))?;
                    Ok(Started::Now(made.clone()))
                }
            }
        })?;
        let Started::Now(mut bulk) = started else { return Ok(started) };
        for _ in 0..LISTED_AT_ONCE_MAX {
            if bulk.state != BulkState::Listing {
                break;
            }
            bulk = self.step_bulk_retry(bulk.id)?.unwrap_or(bulk);
        }
        self.wake.ring();
        Ok(Started::Now(bulk))
    }
}
