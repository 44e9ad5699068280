//! Calls to GoCardless: address, token, version, keys, envelopes. What an
//! answer means is in `answers.rs`.

use recoup_plugin::http::{self, Request, Response};
use recoup_plugin::types::{Failure, Settings};
use recoup_plugin::{Form, crypto, log, random, settings};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::objects::{ApiError, ErrorBody, Identified};

const API_VERSION: &str = "2015-07-06";
const LIVE: &str = "https://api.gocardless.com";
const SANDBOX: &str = "https://api-sandbox.gocardless.com";

/// Reading a list stops here: 5,000 objects, and well inside the host's limit.
const PAGES_MAX: u32 = 10;
const PAGE: u32 = 500;

/// The settings of a connection, read.
pub struct Connection {
    token: String,
    base_url: String,
    /// A payment counts as paid only once it is at the business's bank.
    pub waits_for_payout: bool,
    pub success_url: Option<String>,
    pub webhook_secret: Option<String>,
}

/// Why there is no object in the answer.
#[derive(Debug)]
pub enum Trouble {
    /// No whole answer came.
    Http(http::Error),
    /// GoCardless says no, or not now.
    Refused(ApiError),
    /// Not an answer of GoCardless's, or one that we cannot read.
    Unreadable { status: u16, reason: String },
}

impl From<http::Error> for Trouble {
    fn from(error: http::Error) -> Self {
        Self::Http(error)
    }
}

/// A whole list, or as much of it as we are willing to read.
pub struct Listing<T> {
    pub items: Vec<T>,
    pub is_complete: bool,
}

impl Connection {
    pub fn of(settings: &Settings) -> Result<Self, Failure> {
        let owned = |key| settings::text(settings, key).map(str::to_owned);
        let token = settings::required(settings, "access_token")?.to_owned();
        let of_token = if token.starts_with("live_") { LIVE } else { SANDBOX };
        let base_url = owned("base_url").unwrap_or_else(|| of_token.to_owned());
        let waits_for_payout = match settings::text(settings, "succeed_on") {
            None | Some("confirmed") => false,
            Some("paid_out") => true,
            Some(other) => {
                return Err(Failure::misconfigured(
                    "bad_setting",
                    format!("succeed_on is {other:?}, not confirmed or paid_out"),
                ));
            }
        };
        Ok(Self {
            token,
            base_url: base_url.trim_end_matches('/').to_owned(),
            waits_for_payout,
            success_url: owned("success_url"),
            webhook_secret: owned("webhook_secret"),
        })
    }

    pub fn is_live(&self) -> bool {
        self.token.starts_with("live_") || self.base_url == LIVE
    }

    /// Reads the object that lies in the envelope `name`.
    pub fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        name: &str,
        query: &Form,
    ) -> Result<T, Trouble> {
        self.send(Request::get(self.url(path)).query(query), name)
    }

    /// Creates an object. GoCardless makes one thing of one key, and answers a
    /// repeated key with the id of what it made: that is then read.
    pub fn create<T: DeserializeOwned>(
        &self,
        name: &str,
        key: &Key,
        object: Value,
    ) -> Result<T, Trouble> {
        let path = format!("/{name}");
        let request = Request::post(self.url(&path)).header("idempotency-key", &key.0);
        match self.send(request.json(&json!({ name: object })), name) {
            Err(Trouble::Refused(error)) => match error.conflicting_id() {
                Some(id) => self.get(&format!("{path}/{}", segment(id)), name, &Form::new()),
                None => Err(Trouble::Refused(error)),
            },
            answered => answered,
        }
    }

    pub fn update<T: DeserializeOwned>(
        &self,
        path: &str,
        name: &str,
        object: Value,
    ) -> Result<T, Trouble> {
        let request = Request::new(http::Method::Put, self.url(path));
        self.send(request.json(&json!({ name: object })), name)
    }

    /// Does something with an object, such as `cancel`.
    pub fn act<T: DeserializeOwned>(&self, path: &str, name: &str) -> Result<T, Trouble> {
        let key = Key::fresh("action");
        let request = Request::post(self.url(path)).header("idempotency-key", key.0);
        self.send(request.json(&json!({"data": {}})), name)
    }

    /// Reads a list, page by page.
    pub fn list<T: DeserializeOwned + Identified>(
        &self,
        name: &str,
        query: &Form,
    ) -> Result<Listing<T>, Trouble> {
        let mut items: Vec<T> = Vec::new();
        for _ in 0..PAGES_MAX {
            let after = items.last().map(Identified::id);
            let query = query.clone().set("limit", PAGE).set_some("after", after);
            let page: Vec<T> = self.get(&format!("/{name}"), name, &query)?;
            let is_complete = page.len() < PAGE as usize;
            items.extend(page);
            if is_complete {
                return Ok(Listing { items, is_complete });
            }
        }
        Ok(Listing { items, is_complete: false })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn send<T: DeserializeOwned>(&self, request: Request, name: &str) -> Result<T, Trouble> {
        let request = request
            .bearer(&self.token)
            .header("gocardless-version", API_VERSION)
            .header("accept", "application/json");
        let response = request.send()?;
        let request_id = response.header("x-request-id").unwrap_or("none");
        log::debug(&format!("gocardless answered {} to request {request_id}", response.status));
        read(&response, name)
    }
}

/// An idempotency key. The operation is part of it, so that two operations on
/// one thing never share one.
pub struct Key(String);

impl Key {
    pub fn of(operation: &str, key: &str) -> Self {
        Self(format!("recoup:{operation}:{key}"))
    }

    /// For an operation that may be done again.
    pub fn fresh(operation: &str) -> Self {
        Self::of(operation, &crypto::hex(&random::bytes(12)))
    }
}

pub use recoup_plugin::form::path_segment as segment;

/// Our reference and what else fits: GoCardless takes three pairs.
pub fn metadata(name: &str, reference: &str, pairs: &[(String, String)]) -> Value {
    const PAIRS_MAX: usize = 3;
    let mut kept = Map::from_iter([(name.to_owned(), Value::from(reference))]);
    for (key, value) in pairs.iter().filter(|(key, _)| (1..=50).contains(&key.chars().count())) {
        if kept.len() < PAIRS_MAX && !kept.contains_key(key) {
            kept.insert(key.clone(), value.chars().take(500).collect::<String>().into());
        }
    }
    Value::Object(kept)
}

fn read<T: DeserializeOwned>(response: &Response, name: &str) -> Result<T, Trouble> {
    let status = response.status;
    let unreadable = |reason: String| Trouble::Unreadable { status, reason };
    let body: Value = response.json().map_err(|error| unreadable(error.to_string()))?;
    if (200..300).contains(&status) {
        let object = match body {
            Value::Object(mut envelope) => envelope.remove(name),
            _ => None,
        };
        let object = object.ok_or_else(|| unreadable(format!("there are no {name} in it")))?;
        return serde_json::from_value(object).map_err(|error| unreadable(error.to_string()));
    }
    let body: ErrorBody =
        serde_json::from_value(body).map_err(|error| unreadable(error.to_string()))?;
    Err(Trouble::Refused(ApiError { status, ..body.error }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_keeps_to_the_limits_and_our_reference_comes_first() {
        let pairs =
            [("recoup_attempt", "x"), ("a", "1"), (&"k".repeat(51), "2"), ("b", "3"), ("c", "4")]
                .map(|(key, value)| (key.to_owned(), value.repeat(600)));
        let kept = metadata("recoup_attempt", "att_1", &pairs);
        let (a, b) = ("1".repeat(500), "3".repeat(500));
        assert_eq!(kept, json!({"recoup_attempt": "att_1", "a": a, "b": b}));
    }
}
