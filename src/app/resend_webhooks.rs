//! A person has webhooks sent again: the same bytes under the same key, so that a receiver can
//! tell that it has them already.

use super::App;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::{DeliveryId, OrganizationId, WebhookEndpointId};
use crate::domain::webhook::{Delivery, StillPending};
use crate::store::StoreError;

/// So many are planned in one transaction.
const BATCH: u32 = 500;

#[derive(Debug, Clone, thiserror::Error)]
pub enum ResendError {
    #[error("there is no such delivery")]
    NoDelivery,
    #[error("there is no such endpoint")]
    NoEndpoint,
    #[error(transparent)]
    StillPending(#[from] StillPending),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    pub fn resend_webhook(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
    ) -> Result<Delivery, ResendError> {
        let now = self.clock.now();
        let signed = self.signed(organization, now);
        let planned = self.store.write(move |tx| {
            let found = tx.delivery(organization, id)?.ok_or(ResendError::NoDelivery)?;
            let planned = found.send_again(now)?;
            tx.save_delivery(&planned)?;
            tx.append_audit(signed, &Act::on(Action::WebhookResent, id))?;
            Ok::<_, ResendError>(planned)
        })?;
        self.wake.ring_news();
        Ok(planned)
    }

    /// All that failed there until now. Says how many.
    pub fn resend_failed_webhooks(
        &self,
        organization: OrganizationId,
        endpoint: WebhookEndpointId,
    ) -> Result<u64, ResendError> {
        let now = self.clock.now();
        let (mut retried, mut after) = (0_u64, None);
        let signed = self.signed(organization, now);
        loop {
            let batch = self.store.write(move |tx| {
                tx.webhook_endpoint(organization, endpoint)?.ok_or(ResendError::NoEndpoint)?;
                let failed = tx.failed_deliveries(endpoint, after, BATCH)?;
                let ids: Vec<DeliveryId> = failed.iter().map(|delivery| delivery.id).collect();
                for delivery in failed {
                    tx.save_delivery(&delivery.send_again(now)?)?;
                }
                Ok::<_, ResendError>(ids)
            })?;
            self.wake.ring_news();
            let count = u32::try_from(batch.len()).unwrap_or(BATCH);
            retried += u64::from(count);
            // One that fails again meanwhile stands before it, and is not looked at again.
            after = batch.last().copied();
            if count < BATCH {
                break;
            }
        }
        let act = Act::on(Action::WebhookEndpointResent, endpoint).with("deliveries", retried);
        self.store.write(move |tx| tx.append_audit(signed, &act))?;
        Ok(retried)
    }
}
