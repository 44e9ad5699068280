//! Endpoints for webhooks are made, changed and deleted.

use super::App;
use crate::domain::audit_trail::{Act, Action};
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
        let signed = self.signed(organization, now);
        self.store.write(move |tx| {
            if tx.webhook_endpoints_count(organization)? >= endpoints_max {
                return Err(EndpointError::TooMany);
            }
            tx.put_webhook_endpoint(&made)?;
            let act = Act::on(Action::WebhookEndpointCreated, made.id).with("url", shown(&made));
            tx.append_audit(signed, &act)?;
            Ok(made.clone())
        })
    }

    pub fn update_webhook_endpoint(
        &self,
        organization: OrganizationId,
        id: WebhookEndpointId,
        change: EndpointChange,
    ) -> Result<WebhookEndpoint, EndpointError> {
        let signed = self.signed(organization, self.now());
        self.store.write(move |tx| {
            let found = tx.webhook_endpoint(organization, id)?;
            let found = found.filter(WebhookEndpoint::is_of_lago).ok_or(EndpointError::NotFound)?;
            let was = shown(&found);
            let changed = change.clone().apply(found);
            tx.put_webhook_endpoint(&changed)?;
            let act = Act::on(Action::WebhookEndpointChanged, id);
            tx.append_audit(signed, &act.changed("url", was, shown(&changed)))?;
            Ok(changed)
        })
    }

    /// The endpoint as it was.
    pub fn delete_webhook_endpoint(
        &self,
        organization: OrganizationId,
        id: WebhookEndpointId,
    ) -> Result<WebhookEndpoint, EndpointError> {
        let signed = self.signed(organization, self.now());
        self.store.write(move |tx| {
            let found = tx.webhook_endpoint(organization, id)?;
            let found = found.filter(WebhookEndpoint::is_of_lago).ok_or(EndpointError::NotFound)?;
            tx.delete_webhook_endpoint(organization, id)?;
            let act = Act::on(Action::WebhookEndpointDeleted, id).with("url", shown(&found));
            tx.append_audit(signed, &act)?;
            Ok(found)
        })
    }
}

/// Its address as the audit log keeps it: what stands before the host or in the query may be a
/// secret.
pub(super) fn shown(endpoint: &WebhookEndpoint) -> String {
    let Ok(mut url) = url::Url::parse(&endpoint.url) else { return String::new() };
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.to_string()
}
