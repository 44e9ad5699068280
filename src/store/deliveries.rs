//! Webhooks on their way: what is due, and what came of each try.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{DeliveryId, OrganizationId, WebhookEndpointId};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Delivery, DeliveryState, SignatureAlgorithm, WebhookEndpoint};

impl Reader<'_> {
    /// All endpoints, oldest first. An organization may have few.
    pub fn all_webhook_endpoints(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<WebhookEndpoint>, StoreError> {
        rows!(
            self,
            "webhook_endpoints",
            "SELECT * FROM webhook_endpoints WHERE organization_id = :organization
              ORDER BY created_at, id LIMIT 1000",
            named_params! { ":organization": organization.to_string() },
            webhook_endpoint
        )
    }

    pub fn webhook_endpoint(
        &self,
        organization: OrganizationId,
        id: WebhookEndpointId,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        row!(
            self,
            "webhook_endpoints",
            "SELECT * FROM webhook_endpoints WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            webhook_endpoint
        )
    }

    /// Deliveries whose next try has come, oldest first.
    pub fn due_deliveries(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        rows!(
            self,
            "webhook_deliveries",
            "SELECT * FROM webhook_deliveries
              WHERE next_try_at <= :now
              ORDER BY next_try_at, id
              LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            delivery
        )
    }

    pub fn delivery(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<Delivery>, StoreError> {
        row!(
            self,
            "webhook_deliveries",
            "SELECT * FROM webhook_deliveries WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            delivery
        )
    }
}

impl Tx<'_> {
    /// Of a delivery that was removed with its endpoint, nothing is saved.
    pub fn save_delivery(&self, saved: &Delivery) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE webhook_deliveries
                SET state = :state, tries_made = :tries_made, next_try_at = :next_try_at,
                    payload = :payload, last_status = :last_status, last_error = :last_error
              WHERE id = :id",
        )?;
        statement.execute(named_params! {
            ":id": saved.id.to_string(),
            ":state": saved.state.as_str(),
            ":tries_made": saved.tries_made,
            ":next_try_at": saved.next_try_at.map(|at| at.unix_ms()),
            ":payload": saved.payload,
            ":last_status": saved.last_status,
            ":last_error": saved.last_error,
        })?;
        Ok(())
    }
}

fn webhook_endpoint(columns: &Columns<'_>) -> Result<WebhookEndpoint, StoreError> {
    let types: Option<String> = columns.get("event_types")?;
    Ok(WebhookEndpoint {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        url: columns.get("url")?,
        signature_algorithm: columns.word("signature_algorithm", SignatureAlgorithm::parse)?,
        name: columns.get("name")?,
        event_types: types.map(|_| columns.words("event_types")).transpose()?,
        created_at: columns.time("created_at")?,
    })
}

fn delivery(columns: &Columns<'_>) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        event_id: columns.parsed("event_id")?,
        endpoint_id: columns.parsed("endpoint_id")?,
        state: columns.word("state", DeliveryState::parse)?,
        tries_made: columns.get("tries_made")?,
        next_try_at: columns.time_option("next_try_at")?,
        payload: columns.get("payload")?,
        last_status: columns.get("last_status")?,
        last_error: columns.get("last_error")?,
        created_at: columns.time("created_at")?,
    })
}
