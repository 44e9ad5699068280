//! The calendar of billing: which days belong to one period, and what a part of it costs. Whole
//! days of the customer's calendar; hours and time zones come in only where a day begins.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::decline::text_enum;
use super::time::{Span, Timestamp};

text_enum!(
    /// How long a period is.
    Interval {
        Weekly = "weekly",
        Monthly = "monthly",
        Quarterly = "quarterly",
        Semiannual = "semiannual",
        Yearly = "yearly",
    }
);

impl Interval {
    /// How many of them make a year.
    pub const fn per_year(self) -> i64 {
        match self {
            Interval::Weekly => 52,
            Interval::Monthly => 12,
            Interval::Quarterly => 4,
            Interval::Semiannual => 2,
            Interval::Yearly => 1,
        }
    }

    const fn step(self) -> Step {
        match self {
            Interval::Weekly => Step::Days(7),
            Interval::Monthly => Step::Months(1),
            Interval::Quarterly => Step::Months(3),
            Interval::Semiannual => Step::Months(6),
            Interval::Yearly => Step::Months(12),
        }
    }
}

enum Step {
    Days(i64),
    Months(i32),
}

text_enum!(
    /// What periods begin with.
    BillingTime {
        /// Mondays, first days of months, of quarters, of years.
        Calendar = "calendar",
        /// The day on which the subscription began, and its anniversaries.
        Anniversary = "anniversary",
    }
);

/// Some days, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: NaiveDate,
    /// The first day after it.
    pub to: NaiveDate,
}

impl Period {
    pub fn days(self) -> u32 {
        u32::try_from(self.to.signed_duration_since(self.from).num_days()).unwrap_or(0)
    }

    /// Its first and its last moment in `zone`.
    pub fn moments(self, zone: Tz) -> (Timestamp, Timestamp) {
        (start_of(self.from, zone), start_of(self.to, zone).minus(Span::ms(1)))
    }
}

/// How time is cut into periods, without a gap and without an overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    pub interval: Interval,
    pub billing_time: BillingTime,
    /// What anniversaries are of.
    pub anchor: NaiveDate,
}

/// A Monday that is the first day of a year: all calendar periods can be counted from it.
const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(2001, 1, 1).expect("2001 began with a Monday");

impl Calendar {
    /// The period that a day belongs to.
    pub fn period_of(self, day: NaiveDate) -> Period {
        let anchor = match self.billing_time {
            BillingTime::Calendar => EPOCH,
            BillingTime::Anniversary => self.anchor,
        };
        match self.interval.step() {
            Step::Days(length) => {
                let since = day.signed_duration_since(anchor).num_days();
                let from = plus_days(anchor, since.div_euclid(length) * length);
                Period { from, to: plus_days(from, length) }
            }
            Step::Months(length) => {
                let count = months_between(anchor, day).div_euclid(length);
                let begin = |count: i32| plus_months(anchor, count.saturating_mul(length));
                // The day may be in the month in which a period begins, but before it does.
                let count = if begin(count) > day { count - 1 } else { count };
                Period { from: begin(count), to: begin(count + 1) }
            }
        }
    }
}

fn months_between(from: NaiveDate, to: NaiveDate) -> i32 {
    let month = |date: NaiveDate| date.year() * 12 + date.month0().cast_signed();
    month(to) - month(from)
}

/// The same day of another month; days 29 to 31 become the last day of a shorter one.
fn plus_months(date: NaiveDate, months: i32) -> NaiveDate {
    let length = Months::new(months.unsigned_abs());
    if months < 0 {
        date.checked_sub_months(length).unwrap_or(NaiveDate::MIN)
    } else {
        date.checked_add_months(length).unwrap_or(NaiveDate::MAX)
    }
}

/// Stops at the ends of the calendar.
pub fn plus_days(date: NaiveDate, days: i64) -> NaiveDate {
    let length = Days::new(days.unsigned_abs());
    if days < 0 {
        date.checked_sub_days(length).unwrap_or(NaiveDate::MIN)
    } else {
        date.checked_add_days(length).unwrap_or(NaiveDate::MAX)
    }
}

/// The first moment of a day in `zone`: midnight, or what comes after the hour that clocks skip
/// there.
pub fn start_of(day: NaiveDate, zone: Tz) -> Timestamp {
    let midnight = day.and_time(NaiveTime::MIN);
    // No clock is put forward by more than a day.
    let quarters = (0..=96)
        .filter_map(|quarter| midnight.checked_add_signed(chrono::Duration::minutes(quarter * 15)));
    let mut first = quarters.filter_map(|time| zone.from_local_datetime(&time).earliest());
    first.next().map_or_else(
        || Timestamp::from_utc(midnight.and_utc()),
        |time| Timestamp::from_utc(time.to_utc()),
    )
}

/// The day after the last one of which something was used until `moment`.
pub fn day_after_use(moment: Timestamp, zone: Tz) -> NaiveDate {
    plus_days(moment.minus(Span::ms(1)).date_in(zone), 1)
}

/// What `used` of `all` days cost, rounded half up. Never more than the whole.
pub fn prorated(amount: i64, used: u32, all: u32) -> i64 {
    if used >= all {
        return amount;
    }
    let (amount, used, all) = (i128::from(amount), i128::from(used), i128::from(all));
    i64::try_from((amount * used * 2 + all).div_euclid(all * 2)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn calendar(interval: Interval) -> Calendar {
        Calendar { interval, billing_time: BillingTime::Calendar, anchor: day("2024-02-29") }
    }

    fn anniversary(interval: Interval, anchor: &str) -> Calendar {
        Calendar { interval, billing_time: BillingTime::Anniversary, anchor: day(anchor) }
    }

    fn shown(period: Period) -> String {
        format!("{}..{}", period.from, period.to)
    }

    #[test]
    fn calendar_periods_begin_with_the_calendar() {
        let of = |interval| shown(calendar(interval).period_of(day("2024-08-15")));
        assert_eq!(of(Interval::Weekly), "2024-08-12..2024-08-19");
        assert_eq!(of(Interval::Monthly), "2024-08-01..2024-09-01");
        assert_eq!(of(Interval::Quarterly), "2024-07-01..2024-10-01");
        assert_eq!(of(Interval::Semiannual), "2024-07-01..2025-01-01");
        assert_eq!(of(Interval::Yearly), "2024-01-01..2025-01-01");
    }

    #[test]
    fn anniversaries_of_the_31st_are_last_days_of_shorter_months() {
        let monthly = anniversary(Interval::Monthly, "2024-01-31");
        let mut from = day("2024-01-31");
        let mut begins = Vec::new();
        for _ in 0..6 {
            let period = monthly.period_of(from);
            assert_eq!(period.from, from);
            begins.push(period.from.to_string());
            from = period.to;
        }
        let expected =
            ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30"];
        assert_eq!(begins, expected);
        assert_eq!(shown(monthly.period_of(day("2025-03-30"))), "2025-02-28..2025-03-31");
        let yearly = anniversary(Interval::Yearly, "2024-02-29");
        assert_eq!(shown(yearly.period_of(day("2025-02-28"))), "2025-02-28..2026-02-28");
        assert_eq!(shown(yearly.period_of(day("2028-02-28"))), "2027-02-28..2028-02-29");
    }

    #[test]
    fn days_before_the_anchor_have_periods_too() {
        let quarterly = anniversary(Interval::Quarterly, "2024-05-15");
        assert_eq!(shown(quarterly.period_of(day("2024-05-14"))), "2024-02-15..2024-05-15");
        let weekly = anniversary(Interval::Weekly, "2024-05-15");
        assert_eq!(shown(weekly.period_of(day("2024-05-14"))), "2024-05-08..2024-05-15");
    }

    #[test]
    fn a_day_begins_at_its_first_moment_whatever_the_clocks_do() {
        let hours = |date: &str, zone: Tz| {
            let length = start_of(plus_days(day(date), 1), zone).since(start_of(day(date), zone));
            length.as_ms() / 3_600_000
        };
        assert_eq!(hours("2025-03-30", Tz::Europe__Berlin), 23);
        assert_eq!(hours("2025-10-26", Tz::Europe__Berlin), 25);
        assert_eq!(hours("2025-03-09", Tz::America__New_York), 23);
        assert_eq!(hours("2025-11-02", Tz::America__New_York), 25);
        // Clocks went from midnight to one: the day began at one.
        let missing = start_of(day("2018-11-04"), Tz::America__Sao_Paulo);
        assert_eq!(missing.utc().to_rfc3339(), "2018-11-04T03:00:00+00:00");
        // A day that an island skipped begins with the next one.
        let skipped = start_of(day("2011-12-30"), Tz::Pacific__Apia);
        assert_eq!(skipped, start_of(day("2011-12-31"), Tz::Pacific__Apia));
    }

    #[test]
    fn what_ends_at_midnight_has_used_nothing_of_the_day() {
        let zone = Tz::Europe__Berlin;
        let midnight = start_of(day("2025-07-01"), zone);
        assert_eq!(day_after_use(midnight, zone), day("2025-07-01"));
        assert_eq!(day_after_use(midnight.plus(Span::ms(1)), zone), day("2025-07-02"));
    }

    #[test]
    fn a_part_costs_its_share() {
        assert_eq!(prorated(10_000, 16, 31), 5_161);
        assert_eq!(prorated(999, 15, 30), 500);
        assert_eq!(prorated(999, 0, 30), 0);
        assert_eq!(prorated(i64::MAX, 365, 366), 9_198_171_566_808_724_507);
        assert_eq!(prorated(100, 5, 0), 100);
    }

    fn any_day() -> impl Strategy<Value = NaiveDate> {
        (-40_000_i64..40_000).prop_map(|days| plus_days(EPOCH, days))
    }

    fn any_calendar() -> impl Strategy<Value = Calendar> {
        let interval = proptest::sample::select(Interval::ALL);
        let billing_time = proptest::sample::select(BillingTime::ALL);
        (interval, billing_time, any_day()).prop_map(|(interval, billing_time, anchor)| Calendar {
            interval,
            billing_time,
            anchor,
        })
    }

    proptest! {
        #[test]
        fn periods_tile_time(calendar in any_calendar(), day in any_day()) {
            let period = calendar.period_of(day);
            prop_assert!(period.from <= day && day < period.to);
            prop_assert_eq!(calendar.period_of(period.from), period);
            prop_assert_eq!(calendar.period_of(plus_days(period.to, -1)), period);
            prop_assert_eq!(calendar.period_of(period.to).from, period.to);
            prop_assert_eq!(calendar.period_of(plus_days(period.from, -1)).to, period.from);
        }

        #[test]
        fn periods_are_about_as_long_as_they_say(calendar in any_calendar(), day in any_day()) {
            let days = calendar.period_of(day).days();
            let range = match calendar.interval {
                Interval::Weekly => 7..=7,
                Interval::Monthly => 28..=31,
                Interval::Quarterly => 89..=92,
                Interval::Semiannual => 181..=184,
                Interval::Yearly => 365..=366,
            };
            prop_assert!(range.contains(&days), "{days}");
        }

        #[test]
        fn moments_of_periods_tile_time_in_every_zone(
            calendar in any_calendar(),
            day in any_day(),
            zone in proptest::sample::select(chrono_tz::TZ_VARIANTS.to_vec()),
        ) {
            let period = calendar.period_of(day);
            let (from, to) = period.moments(zone);
            prop_assert!(from < to);
            let next = calendar.period_of(period.to).moments(zone).0;
            prop_assert_eq!(to.plus(Span::ms(1)), next);
        }

        #[test]
        fn a_part_never_costs_more_than_the_whole(
            amount in 0..=i64::MAX,
            used in 0..400_u32,
            all in 1..400_u32,
        ) {
            let part = prorated(amount, used, all);
            prop_assert!((0..=amount).contains(&part));
            prop_assert!(prorated(amount, used + 1, all) >= part);
        }

        #[test]
        fn parts_come_to_the_whole_but_for_half_a_unit_each(
            amount in 0..1_000_000_000_i64,
            cuts in proptest::collection::vec(1..40_u32, 1..6),
        ) {
            let all: u32 = cuts.iter().sum();
            let sum: i64 = cuts.iter().map(|days| prorated(amount, *days, all)).sum();
            prop_assert!((sum - amount).abs() * 2 <= i64::try_from(cuts.len()).expect("few"));
        }
    }
}
