//! A connection is given other settings, and paused by a person.

use super::App;
use super::connections::{ConnectionError, check_settings, is_private_url};
use crate::domain::audit_trail::{Act, Action};
use crate::domain::connection::{Connection, Pause};
use crate::domain::id::OrganizationId;
use crate::domain::secret::Secret;

/// What a connection is to be. Its provider and its code stay.
#[derive(Debug, Clone)]
pub struct ConnectionChange {
    pub name: String,
    /// All of them, those that stay as they are included.
    pub settings: Vec<(String, Secret)>,
    pub allows_private_network: bool,
    pub success_redirect_url: Option<String>,
}

impl App {
    pub fn change_connection(
        &self,
        organization: OrganizationId,
        code: &str,
        change: &ConnectionChange,
    ) -> Result<Connection, ConnectionError> {
        let was = self.connection(organization, code)?;
        check_settings(&self.installed(&was.provider)?, &change.settings)?;
        let base_url = change.settings.iter().find(|(key, _)| key == "base_url");
        let is_private = match base_url {
            Some((_, url)) => is_private_url(url.reveal())?,
            None => false,
        };
        let mut settings = change.settings.clone();
        settings.sort_by(|a, b| a.0.cmp(&b.0));
        let signed = self.signed(organization, self.now());
        let code = code.to_owned();
        let (name, redirect) = (change.name.clone(), change.success_redirect_url.clone());
        let allows_private_network = change.allows_private_network || is_private;
        self.store.write(move |tx| {
            let was = tx
                .connection_by_code(organization, &code)?
                .ok_or_else(|| ConnectionError::NotFound(code.clone()))?;
            let changed = Connection {
                name: name.clone(),
                settings: settings.clone(),
                allows_private_network,
                success_redirect_url: redirect.clone(),
                ..was.clone()
            };
            tx.save_connection(&changed)?;
            let act = Act::on(Action::ConnectionChanged, changed.id)
                .with("code", &changed.code)
                .with("settings", differing(&was, &changed).join(", "));
            tx.append_audit(signed, &act)?;
            Ok(changed)
        })
    }

    /// Nothing is charged through it until somebody resumes it. One that is paused stays as it is.
    pub fn pause_connection(
        &self,
        organization: OrganizationId,
        code: &str,
        reason: &str,
    ) -> Result<(), ConnectionError> {
        let now = self.now();
        let signed = self.signed(organization, now);
        let (code, reason) = (code.to_owned(), reason.to_owned());
        self.store.write(move |tx| {
            let found = tx
                .connection_by_code(organization, &code)?
                .ok_or_else(|| ConnectionError::NotFound(code.clone()))?;
            if found.paused.is_some() {
                return Ok(());
            }
            let pause = Pause { at: now, reason: reason.clone() };
            tx.save_connection_pause(organization, found.id, Some(&pause))?;
            let act = Act::on(Action::ConnectionPaused, found.id).because(&reason);
            Ok(tx.append_audit(signed, &act)?)
        })
    }
}

/// The names of the settings whose values are others; the values may be secrets.
fn differing(was: &Connection, is: &Connection) -> Vec<String> {
    let keys = was.settings.iter().chain(&is.settings).map(|(key, _)| key);
    let mut keys: Vec<&String> = keys.filter(|key| was.setting(key) != is.setting(key)).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter().cloned().collect()
}
