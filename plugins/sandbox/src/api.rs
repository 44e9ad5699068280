//! Calls to the PSP: address, credentials, keys. What an answer means is in
//! `answers.rs`.

use recoup_plugin::http::{self, Method, Request, Response};
use recoup_plugin::types::{Failure, Settings};
use recoup_plugin::{Form, settings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::objects::{ApiError, ErrorBody};

pub const DEFAULT_KEY: &str = "sk_sandbox_default";

/// The settings of a connection, read.
pub struct Connection {
    key: String,
    base_url: String,
    pub webhook_secret: Option<String>,
}

/// Why there is no object in the answer.
#[derive(Debug)]
pub enum Trouble {
    /// No whole answer came.
    Http(http::Error),
    /// The PSP says no, or not now. A decline is one of these.
    Refused { status: u16, body: Box<ErrorBody> },
    /// Not an answer of this PSP, or one that we cannot read.
    Unreadable { status: u16, reason: String },
}

impl From<http::Error> for Trouble {
    fn from(error: http::Error) -> Self {
        Self::Http(error)
    }
}

impl Connection {
    pub fn of(settings: &Settings) -> Result<Self, Failure> {
        let base_url = settings::required(settings, "base_url")?;
        Ok(Self {
            key: settings::text(settings, "secret_key").unwrap_or(DEFAULT_KEY).to_owned(),
            base_url: base_url.trim_end_matches('/').to_owned(),
            webhook_secret: settings::text(settings, "webhook_secret").map(str::to_owned),
        })
    }

    pub fn get<T: DeserializeOwned>(&self, path: &str, query: &Form) -> Result<T, Trouble> {
        read(&self.send(Request::get(self.url(path)).query(query))?)
    }

    /// Posts a JSON body. The PSP makes one thing of one key.
    pub fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        body: &impl Serialize,
    ) -> Result<T, Trouble> {
        let request = Request::post(self.url(path)).header("idempotency-key", key).json(body);
        read(&self.send(request)?)
    }

    /// Changes a thing without a key: done twice, it is as once.
    pub fn change<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Trouble> {
        read(&self.send(Request::new(method, self.url(path)).json(body))?)
    }

    pub fn delete(&self, path: &str) -> Result<(), Trouble> {
        let response = self.send(Request::new(Method::Delete, self.url(path)))?;
        if response.status == 204 { Ok(()) } else { Err(refused(&response)) }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn send(&self, request: Request) -> Result<Response, http::Error> {
        request.bearer(&self.key).send()
    }
}

fn read<T: DeserializeOwned>(response: &Response) -> Result<T, Trouble> {
    if (200..300).contains(&response.status) { parse(response) } else { Err(refused(response)) }
}

fn refused(response: &Response) -> Trouble {
    match parse(response) {
        Ok(body) => Trouble::Refused { status: response.status, body: Box::new(body) },
        Err(trouble) => trouble,
    }
}

/// By way of a value, so that the parser is compiled once and not once per type.
fn parse<T: DeserializeOwned>(response: &Response) -> Result<T, Trouble> {
    let value: Result<Value, _> = response.json();
    value
        .and_then(serde_json::from_value)
        .map_err(|error| Trouble::Unreadable { status: response.status, reason: error.to_string() })
}

impl ApiError {
    /// For operators and logs.
    pub fn describe(&self, status: u16) -> String {
        format!("HTTP {status} {}: {}", self.code, self.message)
    }
}
