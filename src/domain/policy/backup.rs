//! When a debt moves on to the customer's next payment method, in place of what the policy says
//! of the one that was declined.

use super::Policy;
use super::decide::{Decision, DecisionRecord, Rule};
use crate::domain::backup_method::NextMethod;
use crate::domain::decline::DeclineClass;

/// After so many declines on one method, the last for this reason, the next one is charged, though
/// the policy would go on with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupAfter {
    pub class: DeclineClass,
    pub declines: u32,
}

impl Policy {
    /// What is decided where the customer lets another method be charged: it is charged at once,
    /// if this one is finished.
    pub fn with_backup(&self, record: DecisionRecord, next: Option<&NextMethod>) -> DecisionRecord {
        let Some(next) = next.filter(|_| self.leaves_the_method(&record)) else { return record };
        let open = self.calendar.open_from(record.decided_at, record.zone);
        let Some((at, moves)) = open else { return record };
        DecisionRecord {
            rule: Rule::BackupMethod,
            decision: Decision::TryAt(at),
            slot: None,
            moves,
            backup: Some(next.clone()),
            ..record
        }
    }

    fn leaves_the_method(&self, record: &DecisionRecord) -> bool {
        let history = record.history;
        if history.declines_in_all >= self.caps.per_recovery {
            return false;
        }
        match record.decision {
            // Who withdraws consent to a charge is not charged for it on something else.
            Decision::AskForMethod => record.rule != Rule::Stop,
            Decision::GiveUp => match record.rule {
                Rule::LadderEnded
                | Rule::NoRetries
                | Rule::WindowEnded
                | Rule::InstrumentCap
                | Rule::LimitedCap => true,
                Rule::Ladder
                | Rule::RecoveryCap
                | Rule::NeverOpens
                | Rule::NewMethod
                | Rule::Stop
                | Rule::CustomerAction
                | Rule::Merchant
                | Rule::Hold
                | Rule::AskedOnce
                | Rule::BackupMethod => false,
            },
            Decision::TryAt(_) => self
                .backup_after
                .iter()
                .any(|after| after.class == record.class && history.declines >= after.declines),
            Decision::AskPayer | Decision::PauseConnection | Decision::Hold => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::dates::{decline, history, salt};
    use super::super::{Ask, Caps, Ladder};
    use super::*;
    use crate::domain::decline::RetryClass;
    use crate::domain::id::PaymentMethodId;
    use crate::domain::samples::at;
    use crate::domain::time::Span;

    fn next() -> NextMethod {
        let label = "visa 4242".to_owned();
        NextMethod { id: PaymentMethodId::at(at(0)), label, position: 1, of: 2 }
    }

    fn decided(policy: &Policy, retry: RetryClass, declines: u32) -> DecisionRecord {
        let declined = decline(retry);
        policy.decide(&Ask {
            decline: &declined,
            history: history(declines, at(0)),
            zone: chrono_tz::Europe::Berlin,
            salt: salt(declines),
            now: at(1_000),
        })
    }

    /// The retry class, the decline that it is of the method, and whether the next one follows.
    #[test]
    fn the_next_method_follows_where_this_one_is_finished() {
        let policy = Policy {
            backup_after: vec![BackupAfter { class: DeclineClass::InsufficientFunds, declines: 3 }],
            ..Policy::standard()
        };
        let rows = [
            (RetryClass::NewMethod, 1, true),
            (RetryClass::Stop, 1, false),
            (RetryClass::CustomerAction, 1, false),
            (RetryClass::Merchant, 1, false),
            (RetryClass::Hold, 1, false),
            (RetryClass::Soft, 1, false),
            (RetryClass::Soft, 2, false),
            (RetryClass::Soft, 3, true),
            (RetryClass::Limited, 4, true),
            (RetryClass::Soft, 8, true),
            // The most that the policy allows for one debt.
            (RetryClass::NewMethod, 24, false),
        ];
        for (retry, declines, follows) in rows {
            let record = policy.with_backup(decided(&policy, retry, declines), Some(&next()));
            assert_eq!(record.rule == Rule::BackupMethod, follows, "{retry:?} {declines}");
            assert_eq!(record.backup.is_some(), follows);
            if follows {
                assert_eq!(record.decision, Decision::TryAt(at(1_000)), "at once");
                assert!(record.sentence().contains("visa 4242"), "{}", record.sentence());
            }
        }
    }

    #[test]
    fn the_next_method_is_charged_within_the_hours_of_the_policy() {
        let mut policy = Policy::standard();
        policy.calendar.hours = Some("09:00-18:00".parse().expect("hours"));
        let declined = decided(&policy, RetryClass::NewMethod, 1);
        let record = policy.with_backup(declined, Some(&next()));
        // The beginning of time is one o'clock in Berlin.
        let opens = at(0).plus(Span::hours(8));
        assert_eq!(record.decision, Decision::TryAt(opens));
        assert!(record.sentence().contains("moved into the hours"), "{}", record.sentence());
    }

    proptest! {
        /// Whatever is declined, a debt never moves on without a method that may be charged, and
        /// has no more attempts than the policy allows.
        #[test]
        fn a_debt_moves_on_only_to_a_method_it_has_and_within_the_caps(
            which in 0..RetryClass::ALL.len(),
            declines in 1_u32..12,
            per_recovery in 1_u32..12,
            after in prop::option::of(1_u32..5),
            has_next in any::<bool>(),
        ) {
            let mut policy = Policy::standard();
            policy.caps = Caps { per_recovery, ..policy.caps };
            policy.ladders.soft = Ladder::days(&[1, 3]);
            let class = DeclineClass::InsufficientFunds;
            policy.backup_after =
                after.map(|declines| BackupAfter { class, declines }).into_iter().collect();
            let plain = decided(&policy, RetryClass::ALL[which], declines);
            let next = next();
            let record = policy.with_backup(plain.clone(), has_next.then_some(&next));
            if record.rule == Rule::BackupMethod {
                prop_assert!(has_next && declines < per_recovery);
                prop_assert_eq!(record.backup, Some(next));
            } else {
                prop_assert_eq!(record, plain, "nothing else changes");
            }
        }
    }
}
