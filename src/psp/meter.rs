//! Counts what one call uses. Time here is the machine's monotonic one and only ever measured;
//! the time that business is done by comes from `Clock`.

use std::time::{Duration, Instant};

use super::limits::{CallLimits, LimitPassed};

/// The use of one call so far.
#[derive(Debug)]
pub(super) struct Meter {
    limits: CallLimits,
    started: Instant,
    /// Time inside `http.send`: not the plugin's own.
    waited: Duration,
    host_calls: u32,
    http_requests: u32,
    log_lines: u32,
    log_bytes: usize,
    random_bytes: u32,
}

impl Meter {
    pub fn start(limits: CallLimits) -> Meter {
        Meter {
            limits,
            started: Instant::now(),
            waited: Duration::ZERO,
            host_calls: 0,
            http_requests: 0,
            log_lines: 0,
            log_bytes: 0,
            random_bytes: 0,
        }
    }

    pub fn limits(&self) -> &CallLimits {
        &self.limits
    }

    fn wall_max(&self) -> Duration {
        Duration::from_millis(u64::from(self.limits.wall_ms_max))
    }

    /// What is left of the wall time.
    pub fn wall_left(&self) -> Duration {
        self.wall_max().saturating_sub(self.started.elapsed())
    }

    /// Called again and again while the plugin runs.
    pub fn check_time(&self) -> Result<(), LimitPassed> {
        let passed = self.started.elapsed();
        if passed > self.wall_max() {
            return Err(LimitPassed::new("wall_ms_max", self.limits.wall_ms_max));
        }
        let execution_max = Duration::from_millis(u64::from(self.limits.execution_ms_max));
        if passed.saturating_sub(self.waited) > execution_max {
            let max = self.limits.execution_ms_max;
            return Err(LimitPassed::new("execution_ms_max", max));
        }
        Ok(())
    }

    /// Runs what waits for others; its time is not the plugin's.
    pub fn waiting<T>(&mut self, wait: impl FnOnce() -> T) -> (T, Duration) {
        let begun = Instant::now();
        let value = wait();
        let took = begun.elapsed();
        self.waited += took;
        (value, took)
    }

    pub fn count_host_call(&mut self) -> Result<(), LimitPassed> {
        self.check_time()?;
        let max = self.limits.host_calls_max;
        self.host_calls = within("host_calls_max", self.host_calls, 1, max)?;
        Ok(())
    }

    pub fn count_http_request(&mut self) -> Result<(), LimitPassed> {
        let max = self.limits.http_requests_max;
        self.http_requests = within("http_requests_max", self.http_requests, 1, max)?;
        Ok(())
    }

    pub fn count_log(&mut self, bytes: usize) -> Result<(), LimitPassed> {
        let max = self.limits.log_lines_max;
        self.log_lines = within("log_lines_max", self.log_lines, 1, max)?;
        self.log_bytes = self.log_bytes.saturating_add(bytes);
        if self.log_bytes > self.limits.log_bytes_max {
            let max = self.limits.log_bytes_max;
            return Err(LimitPassed::new("log_bytes_max", max));
        }
        Ok(())
    }

    pub fn count_random(&mut self, bytes: u32) -> Result<(), LimitPassed> {
        let max = self.limits.random_bytes_max;
        self.random_bytes = within("random_bytes_max", self.random_bytes, bytes, max)?;
        Ok(())
    }
}

fn within(name: &'static str, used: u32, more: u32, max: u32) -> Result<u32, LimitPassed> {
    match used.checked_add(more) {
        Some(sum) if sum <= max => Ok(sum),
        Some(_) | None => Err(LimitPassed::new(name, max)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_after_the_last_is_one_too_many() {
        let mut meter = Meter::start(CallLimits { host_calls_max: 2, ..CallLimits::default() });
        assert_eq!(meter.count_host_call(), Ok(()));
        assert_eq!(meter.count_host_call(), Ok(()));
        let passed = meter.count_host_call().unwrap_err();
        assert_eq!(passed.name, "host_calls_max");
    }

    #[test]
    fn waiting_is_not_executing() {
        let mut meter = Meter::start(CallLimits { execution_ms_max: 5, ..CallLimits::default() });
        let spin = |ms| {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(ms) {
                std::hint::spin_loop();
            }
        };
        meter.waiting(|| spin(10));
        assert_eq!(meter.check_time(), Ok(()));
        spin(10);
        let passed = meter.check_time().unwrap_err();
        assert_eq!(passed.name, "execution_ms_max");
    }
}
