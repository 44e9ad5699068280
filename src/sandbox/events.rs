//! Events: what endpoints are told, how it is signed, and when it is tried again.

use std::sync::Arc;

use hmac::{Hmac, Mac};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::book::{Book, Due, Endpoint};
use super::views::{hex, time};

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "sandbox-signature";

/// The pause before each further try of a delivery.
const RETRIES_AFTER_MS: [i64; 4] = [2_000, 30_000, 300_000, 3_600_000];

/// One event, encoded. Sent again, it has the same id and the same bytes.
pub struct Event {
    pub body: String,
}

/// One event on its way to one endpoint.
#[derive(Clone)]
pub struct Delivery {
    pub event: Arc<Event>,
    pub endpoint: Endpoint,
    pub tries_made: usize,
}

#[derive(Serialize)]
struct EventView<'a, T> {
    object: &'static str,
    id: String,
    r#type: &'a str,
    created_at: String,
    created_at_ms: i64,
    data: T,
}

/// What happened to what, and when.
pub struct Happening<'a> {
    pub kind: &'a str,
    /// The id of the charge, refund, session or method.
    pub subject: &'a str,
    pub at_ms: i64,
}

impl Event {
    pub fn new(happening: &Happening<'_>, data: impl Serialize) -> Self {
        // Each kind happens once to one thing, so the id follows from both, also after a restart.
        let digest = Sha256::new()
            .chain_update(happening.kind)
            .chain_update([0])
            .chain_update(happening.subject)
            .finalize();
        let view = EventView {
            object: "event",
            id: format!("evt_{}", hex(&digest[..12])),
            r#type: happening.kind,
            created_at: time(happening.at_ms),
            created_at_ms: happening.at_ms,
            data,
        };
        let body = serde_json::to_string(&view).expect("views have string keys and finite numbers");
        Self { body }
    }
}

impl Delivery {
    /// When it is tried again after one more failure; none: it is given up.
    pub fn next_try_at(&self, now_ms: i64) -> Option<i64> {
        RETRIES_AFTER_MS.get(self.tries_made).map(|pause_ms| now_ms + pause_ms)
    }
}

/// Plans the event for every endpoint, as often as told. Nobody listening costs nothing.
pub fn emit(book: &mut Book, at_ms: i64, copies: usize, event: impl FnOnce() -> Event) {
    if book.endpoints().is_empty() {
        return;
    }
    let event = Arc::new(event());
    for endpoint in book.endpoints().to_vec() {
        for _ in 0..copies {
            let (event, endpoint) = (event.clone(), endpoint.clone());
            book.schedule.plan(at_ms, Due::Deliver(Delivery { event, endpoint, tries_made: 0 }));
        }
    }
}

/// `t=<seconds>,v1=<hex>`: HMAC-SHA256 over `<seconds>.<body>` with the endpoint's secret.
pub fn signature(secret: &str, body: &str, now_ms: i64) -> String {
    let now_s = now_ms.div_euclid(1_000);
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(now_s.to_string().as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    format!("t={now_s},v1={}", hex(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_documented_one() {
        // Computed with `printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_test`.
        assert_eq!(
            signature("whsec_test", "{}", 1_700_000_000_999),
            "t=1700000000,v1=35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91"
        );
    }

    #[test]
    fn the_same_happening_has_the_same_event_id() {
        let happening = Happening { kind: "charge.succeeded", subject: "ch_1", at_ms: 5 };
        let again = Happening { at_ms: 5, ..happening };
        assert_eq!(Event::new(&happening, ()).body, Event::new(&again, ()).body);
    }
}
