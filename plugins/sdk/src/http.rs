//! Requests to the PSP, which the host makes. One [`Request::send`] is one
//! request; nothing is repeated and no redirect is followed.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Form;
pub use crate::bindings::host::recoup::psp::http::{Error, Method, Request, Response};
use crate::types::{Decline, Failure, Outcome};

impl Request {
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: None, timeout_ms: None }
    }

    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::Get, url)
    }

    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::Post, url)
    }

    /// Adds a header. The name is in lower case.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Puts the pairs behind the `?` of the URL, which has none yet.
    #[must_use]
    pub fn query(mut self, query: &Form) -> Self {
        if !query.is_empty() {
            self.url = format!("{}?{}", self.url, query.encode());
        }
        self
    }

    #[must_use]
    pub fn form(mut self, form: &Form) -> Self {
        self.body = Some(form.encode().into_bytes());
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).expect("a request body has only text keys");
        self.body = Some(bytes);
        self.header("content-type", "application/json")
    }

    #[must_use]
    pub fn timeout_ms(self, timeout_ms: u32) -> Self {
        Self { timeout_ms: Some(timeout_ms), ..self }
    }

    /// Any status is a response; an [`Error`] says whether the PSP can have
    /// seen the request.
    pub fn send(self) -> Result<Response, Error> {
        #[cfg(target_arch = "wasm32")]
        return crate::bindings::host::recoup::psp::http::send(&self);
        #[cfg(not(target_arch = "wasm32"))]
        crate::testing::send(&self)
    }
}

impl Response {
    /// The first header of this name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// Reads the body of a success. Any other status is a failure, and so is a
    /// body that is something else.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        if !(200..300).contains(&self.status) {
            return Err(Failure::of_status(self.status));
        }
        self.json().map_err(|error| Failure::Unknown(format!("HTTP {}: {error}", self.status)))
    }

    /// Reads the body. The way over a `Value` keeps components small: the
    /// parser is compiled once, not once per type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body).and_then(serde_json::from_value)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(reason) => Self::misconfigured("denied", reason),
            Error::NotSent(reason) => Self::NotSent(reason),
            Error::MaybeSent(reason) => Self::Unknown(reason),
        }
    }
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(reason) => Self::Declined(Decline::misconfigured("denied", reason)),
            Error::NotSent(reason) => Self::NotSent(reason),
            Error::MaybeSent(reason) => Self::Unknown(reason),
        }
    }
}
