//! What one call of a plugin may use. The defaults are the documented ones.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Limits of one call. A passed limit ends the call and is named in the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Of the plugin's linear memory.
    pub memory_bytes_max: usize,
    /// Time in the plugin's own code; waiting for a provider is not counted.
    pub execution_ms_max: u32,
    /// Time from beginning to end, waiting included.
    pub wall_ms_max: u32,
    /// Calls of any host function.
    pub host_calls_max: u32,
    pub http_requests_max: u32,
    /// For one exchange, where the plugin names no time-out.
    pub http_timeout_ms: u32,
    /// For one exchange, whatever the plugin names.
    pub http_timeout_ms_max: u32,
    /// For name look-up, TCP and TLS together.
    pub connect_timeout_ms: u32,
    pub request_body_bytes_max: usize,
    pub response_body_bytes_max: usize,
    pub log_lines_max: u32,
    pub log_bytes_max: usize,
    /// Of all `random.bytes` together.
    pub random_bytes_max: u32,
    /// What the plugin may hand to the host at once: an answer, or the arguments of one host call.
    pub answer_bytes_max: usize,
}

impl Default for CallLimits {
    fn default() -> CallLimits {
        CallLimits {
            memory_bytes_max: 64 << 20,
            execution_ms_max: 2_000,
            wall_ms_max: 60_000,
            host_calls_max: 2_000,
            http_requests_max: 32,
            http_timeout_ms: 30_000,
            http_timeout_ms_max: 50_000,
            connect_timeout_ms: 5_000,
            request_body_bytes_max: 1 << 20,
            response_body_bytes_max: 4 << 20,
            log_lines_max: 200,
            log_bytes_max: 64 << 10,
            random_bytes_max: 64 << 10,
            answer_bytes_max: 8 << 20,
        }
    }
}

impl CallLimits {
    pub(super) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(u64::from(self.connect_timeout_ms))
    }

    /// What one exchange may take, given what the plugin asked for.
    pub(super) fn http_timeout(&self, asked_ms: Option<u32>) -> Duration {
        let ms = asked_ms.unwrap_or(self.http_timeout_ms);
        Duration::from_millis(u64::from(ms.min(self.http_timeout_ms_max)))
    }
}

/// Ends a call. The name is the one in `CallLimits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the plugin passed its limit `{name}` of {max}")]
pub(super) struct LimitPassed {
    pub name: &'static str,
    pub max: u64,
}

impl LimitPassed {
    pub fn new(name: &'static str, max: impl TryInto<u64>) -> LimitPassed {
        LimitPassed { name, max: max.try_into().unwrap_or(u64::MAX) }
    }
}

/// The elements of one table; as many as the pool of instances has room for.
pub(super) const TABLE_ELEMENTS_MAX: usize = 20_000;

/// Lets memory and tables of one call grow up to their limits.
#[derive(Debug)]
pub(super) struct Growth {
    memory_bytes_max: usize,
    /// Of all memories together: some languages have more than one.
    memory_bytes: usize,
}

impl Growth {
    pub fn up_to(memory_bytes_max: usize) -> Growth {
        Growth { memory_bytes_max, memory_bytes: 0 }
    }
}

impl ResourceLimiter for Growth {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let all = self.memory_bytes.saturating_add(more);
        if all > self.memory_bytes_max {
            return Err(LimitPassed::new("memory_bytes_max", self.memory_bytes_max).into());
        }
        self.memory_bytes = all;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > TABLE_ELEMENTS_MAX {
            return Err(LimitPassed::new("table elements", TABLE_ELEMENTS_MAX).into());
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_cannot_ask_for_more_time_than_there_is() {
        let limits = CallLimits::default();
        let max = Duration::from_millis(u64::from(limits.http_timeout_ms_max));
        assert_eq!(limits.http_timeout(Some(u32::MAX)), max);
        assert_eq!(limits.http_timeout(Some(7)), Duration::from_millis(7));
        assert!(limits.http_timeout(None) < max);
    }

    #[test]
    fn growing_past_the_limit_names_it() {
        let mut growth = Growth::up_to(10);
        assert!(matches!(growth.memory_growing(0, 6, None), Ok(true)));
        // A second memory of the same call.
        assert!(matches!(growth.memory_growing(0, 4, None), Ok(true)));
        for (current, desired) in [(6, 7), (4, 5), (0, 1)] {
            let error = growth.memory_growing(current, desired, None).unwrap_err();
            assert!(error.to_string().contains("memory_bytes_max"), "{error}");
        }
    }
}
