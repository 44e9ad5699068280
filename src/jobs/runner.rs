//! Runs one job, never twice at the same time in one process, and writes down what it did.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, TryLockError};

use super::{JOBS, Job, job};
use crate::app::App;
use crate::app::collect::CollectError;

#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error("there is no job named `{0}`")]
    Unknown(String),
    #[error("the job failed")]
    Failed(#[source] CollectError),
}

pub struct Runner {
    app: App,
    running: HashMap<&'static str, Mutex<()>>,
}

impl Runner {
    pub fn new(app: App) -> Runner {
        Runner { app, running: JOBS.iter().map(|job| (job.name, Mutex::new(()))).collect() }
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    /// Runs it now, after a run that is going on. Answers in a line what it did.
    pub fn run(&self, name: &str) -> Result<String, JobError> {
        let job = job(name).ok_or_else(|| JobError::Unknown(name.to_owned()))?;
        let lock = self.running.get(job.name).expect("every job has its lock");
        let _running = lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.run_and_record(job)
    }

    /// Runs it unless it is running: that run does what there is to do.
    pub fn tick(&self, job: &Job) {
        let lock = self.running.get(job.name).expect("every job has its lock");
        let _running = match lock.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if let Err(error) = self.run_and_record(job) {
            tracing::error!(
                job = job.name,
                error = &error as &dyn std::error::Error,
                "a job failed"
            );
        }
    }

    /// Like `tick`, without a record: for the loops that look every second.
    pub fn glance(&self, job: &Job) {
        let lock = self.running.get(job.name).expect("every job has its lock");
        let Ok(_running) = lock.try_lock() else { return };
        if let Err(error) = (job.run)(&self.app) {
            tracing::error!(job = job.name, %error, "a job failed");
        }
    }

    /// Runs it now, after a run that is going on, and writes nothing down: for whoever runs jobs
    /// thousands of times while moving the clock.
    pub(super) fn run_unrecorded(&self, job: &Job) -> Result<(), JobError> {
        let lock = self.running.get(job.name).expect("every job has its lock");
        let _running = lock.lock().unwrap_or_else(PoisonError::into_inner);
        (job.run)(&self.app).map(|_| ()).map_err(JobError::Failed)
    }

    fn run_and_record(&self, job: &Job) -> Result<String, JobError> {
        let outcome = (job.run)(&self.app);
        let line = match &outcome {
            Ok(line) => line.clone(),
            Err(error) => format!("failed: {error}"),
        };
        tracing::debug!(job = job.name, line, "a job ran");
        if let Err(error) = self.app.record_job(job.name, &line) {
            tracing::warn!(job = job.name, %error, "a job's run could not be recorded");
        }
        outcome.map_err(JobError::Failed)
    }
}
