//! What the host offers a plugin, `http` apart: log, clock, random, digests. Every function
//! counts against the call's limits first.

use hmac::{Hmac, Mac};
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;
use tracing::{debug, error, info, warn};

use super::limits::LimitPassed;
use super::state::CallState;
use super::v1;
use super::v1::recoup::psp::{clock, crypto, log, random, types};

/// `types` holds no functions.
impl types::Host for CallState {}

impl log::Host for CallState {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.meter.count_host_call()?;
        self.meter.count_log(message.len())?;
        let message = self.mask.text(&message, self.meter.limits().log_bytes_max);
        let (plugin, function) = (&*self.provider, self.function);
        let reference = self.reference.as_deref().unwrap_or_default();
        match level {
            log::Level::Debug => debug!(plugin, function, reference, "{message}"),
            log::Level::Info => info!(plugin, function, reference, "{message}"),
            log::Level::Warn => warn!(plugin, function, reference, "{message}"),
            log::Level::Error => error!(plugin, function, reference, "{message}"),
        }
        Ok(())
    }
}

impl clock::Host for CallState {
    fn now_ms(&mut self) -> wasmtime::Result<u64> {
        self.meter.count_host_call()?;
        Ok(v1::unix_ms(self.outside.clock.now()))
    }
}

/// As the interface says.
const RANDOM_BYTES_MAX_PER_CALL: u32 = 4096;

impl random::Host for CallState {
    fn bytes(&mut self, len: u32) -> wasmtime::Result<Vec<u8>> {
        self.meter.count_host_call()?;
        if len > RANDOM_BYTES_MAX_PER_CALL {
            return Err(LimitPassed::new("random bytes a call", RANDOM_BYTES_MAX_PER_CALL).into());
        }
        self.meter.count_random(len)?;
        let mut bytes = vec![0; len as usize];
        OsRng.try_fill_bytes(&mut bytes)?;
        Ok(bytes)
    }
}

impl crypto::Host for CallState {
    fn hash(&mut self, digest: crypto::Digest, data: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
        self.meter.count_host_call()?;
        Ok(match digest {
            crypto::Digest::Sha1 => Sha1::digest(data).to_vec(),
            crypto::Digest::Sha256 => Sha256::digest(data).to_vec(),
            crypto::Digest::Sha384 => Sha384::digest(data).to_vec(),
            crypto::Digest::Sha512 => Sha512::digest(data).to_vec(),
        })
    }

    fn hmac(
        &mut self,
        digest: crypto::Digest,
        key: Vec<u8>,
        data: Vec<u8>,
    ) -> wasmtime::Result<Vec<u8>> {
        self.meter.count_host_call()?;
        Ok(match digest {
            crypto::Digest::Sha1 => mac::<Hmac<Sha1>>(&key, &data),
            crypto::Digest::Sha256 => mac::<Hmac<Sha256>>(&key, &data),
            crypto::Digest::Sha384 => mac::<Hmac<Sha384>>(&key, &data),
            crypto::Digest::Sha512 => mac::<Hmac<Sha512>>(&key, &data),
        })
    }

    fn equal(&mut self, a: Vec<u8>, b: Vec<u8>) -> wasmtime::Result<bool> {
        self.meter.count_host_call()?;
        Ok(a.ct_eq(&b).into())
    }
}

fn mac<M: Mac + hmac::digest::KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = <M as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}
