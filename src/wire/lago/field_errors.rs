//! What is wrong with a request, field by field: `{"email": ["invalid_email_format"]}`. Always
//! a flat map to lists of texts, whatever the nesting of the request.

use std::borrow::Cow;

use serde_json::{Map, Value};

pub const MANDATORY: &str = "value_is_mandatory";
pub const INVALID: &str = "value_is_invalid";
pub const TAKEN: &str = "value_already_exist";
pub const OUT_OF_RANGE: &str = "value_is_out_of_range";
pub const TOO_LONG: &str = "value_is_too_long";
/// Ours: what Lago has and we do not.
pub const UNSUPPORTED: &str = "unsupported_value";

/// In the order in which they were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldErrors(Vec<(Cow<'static, str>, Cow<'static, str>)>);

impl FieldErrors {
    pub fn one(
        field: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
    ) -> FieldErrors {
        FieldErrors(vec![(field.into(), code.into())])
    }

    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, code: impl Into<Cow<'static, str>>) {
        let error = (field.into(), code.into());
        if !self.0.contains(&error) {
            self.0.push(error);
        }
    }

    /// With those of a part of the request.
    pub fn add_all(&mut self, others: FieldErrors) {
        for (field, code) in others.0 {
            self.add(field, code);
        }
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `value` when nothing is wrong.
    pub fn or<T>(self, value: T) -> Result<T, FieldErrors> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    pub fn to_json(&self) -> Value {
        let mut details: Map<String, Value> = Map::new();
        for (field, code) in &self.0 {
            let codes = details.entry(field.as_ref()).or_insert_with(|| Value::Array(vec![]));
            if let Value::Array(codes) = codes {
                codes.push(Value::from(code.as_ref()));
            }
        }
        Value::Object(details)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_lists_under_their_fields() {
        let mut errors = FieldErrors::one("name", MANDATORY);
        errors.add("email", "invalid_email_format");
        errors.add("name", TOO_LONG);
        errors.add("name", TOO_LONG);
        assert_eq!(
            errors.to_json().to_string(),
            "{\"name\":[\"value_is_mandatory\",\"value_is_too_long\"],\
              \"email\":[\"invalid_email_format\"]}"
        );
    }
}
