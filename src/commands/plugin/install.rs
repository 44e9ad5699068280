//! Using a component, another version of it, the one before, or none.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::{load, show};
use crate::app::plugins::Novelty;
use crate::commands::{Output, Place};
use crate::config::Settings;
use crate::domain::plugin::{InstalledPlugin, Rights};
use crate::startup::{Built, plugin_folder};

#[derive(Args)]
pub struct Install {
    /// The component
    file: PathBuf,
    /// Approve what it asks for without being asked
    #[arg(long)]
    yes: bool,
    /// The memory of one call of it, in MiB, where it shall have less than others
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    memory_mib_max: Option<u32>,
    /// How long one call of it may take, in seconds, where it shall have less than others
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..))]
    call_timeout_s: Option<u32>,
    #[command(flatten)]
    output: Output,
}

impl Install {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let (provider, file) = load(place, &self.file)?;
        let (built, settings) = (place.build()?, place.settings()?);
        let known = built.app.store().read(|read| read.installed_plugin(&provider.name))?;
        let rights = self.rights(&settings, known.as_ref())?;
        let novelty = built.app.compare_plugin(&provider, rights)?;
        let is_quiet = self.output.json;
        if !is_quiet {
            show::ask(&provider);
            limits(&settings, rights);
        }
        let is_approved = match &novelty {
            Novelty::Same => {
                if is_quiet {
                    println!("{}", show::shown(&provider, known.as_ref()));
                } else {
                    println!("\nThis very component is installed already: nothing changes.");
                }
                return Ok(());
            }
            Novelty::New => self.approved("Install it?")?,
            Novelty::Update { from, more } => {
                if !is_quiet {
                    tell_update(from, more);
                }
                more.is_empty() || self.approved("Give it that?")?
            }
        };
        if !is_approved {
            bail!("nothing was installed");
        }
        put(&file, &plugin_folder(&settings), &provider.name, &provider.sha256)?;
        let made = built.app.install_plugin(built.organization.id, &provider, rights)?;
        tidy(&settings, &made)?;
        if is_quiet {
            println!("{}", show::shown(&provider, Some(&made)));
        } else if made.is_enabled {
            let (name, version) = (&made.name, &made.in_use.version);
            println!("\n{name} {version} is in use. A server at work follows.");
        } else {
            let name = &made.name;
            println!("\n{name} is disabled: `recoup plugin enable {name}` uses this version.");
        }
        Ok(())
    }

    /// What is not said stays as it was.
    fn rights(
        &self,
        settings: &Settings,
        known: Option<&InstalledPlugin>,
    ) -> anyhow::Result<Rights> {
        let had = known.map(|plugin| plugin.in_use.rights).unwrap_or_default();
        let rights = Rights {
            memory_mib_max: self.memory_mib_max.or(had.memory_mib_max),
            call_timeout_s: self.call_timeout_s.or(had.call_timeout_s),
        };
        let (memory, seconds) = (settings.plugins.memory_mib_max, settings.plugins.call_timeout_s);
        if self.memory_mib_max.is_some_and(|mib| u64::from(mib) > memory as u64) {
            bail!("no plugin has more than {memory} MiB: raise `plugins.memory_mib_max` first");
        }
        if self.call_timeout_s.is_some_and(|s| u64::from(s) > seconds) {
            bail!("no call takes longer than {seconds} s: raise `plugins.call_timeout_s` first");
        }
        Ok(rights)
    }

    fn approved(&self, question: &str) -> anyhow::Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() || self.output.json {
            bail!("nothing was installed: a person has to approve it; say so with --yes");
        }
        print!("\n{question} [y/N] ");
        io::stdout().flush()?;
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        Ok(matches!(line.trim(), "y" | "Y" | "yes"))
    }
}

fn limits(settings: &Settings, rights: Rights) {
    let all = &settings.plugins;
    let memory = rights.memory_mib_max.map_or(all.memory_mib_max as u64, u64::from);
    let seconds = rights.call_timeout_s.map_or(all.call_timeout_s, u64::from);
    println!("limits:     a call has {memory} MiB of memory and {seconds} s, waiting included");
}

fn tell_update(from: &InstalledPlugin, more: &[String]) {
    println!("\nIt takes the place of {} {}.", from.name, from.in_use.version);
    if more.is_empty() {
        println!("It asks for nothing that was not approved.");
    } else {
        println!("It asks for more than was approved:");
        for sentence in more {
            println!("  - {sentence}");
        }
    }
}

/// Whole or not at all: written beside and renamed. The database names it afterwards.
fn put(file: &Path, folder: &Path, name: &str, sha256: &str) -> anyhow::Result<()> {
    let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    fs::create_dir_all(folder)
        .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    let wanted = folder.join(crate::domain::plugin::file_name(name, sha256));
    let beside = wanted.with_extension("new");
    fs::write(&beside, &bytes)
        .and_then(|()| fs::File::open(&beside)?.sync_all())
        .and_then(|()| fs::rename(&beside, &wanted))
        .with_context(|| format!("{} cannot be written", wanted.display()))
}

/// Versions that nothing goes back to are deleted.
fn tidy(settings: &Settings, plugin: &InstalledPlugin) -> anyhow::Result<()> {
    delete_all_but(settings, &plugin.name, &plugin.file_names())
}

fn delete_all_but(settings: &Settings, name: &str, kept: &[String]) -> anyhow::Result<()> {
    let folder = plugin_folder(settings);
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        if crate::domain::plugin::is_file_of(file, name) && !kept.iter().any(|it| it == file) {
            fs::remove_file(&path).with_context(|| format!("{} stays", path.display()))?;
        }
    }
    Ok(())
}

pub fn enable(place: &Place, name: &str) -> anyhow::Result<()> {
    let built = place.build()?;
    let on = built.app.enable_plugin(built.organization.id, name)?;
    say_if_unusable(&built, &on)?;
    println!("{name} {} is used again", on.in_use.version);
    Ok(())
}

pub fn disable(place: &Place, name: &str) -> anyhow::Result<()> {
    let built = place.build()?;
    built.app.disable_plugin(built.organization.id, name)?;
    println!("{name} is not used any more; what is charged through it waits");
    Ok(())
}

pub fn roll_back(place: &Place, name: &str) -> anyhow::Result<()> {
    let built = place.build()?;
    let back = built.app.roll_back_plugin(built.organization.id, name)?;
    say_if_unusable(&built, &back)?;
    println!("{name} {} is in use again", back.in_use.version);
    Ok(())
}

pub fn remove(place: &Place, name: &str) -> anyhow::Result<()> {
    let (built, settings) = (place.build()?, place.settings()?);
    let gone = built.app.remove_plugin(built.organization.id, name)?;
    delete_all_but(&settings, &gone.name, &[])?;
    println!("{name} is forgotten");
    Ok(())
}

/// Done is done, but a component that does not load is worth an error.
fn say_if_unusable(built: &Built, plugin: &InstalledPlugin) -> anyhow::Result<()> {
    built.app.follow_plugins()?;
    let file = plugin.in_use.file_name(&plugin.name);
    match built.host.problems().iter().find(|problem| problem.file == file) {
        Some(problem) if plugin.is_enabled => bail!("{problem}"),
        Some(_) | None => Ok(()),
    }
}
