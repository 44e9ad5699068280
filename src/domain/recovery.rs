//! A recovery: the collecting of one debt, from its first charge to the end. Each transition
//! takes the old value and returns the new one; an illegal move is an error value.

use super::attempt::{Attempt, AttemptState, ChargeAnswer, Lookup, Origin, Outcome};
use super::decline::{Decline, text_enum};
use super::id::{AttemptId, ConnectionId, CustomerId, OrganizationId, RecoveryId};
use super::payment::PayableId;
use super::policy::{Decision, History, Policy};
use super::time::{Span, Timestamp};

text_enum!(
    /// Why the next attempt is where it is.
    WaitReason {
        FirstCharge = "first_charge",
        /// The policy's next one after a decline.
        Retry = "retry",
        /// A person asked for it, or another method came.
        Requested = "requested",
        /// The last one never reached the provider.
        NotSent = "not_sent",
        /// A payer may be paying on a hosted page.
        LinkOpen = "link_open",
        /// The connection was paused and works again, or is looked at again.
        ConnectionPaused = "connection_paused",
    }
);

text_enum!(
    /// How the debt ended well.
    RecoveredBy {
        Attempt = "attempt",
        ManualPayment = "manual_payment",
        /// A person declared it paid.
        Person = "person",
        /// There was nothing to pay.
        NothingDue = "nothing_due",
    }
);

text_enum!(
    /// Why nothing is tried by itself.
    IdleReason {
        NoProvider = "no_provider",
        /// The debt, or the customer's choice, says to be paid by hand.
        Manual = "manual",
        /// The payer has to act: confirm, or pay by link.
        NeedsPayer = "needs_payer",
        /// The instrument is spent, gone, or there is none.
        NeedsMethod = "needs_method",
        /// Something about this debt needs a person.
        Held = "held",
        /// The policy has no further try.
        Exhausted = "exhausted",
    }
);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting {
        next_attempt_at: Timestamp,
        reason: WaitReason,
    },
    /// An attempt is open. Money may be moving, so everything else keeps out.
    Charging {
        attempt: AttemptId,
    },
    /// Nothing happens until a person, a payer or a new method comes.
    Idle {
        reason: IdleReason,
    },
    Recovered {
        by: RecoveredBy,
        at: Timestamp,
    },
    /// The debt does not exist any more (voided).
    Cancelled {
        at: Timestamp,
    },
}

impl State {
    pub const fn as_str(&self) -> &'static str {
        match self {
            State::Waiting { .. } => "waiting",
            State::Charging { .. } => "charging",
            State::Idle { .. } => "idle",
            State::Recovered { .. } => "recovered",
            State::Cancelled { .. } => "cancelled",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    pub id: RecoveryId,
    pub organization_id: OrganizationId,
    pub payable: PayableId,
    pub customer_id: CustomerId,
    /// Which connection the next attempt will use: bounds how many run at once.
    pub connection_id: Option<ConnectionId>,
    pub state: State,
    /// How many attempts have a number already. The next one gets the next.
    pub attempts_made: u32,
    /// Since something last reached the provider.
    pub not_sent_in_a_row: u32,
    /// What the attempt after this request is to be charged on, instead of the usual choice.
    pub requested_method: Option<super::id::PaymentMethodId>,
    pub paused: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A move that the state does not allow. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IllegalMove {
    #[error("an attempt is open")]
    AttemptOpen,
    #[error("the debt is settled or cancelled")]
    Ended,
    #[error("the next attempt is not due yet")]
    NotDue,
    #[error("collecting is paused")]
    Paused,
    #[error("the attempt is not the open one")]
    NotThisAttempt,
}

/// What came of settling, beside the new state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub recovery: Recovery,
    pub attempt: Attempt,
    pub effect: Effect,
}

/// What the answer means to others. Whoever saves the new state makes the events from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Known already, or nothing new.
    Nothing,
    Paid,
    /// Money came for a debt that was settled or given up: a duplicate, to be refunded.
    PaidTwice,
    Declined {
        decline: Decline,
        decision: Decision,
    },
    /// It was known as declined or cancelled and that stays.
    Cancelled,
    NowPending,
    NowNeedsPayer,
    NowUnknown,
    NotSent {
        in_a_row: u32,
    },
}

/// A wait for the payer's confirmation ends after this without a result.
pub const NOT_SENT_RETRY_LOOKUP: Span = Span::minutes(10);

impl Recovery {
    pub const fn is_ended(&self) -> bool {
        matches!(
            self.state,
            State::Recovered { .. } | State::Cancelled { .. }
        )
    }

    pub const fn open_attempt(&self) -> Option<AttemptId> {
        match self.state {
            State::Charging { attempt } => Some(attempt),
            State::Waiting { .. }
            | State::Idle { .. }
            | State::Recovered { .. }
            | State::Cancelled { .. } => None,
        }
    }

    /// A person asks for an attempt, or a new method came: as soon as possible, once. Asking
    /// twice asks once.
    pub fn request(
        self,
        method: Option<super::id::PaymentMethodId>,
        now: Timestamp,
    ) -> Result<Recovery, IllegalMove> {
        self.free()?;
        let state = State::Waiting {
            next_attempt_at: now,
            reason: WaitReason::Requested,
        };
        Ok(Recovery {
            state,
            requested_method: method,
            updated_at: now,
            ..self
        })
    }

    /// The attempt that is due begins.
    pub fn begin(self, attempt: AttemptId, now: Timestamp) -> Result<Recovery, IllegalMove> {
        self.free()?;
        if self.paused {
            return Err(IllegalMove::Paused);
        }
        match self.state {
            State::Waiting {
                next_attempt_at, ..
            } if next_attempt_at <= now => Ok(Recovery {
                state: State::Charging { attempt },
                updated_at: now,
                ..self
            }),
            State::Waiting { .. } | State::Idle { .. } => Err(IllegalMove::NotDue),
            State::Charging { .. } => Err(IllegalMove::AttemptOpen),
            State::Recovered { .. } | State::Cancelled { .. } => Err(IllegalMove::Ended),
        }
    }

    /// The next attempt is not before `until`. One that is later anyway stays.
    pub fn park(
        self,
        until: Timestamp,
        reason: WaitReason,
        now: Timestamp,
    ) -> Result<Recovery, IllegalMove> {
        self.free()?;
        match self.state {
            State::Waiting {
                next_attempt_at, ..
            } if next_attempt_at < until => {
                let state = State::Waiting {
                    next_attempt_at: until,
                    reason,
                };
                Ok(Recovery {
                    state,
                    updated_at: now,
                    ..self
                })
            }
            State::Waiting { .. }
            | State::Charging { .. }
            | State::Idle { .. }
            | State::Recovered { .. }
            | State::Cancelled { .. } => Ok(self),
        }
    }

    /// A payer's page is gone: what was parked for it goes on.
    pub fn unpark(self, now: Timestamp) -> Recovery {
        match self.state {
            State::Waiting {
                reason: WaitReason::LinkOpen,
                ..
            } => {
                let state = State::Waiting {
                    next_attempt_at: now,
                    reason: WaitReason::Retry,
                };
                Recovery {
                    state,
                    updated_at: now,
                    ..self
                }
            }
            State::Waiting { .. }
            | State::Charging { .. }
            | State::Idle { .. }
            | State::Recovered { .. }
            | State::Cancelled { .. } => self,
        }
    }

    /// Nothing can be charged now.
    pub fn rest(self, reason: IdleReason, now: Timestamp) -> Result<Recovery, IllegalMove> {
        self.free()?;
        let state = State::Idle { reason };
        Ok(Recovery {
            state,
            requested_method: None,
            updated_at: now,
            ..self
        })
    }

    /// Settled without an attempt of ours. An open attempt stays open: its outcome is still to
    /// be learnt, and a late success is a duplicate then.
    pub fn settle_without_charge(self, by: RecoveredBy, now: Timestamp) -> Recovery {
        match self.state {
            State::Charging { .. } | State::Recovered { .. } => self,
            State::Waiting { .. } | State::Idle { .. } | State::Cancelled { .. } => {
                let state = State::Recovered { by, at: now };
                Recovery {
                    state,
                    requested_method: None,
                    updated_at: now,
                    ..self
                }
            }
        }
    }

    /// A person takes back that it was paid.
    pub fn reopen(self, now: Timestamp) -> Recovery {
        match self.state {
            State::Recovered { .. } => {
                let state = State::Idle {
                    reason: IdleReason::Held,
                };
                Recovery {
                    state,
                    updated_at: now,
                    ..self
                }
            }
            State::Waiting { .. }
            | State::Charging { .. }
            | State::Idle { .. }
            | State::Cancelled { .. } => self,
        }
    }

    /// The debt is gone.
    pub fn cancel(self, now: Timestamp) -> Recovery {
        match self.state {
            State::Charging { .. } | State::Cancelled { .. } => self,
            State::Waiting { .. } | State::Idle { .. } | State::Recovered { .. } => {
                let state = State::Cancelled { at: now };
                Recovery {
                    state,
                    requested_method: None,
                    updated_at: now,
                    ..self
                }
            }
        }
    }

    fn free(&self) -> Result<(), IllegalMove> {
        match self.state {
            State::Waiting { .. } | State::Idle { .. } => Ok(()),
            State::Charging { .. } => Err(IllegalMove::AttemptOpen),
            State::Recovered { .. } | State::Cancelled { .. } => Err(IllegalMove::Ended),
        }
    }
}

/// What settling needs to know beside the recovery and its attempt.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    pub policy: &'a Policy,
    /// Declined attempts of this debt on this instrument before this answer.
    pub history_before: Option<History>,
    pub now: Timestamp,
    /// Which send the answer belongs to; None for look-ups and webhooks.
    pub send: Option<u32>,
    /// The debt is paid in full once this attempt is.
    pub covers_the_debt: bool,
}

/// Whatever is learnt of an attempt goes through here: the answer to the call, a look-up, a
/// webhook. Money is never lost sight of: a success is taken from any state, and an answer that
/// knows less than we do changes nothing.
pub fn settle(
    recovery: Recovery,
    attempt: Attempt,
    answer: &ChargeAnswer,
    around: Circumstances<'_>,
) -> Result<Settled, IllegalMove> {
    if recovery.id != attempt.recovery_id {
        return Err(IllegalMove::NotThisAttempt);
    }
    let attempt = noted(attempt, answer, around.now);
    match &answer.outcome {
        Outcome::Paid => Ok(paid(recovery, attempt, around)),
        Outcome::Declined(decline) => Ok(declined(recovery, attempt, decline, around)),
        Outcome::Pending | Outcome::NeedsAction(_) | Outcome::Unknown(_) => {
            Ok(still_open(recovery, attempt, &answer.outcome, around))
        }
        Outcome::NotSent(reason) => Ok(not_sent(recovery, attempt, reason, around)),
    }
}

fn noted(attempt: Attempt, answer: &ChargeAnswer, now: Timestamp) -> Attempt {
    let charge_id = answer.charge_id.clone().or(attempt.charge_id);
    let knows_less = matches!(answer.outcome, Outcome::Unknown(_) | Outcome::NotSent(_));
    let status = if knows_less && charge_id.is_some() {
        attempt.status
    } else {
        answer.status.clone()
    };
    Attempt {
        charge_id,
        status,
        updated_at: now,
        ..attempt
    }
}

fn paid(recovery: Recovery, attempt: Attempt, around: Circumstances<'_>) -> Settled {
    if matches!(attempt.state, AttemptState::Paid { .. }) {
        return Settled {
            recovery,
            attempt,
            effect: Effect::Nothing,
        };
    }
    let now = around.now;
    let is_the_open_one = recovery.open_attempt() == Some(attempt.id);
    let attempt = Attempt {
        state: AttemptState::Paid { at: now },
        ..attempt
    };
    let by = RecoveredBy::Attempt;
    let ended = State::Recovered { by, at: now };
    let (state, effect) = match recovery.state {
        State::Charging { .. } if is_the_open_one => {
            (after_paid(around.covers_the_debt, now), Effect::Paid)
        }
        // Another attempt is out: it stays so, and what it brings is a duplicate.
        State::Charging { .. } => (recovery.state, Effect::Paid),
        State::Waiting { .. } | State::Idle { .. } if around.covers_the_debt => {
            (ended, Effect::Paid)
        }
        State::Waiting { .. } | State::Idle { .. } => (recovery.state, Effect::Paid),
        State::Recovered { .. } | State::Cancelled { .. } => (recovery.state, Effect::PaidTwice),
    };
    let recovery = Recovery {
        state,
        not_sent_in_a_row: 0,
        requested_method: None,
        updated_at: now,
        ..recovery
    };
    Settled {
        recovery,
        attempt,
        effect,
    }
}

fn after_paid(covers_the_debt: bool, now: Timestamp) -> State {
    if covers_the_debt {
        State::Recovered {
            by: RecoveredBy::Attempt,
            at: now,
        }
    } else {
        State::Idle {
            reason: IdleReason::Held,
        }
    }
}

fn declined(
    recovery: Recovery,
    attempt: Attempt,
    decline: &Decline,
    around: Circumstances<'_>,
) -> Settled {
    // A success is never taken back here: that is a refund or a dispute.
    if !attempt.state.is_open() {
        return Settled {
            recovery,
            attempt,
            effect: Effect::Nothing,
        };
    }
    let now = around.now;
    let history = with_this_one(around.history_before, decline, now);
    let decision = around.policy.after_decline(decline, history, now);
    let is_the_open_one = recovery.open_attempt() == Some(attempt.id);
    let state = AttemptState::Declined {
        decline: decline.clone(),
        at: now,
    };
    let attempt = Attempt { state, ..attempt };
    let state = if is_the_open_one {
        after_decision(decision, attempt.origin, now)
    } else {
        recovery.state
    };
    let recovery = Recovery {
        state,
        not_sent_in_a_row: 0,
        requested_method: None,
        updated_at: now,
        ..recovery
    };
    let effect = Effect::Declined {
        decline: decline.clone(),
        decision,
    };
    Settled {
        recovery,
        attempt,
        effect,
    }
}

fn with_this_one(before: Option<History>, decline: &Decline, now: Timestamp) -> History {
    use super::decline::RetryClass;
    let before = before.unwrap_or(History {
        declines: 0,
        limited_declines: 0,
        short_declines: 0,
        first_declined_at: now,
    });
    let limited = u32::from(decline.retry == RetryClass::Limited);
    let short = u32::from(decline.retry == RetryClass::SoftShort);
    History {
        declines: before.declines.saturating_add(1),
        limited_declines: before.limited_declines.saturating_add(limited),
        short_declines: before.short_declines.saturating_add(short),
        first_declined_at: before.first_declined_at,
    }
}

fn after_decision(decision: Decision, origin: Origin, now: Timestamp) -> State {
    match decision {
        Decision::TryAt(next_attempt_at) => State::Waiting {
            next_attempt_at,
            reason: WaitReason::Retry,
        },
        Decision::AskForMethod => State::Idle {
            reason: IdleReason::NeedsMethod,
        },
        Decision::AskPayer => State::Idle {
            reason: IdleReason::NeedsPayer,
        },
        Decision::PauseConnection => State::Waiting {
            next_attempt_at: now.plus(Span::hours(1)),
            reason: WaitReason::ConnectionPaused,
        },
        Decision::Hold => State::Idle {
            reason: IdleReason::Held,
        },
        Decision::GiveUp => match origin {
            Origin::Schedule | Origin::Person | Origin::Link => State::Idle {
                reason: IdleReason::Exhausted,
            },
        },
    }
}

fn still_open(
    recovery: Recovery,
    attempt: Attempt,
    outcome: &Outcome,
    around: Circumstances<'_>,
) -> Settled {
    // What is final, or known better, stays.
    if !attempt.state.is_open() {
        return Settled {
            recovery,
            attempt,
            effect: Effect::Nothing,
        };
    }
    let now = around.now;
    // The answer to a call starts the look-ups; an answer to a look-up counts as one.
    let lookup = match attempt.state.lookup() {
        Some(lookup) if around.send.is_none() => lookup.after_one(now),
        Some(_) | None => Lookup::first(now),
    };
    let was = attempt.state.as_str();
    let state = match outcome {
        Outcome::Pending => AttemptState::Pending { lookup },
        Outcome::NeedsAction(action) => AttemptState::NeedsAction {
            action: action.clone(),
            lookup,
        },
        // Less than we know: what the provider told before stays, and it is asked again.
        Outcome::Unknown(reason) => match attempt.state {
            AttemptState::Pending { .. } => AttemptState::Pending { lookup },
            AttemptState::NeedsAction { action, .. } => {
                AttemptState::NeedsAction { action, lookup }
            }
            AttemptState::Charging { .. }
            | AttemptState::Unknown { .. }
            | AttemptState::NotSent { .. }
            | AttemptState::Paid { .. }
            | AttemptState::Declined { .. }
            | AttemptState::Cancelled { .. } => AttemptState::Unknown {
                reason: reason.clone(),
                lookup,
            },
        },
        Outcome::Paid | Outcome::Declined(_) | Outcome::NotSent(_) => attempt.state,
    };
    let effect = match &state {
        same if same.as_str() == was => Effect::Nothing,
        AttemptState::Pending { .. } => Effect::NowPending,
        AttemptState::NeedsAction { .. } => Effect::NowNeedsPayer,
        AttemptState::Unknown { .. } => Effect::NowUnknown,
        AttemptState::Charging { .. }
        | AttemptState::NotSent { .. }
        | AttemptState::Paid { .. }
        | AttemptState::Declined { .. }
        | AttemptState::Cancelled { .. } => Effect::Nothing,
    };
    let recovery = Recovery {
        not_sent_in_a_row: 0,
        updated_at: now,
        ..recovery
    };
    Settled {
        recovery,
        attempt: Attempt { state, ..attempt },
        effect,
    }
}

fn not_sent(
    recovery: Recovery,
    attempt: Attempt,
    reason: &str,
    around: Circumstances<'_>,
) -> Settled {
    // Only a call may say so, and only the latest: an older one knows nothing of a newer. And
    // once the provider has named a charge, it has seen it.
    let latest = around.send.is_none_or(|send| send == attempt.sends);
    if !attempt.state.is_open() || !latest || attempt.charge_id.is_some() {
        return Settled {
            recovery,
            attempt,
            effect: Effect::Nothing,
        };
    }
    let now = around.now;
    let in_a_row = recovery.not_sent_in_a_row.saturating_add(1);
    let state = if recovery.open_attempt() == Some(attempt.id) {
        let next_attempt_at = around.policy.after_not_sent(in_a_row, now);
        State::Waiting {
            next_attempt_at,
            reason: WaitReason::NotSent,
        }
    } else {
        recovery.state
    };
    let attempt = Attempt {
        state: AttemptState::NotSent {
            reason: reason.to_owned(),
        },
        ..attempt
    };
    let recovery = Recovery {
        state,
        not_sent_in_a_row: in_a_row,
        updated_at: now,
        ..recovery
    };
    Settled {
        recovery,
        attempt,
        effect: Effect::NotSent { in_a_row },
    }
}
