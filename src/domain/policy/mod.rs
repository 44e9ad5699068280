//! A policy says when the next attempt is, or that there is none. It is a plain value that a
//! person wrote; `decide` is the one function that answers "when next", together with why.

mod backup;
mod calendar;
mod decide;
mod doubts;
mod step;
mod version;
mod words;

use super::decline::{DeclineClass, RetryClass, text_enum};
use super::time::{Span, Timestamp};
pub use backup::BackupAfter;
pub use calendar::{
    Calendar, Holiday, InvalidHoliday, InvalidHours, LocalHours, Move, Mover, Payday, Paydays,
    Weekdays,
};
pub use decide::{Ask, Decision, DecisionRecord, History, Rule, Salt, Slot};
pub use doubts::Doubt;
pub use step::{CronLine, DAYS_MAX, InvalidStep, Ladder, Step};
pub use version::{Assignment, PolicyVersion, Scope};
pub use words::moment;

/// Which policy, as people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyName {
    pub code: String,
    /// 0: it is built in, and has no versions.
    pub version: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub name: PolicyName,
    pub ladders: Ladders,
    pub calendar: Calendar,
    pub caps: Caps,
    /// An attempt is up to so much later, so that not all come at once.
    pub jitter: Span,
    /// From the first decline of an instrument to the last attempt on it.
    pub window: Span,
    /// When a method is left for the customer's next one, though it could be tried again.
    pub backup_after: Vec<BackupAfter>,
    pub on_exhausted: OnExhausted,
}

/// A ladder for each retry class that is tried again, and for single decline classes in its
/// place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ladders {
    /// Also what follows the quick retries.
    pub soft: Ladder,
    /// Quick retries after a technical failure.
    pub soft_short: Ladder,
    /// After a bare refusal.
    pub limited: Ladder,
    pub of_classes: Vec<(DeclineClass, Ladder)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Attempts at one debt on one instrument, the first one included.
    pub per_instrument: u32,
    /// Attempts at one debt, on whatever instrument.
    pub per_recovery: u32,
    /// Attempts on one instrument that was refused without a reason.
    pub limited: u32,
    /// Between two attempts, unless a step in hours says otherwise.
    pub gap: Span,
}

text_enum!(
    /// What becomes of a debt once there is no further attempt.
    OnExhausted {
        /// It stays owed; a new method, a link or a person can still bring it in.
        LeaveOpen = "leave_open",
        /// It stays on the invoice, but nothing is tried any more by itself, whatever comes.
        MarkUncollectible = "mark_uncollectible",
        Void = "void",
        /// The subscriptions on the invoice end; the debt stays owed.
        CancelSubscription = "cancel_subscription",
        /// The payer is sent a link, and is never charged by itself.
        LinkOnly = "link_only",
    }
);

/// How often a card network lets one instrument be declined, over all debts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkLimit {
    pub declines_max: u32,
    pub within: Span,
}

impl NetworkLimit {
    /// What most providers still state for every card network.
    pub const CARDS: NetworkLimit = NetworkLimit { declines_max: 15, within: Span::days(30) };
}

impl Policy {
    /// The default: 28 days, at most 7 retries per instrument. The same as the file
    /// `docs/policies/standard.toml`; a test holds the two together.
    pub fn standard() -> Policy {
        Policy {
            name: PolicyName { code: "standard".to_owned(), version: 0 },
            ladders: Ladders {
                soft: Ladder::days(&[1, 3, 6, 10, 15, 21, 27]),
                soft_short: Ladder(vec![Step::Hours(3)]),
                limited: Ladder::days(&[2, 7, 16]),
                of_classes: vec![],
            },
            calendar: Calendar::default(),
            caps: Caps::default(),
            jitter: Span::ZERO,
            window: Span::days(28),
            backup_after: vec![],
            on_exhausted: OnExhausted::LeaveOpen,
        }
    }
}

impl Default for Caps {
    fn default() -> Caps {
        Caps { per_instrument: 8, per_recovery: 24, limited: 4, gap: Span::hours(24) }
    }
}

impl Ladders {
    /// The ladder that a decline stands on, and its name. None: the retry class is not tried
    /// again.
    fn of(&self, class: DeclineClass, retry: RetryClass) -> Option<(&'static str, &Ladder)> {
        let own = self.of_classes.iter().find(|(known, _)| *known == class);
        let general = match retry {
            RetryClass::Soft => ("soft", &self.soft),
            RetryClass::SoftShort => ("soft_short", &self.soft_short),
            RetryClass::Limited => ("limited", &self.limited),
            RetryClass::CustomerAction
            | RetryClass::NewMethod
            | RetryClass::Stop
            | RetryClass::Merchant
            | RetryClass::Hold => return None,
        };
        Some(own.map_or(general, |(class, ladder)| (class.as_str(), ladder)))
    }
}

/// When a charge that never reached the provider is sent again: soon, then hourly. It costs no
/// attempt, so no policy says anything about it.
pub fn after_not_sent(times: u32, now: Timestamp) -> Timestamp {
    let wait = usize::try_from(times)
        .ok()
        .and_then(|times| NOT_SENT_WAITS.get(times.saturating_sub(1)))
        .copied()
        .unwrap_or(Span::hours(1));
    now.plus(wait)
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
mod dates;
#[cfg(test)]
mod properties;
