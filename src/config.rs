//! Settings: flags win over `RECOUP_…` variables, those over the file, that over the defaults.
//! `config.example.toml` says what each is; a test holds its values to the defaults here.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::app::Rules;
use crate::app::back_up::BackupRules;
use crate::domain::decline::{DeclineClass, DeclineMap};
use crate::domain::network::NetworkRules;
use crate::domain::policy::{NetworkLimit, Policy};
use crate::domain::sign_in::SignInRules;
use crate::domain::time::Span;
use crate::store::backups::BACKUP_FOLDER;
use crate::store::{SEND_FILE, StoreOptions};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    /// Empty: `http://` and the address it listens on.
    pub public_url: String,
    pub mode: Mode,
    pub log: Log,
    pub http: Http,
    pub limits: Limits,
    pub store: StoreSettings,
    pub collect: Collect,
    pub declines: Declines,
    pub links: Links,
    pub webhooks: Webhooks,
    pub plugins: Plugins,
    pub backup: Backup,
    pub dashboard: Dashboard,
    /// Changes to the table of jobs: name and cron expression.
    pub jobs: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Only credentials that move no real money are charged.
    Test,
    Live,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or the syntax of tracing's filters.
    pub level: String,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Pretty,
    Json,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Threads that answer requests. 0: one per core.
    pub workers: usize,
    /// How long a stopping server waits for requests that are being answered.
    pub shutdown_timeout_s: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Of one organization. 0: as many as it likes.
    pub requests_per_second: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// Counts what is sent to providers. Empty: `recoup.sends` in the data directory.
    pub send_file: PathBuf,
    pub readers_max: u32,
    pub batch_max: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collect {
    pub charges_max: usize,
    pub charges_per_connection_max: usize,
    /// How long a new invoice waits for its first charge.
    pub first_charge_delay_minutes: u32,
    /// Our ceiling of declines of one instrument in 30 days. That of its network holds beside it.
    pub network_declines_max: u32,
    /// Technical failures beyond other answers of a connection. 0: its attempts never wait.
    pub outage_after: u32,
    /// How long ahead `recovery.attempt_due` tells of an attempt. 0: never.
    pub attempt_due_minutes: u32,
}

/// What codes mean that no plugin knows: `provider:code` and one of our classes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declines {
    pub map: BTreeMap<String, Class>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Class(DeclineClass);

impl TryFrom<String> for Class {
    type Error = String;

    fn try_from(text: String) -> Result<Class, String> {
        let names: Vec<&str> = DeclineClass::ALL.iter().map(|class| class.as_str()).collect();
        let unknown = || format!("`{text}` is no decline class; write one of {}", names.join(", "));
        DeclineClass::parse(&text).map(Class).ok_or_else(unknown)
    }
}

impl From<Class> for String {
    fn from(class: Class) -> String {
        class.0.as_str().to_owned()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    pub lifetime_hours: u32,
    pub grace_minutes: u32,
    /// After their time is up. At least 1.
    pub kept_days: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    pub tries_max: u32,
    pub at_once_max: usize,
    pub timeout_s: u64,
    pub endpoints_max: u32,
    /// At least 1.
    pub kept_days: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plugins {
    /// How long one call of a plugin may take, its waiting included.
    pub call_timeout_s: u64,
    pub memory_mib_max: usize,
    pub instances_max: u32,
    /// Of what plugins asked providers. 0: nothing is written down.
    pub exchanges_kept: u32,
    /// Where compiled plugins are kept. Empty: in the data directory.
    pub cache_dir: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Empty: `backups` in the data directory.
    pub dir: PathBuf,
    /// 0: only when somebody asks.
    pub every_hours: u32,
    /// 0: all are kept.
    pub keep_max: usize,
}

/// Who gets in to the dashboard, and for how long. Each at least 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    /// Without a page for so long, somebody has to sign in again.
    pub session_idle_hours: u32,
    /// However much somebody uses it.
    pub session_days: u32,
    /// How long a link to choose a password is good for.
    pub link_minutes: u32,
    /// Wrong passwords for one address, and from one place, before the next has to wait.
    pub sign_in_tries_max: u32,
    /// All tries are back after so long.
    pub sign_in_window_minutes: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data_dir: PathBuf::from("recoup-data"),
            public_url: String::new(),
            mode: Mode::Test,
            log: Log { level: "info".to_owned(), format: LogFormat::Pretty },
            http: Http { workers: 0, shutdown_timeout_s: 30 },
            limits: Limits { requests_per_second: 0 },
            store: StoreSettings { send_file: PathBuf::new(), readers_max: 8, batch_max: 256 },
            collect: Collect {
                charges_max: 512,
                charges_per_connection_max: 256,
                first_charge_delay_minutes: 0,
                network_declines_max: 15,
                outage_after: 10,
                attempt_due_minutes: 0,
            },
            declines: Declines::default(),
            links: Links { lifetime_hours: 24, grace_minutes: 60, kept_days: 90 },
            webhooks: Webhooks {
                tries_max: 3,
                at_once_max: 32,
                timeout_s: 30,
                endpoints_max: 10,
                kept_days: 90,
            },
            plugins: Plugins {
                call_timeout_s: 60,
                memory_mib_max: 64,
                instances_max: 512,
                exchanges_kept: 20_000,
                cache_dir: PathBuf::new(),
            },
            backup: Backup { dir: PathBuf::new(), every_hours: 0, keep_max: 14 },
            dashboard: Dashboard {
                session_idle_hours: 12,
                session_days: 7,
                link_minutes: 30,
                sign_in_tries_max: 10,
                sign_in_window_minutes: 15,
            },
            jobs: BTreeMap::new(),
        }
    }
}

/// A setting that cannot be used. The text names it and where it was given.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration file {0} does not exist")]
    NoFile(PathBuf),
    #[error("the configuration cannot be used: {0}")]
    Invalid(Box<figment::Error>),
}

impl Settings {
    /// Reads the file, if one is named, and the environment.
    pub fn load(file: Option<&Path>) -> Result<Settings, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Settings::default()));
        if let Some(path) = file {
            if !path.is_file() {
                return Err(ConfigError::NoFile(path.to_owned()));
            }
            figment = figment.merge(Toml::file_exact(path));
        }
        // Where the file is and the master key are no settings: they are read where they are used.
        let environment = Env::prefixed("RECOUP_").ignore(&["MASTER_KEY", "CONFIG"]).split("__");
        figment.merge(environment).extract().map_err(|error| ConfigError::Invalid(Box::new(error)))
    }

    /// Where the outside finds this server. No slash at the end.
    pub fn public_url(&self) -> String {
        if self.public_url.is_empty() {
            return format!("http://{}", self.listen);
        }
        self.public_url.trim_end_matches('/').to_owned()
    }

    pub fn rules(&self) -> Rules {
        let declines_max = self.collect.network_declines_max;
        let network_limit = NetworkLimit { declines_max, ..NetworkLimit::CARDS };
        let declines = self.declines.map.iter().map(|(code, class)| (code.clone(), class.0));
        Rules {
            policy: Policy::standard(),
            network_limit,
            // The figures come from a file, at the start.
            networks: NetworkRules::without_figures(network_limit),
            declines: DeclineMap::new(declines.collect()),
            test_mode: self.mode == Mode::Test,
            public_url: self.public_url(),
            charges_per_connection_max: self.collect.charges_per_connection_max.max(1),
            charges_max: self.collect.charges_max.max(1),
            charge_lease: self.charge_lease(),
            first_charge_delay: Span::minutes(self.collect.first_charge_delay_minutes),
            outage_after: self.collect.outage_after,
            attempt_due_ahead: Span::minutes(self.collect.attempt_due_minutes),
            link_grace: Span::minutes(self.links.grace_minutes),
            link_lifetime: Span::hours(self.links.lifetime_hours),
            webhook_tries_max: self.webhooks.tries_max.max(1),
            webhooks_max: self.webhooks.at_once_max.max(1),
            webhook_endpoints_max: self.webhooks.endpoints_max,
            deliveries_kept: Span::days(self.webhooks.kept_days.max(1)),
            pages_kept: Span::days(self.links.kept_days.max(1)),
            backup: BackupRules {
                folder: self.backup_folder(),
                every: Span::hours(self.backup.every_hours),
                keep_max: self.backup.keep_max,
            },
            exchanges_kept: self.plugins.exchanges_kept,
            sign_ins: SignInRules {
                idle: Span::hours(self.dashboard.session_idle_hours.max(1)),
                lifetime: Span::days(self.dashboard.session_days.max(1)),
                link_lifetime: Span::minutes(self.dashboard.link_minutes.max(1)),
            },
            open_to_all: false,
            single_threaded: false,
        }
    }

    /// Nobody can still be at a call after this: its limit, and time to save the answer.
    fn charge_lease(&self) -> Span {
        let seconds = u32::try_from(self.plugins.call_timeout_s).unwrap_or(3600);
        Span::seconds(seconds.saturating_add(60))
    }

    pub fn backup_folder(&self) -> PathBuf {
        if self.backup.dir.as_os_str().is_empty() {
            return self.data_dir.join(BACKUP_FOLDER);
        }
        self.backup.dir.clone()
    }

    /// Where sends are counted outside the database.
    fn send_file(&self) -> PathBuf {
        if self.store.send_file.as_os_str().is_empty() {
            return self.data_dir.join(SEND_FILE);
        }
        self.store.send_file.clone()
    }

    pub fn store_options(&self) -> StoreOptions {
        StoreOptions {
            send_file: Some(self.send_file()),
            readers_max: self.store.readers_max.max(1),
            batch_max: self.store.batch_max.max(1),
            ..StoreOptions::at(&self.data_dir)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_file_says_the_defaults() {
        let example = include_str!("../config.example.toml");
        let read: Settings = Figment::new().merge(Toml::string(example)).extract().expect("parses");
        assert_eq!(read, Settings::default());
    }

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let read: Result<Settings, _> = Figment::from(Serialized::defaults(Settings::default()))
            .merge(Toml::string("[collect]\ncharges_maximum = 3"))
            .extract();
        let refused = read.expect_err("unknown").to_string();
        assert!(refused.contains("charges_maximum"), "{refused}");
    }
}
