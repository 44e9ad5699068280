//! Webhooks as the provider signs them, so that a plugin's look at signatures can be tried.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::app::ports::InboundWebhook;
use crate::domain::time::Timestamp;

use super::plan::{Digest, Sign, Webhook};

/// A webhook with its signature.
pub fn signed(
    sign: &Sign,
    secret: &str,
    (webhook, body): (&Webhook, &str),
    at: Timestamp,
) -> InboundWebhook {
    let timestamp = (at.unix_ms() / 1000).to_string();
    let text = sign.over.replace("{timestamp}", &timestamp).replace("{body}", body);
    let mac = mac(sign.digest, secret.as_bytes(), text.as_bytes());
    let hex = mac.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let value = sign
        .value
        .replace("{timestamp}", &timestamp)
        .replace("{hex}", &hex)
        .replace("{base64}", &STANDARD.encode(&mac));
    let mut headers: Vec<(String, String)> = webhook
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    headers.push((sign.header.to_ascii_lowercase(), value));
    InboundWebhook { headers, body: body.as_bytes().to_vec() }
}

fn mac(digest: Digest, key: &[u8], text: &[u8]) -> Vec<u8> {
    match digest {
        Digest::Sha1 => made::<Hmac<Sha1>>(key, text),
        Digest::Sha256 => made::<Hmac<Sha256>>(key, text),
        Digest::Sha512 => made::<Hmac<Sha512>>(key, text),
    }
}

fn made<M: Mac + hmac::digest::KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = <M as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// Whether old signatures can be told from new ones.
pub fn tells_time(sign: &Sign) -> bool {
    sign.over.contains("{timestamp}")
}
