//! Connections: a provider with the credentials of one account there.

use super::App;
use super::collect::CollectError;
use super::ports::PspError;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::connection::{Connection, Provider};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{ConnectionId, OrganizationId};
use crate::domain::secret::Secret;
use crate::store::StoreError;

/// What an operator says of a new connection.
#[derive(Debug, Clone)]
pub struct NewConnection {
    pub organization_id: OrganizationId,
    pub provider: String,
    pub code: String,
    pub name: Option<String>,
    pub settings: Vec<(String, Secret)>,
    /// Asked for by hand; a `base_url` at a private address says so too.
    pub allows_private_network: bool,
    pub success_redirect_url: Option<String>,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum ConnectionError {
    #[error("no provider named `{asked}`: there are {known}")]
    UnknownProvider { asked: String, known: String },
    #[error("a code has 1 to 64 letters, digits, `_`, `-` or `.`, and `{0}` has not")]
    InvalidCode(String),
    #[error("there is a connection with the code `{0}` already: choose another")]
    CodeTaken(String),
    #[error("{provider} has no setting `{key}`: it takes {known}")]
    UnknownSetting { provider: String, key: String, known: String },
    #[error("{provider} needs the setting `{key}` ({help}): give it with --set {key}=…")]
    MissingSetting { provider: String, key: String, help: String },
    #[error("`base_url` is no http or https address")]
    InvalidBaseUrl,
    #[error("there is no connection with the code `{0}`")]
    NotFound(String),
    #[error("the provider does not accept the connection")]
    Check(#[source] PspError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Collect(#[from] CollectError),
}

const CODE_LENGTH_MAX: usize = 64;

impl App {
    /// Checks everything that can be checked without the provider, and keeps it, sealed.
    pub fn add_connection(&self, new: &NewConnection) -> Result<Connection, ConnectionError> {
        let provider = self.installed(&new.provider)?;
        check_code(&new.code)?;
        check_settings(&provider, &new.settings)?;
        let base_url = new.settings.iter().find(|(key, _)| key == "base_url");
        let is_private = match base_url {
            Some((_, url)) => is_private_url(url.reveal())?,
            None => false,
        };
        let now = self.clock.now();
        let mut settings = new.settings.clone();
        settings.sort_by(|a, b| a.0.cmp(&b.0));
        let connection = Connection {
            id: ConnectionId::at(now),
            organization_id: new.organization_id,
            provider: provider.name,
            code: new.code.clone(),
            name: new.name.clone().unwrap_or_else(|| new.code.clone()),
            settings,
            allows_private_network: new.allows_private_network || is_private,
            success_redirect_url: new.success_redirect_url.clone(),
            paused: None,
            created_at: now,
        };
        let made = connection.clone();
        let signed = self.signed(made.organization_id, now);
        self.store.write(move |tx| -> Result<(), ConnectionError> {
            tx.insert_connection(&made).map_err(|error| {
                if error.is_conflict() {
                    ConnectionError::CodeTaken(made.code.clone())
                } else {
                    error.into()
                }
            })?;
            let act = Act::on(Action::ConnectionAdded, made.id)
                .with("provider", &made.provider)
                .with("code", &made.code);
            Ok(tx.append_audit(signed, &act)?)
        })?;
        Ok(connection)
    }

    /// Makes it, or gives the one that is there these settings.
    pub fn ensure_connection(&self, wanted: &NewConnection) -> Result<(), ConnectionError> {
        let (organization, code) = (wanted.organization_id, wanted.code.clone());
        let there = self.store.read(|read| read.connection_by_code(organization, &code))?;
        match there {
            None => self.add_connection(wanted).map(|_| ()),
            Some(there) => {
                let mut settings = wanted.settings.clone();
                settings.sort_by(|a, b| a.0.cmp(&b.0));
                let changed = Connection { settings, ..there };
                Ok(self.store.write(move |tx| tx.save_connection(&changed))?)
            }
        }
    }

    pub(super) fn installed(&self, name: &str) -> Result<Provider, ConnectionError> {
        self.psps.provider(name).ok_or_else(|| {
            let names: Vec<String> = self.psps.providers().into_iter().map(|it| it.name).collect();
            ConnectionError::UnknownProvider { asked: name.to_owned(), known: names.join(", ") }
        })
    }

    /// Asks the provider whether the credentials work.
    pub fn check_connection(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<Connection, ConnectionError> {
        let connection = self.connection(organization, code)?;
        self.psps.check(&connection).map_err(ConnectionError::Check)?;
        Ok(connection)
    }

    pub(super) fn connection(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<Connection, ConnectionError> {
        self.store
            .read(|read| read.connection_by_code(organization, code))?
            .ok_or_else(|| ConnectionError::NotFound(code.to_owned()))
    }

    /// Charges go on; debts that waited for the connection are due at once.
    pub fn resume_connection(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<(), ConnectionError> {
        const WOKEN_MAX: u32 = 100_000;
        let Connection { id, paused, .. } = self.connection(organization, code)?;
        let now = self.clock.now();
        let signed = self.signed(organization, now);
        let pause = paused.map(|pause| pause.reason).unwrap_or_default();
        self.store.write(move |tx| -> Result<(), ConnectionError> {
            tx.save_connection_pause(organization, id, None)?;
            let act = Act::on(Action::ConnectionResumed, id).changed("paused", &pause, "");
            tx.append_audit(signed, &act)?;
            for recovery in tx.recoveries_waiting_for_connection(id, WOKEN_MAX)? {
                if let Ok(woken) = recovery.resume(now) {
                    tx.save_recovery(&woken)?;
                }
            }
            let subject = Subject { connection_id: Some(id), ..Subject::default() };
            let event = Event::new(EventKind::ConnectionResumed, organization, subject, now);
            Ok(tx.append_event(&event)?)
        })?;
        self.wake.ring();
        Ok(())
    }

    /// How people call the provider of a connection; its name, if the plugin is gone.
    pub(in crate::app) fn provider_title(&self, connection: &Connection) -> String {
        let provider = self.psps.provider(&connection.provider);
        provider.map_or_else(|| connection.provider.clone(), |provider| provider.title)
    }
}

fn check_code(code: &str) -> Result<(), ConnectionError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if code.is_empty() || code.len() > CODE_LENGTH_MAX || !code.chars().all(plain) {
        return Err(ConnectionError::InvalidCode(code.to_owned()));
    }
    Ok(())
}

pub(super) fn check_settings(
    provider: &Provider,
    settings: &[(String, Secret)],
) -> Result<(), ConnectionError> {
    let known = || {
        let keys: Vec<&str> = provider.settings.iter().map(|it| it.key.as_str()).collect();
        keys.join(", ")
    };
    for (key, _) in settings {
        if !provider.settings.iter().any(|it| it.key == *key) {
            return Err(ConnectionError::UnknownSetting {
                provider: provider.name.clone(),
                key: key.clone(),
                known: known(),
            });
        }
    }
    for needed in provider.settings.iter().filter(|it| it.required && it.default.is_none()) {
        if !settings.iter().any(|(key, value)| *key == needed.key && !value.reveal().is_empty()) {
            return Err(ConnectionError::MissingSetting {
                provider: provider.name.clone(),
                key: needed.key.clone(),
                help: needed.help.clone(),
            });
        }
    }
    Ok(())
}

/// Whether the operator named an address of their own network: that allows it.
pub(super) fn is_private_url(text: &str) -> Result<bool, ConnectionError> {
    let url = url::Url::parse(text).map_err(|_| ConnectionError::InvalidBaseUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(ConnectionError::InvalidBaseUrl);
    }
    Ok(match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => return Err(ConnectionError::InvalidBaseUrl),
    })
}
