//! Which plugins there are: built-in ones, files, installed ones. What is installed can change
//! while calls run: a call ends on the plugin that it began with, the next one uses the new one.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tracing::{info, warn};

use crate::domain::plugin::InstalledPlugin;

use super::error::{HostError, PluginError, PluginProblem};
use super::limits::CallLimits;
use super::plugin::{Loader, Pinned, Plugin};

pub(super) type Loaded = BTreeMap<String, Arc<Plugin>>;

/// A component larger than this is not read.
pub(super) const PLUGIN_BYTES_MAX: u64 = 64 << 20;

/// What is loaded now.
pub(super) struct Shelf {
    now: RwLock<Arc<Stock>>,
    /// Everything but what is installed: it stays as it is.
    given: Loaded,
    given_problems: Vec<Arc<PluginProblem>>,
    /// Where installed components are.
    folder: Option<PathBuf>,
}

/// One state of the shelf. It does not change; the shelf is given another.
#[derive(Default)]
pub(super) struct Stock {
    pub plugins: Loaded,
    pub problems: Vec<Arc<PluginProblem>>,
    installed: Vec<InstalledPlugin>,
}

impl Shelf {
    /// A bad file is a problem to be told, a bad built-in plugin an error.
    pub fn new(
        loader: &Loader<'_>,
        embedded: &[(&str, &[u8])],
        files: &[PathBuf],
        folder: Option<PathBuf>,
    ) -> Result<Shelf, HostError> {
        let mut given = Loaded::new();
        for (name, wasm) in embedded {
            let plugin = built_in(loader, name, wasm).map_err(HostError::BuiltIn)?;
            given.insert(plugin.provider.name.clone(), Arc::new(plugin));
        }
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for path in files {
            let file = path.display().to_string();
            match read(path).and_then(|wasm| loader.load(&file, &wasm, None)) {
                Ok(plugin) => found.push(plugin),
                Err(error) => problems.push(PluginProblem { file, error }),
            }
        }
        join(&mut given, found, &mut problems);
        tell(&problems, &Loaded::new(), &given);
        let given_problems: Vec<_> = problems.into_iter().map(Arc::new).collect();
        let stock = Stock {
            plugins: given.clone(),
            problems: given_problems.clone(),
            installed: Vec::new(),
        };
        Ok(Shelf { now: RwLock::new(Arc::new(stock)), given, given_problems, folder })
    }

    pub fn now(&self) -> Arc<Stock> {
        // A pointer cannot be left half changed by a panic.
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on new calls use what is installed. What has not changed is not loaded again,
    /// and what cannot be loaded is left out; the others are used all the same.
    pub fn put(&self, loader: &Loader<'_>, installed: &[InstalledPlugin]) -> Result<(), HostError> {
        let before = self.now();
        let mut plugins = self.given.clone();
        let mut problems =
            strangers(self.folder.as_deref(), installed).map_err(HostError::Folder)?;
        for plugin in installed.iter().filter(|plugin| plugin.is_enabled) {
            let known = before.plugins.get(&plugin.name).filter(|known| is_it(known, plugin));
            let found = match known {
                Some(known) => Ok(Arc::clone(known)),
                None => self.load(loader, plugin).map(Arc::new),
            };
            match found {
                Ok(loaded) if !self.given.contains_key(&plugin.name) => {
                    plugins.insert(plugin.name.clone(), loaded);
                }
                Ok(loaded) => {
                    let (name, other) = (plugin.name.clone(), "a built-in plugin".to_owned());
                    let error = PluginError::SameName { name, other };
                    problems.push(PluginProblem { file: loaded.file.clone(), error });
                }
                Err(problem) => problems.push(problem),
            }
        }
        tell(&problems, &before.plugins, &plugins);
        let problems =
            self.given_problems.iter().cloned().chain(problems.into_iter().map(Arc::new));
        let stock = Stock { problems: problems.collect(), plugins, installed: installed.to_vec() };
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(stock);
        Ok(())
    }

    /// Whether this is what it was put to.
    pub fn is_put_to(&self, installed: &[InstalledPlugin]) -> bool {
        self.now().installed == installed
    }

    fn load(&self, loader: &Loader<'_>, wanted: &InstalledPlugin) -> Result<Plugin, PluginProblem> {
        let version = &wanted.in_use;
        let file = version.file_name(&wanted.name);
        let path = self.folder.as_deref().unwrap_or(Path::new("")).join(&file);
        let pinned = Pinned {
            name: &wanted.name,
            sha256: &version.sha256,
            asks: &version.asks,
            rights: version.rights,
            limits: limits(loader.limits, wanted),
        };
        read(&path)
            .and_then(|wasm| loader.load(&file, &wasm, Some(&pinned)))
            .map_err(|error| PluginProblem { file, error })
    }
}

/// What it may use: what every plugin may, or less.
fn limits(all: CallLimits, plugin: &InstalledPlugin) -> CallLimits {
    let rights = plugin.in_use.rights;
    let memory = rights.memory_mib_max.and_then(|mib| usize::try_from(mib).ok());
    let wall_ms = rights.call_timeout_s.map(|seconds| seconds.saturating_mul(1000));
    CallLimits {
        memory_bytes_max: memory
            .map_or(all.memory_bytes_max, |mib| (mib << 20).min(all.memory_bytes_max)),
        wall_ms_max: wall_ms.map_or(all.wall_ms_max, |ms| ms.min(all.wall_ms_max)),
        ..all
    }
}

fn is_it(known: &Plugin, wanted: &InstalledPlugin) -> bool {
    known.provider.sha256 == wanted.in_use.sha256 && known.rights == Some(wanted.in_use.rights)
}

fn tell(problems: &[PluginProblem], before: &Loaded, after: &Loaded) {
    for problem in problems {
        warn!("{problem}");
    }
    for (name, plugin) in after {
        let known = before.get(name).is_some_and(|known| Arc::ptr_eq(known, plugin));
        if !known {
            let (version, file) = (&plugin.provider.version, plugin.file.as_str());
            info!(plugin = name, version, file, "plugin loaded");
        }
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        info!(plugin = name, "plugin not used any more");
    }
}

fn built_in(loader: &Loader<'_>, name: &str, wasm: &[u8]) -> Result<Plugin, PluginProblem> {
    let problem = |error| PluginProblem { file: name.to_owned(), error };
    let plugin = loader.load_built_in(name, wasm).map_err(problem)?;
    if plugin.provider.name != name {
        let described = &plugin.provider.name;
        let reason = format!("it is built in as `{name}` and calls itself `{described}`");
        return Err(problem(PluginError::Description(reason)));
    }
    Ok(plugin)
}

/// Components in the folder that nobody has installed.
fn strangers(
    folder: Option<&Path>,
    installed: &[InstalledPlugin],
) -> io::Result<Vec<PluginProblem>> {
    let Some(folder) = folder else {
        return Ok(Vec::new());
    };
    let kept: Vec<String> = installed.iter().flat_map(InstalledPlugin::file_names).collect();
    let is_kept = |path: &PathBuf| {
        path.file_name().is_some_and(|name| kept.iter().any(|kept| name == kept.as_str()))
    };
    let mut files = wasm_files(folder)?;
    files.retain(|path| !is_kept(path));
    let problem = |path: PathBuf| PluginProblem {
        file: path.display().to_string(),
        error: PluginError::NotInstalled,
    };
    Ok(files.into_iter().map(problem).collect())
}

/// Ordered by name, so that a start is like the one before. A missing folder holds none.
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
fn join(plugins: &mut Loaded, found: Vec<Plugin>, problems: &mut Vec<PluginProblem>) {
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
                plugins.insert(name, Arc::new(plugin));
            }
            Some(other) => problems.push(PluginProblem {
                file: plugin.file,
                error: PluginError::SameName { name, other },
            }),
        }
    }
}
