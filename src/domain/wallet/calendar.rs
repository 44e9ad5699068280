//! On which days something that repeats happens: the anniversaries of a day, and the last day of
//! the month where a month has no such day. Days are the customer's; nothing here reads a clock.

use chrono::{Days, Months, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use crate::domain::decline::text_enum;
use crate::domain::time::{Span, Timestamp};

text_enum!(
    Interval {
        Weekly = "weekly",
        Monthly = "monthly",
        Quarterly = "quarterly",
        Semiannual = "semiannual",
        Yearly = "yearly",
    }
);

/// Nowhere does a day begin earlier than so long before it does in UTC.
const EARLIEST_ZONE: Span = Span::hours(14);

impl Interval {
    /// None: not counted in months.
    const fn months(self) -> Option<u32> {
        match self {
            Interval::Weekly => None,
            Interval::Monthly => Some(1),
            Interval::Quarterly => Some(3),
            Interval::Semiannual => Some(6),
            Interval::Yearly => Some(12),
        }
    }

    /// The first day on which it happens that is after `day`: the anchor itself, or a whole
    /// number of intervals later. None: beyond the calendar.
    pub fn next_after(self, anchor: NaiveDate, day: NaiveDate) -> Option<NaiveDate> {
        if anchor > day {
            return Some(anchor);
        }
        let passed = u32::try_from(day.signed_duration_since(anchor).num_days()).ok()?;
        let Some(months) = self.months() else {
            return anchor.checked_add_days(Days::new(u64::from((passed / 7 + 1) * 7)));
        };
        // No month has more than 31 days: this many have passed at least.
        let mut steps = passed / 31 / months;
        loop {
            // Always from the anchor: a clamped day does not become the day of later months.
            let next = anchor.checked_add_months(Months::new(steps * months))?;
            if next > day {
                return Some(next);
            }
            steps += 1;
        }
    }
}

/// The first moment of a day at the customer's.
pub fn begins(day: NaiveDate, zone: Tz) -> Timestamp {
    let midnight = day.and_time(NaiveTime::MIN);
    // Where the clock is put forward at midnight the day begins an hour later or so.
    (0..24)
        .find_map(|hours| {
            let local = midnight + chrono::TimeDelta::hours(hours);
            zone.from_local_datetime(&local).earliest()
        })
        .map_or_else(
            || Timestamp::from_utc(midnight.and_utc()),
            |time| Timestamp::from_utc(time.to_utc()),
        )
}

/// The first moment at which it is that day anywhere.
pub fn begins_somewhere(day: NaiveDate) -> Timestamp {
    Timestamp::from_utc(day.and_time(NaiveTime::MIN).and_utc()).minus(EARLIEST_ZONE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn days(interval: Interval, anchor: &str, count: usize) -> Vec<String> {
        let anchor = day(anchor);
        let mut last = anchor;
        (0..count)
            .map(|_| {
                last = interval.next_after(anchor, last).expect("in the calendar");
                last.to_string()
            })
            .collect()
    }

    #[test]
    fn the_last_days_of_months_stay_the_last() {
        assert_eq!(
            days(Interval::Monthly, "2025-01-31", 4),
            ["2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"]
        );
        assert_eq!(days(Interval::Quarterly, "2024-11-30", 2), ["2025-02-28", "2025-05-30"]);
        assert_eq!(days(Interval::Semiannual, "2025-08-31", 2), ["2026-02-28", "2026-08-31"]);
        assert_eq!(
            days(Interval::Yearly, "2024-02-29", 4),
            ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]
        );
    }

    #[test]
    fn weeks_keep_their_day() {
        assert_eq!(days(Interval::Weekly, "2025-02-24", 2), ["2025-03-03", "2025-03-10"]);
    }

    #[test]
    fn an_anchor_to_come_is_the_first_day() {
        let next = Interval::Monthly.next_after(day("2025-06-15"), day("2025-01-01"));
        assert_eq!(next, Some(day("2025-06-15")));
    }

    #[test]
    fn days_begin_where_the_customer_is() {
        let auckland = begins(day("2025-06-15"), chrono_tz::Pacific::Auckland);
        assert_eq!(auckland.utc().to_rfc3339(), "2025-06-14T12:00:00+00:00");
        // The clock is put forward at midnight: that day begins at one.
        let beirut = begins(day("2022-03-27"), chrono_tz::Asia::Beirut);
        assert_eq!(beirut.utc().to_rfc3339(), "2022-03-26T22:00:00+00:00");
        assert!(begins_somewhere(day("2025-06-15")) <= auckland);
    }

    proptest! {
        #[test]
        fn each_day_comes_once_and_in_order(
            offset in 0..4_000_u64,
            passed in 0..4_000_u64,
            place in 0..5_usize,
        ) {
            let interval = Interval::ALL[place];
            let anchor = day("2020-01-01") + Days::new(offset);
            let today = anchor + Days::new(passed);
            let next = interval.next_after(anchor, today).expect("in the calendar");
            prop_assert!(next > today);
            // Nothing lies between: whoever asks on the day before gets the same day.
            let before = interval.next_after(anchor, next - Days::new(1)).expect("in the calendar");
            prop_assert_eq!(before, next);
            let gap = next.signed_duration_since(today).num_days();
            let longest = interval.months().map_or(7, |months| i64::from(months) * 31);
            prop_assert!(gap <= longest);
        }
    }
}
