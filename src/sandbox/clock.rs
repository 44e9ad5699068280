//! Where the pretend PSP gets its time from: the system, or whoever embeds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone)]
pub enum Clock {
    /// The system's, set forward by so many milliseconds.
    System { ahead_ms: Arc<AtomicI64> },
    /// Asked each time. It may stand still and jump forward; `Sandbox::run_due` then does what
    /// became due.
    Given(Arc<dyn Fn() -> i64 + Send + Sync>),
}

impl Clock {
    pub fn system() -> Self {
        Self::System { ahead_ms: Arc::default() }
    }

    pub fn given(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self::Given(Arc::new(now_ms))
    }

    pub fn now_ms(&self) -> i64 {
        match self {
            Self::System { ahead_ms } => system_ms() + ahead_ms.load(Ordering::Relaxed),
            Self::Given(now_ms) => now_ms(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where the sandbox reads the clock")]
fn system_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
