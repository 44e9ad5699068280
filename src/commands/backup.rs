//! `recoup backup`: one file each, made beside a running server.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;

use super::audit::Told;
use super::{Output, Place};
use crate::app::ports::Clock;
use crate::clock::SystemClock;
use crate::domain::audit::Violation;
use crate::store::DATABASE_FILE;
use crate::store::backups::{
    Manifest, Restored, Verified, create, file_name, keep_newest, list, restore, verify,
};

const MASTER_KEY: &str = "The master key is not in it. Keep a copy of it apart from the backups: \
                          without it the secrets of connections cannot be opened.";

#[derive(Args)]
pub struct Backup {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make one, beside a running server, and check it
    Create {
        /// Where to; otherwise in the folder of the settings, where the oldest are removed
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Check that a file is whole and could be restored
    Verify {
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Put a backup in the place of the database; what it replaces is kept
    Restore { file: PathBuf },
    /// List those in the folder of the settings, newest first
    List(Output),
}

impl Backup {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let settings = place.settings()?;
        let limit = settings.rules().network_limit;
        let folder = settings.backup_folder();
        let now = SystemClock.now();
        match &self.action {
            Action::Create { to, output } => {
                let path = to.clone().unwrap_or_else(|| folder.join(file_name(now)));
                let made = create(&settings.data_dir.join(DATABASE_FILE), &path, limit, now)?;
                if to.is_none() {
                    keep_newest(&folder, settings.backup.keep_max)?;
                }
                say_made(*output, &path, &made)
            }
            Action::Verify { file, output } => say_verified(*output, file, &verify(file, limit)?),
            Action::Restore { file } => {
                say_restored(file, &restore(file, &settings.data_dir, limit, now)?);
                Ok(())
            }
            Action::List(output) => say_list(*output, &list(&folder)?),
        }
    }
}

fn say_made(
    output: Output,
    path: &Path,
    (manifest, verified): &(Manifest, Verified),
) -> anyhow::Result<()> {
    let violations = shown(&verified.violations);
    let told = json!({ "file": path, "manifest": manifest, "violations": violations });
    let made = format!("{} ({} bytes) is made and checked.", path.display(), manifest.bytes);
    say(output, &told, &[made, found(&verified.violations), MASTER_KEY.to_owned()])
}

fn say_verified(output: Output, file: &Path, verified: &Verified) -> anyhow::Result<()> {
    let told = json!({
        "file": file,
        "schema": verified.schema,
        "manifest": verified.manifest,
        "violations": shown(&verified.violations),
    });
    let unchanged = match &verified.manifest {
        Some(manifest) => format!("made {}, unchanged since", manifest.created_at),
        None => "without a manifest, so nobody can tell whether it changed".to_owned(),
    };
    let line = format!("{} is whole: {unchanged}.", file.display());
    say(output, &told, &[line, found(&verified.violations)])?;
    match verified.violations.len() {
        0 => Ok(()),
        many => bail!("its books have {many} violations"),
    }
}

fn say_restored(file: &Path, restored: &Restored) {
    println!("{} is the database now.", file.display());
    if let Some(aside) = &restored.replaced {
        println!("What it replaced is kept as {}.", aside.display());
    }
    println!("{}", found(&restored.verified.violations));
    println!(
        "If anything was charged since it was made, recoup starts in hold: \
         run `recoup reconcile` then."
    );
}

fn say_list(output: Output, backups: &[(PathBuf, Manifest)]) -> anyhow::Result<()> {
    let each = backups.iter().map(|(path, manifest)| json!({ "file": path, "manifest": manifest }));
    let told: Vec<_> = each.collect();
    let line = |(path, manifest): &(PathBuf, Manifest)| {
        format!("{}\t{} bytes\t{}", manifest.created_at, manifest.bytes, path.display())
    };
    let lines: Vec<String> = backups.iter().map(line).collect();
    say(output, &json!({ "backups": told }), &lines)
}

fn shown(violations: &[Violation]) -> Vec<Told> {
    violations.iter().map(Told::of).collect()
}

fn found(violations: &[Violation]) -> String {
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    if lines.is_empty() { "The audit finds nothing wrong.".to_owned() } else { lines.join("\n") }
}

fn say(output: Output, told: &serde_json::Value, lines: &[String]) -> anyhow::Result<()> {
    if output.json {
        println!("{}", serde_json::to_string_pretty(told)?);
    } else {
        lines.iter().for_each(|line| println!("{line}"));
    }
    Ok(())
}
