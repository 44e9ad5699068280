//! How long a caller waits for a provider. Clients give up after five seconds on some calls, so
//! they are answered before that; what was begun goes on in a thread of its own and is there when
//! they ask again.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::Rules;
use super::ports::PspError;

/// Whoever asks waits for a provider no longer than this in all.
pub const CALLER_WAITS: Duration = Duration::from_millis(4_000);

/// What came of the work, if it came in time. None: it is still being done, or has panicked.
pub fn in_time<T: Send + 'static>(
    rules: &Rules,
    waits: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    if rules.single_threaded {
        return Some(work());
    }
    let (tell, told) = channel();
    std::thread::spawn(move || {
        // Nobody may be there any more to hear of it.
        let _ = tell.send(work());
    });
    match told.recv_timeout(waits) {
        Ok(outcome) => Some(outcome),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => {
            tracing::error!("work that a caller waited for panicked");
            None
        }
    }
}

/// What is said of a provider that is still at it.
pub fn too_slow() -> PspError {
    let seconds = CALLER_WAITS.as_secs();
    PspError::Unknown(format!(
        "the provider has not answered within {seconds} seconds: ask again in a moment"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_is_not_waited_for_and_goes_on() {
        let (go, waits_for) = channel::<()>();
        let (tell, done) = channel();
        let rules = Rules::default();
        let late = in_time(&rules, Duration::from_millis(1), move || {
            let _ = waits_for.recv();
            let _ = tell.send("done");
        });
        assert_eq!(late, None);
        go.send(()).expect("it waits");
        assert_eq!(done.recv(), Ok("done"));
        assert_eq!(in_time(&rules, CALLER_WAITS, || 1), Some(1));
    }

    #[test]
    fn what_panics_is_not_waited_for() {
        assert_eq!(
            in_time(&Rules::default(), CALLER_WAITS, || -> u8 { panic!("as a bug would") }),
            None
        );
    }
}
