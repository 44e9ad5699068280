//! A veto: the business is told of an attempt ahead of its time, and answers that it be left out,
//! or that collecting end. Whoever does not answer lets it happen.

use super::decline::{Decline, text_enum};
use super::policy::{Decision, DecisionRecord, History, Policy, Rule, Salt};
use super::recovery::{Recovery, State, WaitReason};
use super::settle::after_decision;
use super::time::Timestamp;

text_enum!(
    Veto {
        /// Not this time: the next step of the ladder.
        Skip = "skip",
        /// Nothing is tried by itself any more.
        Stop = "stop",
    }
);

impl Recovery {
    /// The schedule has an attempt for then, and it has not begun.
    pub fn is_planned_for(&self, slot_at: Timestamp) -> bool {
        let reason = WaitReason::Retry;
        self.state == State::Waiting { next_attempt_at: slot_at, reason }
    }

    /// What was decided in place of the attempt that is left out.
    #[must_use]
    pub fn put_off(self, record: &DecisionRecord, now: Timestamp) -> Recovery {
        let state = after_decision(record, now);
        let steps_skipped = record.history.steps_skipped;
        Recovery { state, steps_skipped, updated_at: now, ..self }
    }
}

impl Policy {
    /// What follows where the attempt that was planned is left out: the same as if it had been
    /// declined, but it counts for no cap.
    pub fn after_skip(
        &self,
        planned: &DecisionRecord,
        (slot_at, salt): (Timestamp, Salt),
        now: Timestamp,
    ) -> DecisionRecord {
        if planned.backup.is_some() {
            return self.backup_later(planned, slot_at, now);
        }
        let decline = Decline {
            class: planned.class,
            retry: planned.retry,
            code: planned.code.clone(),
            network_code: None,
            advice_code: None,
            retry_after: None,
            message: String::new(),
        };
        let steps_skipped = planned.history.steps_skipped.saturating_add(1);
        let history = History { steps_skipped, ..planned.history };
        let ask = super::policy::Ask {
            decline: &decline,
            history,
            zone: planned.zone,
            salt,
            now: slot_at,
        };
        DecisionRecord { decided_at: now, ..self.decide(&ask) }
    }

    /// The next method has no ladder yet: it is charged a gap later, within the window of the one
    /// that was declined.
    fn backup_later(
        &self,
        planned: &DecisionRecord,
        slot_at: Timestamp,
        now: Timestamp,
    ) -> DecisionRecord {
        let steps_skipped = planned.history.steps_skipped.saturating_add(1);
        let history = History { steps_skipped, ..planned.history };
        let record = DecisionRecord { history, decided_at: now, moves: vec![], ..planned.clone() };
        let end = planned.history.first_declined_at.plus(self.window);
        let open = self.calendar.open_from(slot_at.plus(self.caps.gap), planned.zone);
        match open.filter(|(at, _)| *at <= end) {
            Some((at, moves)) => DecisionRecord { decision: Decision::TryAt(at), moves, ..record },
            None => DecisionRecord {
                rule: Rule::WindowEnded,
                decision: Decision::GiveUp,
                backup: None,
                ..record
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::backup_method::NextMethod;
    use crate::domain::decline::{DeclineClass, RetryClass};
    use crate::domain::id::{PaymentMethodId, RecoveryId};
    use crate::domain::policy::{Ask, Ladder};
    use crate::domain::samples::at;
    use crate::domain::time::Span;

    fn salt() -> Salt {
        Salt { recovery: RecoveryId::from_uuid(uuid::Uuid::nil()), attempt_number: 1 }
    }

    fn declined(policy: &Policy, declines: u32, steps_skipped: u32) -> DecisionRecord {
        let decline = Decline {
            class: DeclineClass::InsufficientFunds,
            retry: RetryClass::Soft,
            code: "insufficient_funds".to_owned(),
            network_code: None,
            advice_code: None,
            retry_after: None,
            message: String::new(),
        };
        let history = History {
            declines,
            limited_declines: 0,
            short_declines: 0,
            declines_in_all: declines,
            steps_skipped,
            first_declined_at: at(0),
        };
        let zone = chrono_tz::Tz::UTC;
        policy.decide(&Ask { decline: &decline, history, zone, salt: salt(), now: at(0) })
    }

    fn tries_at(record: &DecisionRecord) -> Option<Timestamp> {
        match record.decision {
            Decision::TryAt(at) => Some(at),
            Decision::AskForMethod
            | Decision::AskPayer
            | Decision::PauseConnection
            | Decision::Hold
            | Decision::GiveUp => None,
        }
    }

    #[test]
    fn a_step_that_is_left_out_is_followed_by_the_next_and_then_by_none() {
        let policy = Policy::standard();
        let mut record = declined(&policy, 1, 0);
        let mut days = vec![];
        while let Some(slot_at) = tries_at(&record) {
            days.push(slot_at.since(at(0)).whole_days());
            record = policy.after_skip(&record, (slot_at, salt()), at(5));
        }
        assert_eq!(days, [1, 3, 6, 10, 15, 21, 27]);
        assert_eq!(record.rule, Rule::LadderEnded);
        assert_eq!(record.decided_at, at(5));
        // The decline after two steps that were left out stands further up the ladder.
        let later = declined(&policy, 2, 2);
        assert_eq!(later.slot.map(|slot| slot.position), Some(4));
    }

    #[test]
    fn a_next_method_that_is_left_out_comes_a_gap_later_until_the_window_ends() {
        let policy = Policy { window: Span::days(2), ..Policy::standard() };
        let next = NextMethod {
            id: PaymentMethodId::at(at(0)),
            label: "card".to_owned(),
            position: 1,
            of: 1,
        };
        let gone = DecisionRecord {
            rule: Rule::LadderEnded,
            decision: Decision::GiveUp,
            ..declined(&policy, 1, 0)
        };
        let planned = policy.with_backup(gone, Some(&next));
        let slot_at = tries_at(&planned).expect("at once");
        let put_off = policy.after_skip(&planned, (slot_at, salt()), at(5));
        let again = tries_at(&put_off).expect("a gap later");
        assert_eq!(again, slot_at.plus(policy.caps.gap));
        let last = policy.after_skip(&put_off, (again.plus(Span::days(1)), salt()), at(6));
        assert_eq!((last.rule, last.decision), (Rule::WindowEnded, Decision::GiveUp));
    }

    proptest! {
        /// Whatever is left out, the next attempt is later, within the window, and there is an end.
        #[test]
        fn leaving_out_ends_within_the_window(
            steps in prop::collection::vec(1_u32..40, 0..6),
            window in 1_u32..60,
        ) {
            let mut policy = Policy { window: Span::days(window), ..Policy::standard() };
            policy.ladders.soft = Ladder::days(&steps);
            let mut record = declined(&policy, 1, 0);
            let mut rounds = 0;
            while let Some(slot_at) = tries_at(&record) {
                prop_assert!(slot_at <= at(0).plus(policy.window));
                record = policy.after_skip(&record, (slot_at, salt()), at(5));
                prop_assert!(tries_at(&record).is_none_or(|next| next > slot_at));
                rounds += 1;
                prop_assert!(rounds <= steps.len());
            }
        }
    }
}
