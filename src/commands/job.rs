//! `recoup job`: what runs by itself.

use clap::{Args, Subcommand};

use super::Place;
use crate::jobs::{JOBS, Runner, Schedule};

#[derive(Args)]
pub struct Job {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Run one job now, beside a server or without one
    Run { name: String },
    /// List the jobs, when they run, and what the last run did
    List,
}

impl Job {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let built = place.build()?;
        match &self.action {
            Action::Run { name } => {
                let line = Runner::new(built.app).run(name)?;
                println!("{name}: {line}");
                Ok(())
            }
            Action::List => {
                let schedule = Schedule::with(&place.settings()?.jobs)?;
                let records = built.app.store().read(|read| read.job_records())?;
                for job in JOBS {
                    let record = records.iter().find(|record| record.name == job.name);
                    let last = record.and_then(|record| record.last_outcome.clone());
                    let last = last.unwrap_or_else(|| "has not run yet".to_owned());
                    println!("{}\t{}\t{last}", job.name, schedule.cron(job));
                }
                Ok(())
            }
        }
    }
}
