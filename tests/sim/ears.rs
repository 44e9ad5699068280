//! The endpoint of the business: hears webhooks, or is deaf for a while.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use recoup::app::ports::{InvalidSigningKey, OutgoingWebhook, SigningKeys, WebhookSender};
use recoup::domain::secret::Secret;
use recoup::domain::view::Snapshot;
use recoup::domain::webhook::{DeliveryAnswer, Dialect, Heard};

use crate::fate::{Fate, held};

pub struct Ears {
    pub fate: Arc<Fate>,
    pub heard: Mutex<HashSet<String>>,
}

impl WebhookSender for Ears {
    fn render(&self, snapshot: &Snapshot, _: &Dialect) -> Option<String> {
        Some(format!("{} {}", snapshot.event.kind.as_str(), snapshot.event.id))
    }

    fn new_keys(&self) -> SigningKeys {
        SigningKeys { hmac: Secret::new("key"), rsa_private_pem: Secret::new("key") }
    }

    fn public_key_pem(&self, _: &SigningKeys) -> Result<String, InvalidSigningKey> {
        Ok(String::new())
    }

    fn send(&self, webhook: &OutgoingWebhook<'_>) -> Heard {
        self.fate.moment("before a webhook of ours");
        if self.fate.happens(self.fate.weather().deaf_endpoint) {
            return DeliveryAnswer::Refused { status: 500 }.into();
        }
        held(&self.heard).insert(webhook.delivery_id.to_string());
        self.fate.moment("after a webhook of ours");
        DeliveryAnswer::Accepted { status: 200 }.into()
    }
}
