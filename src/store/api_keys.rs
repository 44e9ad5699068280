//! Keys to the API, found by their hash.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::api_key::{ApiKey, KeyHash};
use crate::domain::id::{ApiKeyId, OrganizationId};
use crate::domain::time::Timestamp;

impl Reader<'_> {
    /// None when there is no such key, or it has expired or was revoked. It names no
    /// organization: the key is what tells which one calls.
    pub fn api_key_by_hash(
        &self,
        hash: &KeyHash,
        now: Timestamp,
    ) -> Result<Option<ApiKey>, StoreError> {
        row!(
            self,
            "api_keys",
            "SELECT id, organization_id, name, rights, created_at, expires_at
               FROM api_keys
              WHERE key_hash = :key_hash AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > :now)",
            named_params! { ":key_hash": hash.0, ":now": now.unix_ms() },
            api_key
        )
    }

    /// None when there is none, or it opens nothing any more.
    pub fn api_key(
        &self,
        organization_id: OrganizationId,
        id: ApiKeyId,
        now: Timestamp,
    ) -> Result<Option<ApiKey>, StoreError> {
        row!(
            self,
            "api_keys",
            "SELECT id, organization_id, name, rights, created_at, expires_at
               FROM api_keys
              WHERE id = :id AND organization_id = :organization_id AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > :now)",
            named_params! {
                ":id": id.to_string(),
                ":organization_id": organization_id.to_string(),
                ":now": now.unix_ms(),
            },
            api_key
        )
    }

    /// Those that still open something, oldest first.
    pub fn api_keys(
        &self,
        organization_id: OrganizationId,
        now: Timestamp,
    ) -> Result<Vec<ApiKey>, StoreError> {
        rows!(
            self,
            "api_keys",
            "SELECT id, organization_id, name, rights, created_at, expires_at
               FROM api_keys
              WHERE organization_id = :organization_id AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > :now)
              ORDER BY id",
            named_params! {
                ":organization_id": organization_id.to_string(),
                ":now": now.unix_ms(),
            },
            api_key
        )
    }
}

impl Tx<'_> {
    pub fn insert_api_key(&self, made: &ApiKey, hash: &KeyHash) -> Result<(), StoreError> {
        self.0.connection.execute(
            "INSERT INTO api_keys (
                 id, organization_id, name, rights, key_hash, created_at, expires_at
             ) VALUES (
                 :id, :organization_id, :name, :rights, :key_hash, :created_at, :expires_at
             )",
            named_params! {
                ":id": made.id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":name": made.name,
                ":rights": made.rights.to_string(),
                ":key_hash": hash.0,
                ":created_at": made.created_at.unix_ms(),
                ":expires_at": made.expires_at.map(Timestamp::unix_ms),
            },
        )?;
        Ok(())
    }

    /// It opens nothing from then on, or from earlier on, if it was to end before.
    pub fn end_api_key(&self, id: ApiKeyId, at: Timestamp) -> Result<(), StoreError> {
        self.0.connection.execute(
            "UPDATE api_keys SET expires_at = MIN(COALESCE(expires_at, :at), :at) WHERE id = :id",
            named_params! { ":id": id.to_string(), ":at": at.unix_ms() },
        )?;
        Ok(())
    }

    /// Whether there was one that still opened something.
    pub fn revoke_api_key(
        &self,
        organization_id: OrganizationId,
        id: ApiKeyId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let revoked = self.0.connection.execute(
            "UPDATE api_keys
                SET revoked_at = :now
              WHERE id = :id AND organization_id = :organization_id AND revoked_at IS NULL",
            named_params! {
                ":id": id.to_string(),
                ":organization_id": organization_id.to_string(),
                ":now": now.unix_ms(),
            },
        )?;
        Ok(revoked > 0)
    }
}

fn api_key(columns: &Columns<'_>) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        name: columns.get("name")?,
        rights: columns.parsed("rights")?,
        created_at: columns.time("created_at")?,
        expires_at: columns.time_option("expires_at")?,
    })
}
