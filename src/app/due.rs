//! What is due, and what jobs have done: for whoever moves the clock or looks at the jobs.

use super::App;
use super::collect::CollectError;
use super::crash_point::{CrashPoint, crash_point};
use crate::domain::time::{Span, Timestamp};

impl App {
    /// The first time after now at which something waits to be done.
    pub fn next_due(&self) -> Result<Option<Timestamp>, CollectError> {
        let now = self.clock.now();
        let work = self.store.read(|read| read.next_due_after(now))?;
        let told = self.next_to_tell(now)?.filter(|at| *at > now);
        Ok(work.into_iter().chain(told).min())
    }

    pub fn is_anything_due(&self) -> Result<bool, CollectError> {
        let now = self.clock.now();
        let is_told = self.next_to_tell(now)?.is_some_and(|at| at <= now);
        Ok(is_told || self.store.read(|read| read.is_anything_due(now))?)
    }

    /// When an attempt is to be told ahead. None: none is, or a setting says that none are.
    fn next_to_tell(&self, now: Timestamp) -> Result<Option<Timestamp>, CollectError> {
        let ahead = self.rules.attempt_due_ahead;
        if ahead == Span::ZERO {
            return Ok(None);
        }
        let first = self.store.read(|read| read.first_to_announce(now))?;
        Ok(first.map(|at| at.minus(ahead)))
    }

    pub fn record_job(&self, name: &'static str, outcome: &str) -> Result<(), CollectError> {
        let (now, outcome) = (self.clock.now(), outcome.to_owned());
        crash_point(CrashPoint::BeforeJobRecord);
        self.store.write(move |tx| tx.record_job(name, now, now, &outcome))?;
        crash_point(CrashPoint::AfterJobRecord);
        Ok(())
    }
}
