//! Webhooks: the ones we send to endpoints of the business, and the ones providers send us.

use super::change::Change;
use super::decline::text_enum;
use super::event::{Event, WebhookName};
use super::id::{DeliveryId, EventId, OrganizationId, WebhookEndpointId};
use super::notification::{NotificationName, notification};
use super::secret::Secret;
use super::time::{Span, Timestamp};
use super::veto::Veto;

text_enum!(SignatureAlgorithm { Jwt = "jwt", Hmac = "hmac" });

/// In whose words an endpoint is told, and what proves that it was us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialect {
    /// Signed with a key of the organization.
    Lago,
    /// Signed with this, which only the endpoint knows beside us.
    Metronome { secret: Secret },
}

impl Dialect {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Dialect::Lago => "lago",
            Dialect::Metronome { .. } => "metronome",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEndpoint {
    pub id: WebhookEndpointId,
    pub organization_id: OrganizationId,
    pub url: String,
    pub dialect: Dialect,
    pub signature_algorithm: SignatureAlgorithm,
    pub name: Option<String>,
    /// None: every event. An empty list: none.
    pub event_types: Option<Vec<String>>,
    pub created_at: Timestamp,
}

impl WebhookEndpoint {
    /// The event has a name in its dialect, and it did not ask for others only. What only we have a
    /// name for is told to those that ask for it by that name.
    pub fn wants(&self, event: &Event) -> bool {
        match (self.name_of(event), &self.event_types) {
            (None, _) => false,
            (Some(name), None) => !name.is_asked_for_by_name(),
            (Some(name), Some(types)) => types.iter().any(|wanted| wanted == name.as_str()),
        }
    }

    pub const fn is_of_lago(&self) -> bool {
        matches!(self.dialect, Dialect::Lago)
    }

    /// None: its dialect has no word for the event.
    pub fn name_of(&self, event: &Event) -> Option<ToldName> {
        match &self.dialect {
            Dialect::Lago => event.kind.webhook().map(ToldName::Webhook),
            Dialect::Metronome { .. } => notification(event).map(ToldName::Notification),
        }
    }

    /// How long it is tried. `tries_max` is what Lago's endpoints are given.
    pub const fn persistence(&self, tries_max: u32) -> Persistence {
        match self.dialect {
            Dialect::Lago => Persistence::Tries(tries_max),
            Dialect::Metronome { .. } => Persistence::TwoDays,
        }
    }
}

/// What an endpoint is told, by the name that its dialect has for it. No name is in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldName {
    Webhook(WebhookName),
    Notification(NotificationName),
}

impl ToldName {
    pub const fn as_str(self) -> &'static str {
        match self {
            ToldName::Webhook(name) => name.as_str(),
            ToldName::Notification(name) => name.as_str(),
        }
    }

    /// Endpoints that ask for everything do not hear of it.
    const fn is_asked_for_by_name(self) -> bool {
        match self {
            ToldName::Webhook(name) => name.is_ours(),
            ToldName::Notification(_) => false,
        }
    }

    pub fn parse(text: &str) -> Option<ToldName> {
        let webhook = WebhookName::parse(text).map(ToldName::Webhook);
        webhook.or_else(|| NotificationName::parse(text).map(ToldName::Notification))
    }
}

/// When a delivery that failed is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// After so many tries in all.
    Tries(u32),
    /// Two days after the first, every 15 minutes in the end.
    TwoDays,
}

impl Persistence {
    /// None: it is given up.
    fn next_try_at(self, delivery: &Delivery, tries: u32, now: Timestamp) -> Option<Timestamp> {
        match self {
            Persistence::Tries(max) if tries >= max => None,
            Persistence::Tries(_) => Some(now.plus(wait_after(tries))),
            Persistence::TwoDays => {
                let wait = Span::seconds(1_u32.checked_shl(tries).unwrap_or(u32::MAX).min(900));
                let next = now.plus(wait);
                (next <= delivery.created_at.plus(Span::days(2))).then_some(next)
            }
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
    pub webhook: ToldName,
    pub state: DeliveryState,
    pub tries_made: u32,
    pub next_try_at: Option<Timestamp>,
    /// Frozen at the first try, so that every retry sends the same bytes.
    pub payload: Option<String>,
    pub last_status: Option<u16>,
    pub last_error: Option<String>,
    /// The beginning of what the endpoint answered last.
    pub last_answer: Option<String>,
    pub last_tried_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// What an endpoint answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryAnswer {
    Accepted {
        status: u16,
    },
    /// Accepted, and it asks that the attempt that it was told of is not made.
    Vetoed {
        status: u16,
        veto: Veto,
    },
    Refused {
        status: u16,
    },
    Unreachable {
        reason: String,
    },
}

/// What was heard of an endpoint at one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub answer: DeliveryAnswer,
    /// The beginning of the answer, for whoever looks for a fault. None: it is no text.
    pub text: Option<String>,
}

impl From<DeliveryAnswer> for Heard {
    fn from(answer: DeliveryAnswer) -> Heard {
        Heard { answer, text: None }
    }
}

impl Delivery {
    /// After one more try.
    #[must_use]
    pub fn answered(self, heard: &Heard, persistence: Persistence, now: Timestamp) -> Delivery {
        let tries_made = self.tries_made.saturating_add(1);
        let (last_status, last_error) = match &heard.answer {
            DeliveryAnswer::Accepted { status }
            | DeliveryAnswer::Vetoed { status, .. }
            | DeliveryAnswer::Refused { status } => (Some(*status), None),
            DeliveryAnswer::Unreachable { reason } => (None, Some(reason.clone())),
        };
        let (state, next_try_at) = match &heard.answer {
            DeliveryAnswer::Accepted { .. } | DeliveryAnswer::Vetoed { .. } => {
                (DeliveryState::Succeeded, None)
            }
            DeliveryAnswer::Refused { .. } | DeliveryAnswer::Unreachable { .. } => {
                match persistence.next_try_at(&self, tries_made, now) {
                    None => (DeliveryState::Failed, None),
                    next => (DeliveryState::Retrying, next),
                }
            }
        };
        Delivery {
            state,
            tries_made,
            next_try_at,
            last_status,
            last_error,
            last_answer: heard.text.clone(),
            last_tried_at: Some(now),
            ..self
        }
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
