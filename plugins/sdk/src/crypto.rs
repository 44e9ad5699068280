//! Digests and signatures, computed by the host.

use std::fmt::Write;

pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    #[cfg(target_arch = "wasm32")]
    {
        use crate::bindings::host::recoup::psp::crypto::{Digest, hmac};
        hmac(Digest::Sha256, key, message)
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        use hmac::{Hmac, Mac};
        let mut mac =
            Hmac::<sha2::Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(message);
        mac.finalize().into_bytes().to_vec()
    }
}

pub fn sha256(message: &[u8]) -> Vec<u8> {
    #[cfg(target_arch = "wasm32")]
    {
        use crate::bindings::host::recoup::psp::crypto::{Digest, hash};
        hash(Digest::Sha256, message)
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        use sha2::Digest;
        sha2::Sha256::digest(message).to_vec()
    }
}

/// Compares in constant time. For signatures.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::host::recoup::psp::crypto::equal(a, b);
    #[cfg(not(target_arch = "wasm32"))]
    return a == b;
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}
