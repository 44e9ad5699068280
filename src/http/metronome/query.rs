//! Queries of this dialect's lists. Arrays are joined by commas; an empty value is absent. What
//! makes no sense is refused.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use url::form_urlencoded;
use utoipa::IntoParams;

use crate::domain::time::Timestamp;
use crate::wire::lago::format::parse_time;
use crate::wire::metronome::members::{InvalidRequest, id, limit};

const PER_PAGE: u32 = 100;

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: `Query` reads them")]
pub struct Paging {
    #[param(minimum = 1, maximum = 100, default = 100)]
    limit: Option<u32>,
    /// As the page before told it.
    next_page: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    fn parse(text: &str) -> Query {
        let pairs = form_urlencoded::parse(text.as_bytes());
        Query(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
    }

    /// The last one of this name that is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().rev().filter(|(key, _)| key == name);
        values.next().map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub fn id<T: FromStr>(&self, name: &str) -> Result<Option<T>, InvalidRequest> {
        self.text(name).map(|text| id(name, text)).transpose()
    }

    /// Empty: no such filter.
    pub fn ids<T: FromStr>(&self, name: &str) -> Result<Vec<T>, InvalidRequest> {
        let Some(text) = self.text(name) else { return Ok(vec![]) };
        let ids: Vec<T> = text.split(',').map(|one| id(name, one)).collect::<Result<_, _>>()?;
        if ids.len() > 100 {
            return Err(InvalidRequest::of(name, "at most 100 UUIDs"));
        }
        Ok(ids)
    }

    pub fn flag(&self, name: &str) -> Result<bool, InvalidRequest> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(InvalidRequest::of(name, "true or false")),
        }
    }

    pub fn time(&self, name: &str) -> Result<Option<Timestamp>, InvalidRequest> {
        let read = |text| parse_time(text).ok_or_else(|| InvalidRequest::of(name, "a time"));
        self.text(name).map(read).transpose()
    }

    pub fn limit(&self) -> Result<u32, InvalidRequest> {
        match self.text("limit") {
            None => Ok(PER_PAGE),
            Some(text) => limit(text.parse().ok()),
        }
    }
}

impl FromRequest for Query {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Query, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Query::parse(request.query_string())))
    }
}
