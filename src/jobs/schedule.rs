//! Fires the jobs by their cron expressions.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_cron_scheduler::{Job as CronJob, JobScheduler, JobSchedulerError};

use super::runner::Runner;
use super::{JOBS, Job};

#[derive(Debug, thiserror::Error)]
#[error(
    "job `{job}` has the cron expression `{cron}`, which is none: \
     it takes second, minute, hour, day, month, weekday"
)]
pub struct InvalidCron {
    job: String,
    cron: String,
}

/// When each job runs: the table, with the operator's changes.
#[derive(Debug, Clone)]
pub struct Schedule(BTreeMap<&'static str, String>);

impl Schedule {
    /// An unknown job or an expression that cannot be read is refused.
    pub fn with(changes: &BTreeMap<String, String>) -> Result<Schedule, InvalidCron> {
        let mut crons: BTreeMap<&'static str, String> =
            JOBS.iter().map(|job| (job.name, job.cron.to_owned())).collect();
        for (name, cron) in changes {
            let invalid = || InvalidCron { job: name.clone(), cron: cron.clone() };
            let job = super::job(name).ok_or_else(invalid)?;
            crons.insert(job.name, cron.clone());
        }
        for (name, cron) in &crons {
            let invalid = || InvalidCron { job: (*name).to_owned(), cron: cron.clone() };
            parse(cron).ok_or_else(invalid)?;
        }
        Ok(Schedule(crons))
    }

    pub fn cron(&self, job: &Job) -> &str {
        self.0.get(job.name).map_or(job.cron, String::as_str)
    }

    /// The first time after `after_ms` that the job is to run, in milliseconds since 1970.
    pub fn next_after(&self, job: &Job, after_ms: i64) -> Option<i64> {
        let after = chrono::DateTime::from_timestamp_millis(after_ms)?;
        let next = parse(self.cron(job))?.find_next_occurrence(&after, false).ok()?;
        Some(next.timestamp_millis())
    }

    /// Fires until the scheduler that is answered is shut down.
    pub async fn start(&self, runner: &Arc<Runner>) -> Result<JobScheduler, JobSchedulerError> {
        let scheduler = JobScheduler::new().await?;
        for job in JOBS {
            let runner = Arc::clone(runner);
            let fire = CronJob::new_async(self.cron(job), move |_, _| {
                let runner = Arc::clone(&runner);
                Box::pin(async move {
                    // It blocks; a panic in it is reported there and the next tick comes anyway.
                    let _ = tokio::task::spawn_blocking(move || runner.tick(job)).await;
                })
            })?;
            scheduler.add(fire).await?;
        }
        scheduler.start().await?;
        Ok(scheduler)
    }
}

fn parse(cron: &str) -> Option<croner::Cron> {
    croner::parser::CronParser::builder()
        .seconds(croner::parser::Seconds::Required)
        .build()
        .parse(cron)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        Schedule::with(&BTreeMap::new()).expect("our own expressions");
    }

    #[test]
    fn a_wrong_expression_and_an_unknown_job_are_refused_by_name() {
        let wrong = BTreeMap::from([("retry-due".to_owned(), "often".to_owned())]);
        let refused = Schedule::with(&wrong).expect_err("often is no cron").to_string();
        assert!(refused.contains("retry-due") && refused.contains("often"), "{refused}");
        let unknown = BTreeMap::from([("retry-do".to_owned(), "0 * * * * *".to_owned())]);
        assert!(Schedule::with(&unknown).is_err());
    }

    #[test]
    fn the_next_time_is_after_now() {
        let schedule = Schedule::with(&BTreeMap::new()).expect("ours");
        let hourly = super::super::job("mark-overdue").expect("a job");
        assert_eq!(schedule.next_after(hourly, 0), Some(5 * 60_000));
        assert_eq!(schedule.next_after(hourly, 5 * 60_000), Some(65 * 60_000));
    }
}
