//! When a payer can be charged: hours, weekdays and holidays where the payer is, and the days on
//! which people are paid. Days are days of the calendar, never 24 hours.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, Days, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    Timelike, Weekday,
};
use chrono_tz::Tz;

use crate::domain::decline::text_enum;
use crate::domain::time::{Span, Timestamp};

/// The hours of a day, to the minute. The end does not belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalHours {
    from: NaiveTime,
    /// None: midnight, the end of the day.
    to: Option<NaiveTime>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write hours of one day as \"09:00-18:00\", the first before the second")]
pub struct InvalidHours;

impl FromStr for LocalHours {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<LocalHours, InvalidHours> {
        let time = |text: &str| {
            let text = text.trim();
            let read = NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| InvalidHours)?;
            if text.len() == 5 { Ok(read) } else { Err(InvalidHours) }
        };
        let (from, to) = text.split_once('-').ok_or(InvalidHours)?;
        let from = time(from)?;
        let to = if to.trim() == "24:00" { None } else { Some(time(to)?) };
        if to.is_some_and(|to| to <= from) {
            return Err(InvalidHours);
        }
        Ok(LocalHours { from, to })
    }
}

impl fmt::Display for LocalHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", self.from.format("%H:%M"))?;
        match self.to {
            Some(to) => write!(f, "{}", to.format("%H:%M")),
            None => f.write_str("24:00"),
        }
    }
}

/// The days of a week on which something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekdays(u8);

impl Weekdays {
    pub const ALL: Weekdays = Weekdays(0b111_1111);
    pub const NONE: Weekdays = Weekdays(0);

    pub const NAMES: [(Weekday, &'static str); 7] = [
        (Weekday::Mon, "mon"),
        (Weekday::Tue, "tue"),
        (Weekday::Wed, "wed"),
        (Weekday::Thu, "thu"),
        (Weekday::Fri, "fri"),
        (Weekday::Sat, "sat"),
        (Weekday::Sun, "sun"),
    ];

    #[must_use]
    pub fn with(self, day: Weekday) -> Weekdays {
        Weekdays(self.0 | 1 << day.num_days_from_monday())
    }

    pub fn has(self, day: Weekday) -> bool {
        self.0 >> day.num_days_from_monday() & 1 == 1
    }

    pub fn names(self) -> Vec<&'static str> {
        let on = Weekdays::NAMES.iter().filter(|(day, _)| self.has(*day));
        on.map(|(_, name)| *name).collect()
    }

    /// None when the text names no weekday.
    pub fn named(name: &str) -> Option<Weekday> {
        Weekdays::NAMES.iter().find(|(_, known)| *known == name).map(|(day, _)| *day)
    }
}

/// A day on which nothing is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holiday {
    /// `2026-04-03`
    On(NaiveDate),
    /// `12-25`: every year.
    Yearly { month: u8, day: u8 },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write a day as \"2026-04-03\", or \"12-25\" for every year")]
pub struct InvalidHoliday;

impl FromStr for Holiday {
    type Err = InvalidHoliday;

    fn from_str(text: &str) -> Result<Holiday, InvalidHoliday> {
        let text = text.trim();
        match text.len() {
            10 => {
                let date = NaiveDate::parse_from_str(text, "%Y-%m-%d");
                date.map(Holiday::On).map_err(|_| InvalidHoliday)
            }
            5 => {
                // In a leap year, so that the leap day can be one.
                let date = NaiveDate::parse_from_str(&format!("2024-{text}"), "%Y-%m-%d")
                    .map_err(|_| InvalidHoliday)?;
                let small = |value: u32| u8::try_from(value).map_err(|_| InvalidHoliday);
                Ok(Holiday::Yearly { month: small(date.month())?, day: small(date.day())? })
            }
            _ => Err(InvalidHoliday),
        }
    }
}

impl fmt::Display for Holiday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Holiday::On(date) => write!(f, "{}", date.format("%Y-%m-%d")),
            Holiday::Yearly { month, day } => write!(f, "{month:02}-{day:02}"),
        }
    }
}

/// A day of the month on which people are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payday {
    /// 1 to 31; in a shorter month its last day.
    Day(u8),
    Last,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paydays {
    pub days: Vec<Payday>,
    /// How far an attempt is moved to one, to either side.
    pub within_days: u32,
}

impl Paydays {
    fn has(&self, date: NaiveDate) -> bool {
        let last = date.num_days_in_month();
        self.days.iter().any(|payday| {
            let day = match payday {
                Payday::Day(day) => (*day).min(last),
                Payday::Last => last,
            };
            date.day() == u32::from(day)
        })
    }

    /// Nearest first, and of two that are as near the later: the money has come by then.
    pub(super) fn near(&self, date: NaiveDate) -> Vec<NaiveDate> {
        let mut found = Vec::new();
        for away in 0..=u64::from(self.within_days) {
            let later = date.checked_add_days(Days::new(away));
            let earlier = date.checked_sub_days(Days::new(away)).filter(|_| away > 0);
            found.extend([later, earlier].into_iter().flatten().filter(|day| self.has(*day)));
        }
        found
    }
}

/// Where and when a policy charges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    pub hours: Option<LocalHours>,
    pub weekdays: Weekdays,
    /// Sorted.
    pub holidays: Vec<Holiday>,
    pub paydays: Option<Paydays>,
}

impl Default for Calendar {
    fn default() -> Calendar {
        Calendar { hours: None, weekdays: Weekdays::ALL, holidays: vec![], paydays: None }
    }
}

text_enum!(
    /// What made an attempt later, or earlier, than its step.
    Mover {
        Payday = "payday",
        Gap = "gap",
        RetryAfter = "retry_after",
        Hours = "hours",
        Weekday = "weekday",
        Holiday = "holiday",
        Jitter = "jitter",
    }
);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    pub by: Mover,
    pub to: Timestamp,
}

/// A calendar that opens at all opens within these moves: more than there are days in a year.
const MOVES_MAX: u32 = 1_000;

impl Calendar {
    /// Whether it keeps anything away at all.
    pub fn is_always_open(&self) -> bool {
        self.hours.is_none() && self.weekdays == Weekdays::ALL && self.holidays.is_empty()
    }

    /// The first time from `from` on at which it is open, and what moved it there. None: it never
    /// opens.
    pub fn open_from(&self, from: Timestamp, zone: Tz) -> Option<(Timestamp, Vec<Move>)> {
        let mut at = from;
        let mut moves: Vec<Move> = Vec::new();
        for _ in 0..MOVES_MAX {
            let Some(step) = self.closed_at(at, zone)? else { return Some((at, moves)) };
            at = step.to;
            match moves.last_mut() {
                Some(last) if last.by == step.by => last.to = step.to,
                Some(_) | None => moves.push(step),
            }
        }
        None
    }

    /// Why it is closed, and when it may be open next. The outer None: the calendar ends.
    fn closed_at(&self, at: Timestamp, zone: Tz) -> Option<Option<Move>> {
        let local = local(at, zone)?;
        let (date, time) = (local.date(), local.time());
        let tomorrow = || self.opening(date.succ_opt()?, at, zone);
        if !self.weekdays.has(date.weekday()) {
            return Some(Some(Move { by: Mover::Weekday, to: tomorrow()? }));
        }
        if self.is_holiday(date) {
            return Some(Some(Move { by: Mover::Holiday, to: tomorrow()? }));
        }
        let Some(hours) = self.hours else { return Some(None) };
        if time < hours.from {
            return Some(Some(Move { by: Mover::Hours, to: self.opening(date, at, zone)? }));
        }
        if hours.to.is_some_and(|to| time >= to) {
            return Some(Some(Move { by: Mover::Hours, to: tomorrow()? }));
        }
        Some(None)
    }

    fn opening(&self, date: NaiveDate, floor: Timestamp, zone: Tz) -> Option<Timestamp> {
        let time = self.hours.map_or(NaiveTime::MIN, |hours| hours.from);
        instant(date.and_time(time), zone, floor)
    }

    /// How much later than `at`, when it is open, it may become without leaving what is open.
    pub fn room_after(&self, at: Timestamp, zone: Tz) -> Option<Span> {
        let local = local(at, zone)?;
        let date = local.date();
        let close = match self.hours.and_then(|hours| hours.to) {
            Some(to) => instant(date.and_time(to), zone, at)?,
            None => instant(date.succ_opt()?.and_time(NaiveTime::MIN), zone, at)?,
        };
        Some(close.minus(Span::ms(1)).since(at))
    }

    fn is_holiday(&self, date: NaiveDate) -> bool {
        let yearly =
            |month: u8, day: u8| date.month() == u32::from(month) && date.day() == u32::from(day);
        self.holidays.iter().any(|holiday| match holiday {
            Holiday::On(day) => *day == date,
            Holiday::Yearly { month, day } => yearly(*month, *day),
        })
    }
}

/// What the clocks show there. None at the ends of the calendar.
pub(super) fn local(at: Timestamp, zone: Tz) -> Option<NaiveDateTime> {
    let utc = at.utc();
    (1..=9998).contains(&utc.year()).then(|| utc.with_timezone(&zone).naive_local())
}

/// When the clocks show it. What they skip is when they go on; what they show twice is the first
/// time that is not before `floor`.
fn instant(shown: NaiveDateTime, zone: Tz, floor: Timestamp) -> Option<Timestamp> {
    let found = |time: DateTime<Tz>| Timestamp::from_utc(time.to_utc());
    let mut shown = shown;
    // Clocks skip at most a day, and in quarters of an hour.
    for _ in 0..=96 {
        match zone.from_local_datetime(&shown) {
            LocalResult::Single(time) => return Some(found(time)),
            LocalResult::Ambiguous(first, second) => {
                let first = found(first);
                return Some(if first < floor { found(second) } else { first });
            }
            LocalResult::None => {
                let quarter = shown.minute() / 15 * 15;
                let start = shown.with_minute(quarter)?.with_second(0)?.with_nanosecond(0)?;
                shown = start.checked_add_signed(Duration::minutes(15))?;
            }
        }
    }
    None
}

/// The same time of day, so many days later, where the payer is.
pub(super) fn days_later(from: Timestamp, days: u32, zone: Tz) -> Option<Timestamp> {
    let local = local(from, zone)?;
    let date = local.date().checked_add_days(Days::new(days.into()))?;
    on_date(from, date, zone)
}

/// The time of day of `like` on another day.
pub(super) fn on_date(like: Timestamp, date: NaiveDate, zone: Tz) -> Option<Timestamp> {
    let time = local(like, zone)?.time();
    instant(date.and_time(time), zone, Timestamp::from_unix_ms(i64::MIN))
}
