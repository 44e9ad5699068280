//! The keys of organizations: new ones, their public half, and private ones read once and kept.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use rand::RngCore;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::rand_core::OsRng;
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::{Digest, Sha256};

use crate::app::ports::{InvalidSigningKey, SigningKeys};
use crate::domain::secret::Secret;

const RSA_BITS: usize = 2048;
const HMAC_KEY_BYTES: usize = 32;
/// One organization per installation to begin with; a bound all the same.
const KEPT_MAX: usize = 64;

pub type RsaKey = SigningKey<Sha256>;

/// Takes a second or more: primes are searched.
pub fn generate() -> SigningKeys {
    let key = RsaPrivateKey::new(&mut OsRng, RSA_BITS).expect("2048 bits are a size RSA has");
    let pem = key.to_pkcs8_pem(LineEnding::LF).expect("a key that was just made can be written");
    SigningKeys { hmac: hmac_key(), rsa_private_pem: Secret::new(pem.as_str()) }
}

/// Hexadecimal, so that it survives shells and forms. The text itself is the key.
fn hmac_key() -> Secret {
    let mut bytes = [0; HMAC_KEY_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    let mut text = String::with_capacity(HMAC_KEY_BYTES * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a String takes every text");
    }
    Secret::new(text)
}

/// Private keys by the SHA-256 of their text: reading one takes longer than signing with it.
#[derive(Default)]
pub struct Keyring(Mutex<HashMap<[u8; 32], Arc<RsaKey>>>);

impl Keyring {
    pub fn rsa(&self, pem: &Secret) -> Result<Arc<RsaKey>, InvalidSigningKey> {
        let place: [u8; 32] = Sha256::digest(pem.reveal().as_bytes()).into();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = kept.get(&place) {
            return Ok(Arc::clone(key));
        }
        let key = RsaPrivateKey::from_pkcs8_pem(pem.reveal()).map_err(|_| InvalidSigningKey)?;
        let key = Arc::new(RsaKey::new(key));
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(place, Arc::clone(&key));
        Ok(key)
    }

    /// `-----BEGIN PUBLIC KEY-----` …
    pub fn public_pem(&self, pem: &Secret) -> Result<String, InvalidSigningKey> {
        let key = self.rsa(pem)?;
        let public = RsaPublicKey::from(AsRef::<RsaPrivateKey>::as_ref(key.as_ref()));
        public.to_public_key_pem(LineEnding::LF).map_err(|_| InvalidSigningKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_keys_are_long_and_their_public_half_is_readable() {
        let keys = generate();
        assert_eq!(keys.hmac.reveal().len(), HMAC_KEY_BYTES * 2);
        assert!(keys.rsa_private_pem.reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
        let ring = Keyring::default();
        let public = ring.public_pem(&keys.rsa_private_pem).unwrap();
        assert!(public.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        jsonwebtoken::DecodingKey::from_rsa_pem(public.as_bytes()).unwrap();
    }

    #[test]
    fn a_key_is_read_once() {
        let ring = Keyring::default();
        let pem = generate().rsa_private_pem;
        let (first, again) = (ring.rsa(&pem).unwrap(), ring.rsa(&pem).unwrap());
        assert!(Arc::ptr_eq(&first, &again));
    }

    #[test]
    fn no_two_hmac_keys_are_the_same() {
        assert_ne!(hmac_key(), hmac_key());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let ring = Keyring::default();
        for text in ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
        {
            assert_eq!(ring.public_pem(&Secret::new(text)), Err(InvalidSigningKey));
        }
    }
}
