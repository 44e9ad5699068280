//! What a person does to the collecting of debts: pause it, resume it, stop it, move its next
//! attempt.

use super::decline::text_enum;
use super::id::CustomerId;
use super::payment::PayableId;
use super::recovery::{IdleReason, Recovery, State, WaitReason};
use super::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Nothing new is tried until it is resumed. An attempt that is open goes on.
    Pause,
    /// What was paused goes on as planned; what was stopped is tried again.
    Resume,
    /// Nothing is tried by itself any more, whatever comes. The debt stays owed.
    Stop,
    MoveTo(Timestamp),
}

text_enum!(
    /// Why a command is not carried out.
    Refused {
        /// What comes of it has to be known first.
        AttemptOpen = "attempt_open",
        /// There is nothing to collect any more.
        Ended = "ended",
        /// A provider could not be asked about it after a restore.
        Held = "held",
        /// It is charged once; there is nothing to stop.
        PaymentRequest = "payment_request",
        NothingPlanned = "nothing_planned",
    }
);

impl Refused {
    pub const fn sentence(self) -> &'static str {
        match self {
            Refused::AttemptOpen => {
                "an attempt is open: pause it, or wait until its outcome is known"
            }
            Refused::Ended => "the debt is settled or cancelled: there is nothing to collect",
            Refused::Held => {
                "the debt is held since a restore: release it under /recoup/v1/hold/debts"
            }
            Refused::PaymentRequest => "a payment request is charged once and cannot be stopped",
            Refused::NothingPlanned => {
                "no attempt is planned that could be moved: ask for a retry of the invoice"
            }
        }
    }
}

/// The debts of a customer are not collected for now, the later ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionPause {
    pub customer_id: CustomerId,
    pub reason: Option<String>,
    pub paused_at: Timestamp,
}

impl Recovery {
    /// None: it is so already.
    pub fn control(self, command: Command, now: Timestamp) -> Result<Option<Recovery>, Refused> {
        if self.is_ended() {
            return Err(Refused::Ended);
        }
        let is_stopped = self.state == State::Idle { reason: IdleReason::Stopped };
        match command {
            Command::Pause if self.paused => Ok(None),
            Command::Pause => Ok(Some(Recovery { paused: true, updated_at: now, ..self })),
            Command::Resume if is_stopped => {
                let state = State::Waiting { next_attempt_at: now, reason: WaitReason::Requested };
                Ok(Some(Recovery { state, paused: false, updated_at: now, ..self }))
            }
            Command::Resume if !self.paused => Ok(None),
            Command::Resume => Ok(Some(Recovery { paused: false, updated_at: now, ..self })),
            Command::Stop | Command::MoveTo(_) if self.open_attempt().is_some() => {
                Err(Refused::AttemptOpen)
            }
            Command::Stop if is_stopped || self.is_left_to_the_payer() => Ok(None),
            Command::Stop => match self.payable {
                PayableId::PaymentRequest(_) => Err(Refused::PaymentRequest),
                PayableId::Invoice(_) => {
                    let state = State::Idle { reason: IdleReason::Stopped };
                    let requested_method = None;
                    Ok(Some(Recovery { state, requested_method, updated_at: now, ..self }))
                }
            },
            Command::MoveTo(_) if !is_stopped && !self.is_waiting() => Err(Refused::NothingPlanned),
            Command::MoveTo(next_attempt_at) => {
                let state = State::Waiting { next_attempt_at, reason: WaitReason::Moved };
                let changed = state != self.state;
                Ok(changed.then_some(Recovery { state, updated_at: now, ..self }))
            }
        }
    }
}

impl Recovery {
    const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// Nothing is tried by itself anyway, whatever comes.
    const fn is_left_to_the_payer(&self) -> bool {
        matches!(self.state, State::Idle { reason: IdleReason::Manual | IdleReason::Uncollectible })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::AttemptId;
    use crate::domain::recovery::{First, RecoveredBy};
    use crate::domain::samples::{self, at};

    #[test]
    fn a_pause_keeps_the_plan_and_resuming_goes_on_with_it() {
        let waiting = samples::recovery(First::ChargeNow);
        let paused = waiting.clone().control(Command::Pause, at(1)).expect("free").expect("new");
        assert!(paused.paused && paused.state == waiting.state);
        assert_eq!(paused.clone().control(Command::Pause, at(2)), Ok(None));
        let resumed = paused.control(Command::Resume, at(3)).expect("free").expect("new");
        assert_eq!((resumed.paused, resumed.state), (false, waiting.state));
        assert_eq!(resumed.control(Command::Resume, at(4)), Ok(None));
    }

    #[test]
    fn what_is_stopped_rests_until_it_is_resumed_or_moved() {
        let waiting = samples::recovery(First::ChargeNow);
        let stopped = waiting.control(Command::Stop, at(1)).expect("free").expect("new");
        assert_eq!(stopped.state, State::Idle { reason: IdleReason::Stopped });
        assert_eq!(stopped.clone().control(Command::Stop, at(2)), Ok(None));
        let resumed = stopped.clone().control(Command::Resume, at(2)).expect("free").expect("new");
        assert!(matches!(resumed.state, State::Waiting { next_attempt_at, .. }
            if next_attempt_at == at(2)));
        let moved = stopped.control(Command::MoveTo(at(9)), at(2)).expect("free").expect("new");
        let state = State::Waiting { next_attempt_at: at(9), reason: WaitReason::Moved };
        assert_eq!(moved.state, state);
    }

    #[test]
    fn what_is_to_be_paid_by_hand_is_neither_moved_nor_stopped() {
        let manual = samples::recovery(First::Rest(IdleReason::Manual));
        let moved = manual.clone().control(Command::MoveTo(at(9)), at(1));
        assert_eq!(moved, Err(Refused::NothingPlanned));
        assert_eq!(manual.control(Command::Stop, at(1)), Ok(None));
    }

    #[test]
    fn an_open_attempt_can_be_paused_behind_and_nothing_else() {
        let waiting = samples::recovery(First::ChargeNow);
        let charging = waiting.begin(AttemptId::at(at(0)), at(0)).expect("due");
        for command in [Command::Stop, Command::MoveTo(at(9))] {
            assert_eq!(charging.clone().control(command, at(1)), Err(Refused::AttemptOpen));
        }
        let paused = charging.clone().control(Command::Pause, at(1)).expect("may be paused");
        assert_eq!(paused.expect("new").state, charging.state);
    }

    #[test]
    fn what_has_ended_is_left_alone() {
        let waiting = samples::recovery(First::ChargeNow);
        let settled = waiting.settle_without_charge(RecoveredBy::Person, at(1));
        for command in [Command::Pause, Command::Resume, Command::Stop, Command::MoveTo(at(9))] {
            assert_eq!(settled.clone().control(command, at(2)), Err(Refused::Ended));
        }
    }
}
