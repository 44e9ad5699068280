//! Settling: what an answer of the provider does to an attempt and its recovery. Whatever is
//! learnt goes through here: the answer to a call, a look-up, a webhook.

use chrono_tz::Tz;

use super::attempt::{Attempt, AttemptState, ChargeAnswer, Lookup, Outcome};
use super::backup_method::NextMethod;
use super::decline::{Decline, RetryClass};
use super::policy::{
    Ask, Decision, DecisionRecord, History, OnExhausted, Policy, Rule, Salt, after_not_sent,
};
use super::recovery::{IdleReason, IllegalMove, RecoveredBy, Recovery, State, WaitReason};
use super::time::{Span, Timestamp};

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
        /// Boxed: most answers decide nothing.
        record: Box<DecisionRecord>,
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

/// How long a debt waits before it looks again at a connection that is paused.
pub const PAUSED_CONNECTION_WAIT: Span = Span::hours(1);

/// What settling needs to know beside the recovery and its attempt.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    pub policy: &'a Policy,
    /// Declined attempts of this debt on this instrument before this answer.
    pub history_before: Option<History>,
    /// Declined attempts of this debt on other instruments.
    pub declines_elsewhere: u32,
    /// What else of the customer may be charged for the debt.
    pub backup: Option<&'a NextMethod>,
    /// Where the payer is.
    pub zone: Tz,
    pub now: Timestamp,
    /// Which send the answer belongs to; None for look-ups and webhooks.
    pub send: Option<u32>,
    /// The debt is paid in full once this attempt is.
    pub debt: Debt,
}

/// How the debt stands at the moment an answer comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Debt {
    /// Owed; a success of this attempt covers all of it.
    CoveredByThis,
    /// Owed; something remains even when this attempt succeeds.
    RemainsAfterThis,
    /// Settled in another way meanwhile.
    Settled(RecoveredBy),
    /// Voided meanwhile.
    Gone,
    /// A request for debts that stand on their own: a success ends it, whatever became of them
    /// meanwhile, and so does a decline.
    AskedOnce,
}

impl Debt {
    /// Where a recovery ends that has nothing left to collect.
    pub(super) const fn end(self, now: Timestamp) -> Option<State> {
        match self {
            Debt::CoveredByThis | Debt::RemainsAfterThis | Debt::AskedOnce => None,
            Debt::Settled(by) => Some(State::Recovered { by, at: now }),
            Debt::Gone => Some(State::Cancelled { at: now }),
        }
    }

    /// The same once an attempt was declined.
    const fn end_by_decline(self, now: Timestamp) -> Option<State> {
        match self {
            Debt::AskedOnce => Some(State::Cancelled { at: now }),
            Debt::CoveredByThis | Debt::RemainsAfterThis | Debt::Settled(_) | Debt::Gone => {
                self.end(now)
            }
        }
    }

    /// What a decline leads to, where the policy has decided so.
    fn limit(self, record: DecisionRecord) -> DecisionRecord {
        match self {
            Debt::CoveredByThis | Debt::RemainsAfterThis | Debt::Settled(_) | Debt::Gone => record,
            Debt::AskedOnce => match record.decision {
                Decision::PauseConnection => record,
                Decision::TryAt(_)
                | Decision::AskForMethod
                | Decision::AskPayer
                | Decision::Hold
                | Decision::GiveUp => DecisionRecord {
                    rule: Rule::AskedOnce,
                    decision: Decision::GiveUp,
                    backup: None,
                    on_exhausted: OnExhausted::LeaveOpen,
                    ..record
                },
            },
        }
    }
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
    // On a page a payer may have tried several cards, and what is said of the others may come
    // last: the charge that took the money stays the one that is named.
    if matches!(attempt.state, AttemptState::Paid { .. }) && attempt.charge_id.is_some() {
        return attempt;
    }
    let charge_id = answer.charge_id.clone().or(attempt.charge_id);
    let knows_less = matches!(answer.outcome, Outcome::Unknown(_) | Outcome::NotSent(_));
    let status =
        if knows_less && charge_id.is_some() { attempt.status } else { answer.status.clone() };
    Attempt { charge_id, status, updated_at: now, ..attempt }
}

fn paid(recovery: Recovery, attempt: Attempt, around: Circumstances<'_>) -> Settled {
    if matches!(attempt.state, AttemptState::Paid { .. }) {
        return Settled { recovery, attempt, effect: Effect::Nothing };
    }
    let now = around.now;
    let is_the_open_one = recovery.open_attempt() == Some(attempt.id);
    let attempt = Attempt { state: AttemptState::Paid { at: now }, ..attempt };
    let (state, effect) = match recovery.state {
        // Another attempt is out: it stays so, and what it brings is a duplicate.
        State::Charging { .. } if !is_the_open_one => (recovery.state, Effect::Paid),
        State::Charging { .. } | State::Waiting { .. } | State::Idle { .. } => {
            after_paid(around.debt, now)
        }
        State::Recovered { .. } | State::Cancelled { .. } => (recovery.state, Effect::PaidTwice),
    };
    let recovery = Recovery {
        state,
        not_sent_in_a_row: 0,
        requested_method: None,
        updated_at: now,
        ..recovery
    };
    Settled { recovery, attempt, effect }
}

fn after_paid(debt: Debt, now: Timestamp) -> (State, Effect) {
    match debt {
        Debt::CoveredByThis | Debt::AskedOnce => {
            (State::Recovered { by: RecoveredBy::Attempt, at: now }, Effect::Paid)
        }
        // The rest is a debt like any other.
        Debt::RemainsAfterThis => {
            let reason = WaitReason::FirstCharge;
            (State::Waiting { next_attempt_at: now, reason }, Effect::Paid)
        }
        Debt::Settled(by) => (State::Recovered { by, at: now }, Effect::PaidTwice),
        Debt::Gone => (State::Cancelled { at: now }, Effect::PaidTwice),
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
        return Settled { recovery, attempt, effect: Effect::Nothing };
    }
    let now = around.now;
    let ask = Ask {
        decline,
        history: with_this_one(around, decline, recovery.steps_skipped),
        zone: around.zone,
        salt: Salt { recovery: recovery.id, attempt_number: attempt.number },
        now,
    };
    let is_the_open_one = recovery.open_attempt() == Some(attempt.id);
    let decided = around.policy.decide(&ask);
    let next = around.backup.filter(|_| is_the_open_one);
    let record = around.debt.limit(around.policy.with_backup(decided, next));
    let state = AttemptState::Declined { decline: decline.clone(), at: now };
    let attempt = Attempt { state, ..attempt };
    let state = if is_the_open_one {
        around.debt.end_by_decline(now).unwrap_or_else(|| after_decision(&record, now))
    } else {
        recovery.state
    };
    let recovery = Recovery {
        state,
        not_sent_in_a_row: 0,
        requested_method: None,
        backup_method: record.backup.as_ref().map(|next| next.id).or(recovery.backup_method),
        // Another method has a ladder of its own.
        steps_skipped: if record.backup.is_some() { 0 } else { recovery.steps_skipped },
        updated_at: now,
        ..recovery
    };
    let effect = Effect::Declined { decline: decline.clone(), record: Box::new(record) };
    Settled { recovery, attempt, effect }
}

fn with_this_one(around: Circumstances<'_>, decline: &Decline, steps_skipped: u32) -> History {
    let before = around.history_before.unwrap_or(History {
        declines: 0,
        limited_declines: 0,
        short_declines: 0,
        declines_in_all: 0,
        steps_skipped: 0,
        first_declined_at: around.now,
    });
    let limited = u32::from(decline.retry == RetryClass::Limited);
    let short = u32::from(decline.retry == RetryClass::SoftShort);
    History {
        declines: before.declines.saturating_add(1),
        limited_declines: before.limited_declines.saturating_add(limited),
        short_declines: before.short_declines.saturating_add(short),
        declines_in_all: before
            .declines
            .saturating_add(around.declines_elsewhere)
            .saturating_add(1),
        steps_skipped,
        first_declined_at: before.first_declined_at,
    }
}

pub(super) fn after_decision(record: &DecisionRecord, now: Timestamp) -> State {
    let idle = |reason| State::Idle { reason };
    match record.decision {
        Decision::TryAt(next_attempt_at) => {
            State::Waiting { next_attempt_at, reason: WaitReason::Retry }
        }
        Decision::PauseConnection => State::Waiting {
            next_attempt_at: now.plus(PAUSED_CONNECTION_WAIT),
            reason: WaitReason::ConnectionPaused,
        },
        Decision::AskForMethod => idle(IdleReason::NeedsMethod),
        Decision::AskPayer => idle(IdleReason::NeedsPayer),
        Decision::Hold => idle(IdleReason::Held),
        Decision::GiveUp => idle(match record.on_exhausted {
            OnExhausted::MarkUncollectible => IdleReason::Uncollectible,
            OnExhausted::LinkOnly => IdleReason::Manual,
            OnExhausted::LeaveOpen | OnExhausted::Void | OnExhausted::CancelSubscription => {
                IdleReason::Exhausted
            }
        }),
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
        return Settled { recovery, attempt, effect: Effect::Nothing };
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
        Outcome::NeedsAction(action) => {
            AttemptState::NeedsAction { action: action.clone(), lookup }
        }
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
            | AttemptState::Cancelled { .. } => {
                AttemptState::Unknown { reason: reason.clone(), lookup }
            }
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
    let recovery = Recovery { not_sent_in_a_row: 0, updated_at: now, ..recovery };
    Settled { recovery, attempt: Attempt { state, ..attempt }, effect }
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
        return Settled { recovery, attempt, effect: Effect::Nothing };
    }
    let now = around.now;
    let in_a_row = recovery.not_sent_in_a_row.saturating_add(1);
    let again = State::Waiting {
        next_attempt_at: after_not_sent(in_a_row, now),
        reason: WaitReason::NotSent,
    };
    let state = if recovery.open_attempt() == Some(attempt.id) {
        around.debt.end(now).unwrap_or(again)
    } else {
        recovery.state
    };
    let attempt = Attempt { state: AttemptState::NotSent { reason: reason.to_owned() }, ..attempt };
    let recovery = Recovery { state, not_sent_in_a_row: in_a_row, updated_at: now, ..recovery };
    Settled { recovery, attempt, effect: Effect::NotSent { in_a_row } }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::attempt::Action;
    use crate::domain::decline::DeclineClass;
    use crate::domain::id::AttemptId;
    use crate::domain::recovery::First;
    use crate::domain::samples::{self, at};

    fn new_recovery() -> Recovery {
        samples::recovery(First::ChargeNow)
    }

    fn new_attempt(recovery: &Recovery, number: u32) -> Attempt {
        let state = AttemptState::Charging { lease_until: at(60_000) };
        let idempotency_key = format!("key-{number}");
        Attempt { number, idempotency_key, ..samples::attempt(recovery, state) }
    }

    fn answer(outcome: Outcome) -> ChargeAnswer {
        ChargeAnswer {
            outcome,
            charge_id: None,
            status: "told".to_owned(),
            amount: None,
            method: None,
        }
    }

    fn declined_as(retry: RetryClass) -> Outcome {
        Outcome::Declined(Decline {
            class: DeclineClass::InsufficientFunds,
            retry,
            code: "code".to_owned(),
            network_code: None,
            advice_code: None,
            retry_after: None,
            message: String::new(),
        })
    }

    fn around(policy: &Policy, debt: Debt) -> Circumstances<'_> {
        Circumstances {
            policy,
            history_before: None,
            declines_elsewhere: 0,
            backup: None,
            zone: Tz::UTC,
            now: at(1_000),
            send: Some(1),
            debt,
        }
    }

    fn charging() -> (Recovery, Attempt) {
        let recovery = new_recovery();
        let attempt = new_attempt(&recovery, 1);
        let recovery = recovery.begin(attempt.id, at(0)).expect("due");
        (recovery, attempt)
    }

    #[test]
    fn an_unknown_outcome_keeps_every_other_attempt_out() {
        let policy = Policy::standard();
        let (recovery, attempt) = charging();
        let told = answer(Outcome::Unknown("time-out".to_owned()));
        let settled = settle(recovery, attempt, &told, around(&policy, Debt::CoveredByThis))
            .expect("its attempt");
        assert!(settled.attempt.state.is_open());
        let again = settled.recovery.clone().request(None, at(2_000));
        assert_eq!(again, Err(IllegalMove::AttemptOpen));
        let other = settled.recovery.begin(AttemptId::at(at(5)), at(99_000));
        assert_eq!(other, Err(IllegalMove::AttemptOpen));
    }

    #[test]
    fn a_success_after_the_debt_was_voided_is_a_duplicate() {
        let policy = Policy::standard();
        let (recovery, attempt) = charging();
        let told = answer(Outcome::Paid);
        let settled =
            settle(recovery, attempt, &told, around(&policy, Debt::Gone)).expect("its attempt");
        assert_eq!(settled.effect, Effect::PaidTwice);
        assert!(matches!(settled.recovery.state, State::Cancelled { .. }));
        assert!(matches!(settled.attempt.state, AttemptState::Paid { .. }));
    }

    #[test]
    fn a_late_decline_never_takes_a_success_back() {
        let policy = Policy::standard();
        let (recovery, attempt) = charging();
        let here = around(&policy, Debt::CoveredByThis);
        let paid = settle(recovery, attempt, &answer(Outcome::Paid), here).expect("paid");
        let late = answer(declined_as(RetryClass::Soft));
        let after = settle(paid.recovery.clone(), paid.attempt.clone(), &late, here).expect("late");
        assert_eq!(after.effect, Effect::Nothing);
        assert_eq!(after.recovery, paid.recovery);
    }

    #[test]
    fn what_is_told_late_of_another_card_does_not_rename_the_charge_that_took_the_money() {
        let policy = Policy::standard();
        let (recovery, attempt) = charging();
        let here = around(&policy, Debt::CoveredByThis);
        let of = |charge: &str, outcome| {
            let (charge_id, status) = (Some(charge.to_owned()), charge.to_owned());
            ChargeAnswer { charge_id, status, ..answer(outcome) }
        };
        let first = of("ch_1", declined_as(RetryClass::Soft));
        let tried = settle(recovery, attempt, &first, here).expect("declined");
        let second = of("ch_2", Outcome::Paid);
        let paid = settle(tried.recovery, tried.attempt, &second, here).expect("paid");
        assert_eq!(paid.attempt.charge_id.as_deref(), Some("ch_2"));
        let after = settle(paid.recovery, paid.attempt.clone(), &first, here).expect("late");
        assert_eq!(after.attempt, paid.attempt);
        assert_eq!(after.effect, Effect::Nothing);
    }

    #[test]
    fn a_request_is_charged_once_and_a_late_success_is_still_money() {
        let policy = Policy::standard();
        let (recovery, attempt) = charging();
        let here = around(&policy, Debt::AskedOnce);
        let declined = answer(declined_as(RetryClass::Soft));
        let after = settle(recovery, attempt, &declined, here).expect("its attempt");
        assert!(matches!(after.recovery.state, State::Cancelled { .. }));
        let again = after.recovery.clone().request(None, at(2_000));
        assert_eq!(again, Err(IllegalMove::Ended));
        let late = settle(after.recovery, after.attempt, &answer(Outcome::Paid), here);
        assert_eq!(late.expect("its attempt").effect, Effect::PaidTwice);
    }

    #[test]
    fn only_the_latest_send_may_say_that_nothing_was_sent() {
        let policy = Policy::standard();
        let (recovery, attempt) = charging();
        let attempt = Attempt { sends: 2, ..attempt };
        let told = answer(Outcome::NotSent("refused".to_owned()));
        let here = around(&policy, Debt::CoveredByThis);
        let settled = settle(recovery, attempt, &told, here).expect("its attempt");
        assert_eq!(settled.effect, Effect::Nothing);
        assert!(settled.attempt.state.is_open());
    }

    fn any_outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            Just(Outcome::Paid),
            Just(Outcome::Pending),
            Just(Outcome::NotSent("down".to_owned())),
            Just(Outcome::Unknown("time-out".to_owned())),
            Just(Outcome::NeedsAction(Action { kind: "redirect".to_owned(), url: None })),
            (0..RetryClass::ALL.len()).prop_map(|which| declined_as(RetryClass::ALL[which])),
        ]
    }

    proptest! {
        /// Answers in any order, repeated, with new attempts begun whenever it is allowed.
        #[test]
        fn whatever_is_told_a_debt_is_paid_once_and_an_open_attempt_stands_alone(
            told in prop::collection::vec((any_outcome(), any::<bool>()), 1..40),
        ) {
            let policy = Policy::standard();
            let mut recovery = new_recovery();
            let mut attempts: Vec<Attempt> = Vec::new();
            let (mut paid, mut twice) = (0, 0);
            for (step, (outcome, ask)) in told.into_iter().enumerate() {
                let now = at(i64::try_from(step).expect("few") * 86_400_000 * 3);
                if ask && let Ok(asked) = recovery.clone().request(None, now) {
                    recovery = asked;
                }
                let next = new_attempt(&recovery, u32::try_from(attempts.len()).expect("few"));
                if let Ok(begun) = recovery.clone().begin(next.id, now) {
                    recovery = begun;
                    attempts.push(next);
                }
                let Some(last) = attempts.pop() else { continue };
                let was_ended = recovery.is_ended();
                let around = Circumstances {
                    policy: &policy,
                    history_before: None,
                    declines_elsewhere: 0,
                    backup: None,
                    zone: Tz::UTC,
                    now,
                    send: None,
                    debt: Debt::CoveredByThis,
                };
                let settled = settle(recovery, last, &answer(outcome), around).expect("its own");
                paid += u32::from(settled.effect == Effect::Paid);
                twice += u32::from(settled.effect == Effect::PaidTwice);
                recovery = settled.recovery;
                attempts.push(settled.attempt);
                prop_assert!(!was_ended || recovery.is_ended(), "an end is for good");
                let open: Vec<_> = attempts.iter().filter(|a| a.state.is_open()).collect();
                prop_assert!(open.len() <= 1);
                prop_assert_eq!(recovery.open_attempt(), open.first().map(|a| a.id));
            }
            prop_assert!(paid <= 1);
            prop_assert_eq!(twice, 0);
        }
    }
}
