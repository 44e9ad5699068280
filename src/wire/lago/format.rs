//! How single values look: dates, times, decimals.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::time::Timestamp;

/// `2025-01-31T10:00:00Z`
pub fn date_time(time: Timestamp) -> String {
    time.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// `2025-01-31T10:00:00.000Z`: a few fields have milliseconds.
pub fn date_time_ms(time: Timestamp) -> String {
    time.utc().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// `2025-01-31`
pub fn date(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

/// A text with one decimal at least: `"10.0"`, `"0.5"`.
pub fn decimal(value: Decimal) -> String {
    let mut value = value.normalize();
    if value.scale() == 0 {
        value.rescale(1);
    }
    value.to_string()
}

/// A JSON number: `20.0`. Only for rates of taxes.
pub fn rate(value: Decimal) -> Value {
    let number: Option<f64> = value.to_string().parse().ok();
    number.and_then(serde_json::Number::from_f64).map_or(Value::Null, Value::Number)
}

/// A shape as JSON, with its fields in the order in which they are declared.
pub fn shape(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("shapes have text keys and finite numbers")
}

/// One object with the keys of all, in their order.
pub fn joined<const N: usize>(parts: [Value; N]) -> Value {
    let mut object = Map::new();
    for part in parts {
        if let Value::Object(part) = part {
            object.extend(part);
        }
    }
    Value::Object(object)
}

/// A point in time, or a day, which is its first moment in UTC. None when it is neither.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(Timestamp::from_utc(time.to_utc()));
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let day = || Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN));
    let time = local.or_else(day)?;
    // What is written with four digits can be read again by everyone.
    (0..=9999).contains(&time.year()).then(|| Timestamp::from_utc(time.and_utc()))
}

/// Without null bytes, which no text of ours may hold.
pub fn without_null_bytes(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_one_decimal_at_least() {
        let shown = |text: &str| decimal(text.parse().expect("a decimal"));
        assert_eq!(shown("10"), "10.0");
        assert_eq!(shown("0.50"), "0.5");
        assert_eq!(shown("100.00012"), "100.00012");
        assert_eq!(rate(Decimal::from(20)).to_string(), "20.0");
    }

    #[test]
    fn times_and_days_are_read_in_the_usual_spellings() {
        let read = |text: &str| parse_time(text).map(date_time);
        assert_eq!(read("2025-01-20").as_deref(), Some("2025-01-20T00:00:00Z"));
        assert_eq!(read("2025-01-20T12:00:00+02:00").as_deref(), Some("2025-01-20T10:00:00Z"));
        assert_eq!(read("2025-01-20 10:00:00").as_deref(), Some("2025-01-20T10:00:00Z"));
        for wrong in ["", "soon", "2025-13-01", "2025-01-20T25:00:00Z", "+99999-01-01"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_are_utc_with_seconds() {
        let time = Timestamp::from_unix_ms(1_738_317_600_123);
        assert_eq!(date_time(time), "2025-01-31T10:00:00Z");
        assert_eq!(date_time_ms(time), "2025-01-31T10:00:00.123Z");
    }
}
