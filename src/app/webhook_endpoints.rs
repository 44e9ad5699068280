//! Endpoints for webhooks are made, changed and deleted.

use super::App;
use crate::domain::id::{OrganizationId, WebhookEndpointId};
use crate::domain::webhook::{Dialect, EndpointChange, SignatureAlgorithm, WebhookEndpoint};
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    #[error("there is no webhook endpoint of this id")]
    NotFound,
    #[error("another webhook endpoint has this address")]
    UrlTaken,
    #[error("the organization has as many webhook endpoints as it may")]
    TooMany,
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for EndpointError {
    /// The address is all that an index of this table holds.
    fn from(error: StoreError) -> EndpointError {
        if error.is_conflict() { EndpointError::UrlTaken } else { EndpointError::Store(error) }
    }
}

impl App {
    /// `change` names an address.
    pub fn create_webhook_endpoint(
        &self,
        organization: OrganizationId,
        change: EndpointChange,
    ) -> Result<WebhookEndpoint, EndpointError> {
        let now = self.clock.now();
        let endpoints_max = u64::from(self.rules.webhook_endpoints_max);
        let made = change.apply(WebhookEndpoint {
            id: WebhookEndpointId::at(now),
            organization_id: organization,
            url: String::new(),
            dialect: Dialect::Lago,
            signature_algorithm: SignatureAlgorithm::Jwt,
            name: None,
            event_types: None,
            created_at: now,
        });
        self.store.write(move |tx| {
            if tx.webhook_endpoints_count(organization)? >= endpoints_max {
                return Err(EndpointError::TooMany);
            }
            tx.put_webhook_endpoint(&made)?;
            Ok(made.clone())
        })
    }

    pub fn update_webhook_endpoint(
        &self,
        organization: OrganizationId,
        id: WebhookEndpointId,
        change: EndpointChange,
    ) -> Result<WebhookEndpoint, EndpointError> {
        self.store.write(move |tx| {
            let found = tx.webhook_endpoint(organization, id)?;
            let found = found.filter(WebhookEndpoint::is_of_lago).ok_or(EndpointError::NotFound)?;
            let changed = change.clone().apply(found);
            tx.put_webhook_endpoint(&changed)?;
            Ok(changed)
        })
    }

    /// The endpoint as it was.
    pub fn delete_webhook_endpoint(
        &self,
        organization: OrganizationId,
        id: WebhookEndpointId,
    ) -> Result<WebhookEndpoint, EndpointError> {
        self.store.write(move |tx| {
            let found = tx.webhook_endpoint(organization, id)?;
            let found = found.filter(WebhookEndpoint::is_of_lago).ok_or(EndpointError::NotFound)?;
            tx.delete_webhook_endpoint(organization, id)?;
            Ok(found)
        })
    }
}
