//! A debt on its way up a policy: which attempt is next, if each one is declined.

use std::borrow::Cow;

use chrono_tz::Tz;

use crate::domain::decline::{Decline, RetryClass};
use crate::domain::failure::Failure;
use crate::domain::id::RecoveryId;
use crate::domain::policy::{Ask, Decision, History, Policy, Salt};
use crate::domain::time::Timestamp;

/// More than any policy makes: a climb ends, whatever the policy.
const ATTEMPTS_MAX: u32 = 1_000;

#[derive(Debug, Clone)]
pub struct Climb<'f> {
    pub recovery: RecoveryId,
    pub zone: Tz,
    pub history: History,
    pub decline: Cow<'f, Decline>,
    pub declined_at: Timestamp,
}

/// After the first charge of a failure.
pub fn declined_first(failure: &Failure) -> Climb<'_> {
    let first = &failure.first;
    Climb {
        recovery: failure.recovery,
        zone: failure.zone,
        history: History {
            declines: 1,
            limited_declines: u32::from(first.decline.retry == RetryClass::Limited),
            short_declines: u32::from(first.decline.retry == RetryClass::SoftShort),
            declines_in_all: 1,
            steps_skipped: 0,
            first_declined_at: first.at,
        },
        decline: Cow::Borrowed(&first.decline),
        declined_at: first.at,
    }
}

impl<'f> Climb<'f> {
    pub fn decline(&self) -> &Decline {
        &self.decline
    }

    /// None: there is no further attempt by itself.
    pub fn next(&self, policy: &Policy) -> Option<Timestamp> {
        if self.history.declines_in_all > ATTEMPTS_MAX {
            return None;
        }
        let ask = Ask {
            decline: &self.decline,
            history: self.history,
            zone: self.zone,
            salt: Salt { recovery: self.recovery, attempt_number: self.history.declines_in_all },
            now: self.declined_at,
        };
        match policy.decide(&ask).decision {
            Decision::TryAt(at) => Some(at),
            Decision::AskForMethod
            | Decision::AskPayer
            | Decision::PauseConnection
            | Decision::Hold
            | Decision::GiveUp => None,
        }
    }

    /// The attempt was declined; None, for the same reason as the last one.
    pub fn declined(&mut self, decline: Option<&'f Decline>, at: Timestamp) {
        match decline {
            Some(decline) => self.decline = Cow::Borrowed(decline),
            // What a provider asked to wait for is over.
            None if self.decline.retry_after.is_some() => self.decline.to_mut().retry_after = None,
            None => {}
        }
        let retry = self.decline.retry;
        let history = &mut self.history;
        history.declines = history.declines.saturating_add(1);
        history.declines_in_all = history.declines_in_all.saturating_add(1);
        let limited = u32::from(retry == RetryClass::Limited);
        history.limited_declines = history.limited_declines.saturating_add(limited);
        let short = u32::from(retry == RetryClass::SoftShort);
        history.short_declines = history.short_declines.saturating_add(short);
        self.declined_at = at;
    }
}
