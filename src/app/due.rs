//! What is due, and what jobs have done: for whoever moves the clock or looks at the jobs.

use super::App;
use super::collect::CollectError;
use super::crash_point::{CrashPoint, crash_point};
use crate::domain::time::Timestamp;

impl App {
    /// The first time after now at which something waits to be done.
    pub fn next_due(&self) -> Result<Option<Timestamp>, CollectError> {
        let now = self.clock.now();
        Ok(self.store.read(|read| read.next_due_after(now))?)
    }

    pub fn is_anything_due(&self) -> Result<bool, CollectError> {
        let now = self.clock.now();
        Ok(self.store.read(|read| read.is_anything_due(now))?)
    }

    pub fn record_job(&self, name: &'static str, outcome: &str) -> Result<(), CollectError> {
        let (now, outcome) = (self.clock.now(), outcome.to_owned());
        crash_point(CrashPoint::BeforeJobRecord);
        self.store.write(move |tx| tx.record_job(name, now, now, &outcome))?;
        crash_point(CrashPoint::AfterJobRecord);
        Ok(())
    }
}
