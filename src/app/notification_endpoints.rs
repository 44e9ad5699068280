//! Endpoints that are told in Metronome's words. An operator sets them up: that dialect has no
//! call for it.

use super::App;
use super::webhook_endpoints::{EndpointError, shown};
use crate::domain::audit_trail::{Act, Action};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{OrganizationId, WebhookEndpointId};
use crate::domain::secret::Secret;
use crate::domain::webhook::{Dialect, SignatureAlgorithm, WebhookEndpoint};

/// An endpoint that is to be made.
#[derive(Debug, Clone)]
pub struct NewNotificationEndpoint {
    pub url: String,
    /// None: one is made.
    pub secret: Option<Secret>,
    /// None: all.
    pub event_types: Option<Vec<String>>,
}

impl App {
    /// The secret is in the answer, and nowhere else afterwards.
    pub fn create_notification_endpoint(
        &self,
        organization: OrganizationId,
        new: NewNotificationEndpoint,
    ) -> Result<WebhookEndpoint, EndpointError> {
        let now = self.clock.now();
        let endpoints_max = self.rules.webhook_endpoints_max as usize;
        let made = WebhookEndpoint {
            id: WebhookEndpointId::at(now),
            organization_id: organization,
            url: new.url,
            dialect: Dialect::Metronome { secret: new.secret.unwrap_or_else(random_secret) },
            signature_algorithm: SignatureAlgorithm::Hmac,
            name: None,
            event_types: new.event_types,
            created_at: now,
        };
        let signed = self.signed(organization, now);
        self.store.write(move |tx| {
            let all = tx.all_webhook_endpoints(organization)?;
            if all.iter().filter(|it| is_ours(it)).count() >= endpoints_max {
                return Err(EndpointError::TooMany);
            }
            tx.put_webhook_endpoint(&made)?;
            let act = Act::on(Action::WebhookEndpointCreated, made.id).with("url", shown(&made));
            tx.append_audit(signed, &act)?;
            Ok(made.clone())
        })
    }

    /// Oldest first.
    pub fn notification_endpoints(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<WebhookEndpoint>, EndpointError> {
        let all = self.store.read(|read| read.all_webhook_endpoints(organization))?;
        Ok(all.into_iter().filter(is_ours).collect())
    }

    pub fn delete_notification_endpoint(
        &self,
        organization: OrganizationId,
        id: WebhookEndpointId,
    ) -> Result<(), EndpointError> {
        let signed = self.signed(organization, self.now());
        self.store.write(move |tx| {
            let found = tx.webhook_endpoint(organization, id)?;
            let found = found.filter(is_ours).ok_or(EndpointError::NotFound)?;
            tx.delete_webhook_endpoint(organization, id)?;
            let act = Act::on(Action::WebhookEndpointDeleted, id).with("url", shown(&found));
            Ok(tx.append_audit(signed, &act)?)
        })
    }

    /// Sends it a notification that tells of nothing.
    pub fn test_notification_endpoint(
        &self,
        organization: OrganizationId,
        id: WebhookEndpointId,
    ) -> Result<(), EndpointError> {
        let now = self.clock.now();
        let signed = self.signed(organization, now);
        self.store.write(move |tx| {
            let found = tx.webhook_endpoint(organization, id)?;
            let endpoint = found.filter(is_ours).ok_or(EndpointError::NotFound)?;
            let event =
                Event::new(EventKind::EndpointTested, organization, Subject::default(), now);
            tx.append_event_for(&event, &endpoint)?;
            tx.append_audit(signed, &Act::on(Action::WebhookEndpointTested, id))?;
            Ok::<_, EndpointError>(())
        })?;
        self.wake.ring_news();
        Ok(())
    }
}

fn is_ours(endpoint: &WebhookEndpoint) -> bool {
    !endpoint.is_of_lago()
}

/// 256 bits, in hexadecimal.
fn random_secret() -> Secret {
    let bytes: [u8; 32] = rand::random();
    Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
