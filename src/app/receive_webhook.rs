//! A provider calls us: the signature is checked and the events are made durable before it hears
//! that we have them. What they mean is worked out afterwards.

use super::App;
use super::crash_point::{CrashPoint, crash_point};
use super::ports::{InboundWebhook, WebhookRefusal};
use crate::domain::connection::Connection;
use crate::domain::id::InboundId;
use crate::domain::inbound::Inbound;
use crate::store::StoreError;

#[derive(Debug, Clone, thiserror::Error)]
pub enum ReceiveError {
    #[error("there is no such connection")]
    UnknownConnection,
    #[error(transparent)]
    Refused(#[from] WebhookRefusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which connection a provider calls for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressee {
    /// By its code, in the only organization or the first.
    Code(String),
    /// By organization, and by code where the provider has several connections.
    Organization { id: crate::domain::id::OrganizationId, code: Option<String> },
}

impl App {
    /// What the provider wants to hear; empty where it wants nothing particular.
    pub fn receive_webhook(
        &self,
        provider: &str,
        addressee: &Addressee,
        inbound: &InboundWebhook,
    ) -> Result<String, ReceiveError> {
        let connection = self.addressed(provider, addressee)?;
        let translation = self.psps.translate_webhook(&connection, inbound)?;
        let now = self.clock.now();
        let received: Vec<Inbound> = translation
            .events
            .into_iter()
            .map(|event| Inbound {
                id: InboundId::at(now),
                organization_id: connection.organization_id,
                connection_id: connection.id,
                event,
                tries_made: 0,
                received_at: now,
            })
            .collect();
        crash_point(CrashPoint::WebhookBeforeStore);
        self.store.write(move |tx| -> Result<(), StoreError> {
            received.iter().try_for_each(|event| tx.receive_inbound(event))
        })?;
        crash_point(CrashPoint::WebhookStored);
        self.wake.ring();
        Ok(translation.reply.unwrap_or_default())
    }

    fn addressed(&self, provider: &str, addressee: &Addressee) -> Result<Connection, ReceiveError> {
        let found = self.store.read(|read| -> Result<_, StoreError> {
            match addressee {
                Addressee::Code(code) => match read.first_organization()? {
                    Some(organization) => read.connection_by_code(organization.id, code),
                    None => Ok(None),
                },
                Addressee::Organization { id, code: Some(code) } => {
                    read.connection_by_code(*id, code)
                }
                Addressee::Organization { id, code: None } => {
                    let mut of_provider = read.connections_of_provider(*id, provider)?;
                    let only = if of_provider.len() == 1 { of_provider.pop() } else { None };
                    Ok(only)
                }
            }
        })?;
        found
            .filter(|connection| connection.provider == provider)
            .ok_or(ReceiveError::UnknownConnection)
    }
}
