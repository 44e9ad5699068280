//! The host of all plugins: which there are, and how one of their functions is called for a
//! connection.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracing::{info, warn};
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Lift, Lower};

use crate::app::ports::{Clock, PspError};
use crate::domain::connection::Connection;

use super::cache::CompiledCache;
use super::call;
use super::call::Called;
use super::description::BASE_URL;
use super::engine::Machine;
use super::error::{HostError, PluginError, PluginProblem};
use super::http::HttpClient;
use super::limits::CallLimits;
use super::mask::Mask;
use super::plugin::{Exports, Loader, Plugin};
use super::record::Recorder;
use super::state::{CallReach, CallState, Outside};

/// What the host is made from.
pub struct HostOptions {
    /// Names and components that are part of the binary.
    pub embedded: &'static [(&'static str, &'static [u8])],
    /// Further components: every `*.wasm` in it. A missing folder holds none.
    pub plugin_dir: Option<PathBuf>,
    /// Where compiled plugins are kept. None: they are compiled at every start.
    pub cache_dir: Option<PathBuf>,
    pub clock: Arc<dyn Clock>,
    pub limits: CallLimits,
    /// How many calls can run at once; further ones wait.
    pub instances: u32,
    pub recorder: Option<Recorder>,
}

impl HostOptions {
    /// The defaults, with nothing on disk.
    pub fn new(
        embedded: &'static [(&'static str, &'static [u8])],
        clock: Arc<dyn Clock>,
    ) -> HostOptions {
        HostOptions {
            embedded,
            plugin_dir: None,
            cache_dir: None,
            clock,
            limits: CallLimits::default(),
            instances: 256,
            recorder: None,
        }
    }
}

/// All plugins, ready to be called from many threads.
pub struct PluginHost {
    machine: Machine,
    outside: Arc<Outside>,
    limits: CallLimits,
    plugins: BTreeMap<String, Plugin>,
    problems: Vec<PluginProblem>,
}

/// A component larger than this is not read.
const PLUGIN_BYTES_MAX: u64 = 64 << 20;

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
        });
        let cache = CompiledCache::open(options.cache_dir);
        let loader =
            Loader::new(&machine, &cache, &outside, options.limits).map_err(engine_error)?;
        let mut plugins = BTreeMap::new();
        for (name, wasm) in options.embedded {
            let plugin = embedded(&loader, name, wasm).map_err(HostError::BuiltIn)?;
            plugins.insert(plugin.provider.name.clone(), plugin);
        }
        let mut problems = Vec::new();
        if let Some(folder) = &options.plugin_dir {
            let (found, bad) = from_folder(&loader, folder).map_err(HostError::Folder)?;
            problems.extend(bad);
            join(&mut plugins, found, &mut problems);
        }
        for problem in &problems {
            warn!("{problem}");
        }
        for plugin in plugins.values() {
            let (name, file) = (&*plugin.name, plugin.file.as_str());
            info!(plugin = name, version = plugin.provider.version, file, "plugin loaded");
        }
        Ok(PluginHost { machine, outside, limits: options.limits, plugins, problems })
    }

    /// The files that are not used, and why.
    pub fn problems(&self) -> &[PluginProblem] {
        &self.problems
    }

    pub(super) fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        self.plugins.values()
    }

    pub(super) fn plugin(&self, name: &str) -> Option<&Plugin> {
        self.plugins.get(name)
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
        let settings = settings(plugin, connection)?;
        let is_secret = |key: &str| {
            let mut specs = plugin.provider.settings.iter();
            specs.any(|spec| spec.secret && spec.key == key)
        };
        let mask = Mask::of(
            settings.iter().filter(|(key, _)| is_secret(key)).map(|(_, value)| value.as_str()),
        );
        let mask = Arc::new(mask);
        let (outside, name) = (self.outside.clone(), plugin.name.clone());
        let mut state = CallState::new(outside, name, function, self.limits);
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
    plugin: &'a Plugin,
    state: CallState,
}

impl<'a> Call<'a> {
    pub fn exports(&self) -> &'a Exports {
        &self.plugin.exports
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

fn embedded(loader: &Loader<'_>, name: &str, wasm: &[u8]) -> Result<Plugin, PluginProblem> {
    let problem = |error| PluginProblem { file: name.to_owned(), error };
    let plugin = loader.load(name, wasm, true).map_err(problem)?;
    if plugin.provider.name != name {
        let described = &plugin.provider.name;
        let reason = format!("it is built in as `{name}` and calls itself `{described}`");
        return Err(problem(PluginError::Description(reason)));
    }
    Ok(plugin)
}

type Found = (Vec<Plugin>, Vec<PluginProblem>);

fn from_folder(loader: &Loader<'_>, folder: &Path) -> io::Result<Found> {
    let (mut plugins, mut problems) = (Vec::new(), Vec::new());
    for path in wasm_files(folder)? {
        let file = path.display().to_string();
        let loaded = read(&path).and_then(|wasm| loader.load(&file, &wasm, false));
        match loaded {
            Ok(plugin) => plugins.push(plugin),
            Err(error) => problems.push(PluginProblem { file, error }),
        }
    }
    Ok((plugins, problems))
}

/// Ordered by name, so that a start is like the one before.
fn wasm_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, PluginError> {
    let bytes = fs::metadata(path).map_err(PluginError::Io)?.len();
    if bytes > PLUGIN_BYTES_MAX {
        return Err(PluginError::TooLarge(PLUGIN_BYTES_MAX));
    }
    fs::read(path).map_err(PluginError::Io)
}

/// Nobody can say which of two plugins of one name is meant: a built-in one stays, others are
/// not used, neither of them.
fn join(
    plugins: &mut BTreeMap<String, Plugin>,
    found: Vec<Plugin>,
    problems: &mut Vec<PluginProblem>,
) {
    let files: Vec<(String, String)> =
        found.iter().map(|plugin| (plugin.provider.name.clone(), plugin.file.clone())).collect();
    for plugin in found {
        let name = plugin.provider.name.clone();
        let other = match plugins.get(&name) {
            Some(built_in) => Some(format!("the built-in `{}`", built_in.file)),
            None => files
                .iter()
                .find(|(other_name, file)| *other_name == name && *file != plugin.file)
                .map(|(_, file)| file.clone()),
        };
        match other {
            None => {
                plugins.insert(name, plugin);
            }
            Some(other) => problems.push(PluginProblem {
                file: plugin.file,
                error: PluginError::SameName { name, other },
            }),
        }
    }
}
