//! A bell: whoever makes work for a job rings it, and the job's loop does not wait for its tick.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub struct Wake {
    rings: Mutex<u64>,
    rung: Condvar,
}

impl Wake {
    /// There is new work. Never blocks for long, never fails.
    pub fn ring(&self) {
        let mut rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        *rings += 1;
        drop(rings);
        self.rung.notify_all();
    }

    /// How often it has rung so far: read before looking for work, wait after.
    pub fn rings(&self) -> u64 {
        *self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it has rung more often than `seen`, at most `time`.
    pub fn wait(&self, seen: u64, time: Duration) {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.rung.wait_timeout_while(rings, time, |rings| *rings == seen);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}
