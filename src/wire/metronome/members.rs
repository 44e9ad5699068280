//! Members of a request as they come in. What is wrong first is told, in a sentence.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

/// The request makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidRequest(pub String);

impl InvalidRequest {
    pub fn of(name: &str, wanted: impl Display) -> InvalidRequest {
        InvalidRequest(format!("`{name}` must be {wanted}"))
    }
}

type Read<T> = Result<T, InvalidRequest>;

#[derive(Debug, Clone, Copy)]
pub struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    pub const fn new(members: &'a Map<String, Value>) -> Members<'a> {
        Members(members)
    }

    /// Null is absent.
    pub fn raw(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Read<Option<&'a str>> {
        let read = |value: &'a Value| value.as_str().ok_or(InvalidRequest::of(name, "a string"));
        self.raw(name).map(read).transpose()
    }

    pub fn required_text(&self, name: &str) -> Read<&'a str> {
        self.text(name)?.ok_or_else(|| InvalidRequest(format!("`{name}` is missing")))
    }

    /// A text that says something.
    pub fn filled_text(&self, name: &str) -> Read<&'a str> {
        let text = self.required_text(name)?;
        if text.trim().is_empty() {
            return Err(InvalidRequest::of(name, "a string that is not empty"));
        }
        Ok(text)
    }

    pub fn id<T: FromStr>(&self, name: &str) -> Read<T> {
        id(name, self.required_text(name)?)
    }

    pub fn id_option<T: FromStr>(&self, name: &str) -> Read<Option<T>> {
        self.text(name)?.map(|text| id(name, text)).transpose()
    }

    pub fn flag(&self, name: &str) -> Read<Option<bool>> {
        let wrong = || InvalidRequest::of(name, "true or false");
        self.raw(name).map(|value| value.as_bool().ok_or_else(wrong)).transpose()
    }

    /// How many a page holds.
    pub fn limit(&self, default: u32) -> Read<u32> {
        match self.raw("limit") {
            None => Ok(default),
            Some(value) => limit(value.as_i64()),
        }
    }

    /// An empty one is absent.
    pub fn cursor(&self) -> Read<Option<&'a str>> {
        Ok(self.text("next_page")?.filter(|cursor| !cursor.is_empty()))
    }

    pub fn texts(&self, name: &str) -> Read<Option<Vec<&'a str>>> {
        let wrong = || InvalidRequest::of(name, "an array of strings");
        let Some(value) = self.raw(name) else { return Ok(None) };
        let items = value.as_array().ok_or_else(wrong)?;
        let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
        texts.map(Some).ok_or_else(wrong)
    }

    pub fn ids<T: FromStr>(&self, name: &str) -> Read<Vec<T>> {
        let texts = self.texts(name)?.ok_or_else(|| InvalidRequest(format!("`{name}` is missing")));
        texts?.into_iter().map(|text| id(name, text)).collect()
    }

    pub fn object(&self, name: &str) -> Read<Option<&'a Map<String, Value>>> {
        let wrong = || InvalidRequest::of(name, "an object");
        self.raw(name).map(|value| value.as_object().ok_or_else(wrong)).transpose()
    }

    /// The objects of an array.
    pub fn objects(&self, name: &str) -> Read<Option<Vec<Members<'a>>>> {
        let wrong = || InvalidRequest::of(name, "an array of objects");
        let Some(value) = self.raw(name) else { return Ok(None) };
        let items = value.as_array().ok_or_else(wrong)?.iter();
        let objects: Option<Vec<_>> =
            items.map(|item| item.as_object().map(Members::new)).collect();
        objects.map(Some).ok_or_else(wrong)
    }
}

pub fn id<T: FromStr>(name: &str, text: &str) -> Read<T> {
    text.parse().map_err(|_| InvalidRequest::of(name, "a UUID"))
}

pub fn limit(number: Option<i64>) -> Read<u32> {
    let fitting = number.filter(|number| (1..=100).contains(number));
    let limit = fitting.and_then(|number| u32::try_from(number).ok());
    limit.ok_or_else(|| InvalidRequest::of("limit", "a whole number from 1 to 100"))
}

/// A cursor that does not fit its list.
pub fn broken_cursor() -> InvalidRequest {
    InvalidRequest::of("next_page", "a cursor of this list, with the same filters")
}
