//! Builds the parts and joins them: the store, the plugins, the clock, the use cases.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rand::RngCore;

use crate::app::collect::CollectError;
use crate::app::ports::{Clock, Psps};
use crate::app::{App, Parts};
use crate::clock::{FastClock, SystemClock, TestClock};
use crate::commands::exchanges;
use crate::config::Settings;
use crate::domain::organization::Organization;
use crate::domain::plugin::InstalledPlugin;
use crate::domain::time::Timestamp;
use crate::outbound::{WebhookOptions, WebhookOut};
use crate::psp::{EMBEDDED, Exchange, HostError, HostOptions, PluginHost, Recorder};
use crate::store::{DATABASE_FILE, MasterKey, Store, StoreError};
use crate::wire::recoup::network_rules;

const MASTER_KEY_FILE: &str = "master.key";
const MASTER_KEY_VARIABLE: &str = "RECOUP_MASTER_KEY";
const PLUGIN_FOLDER: &str = "plugins";
const CACHE_FOLDER: &str = "plugin-cache";

/// Which time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    Real,
    /// Stands still until it is moved by hand.
    ByHand {
        /// None: now.
        from: Option<Timestamp>,
    },
    /// So many times as fast as real time.
    Fast(u32),
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the data directory {0} cannot be made or used")]
    DataDir(PathBuf, #[source] std::io::Error),
    #[error(
        "the master key is missing: {0} opens the secrets of the database beside it; \
         put it back, or set RECOUP_MASTER_KEY"
    )]
    MasterKeyMissing(PathBuf),
    #[error("the master key in {0} is not 64 hexadecimal digits")]
    MasterKeyInvalid(String),
    #[error("the database cannot be opened")]
    Store(#[from] StoreError),
    #[error("the plugins cannot be loaded")]
    Plugins(#[from] HostError),
    #[error("the rules of card networks cannot be read")]
    NetworkRules(#[from] network_rules::RulesError),
    #[error("the installation cannot be prepared")]
    Prepare(#[from] CollectError),
}

/// Everything that commands and the server work with.
pub struct Built {
    pub app: App,
    pub organization: Organization,
    pub host: Arc<PluginHost>,
    /// With `Time::ByHand`.
    pub test_clock: Option<Arc<TestClock>>,
    pub clock: Arc<dyn Clock>,
    /// What plugins ask providers. None: it is not kept.
    pub exchanges: Option<Receiver<Exchange>>,
}

pub fn build(settings: &Settings, time: Time, open_to_all: bool) -> Result<Built, StartError> {
    make_data_dir(&settings.data_dir)?;
    let key = master_key(&settings.data_dir)?;
    let store = Store::open(&settings.store_options(), &key)?;
    let now = match time {
        Time::ByHand { from: Some(from) } => from,
        Time::ByHand { from: None } | Time::Real | Time::Fast(_) => SystemClock.now(),
    };
    // A clock that was moved by hand goes on from there.
    let latest = store.read(|read| read.latest_event_at())?;
    let now = latest.map_or(now, |latest| latest.max(now));
    let (clock, test_clock): (Arc<dyn Clock>, _) = match time {
        Time::Real => (Arc::new(SystemClock), None),
        Time::ByHand { .. } => {
            let clock = Arc::new(TestClock::at(now));
            (Arc::clone(&clock) as Arc<dyn Clock>, Some(clock))
        }
        Time::Fast(speed) => (Arc::new(FastClock::starting_at(now, speed)), None),
    };
    // Signatures of providers are as fresh as real time says, however fast a demonstration runs.
    let plugin_clock: Arc<dyn Clock> = match time {
        Time::Real | Time::Fast(_) => Arc::new(SystemClock),
        Time::ByHand { .. } => Arc::clone(&clock),
    };
    let (recorder, exchanges) = match settings.plugins.exchanges_kept {
        0 => (None, None),
        _ => {
            let (recorder, heard) = exchanges::channel();
            (Some(recorder), Some(heard))
        }
    };
    let installed = store.read(|read| read.installed_plugins())?;
    let host = Arc::new(load_plugins(settings, installed, (plugin_clock, recorder))?);
    let mut rules = settings.rules();
    rules.open_to_all = open_to_all;
    rules.networks = network_rules::built_in(rules.network_limit.declines_max)?;
    let mut webhooks = WebhookOptions::new(rules.public_url.clone());
    webhooks.timeout = Duration::from_secs(settings.webhooks.timeout_s);
    let app = App::new(Parts {
        store,
        psps: Arc::clone(&host) as Arc<dyn Psps>,
        sender: Arc::new(WebhookOut::new(webhooks, Arc::new(SystemClock))),
        clock: Arc::clone(&clock),
        rules,
    });
    let organization = app.prepare_installation()?;
    if let Some(hold) = app.compare_sends()? {
        tracing::error!(
            reason = hold.reason.as_str(),
            "nothing is charged: {}. Run `recoup reconcile`, or `recoup hold release`",
            hold.reason.sentence()
        );
    }
    Ok(Built { app, organization, host, test_clock, clock, exchanges })
}

/// Plugins of the binary, and those that were installed.
fn load_plugins(
    settings: &Settings,
    installed: Vec<InstalledPlugin>,
    (clock, recorder): (Arc<dyn Clock>, Option<Recorder>),
) -> Result<PluginHost, StartError> {
    let mut options = plugin_options(settings, EMBEDDED, clock);
    options.recorder = recorder;
    options.plugin_dir = Some(plugin_folder(settings));
    options.installed = installed;
    Ok(PluginHost::new(options)?)
}

/// Where the components of installed plugins are.
pub fn plugin_folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join(PLUGIN_FOLDER)
}

/// A host with the limits and the cache of this installation.
pub fn plugin_options(
    settings: &Settings,
    embedded: &'static [(&'static str, &'static [u8])],
    clock: Arc<dyn Clock>,
) -> HostOptions {
    let mut options = HostOptions::new(embedded, clock);
    let cache_dir = &settings.plugins.cache_dir;
    options.cache_dir = Some(if cache_dir.as_os_str().is_empty() {
        settings.data_dir.join(CACHE_FOLDER)
    } else {
        cache_dir.clone()
    });
    options.limits.memory_bytes_max = settings.plugins.memory_mib_max << 20;
    let wall_ms = settings.plugins.call_timeout_s.saturating_mul(1000);
    options.limits.wall_ms_max = u32::try_from(wall_ms).unwrap_or(u32::MAX);
    options.instances = settings.plugins.instances_max;
    options
}

fn make_data_dir(path: &Path) -> Result<(), StartError> {
    let failed = |error| StartError::DataDir(path.to_owned(), error);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed)
}

/// From the environment, else from the file beside the database, which is made at the first
/// start. A database without its key is an error: a new key would open nothing in it.
fn master_key(data_dir: &Path) -> Result<MasterKey, StartError> {
    if let Ok(text) = std::env::var(MASTER_KEY_VARIABLE) {
        return parse_key(&text, MASTER_KEY_VARIABLE);
    }
    let path = data_dir.join(MASTER_KEY_FILE);
    if let Ok(text) = fs::read_to_string(&path) {
        return parse_key(&text, &path.display().to_string());
    }
    if data_dir.join(DATABASE_FILE).exists() {
        return Err(StartError::MasterKeyMissing(path));
    }
    let mut key = [0; 32];
    rand::rng().fill_bytes(&mut key);
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let failed = |error| StartError::DataDir(path.clone(), error);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(MasterKey(key))
}

fn parse_key(text: &str, place: &str) -> Result<MasterKey, StartError> {
    let invalid = || StartError::MasterKeyInvalid(place.to_owned());
    let text = text.trim();
    if text.len() != 64 || !text.is_ascii() {
        return Err(invalid());
    }
    let mut key = [0; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        let digits = text.get(index * 2..index * 2 + 2).ok_or_else(invalid)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| invalid())?;
    }
    Ok(MasterKey(key))
}
