//! Webhooks: the ones we send to endpoints of the business, and the ones providers send us.

use super::change::Change;
use super::decline::text_enum;
use super::event::WebhookName;
use super::id::{DeliveryId, EventId, OrganizationId, WebhookEndpointId};
use super::secret::Secret;
use super::time::{Span, Timestamp};

text_enum!(SignatureAlgorithm { Jwt = "jwt", Hmac = "hmac" });

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEndpoint {
    pub id: WebhookEndpointId,
    pub organization_id: OrganizationId,
    pub url: String,
    pub signature_algorithm: SignatureAlgorithm,
    pub name: Option<String>,
    /// None: every event. An empty list: none.
    pub event_types: Option<Vec<String>>,
    pub created_at: Timestamp,
}

impl WebhookEndpoint {
    pub fn wants(&self, name: WebhookName) -> bool {
        match &self.event_types {
            None => true,
            Some(types) => types.iter().any(|wanted| wanted == name.as_str()),
        }
    }
}

text_enum!(
    DeliveryState {
        Pending = "pending",
        Retrying = "retrying",
        Succeeded = "succeeded",
        /// Out of tries; can be sent again by hand.
        Failed = "failed",
    }
);

/// One event on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub organization_id: OrganizationId,
    pub event_id: EventId,
    pub endpoint_id: WebhookEndpointId,
    pub webhook: WebhookName,
    pub state: DeliveryState,
    pub tries_made: u32,
    pub next_try_at: Option<Timestamp>,
    /// Frozen at the first try, so that every retry sends the same bytes.
    pub payload: Option<String>,
    pub last_status: Option<u16>,
    pub last_error: Option<String>,
    pub created_at: Timestamp,
}

/// What an endpoint answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryAnswer {
    Accepted { status: u16 },
    Refused { status: u16 },
    Unreachable { reason: String },
}

impl Delivery {
    /// After an answer to one more try; `tries_max` in all.
    #[must_use]
    pub fn answered(self, answer: &DeliveryAnswer, tries_max: u32, now: Timestamp) -> Delivery {
        let tries_made = self.tries_made.saturating_add(1);
        let (last_status, last_error) = match answer {
            DeliveryAnswer::Accepted { status } | DeliveryAnswer::Refused { status } => {
                (Some(*status), None)
            }
            DeliveryAnswer::Unreachable { reason } => (None, Some(reason.clone())),
        };
        let (state, next_try_at) = match answer {
            DeliveryAnswer::Accepted { .. } => (DeliveryState::Succeeded, None),
            DeliveryAnswer::Refused { .. } | DeliveryAnswer::Unreachable { .. }
                if tries_made >= tries_max =>
            {
                (DeliveryState::Failed, None)
            }
            DeliveryAnswer::Refused { .. } | DeliveryAnswer::Unreachable { .. } => {
                (DeliveryState::Retrying, Some(now.plus(wait_after(tries_made))))
            }
        };
        Delivery { state, tries_made, next_try_at, last_status, last_error, ..self }
    }
}

/// It is on its way already. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the webhook is still being sent")]
pub struct StillPending;

impl Delivery {
    /// A person wants it sent again: as if it were new, but with the bytes and the key it has.
    pub fn send_again(self, now: Timestamp) -> Result<Delivery, StillPending> {
        match self.state {
            DeliveryState::Pending | DeliveryState::Retrying => Err(StillPending),
            DeliveryState::Succeeded | DeliveryState::Failed => Ok(Delivery {
                state: DeliveryState::Pending,
                tries_made: 0,
                next_try_at: Some(now),
                ..self
            }),
        }
    }
}

/// The fourth power of the number of tries, and two seconds: 3 s, 18 s, 83 s …
fn wait_after(tries: u32) -> Span {
    Span::seconds(tries.min(16).pow(4).saturating_add(2))
}

/// What webhooks of an organization are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeys {
    pub hmac: Secret,
    /// PKCS#8 PEM of an RSA key.
    pub rsa_private_pem: Secret,
}

/// What a request says of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndpointChange {
    pub url: Change<String>,
    pub signature_algorithm: Change<SignatureAlgorithm>,
    pub name: Change<Option<String>>,
    pub event_types: Change<Option<Vec<String>>>,
}

impl EndpointChange {
    #[must_use]
    pub fn apply(self, endpoint: WebhookEndpoint) -> WebhookEndpoint {
        let mut changed = endpoint;
        self.url.apply(&mut changed.url);
        self.signature_algorithm.apply(&mut changed.signature_algorithm);
        self.name.apply(&mut changed.name);
        self.event_types.apply(&mut changed.event_types);
        changed
    }
}
