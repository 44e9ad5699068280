//! The clocks. Only this file reads the time of the machine; everything else is given `now`.
//! Deliberately no timer and no sleeping: what is due is found by asking the database.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use chrono::Utc;

use crate::app::ports::Clock;
use crate::domain::time::{Span, Timestamp};

/// The time of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn now(&self) -> Timestamp {
        Timestamp::from_utc(Utc::now())
    }
}

/// Stands still until it is moved by hand.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub const fn at(now: Timestamp) -> TestClock {
        TestClock(AtomicI64::new(now.unix_ms()))
    }

    /// Moves to `now`, backwards too.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.unix_ms(), Ordering::SeqCst);
    }

    /// Moves forward and answers the new time.
    pub fn advance(&self, by: Span) -> Timestamp {
        let before = self.0.fetch_add(by.as_ms(), Ordering::SeqCst);
        Timestamp::from_unix_ms(before).plus(by)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

/// Runs from a given time on, `speed` times as fast as the machine's clock, so that a
/// demonstration shows days in seconds. Never goes back.
#[derive(Debug)]
pub struct FastClock {
    speed: u32,
    start: Timestamp,
    started: Instant,
}

impl FastClock {
    pub fn starting_at(start: Timestamp, speed: u32) -> FastClock {
        FastClock { speed, start, started: Instant::now() }
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let real_ms = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        let passed_ms = real_ms.saturating_mul(i64::from(self.speed));
        Timestamp::from_unix_ms(self.start.unix_ms().saturating_add(passed_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_clock_moves_only_by_hand() {
        let clock = TestClock::at(Timestamp::from_unix_ms(1000));
        assert_eq!(clock.now().unix_ms(), 1000);
        assert_eq!(clock.advance(Span::seconds(2)).unix_ms(), 3000);
        assert_eq!(clock.now().unix_ms(), 3000);
        clock.set(Timestamp::from_unix_ms(5));
        assert_eq!(clock.now().unix_ms(), 5);
    }

    #[test]
    fn a_fast_clock_runs_ahead_of_the_machine() {
        let clock = FastClock::starting_at(Timestamp::from_unix_ms(0), 1_000_000);
        let first = clock.now();
        let started = Instant::now();
        while started.elapsed().as_millis() < 2 {
            std::hint::spin_loop();
        }
        assert!(clock.now().since(first).as_ms() >= 1_000_000);
    }
}
