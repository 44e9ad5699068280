//! The fields of a request's object, read one by one. A value of the wrong kind is taken for
//! the right one where clients are used to it (`"30"` for 30) and is an error of its field
//! otherwise. Null bytes are gone before this.

use std::ops::RangeInclusive;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::field_errors::{FieldErrors, INVALID, MANDATORY, OUT_OF_RANGE, TOO_LONG};
use crate::domain::change::Change;

/// A field that is not there is not the same as one that is null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given<T> {
    Absent,
    Null,
    Value(T),
}

impl<T> Given<T> {
    pub fn value(self) -> Option<T> {
        match self {
            Given::Absent | Given::Null => None,
            Given::Value(value) => Some(value),
        }
    }

    /// Absent keeps, null clears.
    pub fn change(self) -> Change<Option<T>> {
        match self {
            Given::Absent => Change::Keep,
            Given::Null => Change::To(None),
            Given::Value(value) => Change::To(Some(value)),
        }
    }

    /// Absent and null keep: for what always has a value.
    pub fn change_unless_null(self) -> Change<T> {
        match self {
            Given::Absent | Given::Null => Change::Keep,
            Given::Value(value) => Change::To(value),
        }
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Given<U> {
        match self {
            Given::Absent => Given::Absent,
            Given::Null => Given::Null,
            Given::Value(value) => Given::Value(f(value)),
        }
    }
}

impl Given<String> {
    /// A text of nothing but spaces is as good as null.
    #[must_use]
    pub fn blank_is_null(self) -> Given<String> {
        match self {
            Given::Value(text) if text.trim().is_empty() => Given::Null,
            given @ (Given::Absent | Given::Null | Given::Value(_)) => given,
        }
    }

    /// Parses a text that is not blank; a text that does not parse is an error of the field.
    pub fn parse_with<T>(
        self,
        parse: impl FnOnce(&str) -> Option<T>,
        error: (&'static str, &'static str),
        errors: &mut FieldErrors,
    ) -> Given<T> {
        match self.blank_is_null() {
            Given::Absent => Given::Absent,
            Given::Null => Given::Null,
            Given::Value(text) => match parse(&text) {
                Some(value) => Given::Value(value),
                None => {
                    errors.add(error.0, error.1);
                    Given::Absent
                }
            },
        }
    }
}

/// Names and codes are not longer.
pub const TEXT_CHARS_MAX: usize = 255;

/// An object of a request. What was wrong is put into `errors`, and the field reads as absent.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub const fn new(object: &'a Map<String, Value>) -> Fields<'a> {
        Fields(object)
    }

    /// Whether the key is there, null or not.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub fn raw(&self, key: &str) -> Option<&'a Value> {
        self.0.get(key)
    }

    fn read<T>(
        &self,
        key: &'static str,
        errors: &mut FieldErrors,
        read: impl FnOnce(&'a Value) -> Result<T, &'static str>,
    ) -> Given<T> {
        match self.0.get(key) {
            None => Given::Absent,
            Some(Value::Null) => Given::Null,
            Some(value) => match read(value) {
                Ok(value) => Given::Value(value),
                Err(code) => {
                    errors.add(key, code);
                    Given::Absent
                }
            },
        }
    }

    /// Numbers and booleans are texts too.
    pub fn text(&self, key: &'static str, errors: &mut FieldErrors) -> Given<String> {
        self.read(key, errors, as_text)
    }

    /// A text that may be left out of a change, but not be null or blank.
    pub fn mandatory_text(&self, key: &'static str, errors: &mut FieldErrors) -> Change<String> {
        match self.text(key, errors).blank_is_null() {
            Given::Absent => Change::Keep,
            Given::Null => {
                errors.add(key, MANDATORY);
                Change::Keep
            }
            Given::Value(text) if text.chars().count() > TEXT_CHARS_MAX => {
                errors.add(key, TOO_LONG);
                Change::Keep
            }
            Given::Value(text) => Change::To(text),
        }
    }

    /// A whole number, also as a text.
    pub fn whole(
        &self,
        key: &'static str,
        range: RangeInclusive<i64>,
        errors: &mut FieldErrors,
    ) -> Given<i64> {
        self.read(key, errors, |value| as_whole(value, range))
    }

    /// A number, also as a text.
    pub fn decimal(&self, key: &'static str, errors: &mut FieldErrors) -> Given<Decimal> {
        self.read(key, errors, as_decimal)
    }

    pub fn flag(&self, key: &'static str, errors: &mut FieldErrors) -> Given<bool> {
        self.read(key, errors, as_flag)
    }

    pub fn texts(&self, key: &'static str, errors: &mut FieldErrors) -> Given<Vec<String>> {
        self.read(key, errors, |value| match value {
            Value::Array(items) => items.iter().map(as_text).collect(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => Err(INVALID),
        })
    }

    pub fn object(&self, key: &'static str, errors: &mut FieldErrors) -> Given<Fields<'a>> {
        self.read(key, errors, |value| value.as_object().map(Fields).ok_or(INVALID))
    }

    pub fn objects(&self, key: &'static str, errors: &mut FieldErrors) -> Given<Vec<Fields<'a>>> {
        self.read(key, errors, |value| {
            let items = value.as_array().ok_or(INVALID)?;
            let fields = |item: &'a Value| item.as_object().map(Fields).ok_or(INVALID);
            items.iter().map(fields).collect()
        })
    }
}

fn as_text(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(INVALID),
    }
}

fn as_decimal(value: &Value) -> Result<Decimal, &'static str> {
    match value {
        Value::Number(_) | Value::String(_) => parse_decimal(&as_text(value)?).ok_or(INVALID),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(INVALID),
    }
}

/// `1`, `1.50`, `2e3`.
pub fn parse_decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

fn as_whole(value: &Value, range: RangeInclusive<i64>) -> Result<i64, &'static str> {
    let number = match value {
        // Too large for us to hold, but a number all the same.
        Value::Number(number) => parse_decimal(&number.to_string()).ok_or(OUT_OF_RANGE)?,
        Value::String(text) => parse_decimal(text).ok_or(INVALID)?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return Err(INVALID),
    };
    if !number.is_integer() {
        return Err(INVALID);
    }
    let number = i64::try_from(number).map_err(|_| OUT_OF_RANGE)?;
    if range.contains(&number) { Ok(number) } else { Err(OUT_OF_RANGE) }
}

fn as_flag(value: &Value) -> Result<bool, &'static str> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Number(_) | Value::String(_) => parse_flag(&as_text(value)?).ok_or(INVALID),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(INVALID),
    }
}

/// `true`, `t`, `1` and their opposites, whatever the case.
pub fn parse_flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "1" => Some(true),
        "false" | "f" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn whole(value: Value) -> Result<i64, &'static str> {
        as_whole(&value, 0..=1_000)
    }

    #[test]
    fn a_whole_number_may_come_as_text_but_not_as_a_fraction() {
        assert_eq!(whole(json!(30)), Ok(30));
        assert_eq!(whole(json!("30")), Ok(30));
        assert_eq!(whole(json!(30.0)), Ok(30));
        assert_eq!(whole(json!(30.5)), Err(INVALID));
        assert_eq!(whole(json!("thirty")), Err(INVALID));
        assert_eq!(whole(json!({})), Err(INVALID));
        assert_eq!(whole(json!(true)), Err(INVALID));
        assert_eq!(whole(json!(-1)), Err(OUT_OF_RANGE));
        assert_eq!(whole(json!(u64::MAX)), Err(OUT_OF_RANGE));
        assert_eq!(whole(json!(1e300)), Err(OUT_OF_RANGE));
    }

    #[test]
    fn null_is_told_from_absent() {
        let object = json!({"a": null, "b": "x", "c": ""});
        let fields = Fields::new(object.as_object().expect("an object"));
        let mut errors = FieldErrors::default();
        assert_eq!(fields.text("a", &mut errors).change(), Change::To(None));
        assert_eq!(fields.text("z", &mut errors).change(), Change::Keep);
        assert_eq!(fields.text("c", &mut errors).blank_is_null(), Given::Null);
        assert!(errors.is_empty());
    }

    #[test]
    fn an_object_for_a_text_is_an_error_of_that_field() {
        let object = json!({"name": {"first": "x"}});
        let fields = Fields::new(object.as_object().expect("an object"));
        let mut errors = FieldErrors::default();
        assert_eq!(fields.text("name", &mut errors), Given::Absent);
        assert_eq!(errors, FieldErrors::one("name", INVALID));
    }
}
