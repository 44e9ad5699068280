//! Outages of a connection: when technical failures outweigh other answers, its retries wait, and
//! one attempt at a time goes through to see whether it works again.

use super::attempt::Outcome;
use super::decline::RetryClass;
use super::policy::Salt;
use super::time::{Span, Timestamp};

/// During an outage one attempt goes through so often.
pub const PROBE_EVERY: Span = Span::minutes(5);

/// What waits for the end of an outage is spread out over so long, so that the provider is not
/// overrun.
pub const SPREAD: Span = Span::minutes(30);

/// What an answer says of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Nothing was decided about the charge: it does not work.
    Technical,
    /// It works, whatever became of the charge.
    Otherwise,
}

impl Answered {
    pub const fn of(outcome: &Outcome) -> Answered {
        match outcome {
            Outcome::NotSent(_) | Outcome::Unknown(_) => Answered::Technical,
            Outcome::Declined(decline) => match decline.retry {
                RetryClass::SoftShort => Answered::Technical,
                RetryClass::Soft
                | RetryClass::Limited
                | RetryClass::CustomerAction
                | RetryClass::NewMethod
                | RetryClass::Stop
                | RetryClass::Merchant
                | RetryClass::Hold => Answered::Otherwise,
            },
            Outcome::Paid | Outcome::Pending | Outcome::NeedsAction(_) => Answered::Otherwise,
        }
    }
}

/// How a connection answers lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trouble {
    /// Technical failures less the other answers, never below none.
    pub level: u32,
    pub outage: Option<Outage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    pub since: Timestamp,
    pub next_probe_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Began,
    Ended,
}

/// What an attempt that is due does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    Free,
    /// It goes through to see; the next one does so later.
    Probe(Trouble),
    WaitUntil(Timestamp),
}

impl Trouble {
    /// After one more answer. `out_at` is the level at which an outage begins; 0: there is none.
    #[must_use]
    pub fn after(self, answered: Answered, out_at: u32, now: Timestamp) -> (Trouble, Option<Turn>) {
        let works = (Trouble::default(), self.outage.map(|_| Turn::Ended));
        if out_at == 0 {
            return works;
        }
        match (answered, self.outage) {
            (Answered::Otherwise, Some(_)) => works,
            (Answered::Otherwise, None) => {
                (Trouble { level: self.level.saturating_sub(1), outage: None }, None)
            }
            (Answered::Technical, Some(_)) => (self, None),
            (Answered::Technical, None) => {
                let level = self.level.saturating_add(1);
                let begins = level >= out_at;
                let outage =
                    begins.then(|| Outage { since: now, next_probe_at: now.plus(PROBE_EVERY) });
                (Trouble { level, outage }, begins.then_some(Turn::Began))
            }
        }
    }

    /// `failed`: nothing could be sent of the debt the last time, perhaps because of the debt
    /// itself. It goes through only when no other debt has for so long that none can be waiting:
    /// otherwise a few such debts would take every turn, and keep up the outage.
    pub fn gate(self, salt: Salt, failed: bool, now: Timestamp) -> Gate {
        let Some(outage) = self.outage else { return Gate::Free };
        let turn_at = if failed {
            outage.next_probe_at.plus(SPREAD).plus(PROBE_EVERY)
        } else {
            outage.next_probe_at
        };
        if turn_at <= now {
            let next = Outage { next_probe_at: now.plus(PROBE_EVERY), ..outage };
            return Gate::Probe(Trouble { outage: Some(next), ..self });
        }
        Gate::WaitUntil(turn_at.plus(salt.part_of(SPREAD)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::id::RecoveryId;
    use crate::domain::samples::at;

    fn minutes(minutes: u32) -> Timestamp {
        at(0).plus(Span::minutes(minutes))
    }

    fn salt(number: u128) -> Salt {
        let recovery = RecoveryId::from_uuid(uuid::Uuid::from_u128(number));
        Salt { recovery, attempt_number: 1 }
    }

    fn after(trouble: Trouble, answers: &[Answered]) -> (Trouble, Vec<Turn>) {
        let mut turns = vec![];
        let mut trouble = trouble;
        for answered in answers {
            let (next, turn) = trouble.after(*answered, 3, at(0));
            trouble = next;
            turns.extend(turn);
        }
        (trouble, turns)
    }

    #[test]
    fn failures_that_outweigh_other_answers_are_an_outage_until_one_is_answered() {
        use Answered::{Otherwise, Technical};
        let (calm, turns) =
            after(Trouble::default(), &[Technical, Otherwise, Otherwise, Technical, Technical]);
        assert_eq!((calm.level, turns), (2, vec![]), "never below none");
        let (out, turns) = after(calm, &[Technical, Technical, Technical]);
        assert_eq!((out.level, turns), (3, vec![Turn::Began]), "begins once");
        let (ended, turns) = after(out, &[Otherwise]);
        assert_eq!((ended, turns), (Trouble::default(), vec![Turn::Ended]));
        let (switched_off, turn) = out.after(Technical, 0, at(0));
        assert_eq!((switched_off, turn), (Trouble::default(), Some(Turn::Ended)));
    }

    #[test]
    fn during_an_outage_one_attempt_goes_through_at_a_time() {
        let (out, _) = after(Trouble::default(), &[Answered::Technical; 3]);
        let probe_at = at(0).plus(PROBE_EVERY);
        let Gate::WaitUntil(until) = out.gate(salt(7), false, at(1)) else { panic!("it waits") };
        assert!(until >= probe_at && until <= probe_at.plus(SPREAD));
        let Gate::Probe(next) = out.gate(salt(7), false, probe_at) else {
            panic!("it goes through")
        };
        assert!(
            matches!(next.gate(salt(8), false, probe_at), Gate::WaitUntil(_)),
            "the next one waits"
        );
        assert_eq!(Trouble::default().gate(salt(7), false, at(1)), Gate::Free);
    }

    #[test]
    fn what_waits_is_spread_out() {
        let (out, _) = after(Trouble::default(), &[Answered::Technical; 3]);
        let minute = |number| match out.gate(salt(number), false, at(1)) {
            Gate::WaitUntil(until) => until.unix_ms() / 60_000,
            Gate::Free | Gate::Probe(_) => panic!("it waits"),
        };
        let mut minutes: Vec<i64> = (0..3_000).map(minute).collect();
        minutes.sort_unstable();
        let most = minutes.chunk_by(|a, b| a == b).map(<[i64]>::len).max();
        assert!(most.is_some_and(|most| most < 200), "at most {most:?} in a minute");
    }

    proptest! {
        /// Debts at which the provider always fails are tried every hour and keep up an outage.
        /// However many they are and whenever they come, another one goes through in time.
        #[test]
        fn a_debt_that_fails_each_time_does_not_keep_the_others_waiting(
            failing in prop::collection::vec((any::<u128>(), 0_u32..60), 0..40),
            other in any::<u128>(),
        ) {
            let (mut out, _) = after(Trouble::default(), &[Answered::Technical; 3]);
            let mut due: Vec<(Timestamp, u128)> =
                failing.into_iter().map(|(number, minute)| (minutes(minute), number)).collect();
            due.push((at(1), other));
            loop {
                due.sort_unstable();
                let (now, number) = due.remove(0);
                prop_assert!(now < at(0).plus(Span::days(1)), "it waits for ever");
                let failed = number != other;
                match out.gate(salt(number), failed, now) {
                    Gate::Free => prop_assert!(false, "the outage lasts"),
                    Gate::Probe(_) if !failed => break,
                    Gate::Probe(next) => {
                        out = next;
                        due.push((now.plus(Span::hours(1)), number));
                    }
                    Gate::WaitUntil(until) => due.push((until, number)),
                }
            }
        }

        /// Whatever is answered, an outage begins and ends in turn, and never below its level.
        #[test]
        fn an_outage_ends_before_another_begins(
            answers in prop::collection::vec(any::<bool>(), 0..200),
            out_at in 1_u32..12,
        ) {
            let mut trouble = Trouble::default();
            for technical in answers {
                let was_out = trouble.outage.is_some();
                let answered = if technical { Answered::Technical } else { Answered::Otherwise };
                let (next, turn) = trouble.after(answered, out_at, at(0));
                let expected = match (was_out, next.outage.is_some()) {
                    (false, true) => Some(Turn::Began),
                    (true, false) => Some(Turn::Ended),
                    (true, true) | (false, false) => None,
                };
                prop_assert_eq!(turn, expected);
                prop_assert!(next.level <= out_at);
                prop_assert_eq!(next.outage.is_some(), next.level == out_at);
                trouble = next;
            }
        }
    }
}
