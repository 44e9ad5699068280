//! Secrets at rest: sealed with a master key that does not live in the database.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use rand::RngCore;

use super::StoreError;
use crate::domain::secret::Secret;

const NONCE_BYTES: usize = 12;
const VERSION: &str = "s1:";

/// 32 random bytes.
pub struct MasterKey(pub [u8; 32]);

pub struct Sealer(ChaCha20Poly1305);

impl Sealer {
    pub fn new(key: &MasterKey) -> Sealer {
        Sealer(ChaCha20Poly1305::new(Key::from_slice(&key.0)))
    }

    /// `place` is where the value will stand (its row): moved elsewhere it does not open.
    pub fn seal(&self, secret: &Secret, place: &str) -> Result<String, StoreError> {
        let mut nonce = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload { msg: secret.reveal().as_bytes(), aad: place.as_bytes() };
        let sealed = self
            .0
            .encrypt(Nonce::from_slice(&nonce), payload)
            .map_err(|_| StoreError::Unsealable)?;
        let bytes = [nonce.as_slice(), sealed.as_slice()].concat();
        Ok(format!("{VERSION}{}", STANDARD.encode(bytes)))
    }

    pub fn open(&self, sealed: &str, place: &str) -> Result<Secret, StoreError> {
        let text = sealed.strip_prefix(VERSION).ok_or(StoreError::Unsealable)?;
        let bytes = STANDARD.decode(text).map_err(|_| StoreError::Unsealable)?;
        if bytes.len() < NONCE_BYTES {
            return Err(StoreError::Unsealable);
        }
        let (nonce, sealed) = bytes.split_at(NONCE_BYTES);
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let opened = self
            .0
            .decrypt(Nonce::from_slice(nonce), payload)
            .map_err(|_| StoreError::Unsealable)?;
        String::from_utf8(opened).map(Secret::new).map_err(|_| StoreError::Unsealable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_only_with_its_key_and_in_its_place() {
        let sealer = Sealer::new(&MasterKey([1; 32]));
        let secret = Secret::new("sk_test_x");
        let sealed = sealer.seal(&secret, "row 1").expect("sealed");
        assert!(!sealed.contains("sk_test_x"));
        assert_eq!(sealer.open(&sealed, "row 1").expect("opened"), secret);
        assert!(sealer.open(&sealed, "row 2").is_err());
        assert!(Sealer::new(&MasterKey([2; 32])).open(&sealed, "row 1").is_err());
    }
}
