//! `recoup policy`: policies as files, and those that are kept.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Output, Place};
use crate::app::policies::{OnWhat, RATES_DAYS};
use crate::wire::recoup::backtest::{TrialShape, trial};
use crate::wire::recoup::failures_csv;
use crate::wire::recoup::policy::presets::{preset, presets};
use crate::wire::recoup::policy::shapes;
use crate::wire::recoup::policy::{HolidayFiles, Severity, check};

#[derive(Args)]
pub struct Policy {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say what is wrong with a policy, line by line
    Check {
        /// The policy; its holiday files are looked for beside it
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Say what a policy would have come to with the failures that are known
    Try {
        /// The policy; its holiday files are looked for beside it
        file: PathBuf,
        /// Failures of another system, an attempt a line; without it, those that were recorded
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
        /// Failures that were recorded in so many days
        #[arg(long, value_name = "N", default_value_t = RATES_DAYS, conflicts_with = "csv",
              value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
        #[command(flatten)]
        output: Output,
    },
    /// Print a policy as a file
    Show {
        /// Such as `standard`
        code: String,
        /// An earlier version than the latest
        #[arg(long)]
        at_version: Option<u32>,
    },
    /// List the policies, those that come with recoup included
    List {
        #[command(flatten)]
        output: Output,
    },
}

impl Policy {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        match &self.action {
            Action::Check { file, output } => check_file(file, *output),
            Action::Try { file, csv, days, output } => {
                try_file(place, file, (csv.as_deref(), *days), *output)
            }
            Action::Show { code, at_version } => show(place, code, *at_version),
            Action::List { output } => list(place, *output),
        }
    }
}

fn check_file(file: &Path, output: Output) -> anyhow::Result<()> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("the policy {} cannot be read", file.display()))?;
    let checked = check(&text, &beside(file, &text));
    let errors =
        checked.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if output.json {
        let findings = serde_json::to_value(shapes::findings(&checked.findings))?;
        println!("{}", json!({ "ok": errors == 0, "findings": findings }));
    } else {
        for finding in &checked.findings {
            println!("{}:{finding}", file.display());
        }
    }
    match errors {
        0 if !output.json => println!("{}: it can be used", file.display()),
        0 => {}
        1 => bail!("one thing is wrong with {}", file.display()),
        count => bail!("{count} things are wrong with {}", file.display()),
    }
    Ok(())
}

fn try_file(
    place: &Place,
    file: &Path,
    (csv, days): (Option<&Path>, u32),
    output: Output,
) -> anyhow::Result<()> {
    let read = |file: &Path| {
        fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
    };
    let text = read(file)?;
    let checked = check(&text, &beside(file, &text));
    let Some(policy) = checked.policy else {
        for finding in &checked.findings {
            eprintln!("{}:{finding}", file.display());
        }
        bail!("{} cannot be used: look at the lines above", file.display());
    };
    let on = match csv {
        None => OnWhat::Recorded { days },
        Some(csv) => match failures_csv::read(&read(csv)?) {
            Ok(failures) => OnWhat::Given(failures),
            Err(faults) => {
                for fault in &faults {
                    eprintln!("{}: {fault}", csv.display());
                }
                bail!("{} cannot be used: look at the lines above", csv.display());
            }
        },
    };
    let built = place.build()?;
    let tried = built.app.try_policy(built.organization.id, &policy, on)?;
    let told = trial(&tried.backtest, tried.is_cut, tried.rates_are_recorded);
    if output.json {
        println!("{}", serde_json::to_string_pretty(&told)?);
    } else {
        print_trial(&told);
    }
    Ok(())
}

fn print_trial(trial: &TrialShape) {
    println!("failures: {}", trial.failures);
    println!("attempts: {} (they really had {})", trial.attempts.words(), trial.attempts_recorded);
    let network = &trial.network;
    println!(
        "network: at most {} declines of one instrument in {} days, of {}; {} instruments beyond",
        network.declines_most,
        network.within_days,
        network.declines_max,
        network.instruments_beyond
    );
    for money in &trial.money {
        println!(
            "{}: {} of {} minor units recovered (retries really brought {})",
            money.currency,
            money.recovered_amount_cents.words(),
            money.failed_amount_cents,
            money.recorded_amount_cents
        );
        for day in &money.by_day {
            println!("  by day {}: {}", day.day, day.recovered_amount_cents.words());
        }
    }
    for note in &trial.notes {
        println!("{note}");
    }
}

/// The holiday files that the text may name: what is not there the check says.
fn beside(file: &Path, text: &str) -> HolidayFiles {
    let folder = file.parent().unwrap_or(Path::new("."));
    let named = text.parse::<toml::Table>().ok().and_then(|table| {
        let files = table.get("when")?.get("holiday_files")?.as_array()?;
        Some(files.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect::<Vec<_>>())
    });
    let read = |name: String| {
        let text = fs::read_to_string(folder.join(&name)).ok()?;
        Some((name, text))
    };
    named.unwrap_or_default().into_iter().filter_map(read).collect()
}

fn show(place: &Place, code: &str, version: Option<u32>) -> anyhow::Result<()> {
    let ready = preset(code);
    // What comes with recoup can be shown before there is any data.
    if let (Some(ready), None) = (&ready, version)
        && !place.settings()?.data_dir.exists()
    {
        print!("{}", ready.source);
        return Ok(());
    }
    let built = place.build()?;
    let organization = built.organization.id;
    let own = built.app.store().read(|read| read.policy_version(organization, code, version))?;
    let source = match (own, ready, version) {
        (Some(own), _, _) => own.source,
        (None, Some(ready), None | Some(0)) => ready.source.to_owned(),
        (None, _, _) => bail!("there is no policy `{code}`; `recoup policy list` names them"),
    };
    print!("{source}");
    Ok(())
}

fn list(place: &Place, output: Output) -> anyhow::Result<()> {
    let own = if place.settings()?.data_dir.exists() {
        let built = place.build()?;
        let organization = built.organization.id;
        built.app.store().read(|read| read.policies(organization))?
    } else {
        vec![]
    };
    let mut rows: Vec<(String, u32)> = own
        .iter()
        .map(|version| (version.policy.name.code.clone(), version.policy.name.version))
        .collect();
    for ready in presets() {
        let code = ready.policy.name.code;
        if !rows.iter().any(|(known, _)| *known == code) {
            rows.push((code, 0));
        }
    }
    if output.json {
        let all: Vec<Value> = rows
            .iter()
            .map(|(code, version)| json!({ "code": code, "version": version }))
            .collect();
        println!("{}", Value::Array(all));
        return Ok(());
    }
    for (code, version) in rows {
        match version {
            0 => println!("{code}\tcomes with recoup"),
            version => println!("{code}\tversion {version}"),
        }
    }
    Ok(())
}
