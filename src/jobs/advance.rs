//! A clock that stands still and is moved by hand: every retry, webhook and job that is due on
//! the way happens, in order, at its time.

use std::sync::{Arc, Mutex, PoisonError};

use super::runner::{JobError, Runner};
use super::schedule::Schedule;
use super::{JOBS, Job};
use crate::app::App;

/// Jobs that look at the calendar and so run when their cron says, not when something is due.
const HOURLY: [&str; 2] = ["mark-overdue", "run-dunning"];

/// At one point in time work may make more work; so many rounds of it are done there.
const ROUNDS_MAX: u32 = 100;

#[derive(Debug, thiserror::Error)]
pub enum AdvanceError {
    #[error("the clock cannot go back")]
    Backwards,
    #[error(transparent)]
    Job(#[from] JobError),
    #[error("the database could not be asked what is due")]
    Store(#[source] crate::app::collect::CollectError),
}

/// What moves with the clock. Times are milliseconds since 1970.
pub struct Hands {
    pub set: Box<dyn Fn(i64) + Send + Sync>,
    /// When something outside, such as the pretend PSP, is due next.
    pub others_due: Box<dyn Fn() -> Option<i64> + Send + Sync>,
    /// Does what is due outside.
    pub run_others: Box<dyn Fn() + Send + Sync>,
}

pub struct Timeline {
    runner: Arc<Runner>,
    schedule: Schedule,
    hands: Hands,
    /// One advance at a time.
    moving: Mutex<()>,
}

impl Timeline {
    pub fn new(runner: Arc<Runner>, schedule: Schedule, hands: Hands) -> Timeline {
        Timeline { runner, schedule, hands, moving: Mutex::new(()) }
    }

    fn app(&self) -> &App {
        self.runner.app()
    }

    fn now_ms(&self) -> i64 {
        self.app().now().unix_ms()
    }

    /// Answers when everything due until then has run.
    pub fn advance_to(&self, target_ms: i64) -> Result<(), AdvanceError> {
        let _moving = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        if target_ms < self.now_ms() {
            return Err(AdvanceError::Backwards);
        }
        self.run_everything()?;
        while let Some((next_ms, crons)) = self.next_stop()?
            && next_ms <= target_ms
        {
            (self.hands.set)(next_ms);
            for job in &crons {
                self.runner.run_unrecorded(job)?;
            }
            // Most stops are an hourly job that finds nothing.
            if crons.is_empty() || self.is_anything_due()? {
                self.run_everything()?;
            }
        }
        (self.hands.set)(target_ms);
        self.run_everything()
    }

    /// When something is due next, and which jobs are by their cron expressions.
    fn next_stop(&self) -> Result<Option<(i64, Vec<&'static Job>)>, AdvanceError> {
        let now_ms = self.now_ms();
        let work = self.app().next_due().map_err(AdvanceError::Store)?;
        let others = (self.hands.others_due)().filter(|due| *due > now_ms);
        let crons: Vec<(i64, &'static Job)> = JOBS
            .iter()
            .filter(|job| HOURLY.contains(&job.name))
            .filter_map(|job| Some((self.schedule.next_after(job, now_ms)?, job)))
            .collect();
        let earliest = work
            .map(|due| due.unix_ms())
            .into_iter()
            .chain(others)
            .chain(crons.iter().map(|(due, _)| *due))
            .min();
        Ok(earliest.map(|at| {
            let due = crons.into_iter().filter(|(due, _)| *due == at);
            (at, due.map(|(_, job)| job).collect())
        }))
    }

    /// Until nothing is due at this point in time any more.
    fn run_everything(&self) -> Result<(), AdvanceError> {
        for _ in 0..ROUNDS_MAX {
            (self.hands.run_others)();
            for job in JOBS.iter().filter(|job| !HOURLY.contains(&job.name)) {
                self.runner.run_unrecorded(job)?;
            }
            if !self.is_anything_due()? {
                return Ok(());
            }
        }
        tracing::warn!("something stays due although its job ran");
        Ok(())
    }

    fn is_anything_due(&self) -> Result<bool, AdvanceError> {
        let others = (self.hands.others_due)().is_some_and(|due| due <= self.now_ms());
        Ok(others || self.app().is_anything_due().map_err(AdvanceError::Store)?)
    }
}
