//! People who use the dashboard, and the links by which they choose a password.

use rusqlite::named_params;

use super::row::{Columns, heard, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::api_key::KeyHash;
use crate::domain::id::{OrganizationId, UserId};
use crate::domain::password::PasswordHash;
use crate::domain::sign_in::UserLink;
use crate::domain::time::Timestamp;
use crate::domain::user::{Email, Role, User};

/// An installation has at most so many: all of them are listed on one page.
const USERS_MAX: u32 = 1_000;

/// How many rows of links are forgotten in one transaction.
const FORGOTTEN_MAX: u32 = 500;

impl Reader<'_> {
    /// In the order of their addresses, disabled ones too.
    pub fn users(&self, organization: OrganizationId) -> Result<Vec<User>, StoreError> {
        rows!(
            self,
            "users",
            "SELECT * FROM users
              WHERE organization_id = :organization_id
              ORDER BY email
              LIMIT :limit",
            named_params! {
                ":organization_id": organization.to_string(),
                ":limit": USERS_MAX,
            },
            user
        )
    }

    pub fn user(
        &self,
        organization: OrganizationId,
        id: UserId,
    ) -> Result<Option<User>, StoreError> {
        row!(
            self,
            "users",
            "SELECT * FROM users WHERE id = :id AND organization_id = :organization_id",
            named_params! {
                ":id": id.to_string(),
                ":organization_id": organization.to_string(),
            },
            user
        )
    }

    pub fn user_by_email(
        &self,
        organization: OrganizationId,
        email: &Email,
    ) -> Result<Option<User>, StoreError> {
        row!(
            self,
            "users",
            "SELECT * FROM users WHERE organization_id = :organization_id AND email = :email",
            named_params! {
                ":organization_id": organization.to_string(),
                ":email": email.as_str(),
            },
            user
        )
    }

    /// None: they have chosen none.
    pub fn password_of(&self, id: UserId) -> Result<Option<PasswordHash>, StoreError> {
        let found = row!(
            self,
            "users",
            "SELECT password_hash FROM users WHERE id = :id",
            named_params! { ":id": id.to_string() },
            |columns: &Columns<'_>| columns.get::<Option<String>>("password_hash")
        )?;
        Ok(found.flatten().map(PasswordHash::stored))
    }

    /// One that is still good. It names no organization: the link is what tells which one.
    pub fn user_link_by_hash(
        &self,
        hash: &KeyHash,
        now: Timestamp,
    ) -> Result<Option<UserLink>, StoreError> {
        row!(
            self,
            "user_links",
            "SELECT * FROM user_links WHERE token_hash = :token_hash AND expires_at > :now",
            named_params! { ":token_hash": hash.0, ":now": now.unix_ms() },
            link
        )
    }
}

impl Tx<'_> {
    pub fn insert_user(&self, made: &User) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO users (id, organization_id, email, role, created_at)
             VALUES (:id, :organization_id, :email, :role, :created_at)",
            named_params! {
                ":id": made.id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":email": made.email.as_str(),
                ":role": made.role.as_str(),
                ":created_at": made.created_at.unix_ms(),
            },
        )?;
        Ok(())
    }

    /// Their role, and whether they get in.
    pub fn save_user(&self, user: &User) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE users
                SET role = :role, disabled_at = :disabled_at, last_sign_in_at = :last_sign_in_at
              WHERE id = :id",
            named_params! {
                ":id": user.id.to_string(),
                ":role": user.role.as_str(),
                ":disabled_at": user.disabled_at.map(Timestamp::unix_ms),
                ":last_sign_in_at": user.last_sign_in_at.map(Timestamp::unix_ms),
            },
        )?;
        Ok(())
    }

    /// None: the old one opens nothing any more, and there is no new one yet.
    pub fn save_password(
        &self,
        user: UserId,
        password: Option<&PasswordHash>,
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE users SET password_hash = :password_hash WHERE id = :id",
            named_params! {
                ":id": user.to_string(),
                ":password_hash": password.map(PasswordHash::as_str),
            },
        )?;
        Ok(())
    }

    /// The ones before it, for the same, open nothing any more.
    pub fn put_user_link(&self, made: &UserLink) -> Result<(), StoreError> {
        self.connection.execute(
            "DELETE FROM user_links
              WHERE organization_id = :organization_id AND user_id IS :user_id",
            named_params! {
                ":organization_id": made.organization_id.to_string(),
                ":user_id": made.user_id.map(|id| id.to_string()),
            },
        )?;
        self.connection.execute(
            "INSERT INTO user_links (
                 token_hash, organization_id, user_id, created_at, expires_at
             ) VALUES (
                 :token_hash, :organization_id, :user_id, :created_at, :expires_at
             )",
            named_params! {
                ":token_hash": made.token_hash.0,
                ":organization_id": made.organization_id.to_string(),
                ":user_id": made.user_id.map(|id| id.to_string()),
                ":created_at": made.created_at.unix_ms(),
                ":expires_at": made.expires_at.unix_ms(),
            },
        )?;
        Ok(())
    }

    /// It has been used.
    pub fn delete_user_link(&self, hash: &KeyHash) -> Result<(), StoreError> {
        self.connection.execute(
            "DELETE FROM user_links WHERE token_hash = :token_hash",
            named_params! { ":token_hash": hash.0 },
        )?;
        Ok(())
    }

    /// Links whose time was up before then, some of them.
    pub fn forget_user_links(&self, before: Timestamp) -> Result<usize, StoreError> {
        let mut statement = self.connection.prepare_cached(heard(
            "DELETE FROM user_links WHERE token_hash IN (
                 SELECT token_hash FROM user_links WHERE expires_at < :before
                  ORDER BY expires_at LIMIT :limit)",
        ))?;
        Ok(statement.execute(named_params! {
            ":before": before.unix_ms(), ":limit": FORGOTTEN_MAX,
        })?)
    }
}

fn user(columns: &Columns<'_>) -> Result<User, StoreError> {
    Ok(User {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        email: columns.parsed("email")?,
        role: columns.word("role", Role::parse)?,
        has_password: columns.get::<Option<String>>("password_hash")?.is_some(),
        created_at: columns.time("created_at")?,
        disabled_at: columns.time_option("disabled_at")?,
        last_sign_in_at: columns.time_option("last_sign_in_at")?,
    })
}

fn link(columns: &Columns<'_>) -> Result<UserLink, StoreError> {
    Ok(UserLink {
        token_hash: KeyHash(columns.get("token_hash")?),
        organization_id: columns.parsed("organization_id")?,
        user_id: columns.parsed_option("user_id")?,
        created_at: columns.time("created_at")?,
        expires_at: columns.time("expires_at")?,
    })
}
