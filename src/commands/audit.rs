//! `recoup audit`: whether the rules of collecting hold. It reads only, beside a server or without
//! one.

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;

use super::{Output, Place};
use crate::app::audit::{Compared, Comparing};
use crate::domain::audit::Violation;
use crate::domain::time::Span;
use crate::store::{DATABASE_FILE, audit_file, checks_count};

#[derive(Args)]
pub struct Audit {
    #[command(flatten)]
    output: Output,
    /// Also ask the payment providers what they know of the attempts of the last days
    #[arg(long)]
    psp: bool,
    /// With --psp: attempts that began in so many days
    #[arg(long, value_name = "N", default_value_t = 7, requires = "psp")]
    days: u32,
    /// With --psp: at most so many attempts, the newest first
    #[arg(long, value_name = "N", default_value_t = 10_000, requires = "psp")]
    attempts_max: u32,
}

#[derive(Serialize)]
struct Report {
    questions: usize,
    /// None: no provider was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    providers: Option<Asked>,
    violations: Vec<Told>,
}

#[derive(Serialize)]
struct Asked {
    attempts: u64,
    not_told: u64,
}

#[derive(Serialize)]
pub struct Told {
    invariant: &'static str,
    rule: &'static str,
    code: &'static str,
    subjects: Vec<Subject>,
    wrong: String,
    remedy: &'static str,
}

#[derive(Serialize)]
struct Subject {
    kind: String,
    id: String,
}

impl Told {
    pub fn of(violation: &Violation) -> Told {
        let subject =
            |(kind, id): &(String, String)| Subject { kind: kind.clone(), id: id.clone() };
        Told {
            invariant: violation.invariant.as_str(),
            rule: violation.invariant.sentence(),
            code: violation.code,
            subjects: violation.subjects.iter().map(subject).collect(),
            wrong: violation.wrong.clone(),
            remedy: violation.remedy,
        }
    }
}

impl Audit {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let settings = place.settings()?;
        let path = settings.data_dir.join(DATABASE_FILE);
        if !path.is_file() {
            bail!("there is no database at {}: name its folder with --data-dir", path.display());
        }
        let limit = settings.rules().network_limit;
        let mut violations = audit_file(&path, limit).context("the database cannot be audited")?;
        let compared = if self.psp { Some(self.compare(place)?) } else { None };
        if let Some(compared) = &compared {
            violations.extend(compared.violations.iter().cloned());
        }
        let report = Report {
            questions: checks_count(),
            providers: compared
                .map(|compared| Asked { attempts: compared.asked, not_told: compared.untold }),
            violations: violations.iter().map(Told::of).collect(),
        };
        if self.output.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            report.print(&violations);
        }
        match violations.len() {
            0 => Ok(()),
            1 => bail!("1 violation was found"),
            many => bail!("{many} violations were found"),
        }
    }

    fn compare(&self, place: &Place) -> anyhow::Result<Compared> {
        let comparing = Comparing { back: Span::days(self.days), attempts_max: self.attempts_max };
        Ok(place.build()?.app.compare_with_providers(comparing)?)
    }
}

impl Report {
    fn print(&self, violations: &[Violation]) {
        for violation in violations {
            println!("{violation}");
        }
        println!("{} questions were asked of the database.", self.questions);
        if let Some(Asked { attempts, not_told }) = &self.providers {
            println!(
                "Providers were asked about {attempts} attempts; of {not_told} they could not tell."
            );
        }
        if violations.is_empty() {
            println!("Everything holds.");
        }
    }
}
