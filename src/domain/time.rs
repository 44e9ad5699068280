//! Points in time and lengths of it. Whole milliseconds, UTC; calendar days are worked out in a
//! named time zone, never by adding 24 hours.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A length of time in whole milliseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Span {
    pub const ZERO: Span = Span(0);

    pub const fn ms(ms: u32) -> Span {
        Span(ms as i64)
    }
    pub const fn seconds(seconds: u32) -> Span {
        Span(seconds as i64 * 1000)
    }
    pub const fn minutes(minutes: u32) -> Span {
        Span::seconds(minutes * 60)
    }
    pub const fn hours(hours: u32) -> Span {
        Span(hours as i64 * 3_600_000)
    }
    pub const fn days(days: u32) -> Span {
        Span(days as i64 * 86_400_000)
    }
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    pub const fn whole_days(self) -> i64 {
        self.0 / 86_400_000
    }

    /// A part of it that `number` chooses: from nothing to all of it.
    #[must_use]
    pub const fn part(self, number: i64) -> Span {
        Span(number.rem_euclid(self.0.saturating_add(1)))
    }
}

impl Timestamp {
    pub const fn from_unix_ms(ms: i64) -> Timestamp {
        Timestamp(ms)
    }

    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// Stops at the end of representable time rather than wrapping.
    #[must_use]
    pub const fn plus(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }

    #[must_use]
    pub const fn minus(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }

    /// How long after `earlier`; nothing when it is not after.
    pub fn since(self, earlier: Timestamp) -> Span {
        Span(self.0.saturating_sub(earlier.0).max(0))
    }

    /// The same point in time for the calendar. Clamped to what a calendar can hold.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(if self.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }

    pub fn from_utc(time: DateTime<Utc>) -> Timestamp {
        Timestamp(time.timestamp_millis())
    }

    /// The day it is in `zone`.
    pub fn date_in(self, zone: Tz) -> NaiveDate {
        self.utc().with_timezone(&zone).date_naive()
    }
}
