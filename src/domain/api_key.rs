//! Keys to the API. The key itself is shown once and kept only as a hash.

use sha2::{Digest, Sha256};

use super::id::{ApiKeyId, OrganizationId};
use super::rights::Rights;
use super::secret::Secret;
use super::time::Timestamp;

/// A key is made for so many days at most, or for good.
pub const LIFETIME_DAYS_MAX: u32 = 36_500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub organization_id: OrganizationId,
    pub name: String,
    pub rights: Rights,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// SHA-256 of a key. Keys are random 122 bits, so a slow hash would add nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);

impl KeyHash {
    pub fn of(key: &Secret) -> KeyHash {
        KeyHash(Sha256::digest(key.reveal().as_bytes()).into())
    }
}
