//! How single values look: dates, times, decimals.

use chrono::{NaiveDate, SecondsFormat};
use rust_decimal::Decimal;
use serde_json::Value;

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
    fn times_are_utc_with_seconds() {
        let time = Timestamp::from_unix_ms(1_738_317_600_123);
        assert_eq!(date_time(time), "2025-01-31T10:00:00Z");
        assert_eq!(date_time_ms(time), "2025-01-31T10:00:00.123Z");
    }
}
