//! A bulk retry is taken back: what has not begun is planned as it was before. What is being
//! charged goes on.

use crate::app::App;
use crate::app::collect::CollectError;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::bulk_retry::{BulkRetry, BulkState};
use crate::domain::id::{BulkRetryId, OrganizationId};
use crate::store::StoreError;

/// So many batches are taken back while the caller waits; the job goes on.
const WITHDRAWN_AT_ONCE_MAX: usize = 100;

#[derive(Debug, Clone, thiserror::Error)]
pub enum CancelBulkRetryError {
    #[error("there is no such bulk retry")]
    NotFound,
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for CancelBulkRetryError {
    fn from(error: StoreError) -> CancelBulkRetryError {
        CancelBulkRetryError::Collect(CollectError::from(error))
    }
}

impl App {
    /// Taking it back again changes nothing.
    pub fn cancel_bulk_retry(
        &self,
        organization: OrganizationId,
        id: BulkRetryId,
    ) -> Result<BulkRetry, CancelBulkRetryError> {
        let now = self.clock.now();
        let signed = self.signed(organization, now);
        let mut bulk = self.store.write(move |tx| {
            let found = tx.bulk_retry(organization, id)?.ok_or(CancelBulkRetryError::NotFound)?;
            let was = found.state;
            let cancelled = found.cancel(now);
            tx.save_bulk_retry(&cancelled)?;
            if cancelled.state != was {
                let act = Act::on(Action::BulkRetryCancelled, id).changed(
                    "state",
                    was.as_str(),
                    cancelled.state.as_str(),
                );
                tx.append_audit(signed, &act)?;
            }
            Ok::<_, CancelBulkRetryError>(cancelled)
        })?;
        for _ in 0..WITHDRAWN_AT_ONCE_MAX {
            if bulk.state != BulkState::Cancelling {
                break;
            }
            bulk = self.step_bulk_retry(id)?.unwrap_or(bulk);
        }
        self.wake.ring();
        Ok(bulk)
    }
}
