//! Connections: providers with credentials. Their settings are one sealed text.

use std::collections::BTreeMap;

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::connection::{Connection, Pause};
use crate::domain::id::{ConnectionId, OrganizationId};
use crate::domain::secret::Secret;

/// More than anyone has; a list is never longer.
const CONNECTIONS_MAX: u32 = 1000;

impl Reader<'_> {
    pub fn connection(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        row!(
            self,
            "connections",
            "SELECT * FROM connections WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            |columns: &Columns<'_>| self.unsealed(columns)
        )
    }

    pub fn connection_by_code(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<Option<Connection>, StoreError> {
        row!(
            self,
            "connections",
            "SELECT * FROM connections WHERE organization_id = :organization AND code = :code",
            named_params! { ":organization": organization.to_string(), ":code": code },
            |columns: &Columns<'_>| self.unsealed(columns)
        )
    }

    /// Ordered by code.
    pub fn connections(&self, organization: OrganizationId) -> Result<Vec<Connection>, StoreError> {
        rows!(
            self,
            "connections",
            "SELECT * FROM connections WHERE organization_id = :organization
              ORDER BY code LIMIT :limit",
            named_params! {
                ":organization": organization.to_string(),
                ":limit": CONNECTIONS_MAX,
            },
            |columns: &Columns<'_>| self.unsealed(columns)
        )
    }

    /// Ordered by code.
    pub fn connections_of_provider(
        &self,
        organization: OrganizationId,
        provider: &str,
    ) -> Result<Vec<Connection>, StoreError> {
        rows!(
            self,
            "connections",
            "SELECT * FROM connections
              WHERE organization_id = :organization AND provider = :provider
              ORDER BY code LIMIT :limit",
            named_params! {
                ":organization": organization.to_string(),
                ":provider": provider,
                ":limit": CONNECTIONS_MAX,
            },
            |columns: &Columns<'_>| self.unsealed(columns)
        )
    }

    /// Whose webhook this is, by the words in its path. Ordered by age.
    pub fn connections_called_of_every_organization(
        &self,
        provider: &str,
        code: &str,
    ) -> Result<Vec<Connection>, StoreError> {
        rows!(
            self,
            "connections",
            "SELECT * FROM connections WHERE provider = :provider AND code = :code
              ORDER BY created_at, id LIMIT :limit",
            named_params! {
                ":provider": provider,
                ":code": code,
                ":limit": CONNECTIONS_MAX,
            },
            |columns: &Columns<'_>| self.unsealed(columns)
        )
    }

    fn unsealed(&self, columns: &Columns<'_>) -> Result<Connection, StoreError> {
        let id: ConnectionId = columns.parsed("id")?;
        let sealed: String = columns.get("settings")?;
        let opened = self.sealer.open(&sealed, &place(id))?;
        let settings: BTreeMap<String, String> = serde_json::from_str(opened.reveal())
            .map_err(|_| StoreError::corrupt("connections", format!("settings of {id}")))?;
        let paused_at = columns.time_option("paused_at")?;
        let paused_reason: Option<String> = columns.get("paused_reason")?;
        Ok(Connection {
            id,
            organization_id: columns.parsed("organization_id")?,
            provider: columns.get("provider")?,
            code: columns.get("code")?,
            name: columns.get("name")?,
            settings: settings.into_iter().map(|(key, text)| (key, Secret::new(text))).collect(),
            allows_private_network: columns.get("allows_private_network")?,
            success_redirect_url: columns.get("success_redirect_url")?,
            paused: paused_at.map(|at| Pause { at, reason: paused_reason.unwrap_or_default() }),
            created_at: columns.time("created_at")?,
        })
    }
}

impl Tx<'_> {
    /// `Conflict` when the organization has a connection of this code.
    pub fn insert_connection(&self, made: &Connection) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO connections (id, organization_id, provider, code, name, settings,
                    allows_private_network, created_at)
             VALUES (:id, :organization_id, :provider, :code, :name, :settings,
                    :allows_private_network, :created_at)",
            named_params! {
                ":id": made.id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":provider": made.provider,
                ":code": made.code,
                ":name": made.name,
                ":settings": self.sealed_settings(made)?,
                ":allows_private_network": made.allows_private_network,
                ":created_at": made.created_at.unix_ms(),
            },
        )?;
        self.save_connection(made)
    }

    /// What may change: not the provider, not the code.
    pub fn save_connection(&self, saved: &Connection) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE connections
                SET name = :name, settings = :settings,
                    allows_private_network = :allows_private_network,
                    success_redirect_url = :success_redirect_url,
                    paused_at = :paused_at, paused_reason = :paused_reason
              WHERE organization_id = :organization AND id = :id",
            named_params! {
                ":organization": saved.organization_id.to_string(),
                ":id": saved.id.to_string(),
                ":name": saved.name,
                ":settings": self.sealed_settings(saved)?,
                ":allows_private_network": saved.allows_private_network,
                ":success_redirect_url": saved.success_redirect_url,
                ":paused_at": saved.paused.as_ref().map(|pause| pause.at.unix_ms()),
                ":paused_reason": saved.paused.as_ref().map(|pause| pause.reason.as_str()),
            },
        )?;
        Ok(())
    }

    /// None: nothing is kept from being charged through it any more.
    pub fn save_connection_pause(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        pause: Option<&Pause>,
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE connections SET paused_at = :paused_at, paused_reason = :paused_reason
              WHERE organization_id = :organization AND id = :id",
            named_params! {
                ":organization": organization.to_string(),
                ":id": id.to_string(),
                ":paused_at": pause.map(|pause| pause.at.unix_ms()),
                ":paused_reason": pause.map(|pause| pause.reason.as_str()),
            },
        )?;
        Ok(())
    }

    fn sealed_settings(&self, connection: &Connection) -> Result<String, StoreError> {
        let settings: BTreeMap<&str, &str> = connection
            .settings
            .iter()
            .map(|(key, secret)| (key.as_str(), secret.reveal()))
            .collect();
        let text = serde_json::to_string(&settings)
            .map_err(|_| StoreError::corrupt("connections", "settings that are no texts"))?;
        self.sealer.seal(&Secret::new(text), &place(connection.id))
    }
}

fn place(id: ConnectionId) -> String {
    format!("connections/{id}")
}
