//! Webhooks to endpoints of the business: rendered, signed, sent. Which are due, and what comes
//! of an answer, is decided elsewhere.

mod escape;
mod keys;
mod send;
mod sign;

use std::sync::Arc;
use std::time::Duration;

use crate::app::ports::{Clock, InvalidSigningKey, OutgoingWebhook, SigningKeys, WebhookSender};
use crate::domain::view::Snapshot;
use crate::domain::webhook::{DeliveryAnswer, Dialect, Heard, SignatureAlgorithm};
use crate::wire::lago::webhooks;
use crate::wire::metronome::notification;
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
    /// Of real time: receivers refuse what is not fresh.
    clock: Arc<dyn Clock>,
}

impl WebhookOut {
    pub fn new(options: WebhookOptions, clock: Arc<dyn Clock>) -> WebhookOut {
        let sender = Sender::new(&options);
        WebhookOut { options, keys: Keyring::default(), sender, clock }
    }

    fn signed<'a>(&self, webhook: &OutgoingWebhook<'a>) -> Result<Signed<'a>, InvalidSigningKey> {
        let (endpoint, body) = (webhook.endpoint, webhook.payload);
        let signature = match (&endpoint.dialect, endpoint.signature_algorithm) {
            (Dialect::Metronome { secret }, _) => {
                let date = self.clock.now().utc().format(HTTP_DATE).to_string();
                let signature = sign::dated_hmac(secret.reveal(), &date, body);
                // Receivers of every age find the date where they look for it.
                let headers = vec![
                    ("Metronome-Webhook-Signature", signature),
                    ("Date", date.clone()),
                    ("X-Metronome-Date", date),
                ];
                return Ok(Signed { url: &endpoint.url, headers, accepts: any_success, body });
            }
            (Dialect::Lago, SignatureAlgorithm::Hmac) => {
                sign::hmac(webhook.keys.hmac.reveal(), body)
            }
            (Dialect::Lago, SignatureAlgorithm::Jwt) => {
                let key = self.keys.rsa(&webhook.keys.rsa_private_pem)?;
                sign::jwt(&key, &self.options.issuer, body)
            }
        };
        let headers = vec![
            ("X-Lago-Signature", signature),
            ("X-Lago-Signature-Algorithm", endpoint.signature_algorithm.as_str().to_owned()),
            ("X-Lago-Unique-Key", webhook.delivery_id.to_string()),
        ];
        Ok(Signed { url: &endpoint.url, headers, accepts: usual_success, body })
    }
}

impl WebhookSender for WebhookOut {
    fn render(&self, snapshot: &Snapshot, dialect: &Dialect) -> Option<String> {
        match dialect {
            Dialect::Lago => webhooks::payload(snapshot).map(|payload| escape::json(&payload)),
            Dialect::Metronome { .. } => notification::payload(snapshot),
        }
    }

    fn new_keys(&self) -> SigningKeys {
        keys::generate()
    }

    fn public_key_pem(&self, keys: &SigningKeys) -> Result<String, InvalidSigningKey> {
        self.keys.public_pem(&keys.rsa_private_pem)
    }

    fn send(&self, webhook: &OutgoingWebhook<'_>) -> Heard {
        let bytes_max = self.options.payload_bytes_max;
        if webhook.payload.len() > bytes_max {
            let reason = format!("the payload is longer than {bytes_max} bytes");
            return DeliveryAnswer::Unreachable { reason }.into();
        }
        match self.signed(webhook) {
            Ok(signed) => self.sender.send(&signed),
            Err(error) => DeliveryAnswer::Unreachable { reason: error.to_string() }.into(),
        }
    }
}

/// `Thu, 01 Jan 2026 12:00:00 GMT`
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

fn usual_success(status: u16) -> bool {
    matches!(status, 200 | 201 | 202 | 204)
}

fn any_success(status: u16) -> bool {
    status <= 299
}
