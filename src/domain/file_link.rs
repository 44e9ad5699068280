//! Links to printed papers: whoever has the link may open the paper until it expires, without a
//! key. Nobody else can make one.

use std::fmt::Write;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::id::ReceiptId;
use super::secret::Secret;
use super::time::{Span, Timestamp};

/// How long a link is good for. Reading the receipt again gives a fresh one.
pub const LINK_LIFETIME: Span = Span::days(30);

/// What a link names, with its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLink {
    pub receipt_id: ReceiptId,
    /// In whole seconds since 1970.
    pub expires_s: i64,
    /// Hexadecimal.
    pub signature: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLink {
    #[error("the link was not made here")]
    Forged,
    #[error("the link has expired")]
    Expired,
}

impl FileLink {
    pub fn to_receipt(receipt_id: ReceiptId, key: &Secret, now: Timestamp) -> FileLink {
        let expires_s = now.plus(LINK_LIFETIME).unix_ms() / 1000;
        FileLink { receipt_id, expires_s, signature: sign(key, receipt_id, expires_s) }
    }

    /// A forged link is called forged, whether it has expired or not.
    pub fn check(&self, key: &Secret, now: Timestamp) -> Result<(), InvalidLink> {
        let ours = sign(key, self.receipt_id, self.expires_s);
        if !bool::from(ours.as_bytes().ct_eq(self.signature.as_bytes())) {
            return Err(InvalidLink::Forged);
        }
        if now.unix_ms() / 1000 >= self.expires_s {
            return Err(InvalidLink::Expired);
        }
        Ok(())
    }

    /// Where the server that has this address shows it.
    pub fn url(&self, public_url: &str) -> String {
        let FileLink { receipt_id, expires_s, signature } = self;
        format!(
            "{public_url}/files/receipts/{receipt_id}.pdf?expires={expires_s}&signature={signature}"
        )
    }
}

/// What is signed begins with what it is for: a signature is good for nothing else.
fn sign(key: &Secret, receipt: ReceiptId, expires_s: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes())
        .expect("HMAC takes keys of every length");
    mac.update(format!("recoup file link v1\nreceipt\n{receipt}\n{expires_s}").as_bytes());
    let mut text = String::with_capacity(64);
    for byte in mac.finalize().into_bytes() {
        write!(text, "{byte:02x}").expect("a String takes all that is written");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_750_000_000_000);

    #[test]
    fn a_link_opens_its_own_receipt_until_it_expires() {
        let (key, other) = (Secret::new("one"), Secret::new("two"));
        let link = FileLink::to_receipt(ReceiptId::at(NOW), &key, NOW);
        assert_eq!(link.check(&key, NOW), Ok(()));
        assert_eq!(link.check(&other, NOW), Err(InvalidLink::Forged));
        assert_eq!(link.check(&key, NOW.plus(LINK_LIFETIME)), Err(InvalidLink::Expired));
        let longer = FileLink { expires_s: link.expires_s + 1, ..link.clone() };
        assert_eq!(longer.check(&key, NOW), Err(InvalidLink::Forged));
        let another = FileLink { receipt_id: ReceiptId::at(NOW), ..link.clone() };
        assert_eq!(another.check(&key, NOW), Err(InvalidLink::Forged));
        let unsigned = FileLink { signature: String::new(), ..link };
        assert_eq!(unsigned.check(&key, NOW), Err(InvalidLink::Forged));
    }
}
