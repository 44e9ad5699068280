//! One rung of a ladder: when the next attempt is, before anything moves it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Duration, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};

use crate::domain::time::{Span, Timestamp};

/// Longer than any window.
pub const DAYS_MAX: u32 = 365;
pub const HOURS_MAX: u32 = 24 * DAYS_MAX;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// So many days after the first decline, at its time of day where the payer is. `3d`
    Days(u32),
    /// So many hours after the decline that it answers. `6h`
    Hours(u32),
    /// The next time of a cron expression, where the payer is. `0 9 * * MON`
    Cron(CronLine),
}

/// A ladder is climbed a rung with each decline.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ladder(pub Vec<Step>);

impl Ladder {
    pub fn days(days: &[u32]) -> Ladder {
        Ladder(days.iter().map(|days| Step::Days(*days)).collect())
    }

    /// From 0.
    pub fn step(&self, position: u32) -> Option<&Step> {
        self.0.get(usize::try_from(position).ok()?)
    }

    pub fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The text is no step. What to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStep {
    #[error(
        "write days after the first decline as \"3d\", hours after this one as \"6h\", or a cron \
         expression of five fields as \"0 9 * * MON\""
    )]
    Shape,
    #[error("write at most {DAYS_MAX} days")]
    TooFar,
    #[error("a step of nothing would try again at once: write \"1h\" or more")]
    Nothing,
    #[error("the cron expression cannot be read: {0}")]
    Cron(String),
    #[error("the cron expression names a day that never comes")]
    NeverComes,
}

impl FromStr for Step {
    type Err = InvalidStep;

    fn from_str(text: &str) -> Result<Step, InvalidStep> {
        let text = text.trim();
        if text.contains(' ') {
            return text.parse().map(Step::Cron);
        }
        let (count, unit) =
            text.split_at_checked(text.len().saturating_sub(1)).ok_or(InvalidStep::Shape)?;
        if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidStep::Shape);
        }
        // What is too long for the type is too far as well.
        let count: u32 = count.parse().map_err(|_| InvalidStep::TooFar)?;
        let (step, max) = match unit {
            "d" => (Step::Days(count), DAYS_MAX),
            "h" => (Step::Hours(count), HOURS_MAX),
            _ => return Err(InvalidStep::Shape),
        };
        if count == 0 {
            return Err(InvalidStep::Nothing);
        }
        if count > max { Err(InvalidStep::TooFar) } else { Ok(step) }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Days(days) => write!(f, "{days}d"),
            Step::Hours(hours) => write!(f, "{hours}h"),
            Step::Cron(line) => f.write_str(&line.text),
        }
    }
}

/// A cron expression of five fields that comes true again and again.
#[derive(Debug, Clone)]
pub struct CronLine {
    text: String,
    cron: Cron,
}

impl PartialEq for CronLine {
    fn eq(&self, other: &CronLine) -> bool {
        self.text == other.text
    }
}

impl Eq for CronLine {}

/// A leap day comes within it, also over the turn of a century.
const SEARCHED_DAYS: i64 = 9 * 366;

/// No debt is collected after it, and calendars end somewhere.
const LAST_YEAR: i32 = 4000;

impl FromStr for CronLine {
    type Err = InvalidStep;

    fn from_str(text: &str) -> Result<CronLine, InvalidStep> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.split(' ').count() != 5 {
            return Err(InvalidStep::Shape);
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
        let cron = parser.parse(&text).map_err(|error| InvalidStep::Cron(error.to_string()))?;
        let start = DateTime::<Utc>::UNIX_EPOCH;
        match cron.find_next_occurrence(&start, true) {
            Ok(next) if next - start <= Duration::days(SEARCHED_DAYS) => {
                Ok(CronLine { text, cron })
            }
            Ok(_) | Err(_) => Err(InvalidStep::NeverComes),
        }
    }
}

impl CronLine {
    /// The first time that is not before `from`. None at the end of the calendar.
    pub fn next_from(&self, from: Timestamp, zone: Tz) -> Option<Timestamp> {
        // Only whole seconds match, and a part of one would be kept.
        let rest = from.unix_ms().rem_euclid(1000);
        let up = if rest == 0 { 0 } else { 1000 - rest };
        let from = from.plus(Span::ms(u32::try_from(up).unwrap_or(0)));
        let local = from.utc();
        if !(1900..=LAST_YEAR).contains(&local.year()) {
            return None;
        }
        let found = self.cron.find_next_occurrence(&local.with_timezone(&zone), true).ok()?;
        Some(Timestamp::from_utc(found.to_utc()).max(from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_read_as_it_is_written() {
        for text in ["1d", "365d", "1h", "8760h", "0 9 * * MON", "*/30 8-17 L * *"] {
            let step: Step = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(step.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_step_is_refused_with_what_to_write() {
        let rows = [
            ("", InvalidStep::Shape),
            ("d", InvalidStep::Shape),
            ("3", InvalidStep::Shape),
            ("-3d", InvalidStep::Shape),
            ("3w", InvalidStep::Shape),
            ("3ü", InvalidStep::Shape),
            ("0h", InvalidStep::Nothing),
            ("366d", InvalidStep::TooFar),
            ("99999999999d", InvalidStep::TooFar),
            ("0 9 * *", InvalidStep::Shape),
            ("0 0 30 2 *", InvalidStep::NeverComes),
        ];
        for (text, expected) in rows {
            assert_eq!(text.parse::<Step>(), Err(expected), "{text}");
        }
        assert!(matches!("0 25 * * *".parse::<Step>(), Err(InvalidStep::Cron(_))));
    }

    #[test]
    fn cron_is_read_where_the_payer_is() {
        let line: CronLine = "0 9 * * MON".parse().expect("a line");
        let at = |text: &str| {
            Timestamp::from_utc(DateTime::parse_from_rfc3339(text).expect("a time").to_utc())
        };
        let zone = chrono_tz::Europe::Berlin;
        // A Monday in winter is an hour later in UTC than one in summer.
        assert_eq!(
            line.next_from(at("2026-03-20T12:00:00.5Z"), zone),
            Some(at("2026-03-23T08:00:00Z"))
        );
        assert_eq!(
            line.next_from(at("2026-03-28T12:00:00Z"), zone),
            Some(at("2026-03-30T07:00:00Z"))
        );
    }
}
