//! The host of all plugins: which there are, and how one of their functions is called for a
//! connection.

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Lift, Lower};

use crate::app::ports::{Clock, PspError};
use crate::domain::connection::Connection;
use crate::domain::plugin::InstalledPlugin;

use super::cache::CompiledCache;
use super::call;
use super::call::Called;
use super::description::BASE_URL;
use super::engine::Machine;
use super::error::{HostError, PluginProblem};
use super::http::HttpClient;
use super::limits::CallLimits;
use super::mask::Mask;
use super::outgoing::Between;
use super::plugin::{Exports, Loader, Plugin};
use super::record::Recorder;
use super::shelf::{Loaded, Shelf};
use super::state::{CallReach, CallState, Outside};

/// What the host is made from.
pub struct HostOptions {
    /// Names and components that are part of the binary.
    pub embedded: &'static [(&'static str, &'static [u8])],
    /// Further components, used as they are: nobody has to approve them.
    pub files: Vec<PathBuf>,
    /// What was installed, and the folder where its components are.
    pub installed: Vec<InstalledPlugin>,
    pub plugin_dir: Option<PathBuf>,
    /// Where compiled plugins are kept. None: they are compiled at every start.
    pub cache_dir: Option<PathBuf>,
    pub clock: Arc<dyn Clock>,
    pub limits: CallLimits,
    /// How many calls can run at once; further ones wait.
    pub instances: u32,
    pub recorder: Option<Recorder>,
    /// Stands between plugins and providers: only where plugins are tested.
    pub between: Option<Between>,
}

impl HostOptions {
    /// The defaults, with nothing on disk.
    pub fn new(
        embedded: &'static [(&'static str, &'static [u8])],
        clock: Arc<dyn Clock>,
    ) -> HostOptions {
        HostOptions {
            embedded,
            files: Vec::new(),
            installed: Vec::new(),
            plugin_dir: None,
            cache_dir: None,
            clock,
            limits: CallLimits::default(),
            instances: 256,
            recorder: None,
            between: None,
        }
    }
}

/// All plugins, ready to be called from many threads.
pub struct PluginHost {
    machine: Machine,
    outside: Arc<Outside>,
    limits: CallLimits,
    cache: CompiledCache,
    shelf: Shelf,
}

impl PluginHost {
    /// Loads everything. A bad file of a third party is a problem to be told, a bad built-in
    /// plugin an error.
    pub fn new(options: HostOptions) -> Result<PluginHost, HostError> {
        let engine_error = |error: wasmtime::Error| HostError::Engine(format!("{error:#}"));
        let machine = Machine::new(options.instances, options.limits.memory_bytes_max)
            .map_err(engine_error)?;
        let outside = Arc::new(Outside {
            http: HttpClient::new(),
            clock: options.clock,
            recorder: options.recorder,
            between: options.between,
        });
        let cache = CompiledCache::open(options.cache_dir);
        let loader =
            Loader::new(&machine, &cache, &outside, options.limits).map_err(engine_error)?;
        let shelf = Shelf::new(&loader, options.embedded, &options.files, options.plugin_dir)?;
        shelf.put(&loader, &options.installed)?;
        Ok(PluginHost { machine, outside, limits: options.limits, cache, shelf })
    }

    /// The files that are not used, and why.
    pub fn problems(&self) -> Vec<Arc<PluginProblem>> {
        self.shelf.now().problems.clone()
    }

    pub(super) fn plugins(&self) -> Loaded {
        self.shelf.now().plugins.clone()
    }

    pub(super) fn plugin(&self, name: &str) -> Option<Arc<Plugin>> {
        self.shelf.now().plugins.get(name).cloned()
    }

    /// From now on new calls use these.
    pub(super) fn put(&self, installed: &[InstalledPlugin]) -> Result<(), HostError> {
        if self.shelf.is_put_to(installed) {
            return Ok(());
        }
        let (cache, outside) = (&self.cache, &self.outside);
        let loader = Loader::new(&self.machine, cache, outside, self.limits)
            .map_err(|error| HostError::Engine(format!("{error:#}")))?;
        self.shelf.put(&loader, installed)
    }

    /// Makes a call for a connection ready: its plugin, its settings, its secrets' mask.
    pub(super) fn prepare(
        &self,
        connection: &Connection,
        function: &'static str,
        reference: Option<&str>,
    ) -> Result<Prepared<'_>, PspError> {
        let plugin = self
            .plugin(&connection.provider)
            .ok_or_else(|| PspError::NoPlugin(connection.provider.clone()))?;
        let settings = settings(&plugin, connection)?;
        let is_secret = |key: &str| {
            let mut specs = plugin.provider.settings.iter();
            specs.any(|spec| spec.secret && spec.key == key)
        };
        let mask = Mask::of(
            settings.iter().filter(|(key, _)| is_secret(key)).map(|(_, value)| value.as_str()),
        );
        let mask = Arc::new(mask);
        let (outside, name) = (self.outside.clone(), plugin.name.clone());
        let mut state = CallState::new(outside, name, function, plugin.limits);
        state.mask = mask.clone();
        state.reference = reference.map(str::to_owned);
        state.reach = Some(CallReach {
            connection_id: connection.id,
            hosts: plugin.hosts.clone(),
            base_url: connection.setting(BASE_URL).map(|url| url.reveal().to_owned()),
            private_network: connection.allows_private_network,
        });
        let call = Call { machine: &self.machine, plugin, state };
        Ok(Prepared { call, settings, mask })
    }
}

/// A call that is about to be made, and what it is made with.
pub(super) struct Prepared<'a> {
    pub call: Call<'a>,
    /// What the plugin is given.
    pub settings: Vec<(String, String)>,
    pub mask: Arc<Mask>,
}

pub(super) struct Call<'a> {
    machine: &'a Machine,
    /// Kept to the end of the call, whatever is installed meanwhile.
    plugin: Arc<Plugin>,
    state: CallState,
}

impl Call<'_> {
    pub fn exports(&self) -> Exports {
        self.plugin.exports
    }

    /// For the functions that say they reach nothing.
    pub fn without_reach(mut self) -> Self {
        self.state.reach = None;
        self
    }

    /// Blocks until the plugin has answered or a limit has ended the call.
    pub fn run<P, R>(self, function: &ComponentExportIndex, parameters: P) -> Called<R>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let linked = &self.plugin.linked;
        call::run(self.machine, linked, function, self.state, parameters)
    }
}

/// The described settings, with their defaults where the connection has none.
fn settings(plugin: &Plugin, connection: &Connection) -> Result<Vec<(String, String)>, PspError> {
    let mut settings = Vec::new();
    for spec in &plugin.provider.settings {
        let value = connection
            .setting(&spec.key)
            .map(|secret| secret.reveal().to_owned())
            .or_else(|| spec.default.clone());
        match value {
            Some(value) => settings.push((spec.key.clone(), value)),
            None if spec.required => {
                return Err(PspError::Misconfigured {
                    code: "missing_setting".into(),
                    message: format!("the connection has no `{}`", spec.key),
                });
            }
            None => {}
        }
    }
    Ok(settings)
}
