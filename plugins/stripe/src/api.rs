//! Calls to Stripe: address, credentials, version, keys. What an answer means
//! is in `answers.rs`.

use recoup_plugin::http::{self, Request, Response};
use recoup_plugin::types::{Failure, Settings};
use recoup_plugin::{Form, crypto, log, random, settings};
use serde::de::DeserializeOwned;

use crate::objects::{ApiError, ErrorBody, Identified, List};

/// The next one renames `payment_method_types`; see `KINDS`.
const API_VERSION: &str = "2026-08-26.dahlia";

/// The parameter that says which kinds of methods are allowed.
pub const KINDS: &str = "payment_method_types";

pub const BASE_URL: &str = "https://api.stripe.com";

/// Reading a list stops here: 1,000 objects, and well inside the host's limit.
const PAGES_MAX: u32 = 10;

/// The settings of a connection, read.
pub struct Connection {
    key: String,
    base_url: String,
    account: Option<String>,
    /// The peer is a small stand-in for Stripe, which refuses parameters that
    /// it does not know.
    pub is_reduced: bool,
    pub success_url: Option<String>,
    pub webhook_secret: Option<String>,
}

/// Why there is no object in the answer.
#[derive(Debug)]
pub enum Trouble {
    /// No whole answer came.
    Http(http::Error),
    /// Stripe says no, or not now.
    Refused { status: u16, error: Box<ApiError> },
    /// Not an answer of Stripe's, or one that we cannot read.
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
        let base_url = owned("base_url").unwrap_or_else(|| BASE_URL.to_owned());
        let is_reduced = match settings::text(settings, "reduced_parameters") {
            None | Some("auto") => is_loopback(&base_url),
            Some("true") => true,
            Some("false") => false,
            Some(other) => {
                return Err(Failure::misconfigured(
                    "bad_setting",
                    format!("reduced_parameters is {other:?}, not auto, true or false"),
                ));
            }
        };
        Ok(Self {
            key: settings::required(settings, "secret_key")?.to_owned(),
            base_url: base_url.trim_end_matches('/').to_owned(),
            account: owned("stripe_account"),
            is_reduced,
            success_url: owned("success_url"),
            webhook_secret: owned("webhook_secret"),
        })
    }

    pub fn get<T: DeserializeOwned>(&self, path: &str, query: &Form) -> Result<T, Trouble> {
        self.send(Request::get(self.url(path)).query(query))
    }

    /// Posts a form. Stripe makes one thing of one key.
    pub fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &Key,
        form: &Form,
    ) -> Result<T, Trouble> {
        self.send(Request::post(self.url(path)).header("idempotency-key", &key.0).form(form))
    }

    /// Reads a list, page by page.
    pub fn list<T: DeserializeOwned + Identified>(
        &self,
        path: &str,
        query: &Form,
    ) -> Result<Listing<T>, Trouble> {
        let mut items: Vec<T> = Vec::new();
        for _ in 0..PAGES_MAX {
            let after = items.last().map(Identified::id);
            let page: List<T> = self.get(path, &query.clone().set_some("starting_after", after))?;
            let is_complete = !page.has_more || page.data.is_empty();
            items.extend(page.data);
            if is_complete {
                return Ok(Listing { items, is_complete });
            }
        }
        Ok(Listing { items, is_complete: false })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn send<T: DeserializeOwned>(&self, request: Request) -> Result<T, Trouble> {
        let mut request = request.bearer(&self.key).header("stripe-version", API_VERSION);
        if let Some(account) = &self.account {
            request = request.header("stripe-account", account);
        }
        let response = request.send()?;
        let request_id = response.header("request-id").unwrap_or("none");
        log::debug(&format!("stripe answered {} to request {request_id}", response.status));
        read(&response)
    }
}

/// An idempotency key. The operation is part of it, so that two operations on
/// one thing never share one.
pub struct Key(String);

impl Key {
    pub fn of(operation: &str, key: &str) -> Self {
        Self(format!("recoup:{operation}:{key}"))
    }

    /// For an operation that may be done again: its repetition must not get
    /// the stored answer of an earlier one.
    pub fn fresh(operation: &str) -> Self {
        Self::of(operation, &crypto::hex(&random::bytes(12)))
    }
}

/// Pairs for an object's metadata, within Stripe's limits.
pub fn metadata(form: Form, name: &str, pairs: &[(String, String)]) -> Form {
    const PAIRS_MAX: usize = 45;
    let shortened: Vec<_> = pairs
        .iter()
        .filter(|(key, _)| !key.is_empty() && key.len() <= 40 && !key.contains(['[', ']']))
        .take(PAIRS_MAX)
        .map(|(key, value)| (key.clone(), value.chars().take(500).collect()))
        .collect();
    form.map(name, &shortened)
}

fn read<T: DeserializeOwned>(response: &Response) -> Result<T, Trouble> {
    let status = response.status;
    let unreadable =
        |error: serde_json::Error| Trouble::Unreadable { status, reason: error.to_string() };
    if (200..300).contains(&status) {
        return response.json().map_err(unreadable);
    }
    let body: ErrorBody = response.json().map_err(unreadable)?;
    Err(Trouble::Refused { status, error: Box::new(body.error) })
}

fn is_loopback(base_url: &str) -> bool {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = match authority.rsplit_once('@') {
        Some((_, host)) => host,
        None => authority,
    };
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => host.split(':').next().unwrap_or(host),
    };
    match name.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_loopback_peer_gets_fewer_parameters_by_itself() {
        for url in
            ["http://127.0.0.1:8420", "http://localhost/x", "http://[::1]:1", "http://a@127.9.0.1"]
        {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            BASE_URL,
            "https://127.0.0.1.example.com",
            "https://localhost.example",
            "http://10.0.0.1",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn metadata_keeps_to_the_limits() {
        let pairs = [("a[b]", "x"), ("ok", "v")].map(|(k, v)| (k.to_owned(), v.repeat(600)));
        let encoded = metadata(Form::new(), "metadata", &pairs).encode();
        assert_eq!(encoded, format!("metadata[ok]={}", "v".repeat(500)));
    }
}
