//! Installed plugins and what was approved of them. The components are files, and not here.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::plugin::{Asks, InstalledPlugin, PluginVersion, Rights};

/// More than anyone has; a list is never longer.
const PLUGINS_MAX: u32 = 1000;

impl Reader<'_> {
    /// Ordered by name.
    pub fn installed_plugins(&self) -> Result<Vec<InstalledPlugin>, StoreError> {
        rows!(
            self,
            "plugins",
            "SELECT * FROM plugins ORDER BY name LIMIT :limit",
            named_params! { ":limit": PLUGINS_MAX },
            |columns: &Columns<'_>| self.installed(columns)
        )
    }

    pub fn installed_plugin(&self, name: &str) -> Result<Option<InstalledPlugin>, StoreError> {
        row!(
            self,
            "plugins",
            "SELECT * FROM plugins WHERE name = :name",
            named_params! { ":name": name },
            |columns: &Columns<'_>| self.installed(columns)
        )
    }

    fn installed(&self, columns: &Columns<'_>) -> Result<InstalledPlugin, StoreError> {
        let name: String = columns.get("name")?;
        let sha256: String = columns.get("sha256")?;
        let before: Option<String> = columns.get("before_sha256")?;
        let missing = || StoreError::corrupt("plugins", format!("a version of `{name}`"));
        let before = before
            .map(|sha256| self.plugin_version(&name, &sha256)?.ok_or_else(missing))
            .transpose()?;
        Ok(InstalledPlugin {
            in_use: self.plugin_version(&name, &sha256)?.ok_or_else(missing)?,
            before,
            is_enabled: columns.get("is_enabled")?,
            changed_at: columns.time("changed_at")?,
            name,
        })
    }

    fn plugin_version(
        &self,
        plugin: &str,
        sha256: &str,
    ) -> Result<Option<PluginVersion>, StoreError> {
        row!(
            self,
            "plugin_versions",
            "SELECT * FROM plugin_versions WHERE plugin = :plugin AND sha256 = :sha256",
            named_params! { ":plugin": plugin, ":sha256": sha256 },
            version
        )
    }
}

fn version(columns: &Columns<'_>) -> Result<PluginVersion, StoreError> {
    Ok(PluginVersion {
        sha256: columns.get("sha256")?,
        version: columns.get("version")?,
        asks: Asks {
            interface: columns.get("interface")?,
            hosts: columns.words("hosts")?,
            settings: columns.words("settings")?,
            secrets: columns.words("secrets")?,
            abilities: columns.words("abilities")?,
        },
        rights: Rights {
            memory_mib_max: columns.get("memory_mib_max")?,
            call_timeout_s: columns.get("call_timeout_s")?,
        },
        approved_at: columns.time("approved_at")?,
    })
}

impl Tx<'_> {
    /// Makes it or changes it. Versions that it does not use any more are forgotten.
    pub fn put_plugin(&self, put: &InstalledPlugin) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO plugins (name, sha256, before_sha256, is_enabled, changed_at)
             VALUES (:name, :sha256, :before_sha256, :is_enabled, :changed_at)
             ON CONFLICT (name) DO UPDATE SET
                    sha256 = excluded.sha256, before_sha256 = excluded.before_sha256,
                    is_enabled = excluded.is_enabled, changed_at = excluded.changed_at",
            named_params! {
                ":name": put.name,
                ":sha256": put.in_use.sha256,
                ":before_sha256": put.before.as_ref().map(|it| it.sha256.as_str()),
                ":is_enabled": put.is_enabled,
                ":changed_at": put.changed_at.unix_ms(),
            },
        )?;
        self.delete_plugin_versions(&put.name)?;
        self.insert_plugin_version(&put.name, &put.in_use)?;
        if let Some(version) = &put.before {
            self.insert_plugin_version(&put.name, version)?;
        }
        Ok(())
    }

    pub fn delete_plugin(&self, name: &str) -> Result<(), StoreError> {
        self.delete_plugin_versions(name)?;
        let parameters = named_params! { ":name": name };
        self.connection.execute("DELETE FROM plugins WHERE name = :name", parameters)?;
        Ok(())
    }

    fn delete_plugin_versions(&self, plugin: &str) -> Result<(), StoreError> {
        self.connection.execute(
            "DELETE FROM plugin_versions WHERE plugin = :plugin",
            named_params! { ":plugin": plugin },
        )?;
        Ok(())
    }

    fn insert_plugin_version(&self, plugin: &str, it: &PluginVersion) -> Result<(), StoreError> {
        let json =
            |words: &[String]| serde_json::to_string(words).expect("a list of texts becomes JSON");
        self.connection.execute(
            "INSERT INTO plugin_versions (plugin, sha256, version, interface, hosts, settings,
                    secrets, abilities, memory_mib_max, call_timeout_s, approved_at)
             VALUES (:plugin, :sha256, :version, :interface, :hosts, :settings,
                    :secrets, :abilities, :memory_mib_max, :call_timeout_s, :approved_at)",
            named_params! {
                ":plugin": plugin,
                ":sha256": it.sha256,
                ":version": it.version,
                ":interface": it.asks.interface,
                ":hosts": json(&it.asks.hosts),
                ":settings": json(&it.asks.settings),
                ":secrets": json(&it.asks.secrets),
                ":abilities": json(&it.asks.abilities),
                ":memory_mib_max": it.rights.memory_mib_max,
                ":call_timeout_s": it.rights.call_timeout_s,
                ":approved_at": it.approved_at.unix_ms(),
            },
        )?;
        Ok(())
    }
}
