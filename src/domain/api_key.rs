//! Keys to the API. The key itself is shown once and kept only as a hash.

use super::id::{ApiKeyId, OrganizationId};
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub organization_id: OrganizationId,
    pub name: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// SHA-256 of a key. Keys are random 122 bits, so a slow hash would add nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);
