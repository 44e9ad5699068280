//! Idempotency keys: derived, never random, so that a crash, a lost lease or a restored backup
//! makes the same key for the same attempt.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use uuid::Builder;

use super::id::{AttemptId, ConnectionId, CustomerId, SessionId};
use super::payment::PayableId;

/// The key of one attempt: 40 characters, unique to installation, debt and number.
pub fn attempt_key(installation: &str, payable: PayableId, number: u32) -> String {
    key(&[installation, payable.kind(), &payable.uuid().to_string(), &number.to_string()])
}

/// The id of one attempt, which providers keep as its reference: a restored backup makes the same
/// one, and finds by it what was charged since. It sorts by the time of its debt, then by number.
pub fn attempt_id(installation: &str, payable: PayableId, number: u32) -> AttemptId {
    let hash = digest(&[
        installation,
        "attempt",
        payable.kind(),
        &payable.uuid().to_string(),
        &number.to_string(),
    ]);
    let mut tail = [0; 10];
    tail.copy_from_slice(&hash[..10]);
    // The twelve bits beside the version.
    let [_, _, high, low] = number.min(0xFFF).to_be_bytes();
    (tail[0], tail[1]) = (high, low);
    let [a, b, c, d, e, f, ..] = *payable.uuid().as_bytes();
    let made_at_ms = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    AttemptId::from_uuid(Builder::from_unix_timestamp_millis(made_at_ms, &tail).into_uuid())
}

/// The key under which a hosted page is made.
pub fn session_key(installation: &str, session: SessionId) -> String {
    key(&[installation, "session", &session.to_string()])
}

/// The key under which a customer is made at a provider.
pub fn customer_key(installation: &str, customer: CustomerId, connection: ConnectionId) -> String {
    key(&[installation, "customer", &customer.to_string(), &connection.to_string()])
}

/// The key of a debt's payment that a payer makes on a hosted page.
pub fn paid_on_page_key(installation: &str, session: SessionId, charge_id: &str) -> String {
    key(&[installation, "page", &session.to_string(), charge_id])
}

/// The key under which a payment is given back, or a part of it.
pub fn refund_key(installation: &str, payment: AttemptId, number: u32) -> String {
    key(&[installation, "refund", &payment.to_string(), &number.to_string()])
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        // A separator that no part contains: two lists never make one text.
        hasher.update([0]);
    }
    hasher.finalize().into()
}

fn key(parts: &[&str]) -> String {
    let mut text = String::with_capacity(40);
    for byte in &digest(parts)[..20] {
        write!(text, "{byte:02x}").expect("a String takes all that is written");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::InvoiceId;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_key_is_the_same_again_and_differs_in_every_part() {
        let invoice = PayableId::Invoice(InvoiceId::at(Timestamp::from_unix_ms(1)));
        let other = PayableId::Invoice(InvoiceId::at(Timestamp::from_unix_ms(2)));
        let one = attempt_key("here", invoice, 1);
        assert_eq!(one, attempt_key("here", invoice, 1));
        assert_eq!(one.len(), 40);
        assert_ne!(one, attempt_key("here", invoice, 2));
        assert_ne!(one, attempt_key("there", invoice, 1));
        assert_ne!(one, attempt_key("here", other, 1));
    }

    #[test]
    fn an_attempt_has_the_same_id_again_and_sorts_by_its_debt() {
        let invoice = |ms| PayableId::Invoice(InvoiceId::at(Timestamp::from_unix_ms(ms)));
        let (early, late) = (invoice(1_700_000_000_000), invoice(1_700_000_000_001));
        let one = attempt_id("here", early, 1);
        assert_eq!(one, attempt_id("here", early, 1));
        assert_ne!(one, attempt_id("here", early, 2));
        assert_ne!(one, attempt_id("there", early, 1));
        assert!(one < attempt_id("here", late, 1));
        assert_eq!(one.uuid().get_version_num(), 7);
    }
}
