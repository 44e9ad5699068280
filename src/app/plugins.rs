//! Plugins come, change and go. A server at work notices within ten seconds and goes on.

use super::App;
use super::collect::CollectError;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::connection::Provider;
use crate::domain::id::OrganizationId;
use crate::domain::plugin::{InstalledPlugin, PluginVersion, Rights};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

#[derive(Debug, thiserror::Error)]
pub enum PluginChangeError {
    #[error("there is no installed plugin named `{0}`")]
    NotInstalled(String),
    #[error("`{0}` is built in: another plugin cannot take its name, and it stays as it is")]
    BuiltIn(String),
    #[error("`{0}` was not updated yet: there is no version to go back to")]
    NothingBefore(String),
    #[error(
        "connections use it ({codes}), and what they have charged may have to be looked up: \
         `recoup plugin disable {name}` keeps it from being used"
    )]
    InUse { name: String, codes: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a new version would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Novelty {
    /// There is none of that name.
    New,
    /// The very same component with the same rights is in use.
    Same,
    /// Another version, and what it asks for beyond what was approved.
    Update { from: Box<InstalledPlugin>, more: Vec<String> },
}

impl App {
    /// How a component compares with what is installed. Changes nothing.
    pub fn compare_plugin(
        &self,
        provider: &Provider,
        rights: Rights,
    ) -> Result<Novelty, PluginChangeError> {
        let name = &provider.name;
        if self.psps.provider(name).is_some_and(|known| known.built_in) {
            return Err(PluginChangeError::BuiltIn(name.clone()));
        }
        let Some(known) = self.store.read(|read| read.installed_plugin(name))? else {
            return Ok(Novelty::New);
        };
        let approved = &known.in_use;
        if approved.sha256 == provider.sha256 && approved.rights == rights {
            return Ok(Novelty::Same);
        }
        let mut more = provider.asks().beyond(&approved.asks);
        more.extend(rights.beyond(&approved.rights));
        Ok(Novelty::Update { from: Box::new(known), more })
    }

    /// A person approved what this component asks for. Its file is in its place already.
    pub fn install_plugin(
        &self,
        organization: OrganizationId,
        provider: &Provider,
        rights: Rights,
    ) -> Result<InstalledPlugin, PluginChangeError> {
        let now = self.clock.now();
        let name = provider.name.clone();
        let version = PluginVersion {
            sha256: provider.sha256.clone(),
            version: provider.version.clone(),
            asks: provider.asks(),
            rights,
            approved_at: now,
        };
        let signed = self.signed(organization, now);
        self.store.write(move |tx| {
            let known = tx.installed_plugin(&name)?;
            let installed = match &known {
                Some(known) => known.updated(version.clone(), now),
                None => InstalledPlugin {
                    name: name.clone(),
                    in_use: version.clone(),
                    before: None,
                    is_enabled: true,
                    changed_at: now,
                },
            };
            tx.put_plugin(&installed)?;
            let act = match &known {
                Some(known) => Act::on(Action::PluginUpdated, &name)
                    .changed("version", &known.in_use.version, &version.version)
                    .changed("sha256", &known.in_use.sha256, &version.sha256),
                None => Act::on(Action::PluginInstalled, &name)
                    .with("version", &version.version)
                    .with("sha256", &version.sha256)
                    .with("hosts", version.asks.hosts.join(" ")),
            };
            tx.append_audit(signed, &act)?;
            Ok(installed)
        })
    }

    /// The version that was used before, again.
    pub fn roll_back_plugin(
        &self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<InstalledPlugin, PluginChangeError> {
        self.change_plugin(organization, name, |known, now| {
            let back = known
                .rolled_back(now)
                .ok_or_else(|| PluginChangeError::NothingBefore(known.name.clone()))?;
            let act = Act::on(Action::PluginRolledBack, &known.name)
                .changed("version", &known.in_use.version, &back.in_use.version)
                .changed("sha256", &known.in_use.sha256, &back.in_use.sha256);
            Ok((back, act))
        })
    }

    /// What is not enabled is not used: charges through it wait.
    pub fn enable_plugin(
        &self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<InstalledPlugin, PluginChangeError> {
        self.change_plugin(organization, name, |known, now| {
            let on = InstalledPlugin { is_enabled: true, changed_at: now, ..known.clone() };
            Ok((on, Act::on(Action::PluginEnabled, &known.name)))
        })
    }

    pub fn disable_plugin(
        &self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<InstalledPlugin, PluginChangeError> {
        self.change_plugin(organization, name, |known, now| {
            let off = InstalledPlugin { is_enabled: false, changed_at: now, ..known.clone() };
            Ok((off, Act::on(Action::PluginDisabled, &known.name)))
        })
    }

    fn change_plugin(
        &self,
        organization: OrganizationId,
        name: &str,
        change: impl Fn(
            &InstalledPlugin,
            Timestamp,
        ) -> Result<(InstalledPlugin, Act), PluginChangeError>
        + Send
        + 'static,
    ) -> Result<InstalledPlugin, PluginChangeError> {
        let (name, now) = (name.to_owned(), self.clock.now());
        let signed = self.signed(organization, now);
        self.store.write(move |tx| {
            let known = installed(tx, &name)?;
            let (changed, act) = change(&known, now)?;
            tx.put_plugin(&changed)?;
            tx.append_audit(signed, &act)?;
            Ok(changed)
        })
    }

    /// Forgets it. Answers what it was, so that its files can go too.
    pub fn remove_plugin(
        &self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<InstalledPlugin, PluginChangeError> {
        let (name, now) = (name.to_owned(), self.clock.now());
        let signed = self.signed(organization, now);
        self.store.write(move |tx| {
            let known = installed(tx, &name)?;
            let users = tx.connections_of_provider(organization, &name)?;
            if !users.is_empty() {
                let codes: Vec<String> = users.into_iter().map(|it| it.code).collect();
                let (name, codes) = (name.clone(), codes.join(", "));
                return Err(PluginChangeError::InUse { name, codes });
            }
            tx.delete_plugin(&name)?;
            let act = Act::on(Action::PluginRemoved, &name).with("sha256", &known.in_use.sha256);
            tx.append_audit(signed, &act)?;
            Ok(known)
        })
    }

    /// Uses what is installed by now. Answers how many there are.
    pub fn follow_plugins(&self) -> Result<usize, CollectError> {
        let installed = self.store.read(|read| read.installed_plugins())?;
        self.psps.use_plugins(&installed);
        Ok(installed.len())
    }
}

fn installed(tx: &Tx<'_>, name: &str) -> Result<InstalledPlugin, PluginChangeError> {
    let missing = || PluginChangeError::NotInstalled(name.to_owned());
    tx.installed_plugin(name)?.ok_or_else(missing)
}
