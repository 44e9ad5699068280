//! Bells: whoever makes work rings, and the loop that does the work does not wait for its tick.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub struct Wake {
    work: Bell,
    news: Bell,
}

impl Wake {
    /// There may be something to charge, to digest or to tell.
    pub fn ring(&self) {
        self.work.ring();
        self.news.ring();
    }

    /// There is something to tell, but nothing new to charge.
    pub fn ring_news(&self) {
        self.news.ring();
    }

    pub fn work(&self) -> &Bell {
        &self.work
    }

    pub fn news(&self) -> &Bell {
        &self.news
    }
}

#[derive(Debug, Default)]
pub struct Bell {
    rings: Mutex<u64>,
    rung: Condvar,
}

impl Bell {
    fn ring(&self) {
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
