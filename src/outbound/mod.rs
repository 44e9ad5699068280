//! Webhooks to endpoints of the business: rendered, signed, sent. Which are due, and what comes
//! of an answer, is decided elsewhere.

mod escape;
mod keys;
mod send;
mod sign;

use std::time::Duration;

use crate::app::ports::{InvalidSigningKey, OutgoingWebhook, SigningKeys, WebhookSender};
use crate::domain::view::Snapshot;
use crate::domain::webhook::{DeliveryAnswer, SignatureAlgorithm};
use crate::wire::lago::webhooks;
use keys::Keyring;
use send::{Sender, Signed};

/// How webhooks are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookOptions {
    /// The public URL of the API, byte for byte as users give it to their client: receivers
    /// compare the issuer of a token with it.
    pub issuer: String,
    /// For the whole exchange, name look-up and answer included.
    pub timeout: Duration,
    /// Longer payloads are not sent.
    pub payload_bytes_max: usize,
    /// Of an answer's body no more is read.
    pub answer_bytes_max: u64,
    pub user_agent: String,
}

impl WebhookOptions {
    pub fn new(issuer: impl Into<String>) -> WebhookOptions {
        WebhookOptions {
            issuer: issuer.into(),
            timeout: Duration::from_secs(30),
            payload_bytes_max: 4 * 1024 * 1024,
            answer_bytes_max: 64 * 1024,
            user_agent: concat!("recoup/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Sends webhooks over HTTP, signed.
pub struct WebhookOut {
    options: WebhookOptions,
    keys: Keyring,
    sender: Sender,
}

impl WebhookOut {
    pub fn new(options: WebhookOptions) -> WebhookOut {
        let sender = Sender::new(&options);
        WebhookOut { options, keys: Keyring::default(), sender }
    }

    fn signature(&self, webhook: &OutgoingWebhook<'_>) -> Result<String, InvalidSigningKey> {
        let keys = webhook.keys;
        match webhook.endpoint.signature_algorithm {
            SignatureAlgorithm::Hmac => Ok(sign::hmac(keys.hmac.reveal(), webhook.payload)),
            SignatureAlgorithm::Jwt => {
                let key = self.keys.rsa(&keys.rsa_private_pem)?;
                Ok(sign::jwt(&key, &self.options.issuer, webhook.payload))
            }
        }
    }
}

impl WebhookSender for WebhookOut {
    fn render(&self, snapshot: &Snapshot) -> Option<String> {
        webhooks::payload(snapshot).map(|payload| escape::json(&payload))
    }

    fn new_keys(&self) -> SigningKeys {
        keys::generate()
    }

    fn public_key_pem(&self, keys: &SigningKeys) -> Result<String, InvalidSigningKey> {
        self.keys.public_pem(&keys.rsa_private_pem)
    }

    fn send(&self, webhook: &OutgoingWebhook<'_>) -> DeliveryAnswer {
        let bytes_max = self.options.payload_bytes_max;
        if webhook.payload.len() > bytes_max {
            let reason = format!("the payload is longer than {bytes_max} bytes");
            return DeliveryAnswer::Unreachable { reason };
        }
        let signature = match self.signature(webhook) {
            Ok(signature) => signature,
            Err(error) => return DeliveryAnswer::Unreachable { reason: error.to_string() },
        };
        self.sender.send(&Signed {
            url: &webhook.endpoint.url,
            signature: &signature,
            algorithm: webhook.endpoint.signature_algorithm.as_str(),
            unique_key: &webhook.delivery_id.to_string(),
            body: webhook.payload,
        })
    }
}
