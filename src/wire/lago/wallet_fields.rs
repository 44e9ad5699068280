//! Fields that requests about wallets, rules and transactions share: credits, and what is noted
//! on top-ups.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::field_errors::{FieldErrors, OUT_OF_RANGE};
use super::fields::{Fields, Given, TEXT_CHARS_MAX, parse_decimal};
use crate::domain::wallet::credits::Credits;
use crate::domain::wallet::{PRIORITY_DEFAULT, PairOfMetadata};

const KEY_CHARS_MAX: usize = 20;
const VALUE_CHARS_MAX: usize = 100;

/// A text with a number that is not negative. Numbers are refused: they may have lost digits on
/// their way. None: it is no such text.
pub fn credits_text(value: &Value) -> Option<Credits> {
    match value {
        Value::String(text) => parse_decimal(text).and_then(Credits::floored),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// Absent, null and blank are nothing.
pub fn credits(
    fields: Fields<'_>,
    key: &'static str,
    invalid: &'static str,
    errors: &mut FieldErrors,
) -> Credits {
    let given = match fields.raw(key) {
        None | Some(Value::Null) => return Credits::ZERO,
        Some(Value::String(text)) if text.trim().is_empty() => return Credits::ZERO,
        Some(value) => value,
    };
    match credits_text(given) {
        Some(credits) => credits,
        None => {
            errors.add(key, invalid);
            errors.add(key, "invalid_amount");
            Credits::ZERO
        }
    }
}

/// 1 to 50.
pub fn priority(fields: Fields<'_>, key: &'static str, errors: &mut FieldErrors) -> Option<u8> {
    let given = fields.whole(key, 1..=i64::from(PRIORITY_DEFAULT), errors).value()?;
    match u8::try_from(given) {
        Ok(priority) => Some(priority),
        Err(_) => {
            errors.add(key, OUT_OF_RANGE);
            None
        }
    }
}

/// Null and blank are none.
pub fn name(fields: Fields<'_>, key: &'static str, errors: &mut FieldErrors) -> Given<String> {
    match fields.raw(key) {
        None => Given::Absent,
        Some(Value::Null) => Given::Null,
        Some(Value::String(text)) if text.chars().count() > TEXT_CHARS_MAX => {
            errors.add(key, "too_long");
            Given::Absent
        }
        Some(Value::String(text)) if text.trim().is_empty() => Given::Null,
        Some(Value::String(text)) => Given::Value(text.clone()),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            errors.add(key, "invalid_value");
            Given::Absent
        }
    }
}

/// `[{"key": …, "value": …}]`; an error is a code for the field `metadata`, wherever it stands.
pub fn pairs(value: &Value, count_max: usize) -> Result<Vec<PairOfMetadata>, &'static str> {
    let Value::Array(items) = value else { return Err("invalid_type") };
    if items.len() > count_max {
        return Err("too_many_keys");
    }
    items.iter().map(pair).collect()
}

fn pair(item: &Value) -> Result<PairOfMetadata, &'static str> {
    let Value::Object(object) = item else { return Err("invalid_key_value_pair") };
    if object.len() != 2 {
        return Err("invalid_key_value_pair");
    }
    let key = part(object, "key")?;
    let value = part(object, "value")?;
    if key.trim().is_empty() {
        return Err("invalid_key_value_pair");
    }
    if key.chars().count() > KEY_CHARS_MAX {
        return Err("key_too_long");
    }
    if value.chars().count() > VALUE_CHARS_MAX {
        return Err("value_too_long");
    }
    Ok(PairOfMetadata { key, value })
}

fn part(object: &Map<String, Value>, name: &str) -> Result<String, &'static str> {
    match object.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Bool(flag)) => Ok(flag.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => Err("nested_structure_not_allowed"),
        Some(Value::Null) | None => Err("invalid_key_value_pair"),
    }
}

/// A number that is not negative, as a number or a text: for rules, whose errors are all one.
pub fn lenient_credits(value: &Value) -> Option<Credits> {
    let number: Decimal = match value {
        Value::Number(number) => parse_decimal(&number.to_string())?,
        Value::String(text) => parse_decimal(text)?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Credits::floored(number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn credits_are_texts() {
        let object = json!({"a": "10.5", "b": 10, "c": "-1", "d": "many", "e": null, "f": ""});
        let fields = Fields::new(object.as_object().expect("an object"));
        let mut errors = FieldErrors::default();
        let mut read = |key| credits(fields, key, "invalid_paid_credits", &mut errors).decimal();
        assert_eq!(read("a").to_string(), "10.5");
        for nothing in ["b", "c", "d", "e", "f"] {
            assert!(read(nothing).is_zero());
        }
        let wrong = r#"["invalid_paid_credits","invalid_amount"]"#;
        assert_eq!(
            errors.to_json().to_string(),
            format!(r#"{{"b":{wrong},"c":{wrong},"d":{wrong}}}"#)
        );
    }

    #[test]
    fn each_fault_of_metadata_has_its_code() {
        let good = json!([{"key": "a", "value": "b"}]);
        assert_eq!(pairs(&good, 1).expect("good").len(), 1);
        for (wrong, code) in [
            (json!({"a": "b"}), "invalid_type"),
            (json!([good[0], good[0]]), "too_many_keys"),
            (json!([{"key": "x".repeat(21), "value": "b"}]), "key_too_long"),
            (json!([{"key": "a", "value": "x".repeat(101)}]), "value_too_long"),
            (json!([{"key": "a"}]), "invalid_key_value_pair"),
            (json!([{"key": "a", "value": "b", "more": 1}]), "invalid_key_value_pair"),
            (json!(["a"]), "invalid_key_value_pair"),
            (json!([{"key": "a", "value": {"b": 1}}]), "nested_structure_not_allowed"),
        ] {
            assert_eq!(pairs(&wrong, 1), Err(code), "{wrong}");
        }
    }
}
