//! Keys to the API, found by their hash.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::api_key::{ApiKey, KeyHash};
use crate::domain::id::OrganizationId;
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
            "SELECT id, organization_id, name, created_at, expires_at
               FROM api_keys
              WHERE key_hash = :key_hash AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > :now)",
            named_params! { ":key_hash": hash.0, ":now": now.unix_ms() },
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
            "SELECT id, organization_id, name, created_at, expires_at
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
            "INSERT INTO api_keys (id, organization_id, name, key_hash, created_at, expires_at)
             VALUES (:id, :organization_id, :name, :key_hash, :created_at, :expires_at)",
            named_params! {
                ":id": made.id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":name": made.name,
                ":key_hash": hash.0,
                ":created_at": made.created_at.unix_ms(),
                ":expires_at": made.expires_at.map(Timestamp::unix_ms),
            },
        )?;
        Ok(())
    }
}

fn api_key(columns: &Columns<'_>) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        name: columns.get("name")?,
        created_at: columns.time("created_at")?,
        expires_at: columns.time_option("expires_at")?,
    })
}
