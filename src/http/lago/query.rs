//! Queries of requests. Lists come as `key[]=a&key[]=b`, as `key=a&key=b` and as `key=a`;
//! hashes as `metadata[key]=value`. A value that makes no sense reads as absent.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::NaiveDate;
use url::form_urlencoded;
use utoipa::IntoParams;

use crate::domain::view::PageRequest;
use crate::wire::lago::fields::parse_flag;
use crate::wire::lago::format::without_null_bytes;

/// Which page of a list; what makes no sense reads as absent.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: `Query::page` reads them")]
pub struct Paging {
    /// From 1.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    #[param(minimum = 1, maximum = 1000, default = 100)]
    per_page: Option<u32>,
}

/// Decoded, in the order they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(text: &str) -> Query {
        let clean = |text: std::borrow::Cow<'_, str>| without_null_bytes(text.into_owned());
        let pairs = form_urlencoded::parse(text.as_bytes());
        Query(pairs.map(|(key, value)| (clean(key), clean(value))).collect())
    }

    /// The last one of this name that is not blank.
    pub fn text(&self, key: &str) -> Option<&str> {
        let mut values = self.0.iter().rev().filter(|(name, _)| name == key);
        values.next().map(|(_, value)| value.as_str()).filter(|value| !value.trim().is_empty())
    }

    /// Every value of `key`, `key[]` and `key[0]`. None when there is no such key at all.
    pub fn list(&self, key: &str) -> Option<Vec<&str>> {
        let is_item = |name: &str| match name.strip_prefix(key) {
            Some("" | "[]") => true,
            Some(index) => index
                .strip_prefix('[')
                .and_then(|index| index.strip_suffix(']'))
                .is_some_and(|index| index.bytes().all(|digit| digit.is_ascii_digit())),
            None => false,
        };
        let found: Vec<&str> = self
            .0
            .iter()
            .filter(|(name, _)| is_item(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!found.is_empty()).then_some(found)
    }

    /// The same without blanks. None when there is nothing else: nothing was asked for.
    pub fn words(&self, key: &str) -> Option<Vec<String>> {
        let words = self.list(key)?.into_iter().map(str::trim).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(str::to_owned).collect();
        (!words.is_empty()).then_some(words)
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        self.text(key).and_then(parse_flag)
    }

    /// `2025-01-31`, or a point in time that begins so.
    pub fn date(&self, key: &str) -> Option<NaiveDate> {
        let text = self.text(key)?;
        let day = text.get(..10)?;
        NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()
    }

    pub fn number(&self, key: &str) -> Option<i64> {
        self.text(key)?.trim().parse().ok()
    }

    /// `key[a]=b` as `(a, b)`; an empty value is kept, it asks for what has none.
    pub fn hash(&self, key: &str) -> Vec<(&str, &str)> {
        let inner = |name: &'_ str| -> Option<(usize, usize)> {
            let rest = name.strip_prefix(key)?.strip_prefix('[')?.strip_suffix(']')?;
            (!rest.is_empty()).then(|| (key.len() + 1, key.len() + 1 + rest.len()))
        };
        let pairs = self.0.iter().filter_map(|(name, value)| {
            let (from, to) = inner(name)?;
            Some((name.get(from..to)?, value.as_str()))
        });
        pairs.collect()
    }

    pub fn page(&self) -> PageRequest {
        let positive = |key: &str| {
            let number = self.number(key).filter(|number| *number > 0);
            number.map(|number| u32::try_from(number).unwrap_or(u32::MAX))
        };
        PageRequest {
            page: positive("page").unwrap_or(1),
            per_page: positive("per_page")
                .unwrap_or(PageRequest::PER_PAGE_DEFAULT)
                .min(PageRequest::PER_PAGE_MAX),
        }
    }
}

impl FromRequest for Query {
    type Error = Infallible;
    type Future = Ready<Result<Query, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Query::parse(request.query_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_all_spellings() {
        let two = Some(vec!["a", "b"]);
        assert_eq!(Query::parse("k[]=a&k[]=b").list("k"), two);
        assert_eq!(Query::parse("k%5B%5D=a&k%5B%5D=b").list("k"), two);
        assert_eq!(Query::parse("k=a&k=b&kk=c").list("k"), two);
        assert_eq!(Query::parse("k[0]=a&k[1]=b").list("k"), two);
        assert_eq!(Query::parse("k=a").list("k"), Some(vec!["a"]));
        assert_eq!(Query::parse("other=a").list("k"), None);
    }

    #[test]
    fn flags_and_pages_that_make_no_sense_are_absent() {
        assert_eq!(Query::parse("f=F").flag("f"), Some(false));
        assert_eq!(Query::parse("f=T").flag("f"), Some(true));
        assert_eq!(Query::parse("f=maybe").flag("f"), None);
        assert_eq!(Query::parse("page=x&per_page=-1").page(), PageRequest::default());
        assert_eq!(Query::parse("page=99999999999&per_page=5").page().page, u32::MAX);
    }

    #[test]
    fn hashes_are_pairs() {
        let query = Query::parse("metadata%5Bplan%5D=gold&metadata[x]=&metadata=z&metadata[]=y");
        assert_eq!(query.hash("metadata"), [("plan", "gold"), ("x", "")]);
    }
}
