//! Cancelling: what becomes of a debt's collecting when somebody calls off the attempt that is
//! out, or the one that failed. Nothing is tried by itself after that; asking again starts anew.

use super::attempt::{Attempt, AttemptState};
use super::recovery::{IdleReason, IllegalMove, Recovery, State};
use super::settle::Debt;
use super::time::Timestamp;

/// The provider has agreed, or nothing ever reached it: this attempt takes no money.
pub fn call_off(
    recovery: Recovery,
    attempt: Attempt,
    debt: Debt,
    now: Timestamp,
) -> (Recovery, Attempt) {
    let was_open = recovery.open_attempt() == Some(attempt.id);
    let attempt =
        Attempt { state: AttemptState::Cancelled { at: now }, updated_at: now, ..attempt };
    let state = match recovery.state {
        State::Charging { .. } if was_open => resting(debt, now),
        State::Waiting { .. } | State::Idle { .. } => resting(debt, now),
        State::Charging { .. } | State::Recovered { .. } | State::Cancelled { .. } => {
            recovery.state
        }
    };
    let recovery = Recovery {
        state,
        not_sent_in_a_row: 0,
        requested_method: None,
        updated_at: now,
        ..recovery
    };
    (recovery, attempt)
}

/// The attempt had failed already: only what was planned is called off.
pub fn stop_trying(recovery: Recovery, now: Timestamp) -> Result<Recovery, IllegalMove> {
    recovery.rest(IdleReason::Held, now)
}

fn resting(debt: Debt, now: Timestamp) -> State {
    debt.end(now).unwrap_or(State::Idle { reason: IdleReason::Held })
}
