//! Where people are signed in to the dashboard, found by a hash of what their browser holds.

use rusqlite::named_params;

use super::row::{Columns, heard, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::api_key::KeyHash;
use crate::domain::id::{SignInId, UserId};
use crate::domain::sign_in::SignIn;
use crate::domain::time::Timestamp;

/// Of one user: more browsers than that nobody uses.
const SIGN_INS_MAX: u32 = 100;

/// How many rows are forgotten in one transaction.
const FORGOTTEN_MAX: u32 = 500;

impl Reader<'_> {
    /// It names no organization: what the browser holds is what tells who it is.
    pub fn sign_in_by_hash(&self, hash: &KeyHash) -> Result<Option<SignIn>, StoreError> {
        row!(
            self,
            "sign_ins",
            "SELECT * FROM sign_ins WHERE token_hash = :token_hash",
            named_params! { ":token_hash": hash.0 },
            sign_in
        )
    }

    /// Newest first; those that are over may be among them.
    pub fn sign_ins_of(&self, user: UserId) -> Result<Vec<SignIn>, StoreError> {
        rows!(
            self,
            "sign_ins",
            "SELECT * FROM sign_ins WHERE user_id = :user_id ORDER BY id DESC LIMIT :limit",
            named_params! { ":user_id": user.to_string(), ":limit": SIGN_INS_MAX },
            sign_in
        )
    }
}

impl Tx<'_> {
    pub fn insert_sign_in(&self, made: &SignIn) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO sign_ins (
                 id, user_id, organization_id, token_hash, agent, created_at, last_seen_at,
                 expires_at
             ) VALUES (
                 :id, :user_id, :organization_id, :token_hash, :agent, :created_at,
                 :last_seen_at, :expires_at
             )",
            named_params! {
                ":id": made.id.to_string(),
                ":user_id": made.user_id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":token_hash": made.token_hash.0,
                ":agent": made.agent,
                ":created_at": made.created_at.unix_ms(),
                ":last_seen_at": made.last_seen_at.unix_ms(),
                ":expires_at": made.expires_at.unix_ms(),
            },
        )?;
        Ok(())
    }

    pub fn see_sign_in(&self, id: SignInId, now: Timestamp) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE sign_ins SET last_seen_at = :now WHERE id = :id",
            named_params! { ":id": id.to_string(), ":now": now.unix_ms() },
        )?;
        Ok(())
    }

    /// False: there was none.
    pub fn delete_sign_in(&self, user: UserId, id: SignInId) -> Result<bool, StoreError> {
        let deleted = self.connection.execute(
            "DELETE FROM sign_ins WHERE id = :id AND user_id = :user_id",
            named_params! { ":id": id.to_string(), ":user_id": user.to_string() },
        )?;
        Ok(deleted > 0)
    }

    /// They are signed out everywhere.
    pub fn delete_sign_ins_of(&self, user: UserId) -> Result<usize, StoreError> {
        Ok(self.connection.execute(
            "DELETE FROM sign_ins WHERE user_id = :user_id",
            named_params! { ":user_id": user.to_string() },
        )?)
    }

    /// Those whose time was up before then, some of them.
    pub fn forget_sign_ins(&self, before: Timestamp) -> Result<usize, StoreError> {
        let mut statement = self.connection.prepare_cached(heard(
            "DELETE FROM sign_ins WHERE id IN (
                 SELECT id FROM sign_ins WHERE expires_at < :before
                  ORDER BY expires_at LIMIT :limit)",
        ))?;
        Ok(statement.execute(named_params! {
            ":before": before.unix_ms(), ":limit": FORGOTTEN_MAX,
        })?)
    }
}

fn sign_in(columns: &Columns<'_>) -> Result<SignIn, StoreError> {
    Ok(SignIn {
        id: columns.parsed("id")?,
        user_id: columns.parsed("user_id")?,
        organization_id: columns.parsed("organization_id")?,
        token_hash: KeyHash(columns.get("token_hash")?),
        agent: columns.get("agent")?,
        created_at: columns.time("created_at")?,
        last_seen_at: columns.time("last_seen_at")?,
        expires_at: columns.time("expires_at")?,
    })
}
