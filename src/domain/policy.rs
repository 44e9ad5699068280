//! A policy says when the next attempt is, or that there is none. `standard` is the built-in
//! one; its figures come from the rules of the card networks and the advice of the providers.

use super::decline::{Decline, RetryClass};
use super::time::{Span, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub name: String,
    /// Days of the retries after a soft decline, counted from the first decline.
    pub soft_days: Vec<u32>,
    /// Days of the retries after a bare refusal, counted from the first decline.
    pub limited_days: Vec<u32>,
    /// The one quick retry after a technical failure.
    pub quick_retry: Span,
    /// Between two attempts on the schedule.
    pub gap: Span,
    /// From the first decline to the last retry.
    pub window: Span,
    pub retries_per_instrument_max: u32,
    /// With bare refusals among them; the first attempt counts.
    pub limited_attempts_max: u32,
    pub network_limit: NetworkLimit,
}

/// How often a card network lets one instrument be declined, over all debts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkLimit {
    pub declines_max: u32,
    pub within: Span,
}

/// What the policy looks at: the declined attempts of one debt on one instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The one just settled included.
    pub declines: u32,
    pub limited_declines: u32,
    pub short_declines: u32,
    pub first_declined_at: Timestamp,
}

/// A decline before the attempt that is being settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastDecline {
    pub begun_at: Timestamp,
    pub settled_at: Timestamp,
    pub retry: RetryClass,
}

impl History {
    /// The run of declines that an attempt begun at `begun_at` continues, if it does. A run ends
    /// where nothing was tried for longer than `window`: what is asked for later begins anew. How
    /// long an outcome takes to come ends no run, or slow methods would be tried for ever.
    pub fn continued(
        newest_first: &[PastDecline],
        begun_at: Timestamp,
        window: Span,
    ) -> Option<History> {
        let mut history = None;
        let mut next_begun_at = begun_at;
        for decline in newest_first {
            if decline.settled_at.plus(window) < next_begun_at {
                break;
            }
            let so_far = history.unwrap_or(History {
                declines: 0,
                limited_declines: 0,
                short_declines: 0,
                first_declined_at: decline.settled_at,
            });
            history = Some(History {
                declines: so_far.declines + 1,
                limited_declines: so_far.limited_declines
                    + u32::from(decline.retry == RetryClass::Limited),
                short_declines: so_far.short_declines
                    + u32::from(decline.retry == RetryClass::SoftShort),
                first_declined_at: decline.settled_at,
            });
            next_begun_at = decline.begun_at;
        }
        history
    }
}

/// What comes after a decline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    TryAt(Timestamp),
    /// This instrument is spent; another one may be tried at once.
    AskForMethod,
    AskPayer,
    /// The connection does not work; trying costs nothing until the operator mends it.
    PauseConnection,
    /// This debt waits for a person.
    Hold,
    GiveUp,
}

impl Policy {
    /// The default: 28 days, at most 7 retries per instrument.
    pub fn standard() -> Policy {
        Policy {
            name: "standard".to_owned(),
            soft_days: vec![1, 3, 6, 10, 15, 21, 27],
            limited_days: vec![2, 7, 16],
            quick_retry: Span::hours(3),
            gap: Span::hours(24),
            window: Span::days(28),
            retries_per_instrument_max: 7,
            limited_attempts_max: 4,
            network_limit: NetworkLimit { declines_max: 15, within: Span::days(30) },
        }
    }

    pub fn after_decline(&self, decline: &Decline, history: History, now: Timestamp) -> Decision {
        match decline.retry {
            RetryClass::Soft => self.on_schedule(&self.soft_days, decline, history, now),
            RetryClass::SoftShort if history.short_declines <= 1 => {
                self.within_bounds(now.plus(self.quick_retry), decline, history, now)
            }
            RetryClass::SoftShort => self.on_schedule(&self.soft_days, decline, history, now),
            RetryClass::Limited if history.declines >= self.limited_attempts_max => {
                Decision::GiveUp
            }
            RetryClass::Limited => self.on_schedule(&self.limited_days, decline, history, now),
            RetryClass::CustomerAction => Decision::AskPayer,
            RetryClass::NewMethod | RetryClass::Stop => Decision::AskForMethod,
            RetryClass::Merchant => Decision::PauseConnection,
            RetryClass::Hold => Decision::Hold,
        }
    }

    /// The next day of the ladder that is still ahead, a gap away from now.
    fn on_schedule(
        &self,
        days: &[u32],
        decline: &Decline,
        history: History,
        now: Timestamp,
    ) -> Decision {
        let step = usize::try_from(history.declines.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(days) = days.get(step) else {
            return Decision::GiveUp;
        };
        let planned = history.first_declined_at.plus(Span::days(*days));
        self.within_bounds(planned.max(now.plus(self.gap)), decline, history, now)
    }

    fn within_bounds(
        &self,
        planned: Timestamp,
        decline: &Decline,
        history: History,
        now: Timestamp,
    ) -> Decision {
        if history.declines > self.retries_per_instrument_max {
            return Decision::GiveUp;
        }
        let earliest = now.plus(decline.retry_after.unwrap_or(Span::ZERO));
        let at = planned.max(earliest);
        if at > history.first_declined_at.plus(self.window) {
            return Decision::GiveUp;
        }
        Decision::TryAt(at)
    }

    /// When a charge that never reached the provider is sent again: soon, then hourly.
    pub fn after_not_sent(&self, times: u32, now: Timestamp) -> Timestamp {
        let wait = usize::try_from(times)
            .ok()
            .and_then(|times| NOT_SENT_WAITS.get(times.saturating_sub(1)))
            .copied()
            .unwrap_or(Span::hours(1));
        now.plus(wait)
    }
}

/// After the first five times that nothing was sent; then hourly.
pub const NOT_SENT_WAITS: [Span; 5] = [
    Span::seconds(3),
    Span::seconds(18),
    Span::seconds(83),
    Span::seconds(258),
    Span::seconds(627),
];

/// After so many unsent tries in a row the customer of the API is told.
pub const NOT_SENT_TOLD_AFTER: u32 = 6;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::decline::DeclineClass;

    fn decline(retry: RetryClass) -> Decline {
        Decline {
            class: DeclineClass::InsufficientFunds,
            retry,
            code: "insufficient_funds".to_owned(),
            network_code: None,
            advice_code: None,
            retry_after: None,
            message: String::new(),
        }
    }

    fn nth(declines: u32) -> History {
        History {
            declines,
            limited_declines: declines,
            short_declines: declines,
            first_declined_at: Timestamp::from_unix_ms(0),
        }
    }

    #[test]
    fn a_soft_decline_is_tried_seven_more_times_in_28_days() {
        let policy = Policy::standard();
        let mut now = Timestamp::from_unix_ms(0);
        let mut tries = 1;
        while let Decision::TryAt(at) =
            policy.after_decline(&decline(RetryClass::Soft), nth(tries), now)
        {
            assert!(at >= now.plus(Span::hours(24)));
            now = at;
            tries += 1;
        }
        assert_eq!(tries, 8);
        assert!(now <= Timestamp::from_unix_ms(0).plus(Span::days(28)));
    }

    #[test]
    fn a_bare_refusal_is_tried_four_times_in_all() {
        let policy = Policy::standard();
        let refused = decline(RetryClass::Limited);
        let now = Timestamp::from_unix_ms(0);
        assert!(matches!(policy.after_decline(&refused, nth(3), now), Decision::TryAt(_)));
        assert_eq!(policy.after_decline(&refused, nth(4), now), Decision::GiveUp);
    }

    #[test]
    fn a_technical_failure_gets_one_quick_retry() {
        let policy = Policy::standard();
        let failed = decline(RetryClass::SoftShort);
        let now = Timestamp::from_unix_ms(0);
        assert_eq!(
            policy.after_decline(&failed, nth(1), now),
            Decision::TryAt(now.plus(Span::hours(3)))
        );
        let later = now.plus(Span::hours(3));
        let Decision::TryAt(at) = policy.after_decline(&failed, nth(2), later) else {
            panic!("a second technical failure goes on the schedule")
        };
        assert!(at >= later.plus(Span::hours(24)));
    }

    /// A debit whose refusal comes five days later, tried when the policy says.
    #[test]
    fn a_method_that_answers_late_is_not_tried_for_ever() {
        let policy = Policy::standard();
        let refused = decline(RetryClass::Soft);
        let mut declines: Vec<PastDecline> = Vec::new();
        let mut begun_at = Timestamp::from_unix_ms(0);
        loop {
            let settled_at = begun_at.plus(Span::days(5));
            let before = History::continued(&declines, begun_at, policy.window);
            let history = History {
                declines: before.map_or(1, |it| it.declines + 1),
                limited_declines: 0,
                short_declines: 0,
                first_declined_at: before.map_or(settled_at, |it| it.first_declined_at),
            };
            declines.insert(0, PastDecline { begun_at, settled_at, retry: refused.retry });
            match policy.after_decline(&refused, history, settled_at) {
                Decision::TryAt(at) => begun_at = at,
                decision => {
                    assert_eq!(decision, Decision::GiveUp);
                    break;
                }
            }
            assert!(declines.len() < 9, "{} attempts", declines.len());
        }
        let asked_later = begun_at.plus(Span::days(60));
        assert_eq!(History::continued(&declines, asked_later, policy.window), None);
    }

    proptest! {
        #[test]
        fn no_retry_is_earlier_than_asked_or_later_than_the_window(
            which in 0..RetryClass::ALL.len(),
            declines in 1_u32..20,
            late_ms in 0_u32..3_000_000_000,
            wait_s in 0_u32..3_000_000,
        ) {
            let policy = Policy::standard();
            let mut declined = decline(RetryClass::ALL[which]);
            declined.retry_after = Some(Span::seconds(wait_s));
            let now = Timestamp::from_unix_ms(0).plus(Span::ms(late_ms));
            if let Decision::TryAt(at) = policy.after_decline(&declined, nth(declines), now) {
                prop_assert!(at >= now.plus(Span::seconds(wait_s)));
                prop_assert!(at <= Timestamp::from_unix_ms(0).plus(policy.window));
                prop_assert!(declines <= policy.retries_per_instrument_max);
                prop_assert!(!declined.retry.is_hard());
            }
        }
    }
}
