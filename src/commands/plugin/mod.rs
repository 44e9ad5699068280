//! `recoup plugin`: what is loaded, and everything that becomes of a plugin: written, tried,
//! installed, updated, taken back.

mod encode;
mod install;
mod scaffold;
mod show;
mod trial;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::{Output, Place};
use crate::app::ports::Psps;
use crate::clock::SystemClock;
use crate::domain::connection::Provider;
use crate::psp::{HostOptions, PluginHost};
use crate::startup::plugin_options;

#[derive(Args)]
pub struct Plugin {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the plugins that are loaded, and those that could not be
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show what a plugin can do, where it may send to and which settings it takes
    Inspect {
        /// A plugin, or a component that is not installed yet
        #[arg(value_name = "NAME|FILE")]
        which: String,
        #[command(flatten)]
        output: Output,
    },
    /// Begin a plugin: a folder that builds, with a pretend provider to try it against
    New(scaffold::New),
    /// Make a component of a core module, as Rust's compiler leaves it
    Encode(encode::Encode),
    /// Try what every plugin promises, while everything goes wrong around it
    Test(trial::Test),
    /// Use a component, or another version of it, after showing what it asks for
    Install(install::Install),
    /// Use it again
    Enable { name: String },
    /// Do not use it for now: charges through it wait
    Disable { name: String },
    /// Use the version that was used before
    Rollback { name: String },
    /// Forget it
    Remove { name: String },
}

impl Plugin {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        match &self.action {
            Action::List { output } => show::list(place, *output),
            Action::Inspect { which, output } => show::inspect(place, which, *output),
            Action::New(new) => new.run(),
            Action::Encode(encode) => encode.run(),
            Action::Test(test) => test.run(place),
            Action::Install(install) => install.run(place),
            Action::Enable { name } => install::enable(place, name),
            Action::Disable { name } => install::disable(place, name),
            Action::Rollback { name } => install::roll_back(place, name),
            Action::Remove { name } => install::remove(place, name),
        }
    }
}

/// A component that is not installed, and its file. An error says what is wrong with it.
fn load(place: &Place, file: &Path) -> anyhow::Result<(Provider, PathBuf)> {
    let file = file.canonicalize().with_context(|| format!("{} cannot be read", file.display()))?;
    let options = HostOptions { files: vec![file.clone()], ..bare_options(place)? };
    let host = PluginHost::new(options)?;
    if let Some(problem) = host.problems().first() {
        bail!("{} is refused: {}", file.display(), problem.error);
    }
    let provider = host.providers().into_iter().next().context("one component was loaded")?;
    Ok((provider, file))
}

/// A host without any plugin, with the limits of this installation. Its data are not touched.
fn bare_options(place: &Place) -> anyhow::Result<HostOptions> {
    let settings = place.settings()?;
    let mut options = plugin_options(&settings, &[], Arc::new(SystemClock));
    // One call at a time is enough, and asks the system for less.
    options.instances = 2;
    if settings.plugins.cache_dir.as_os_str().is_empty() && !settings.data_dir.exists() {
        options.cache_dir = None;
    }
    Ok(options)
}
