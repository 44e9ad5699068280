//! Calls to Adyen: address, credentials, keys. What an answer means is in
//! `answers.rs`.

use recoup_plugin::http::{self, Method, Request, Response};
use recoup_plugin::types::{Failure, Settings};
use recoup_plugin::{Form, crypto, log, settings};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::objects::ApiError;

pub const BASE_URL: &str = "https://checkout-test.adyen.com/v72";

/// An issuer may take its time. The host may cap it.
const CHARGE_TIMEOUT_MS: u32 = 60_000;

/// Adyen's limit of a key.
const KEY_CHARACTERS_MAX: usize = 64;

const MODELS: [&str; 3] = ["UnscheduledCardOnFile", "Subscription", "CardOnFile"];

/// The settings of a connection, read.
pub struct Connection {
    api_key: String,
    base_url: String,
    pub merchant_account: String,
    pub recurring_model: String,
    pub setup_currency: String,
    pub success_url: Option<String>,
    pub hmac_keys: Vec<String>,
    pub webhook_user: Option<String>,
    pub webhook_password: Option<String>,
}

/// Why there is no object in the answer.
#[derive(Debug)]
pub enum Trouble {
    /// No whole answer came.
    Http(http::Error),
    /// Adyen says no, or not now.
    Refused(ApiError),
    /// Not an answer of Adyen's, or one that we cannot read.
    Unreadable { status: u16, reason: String },
}

impl From<http::Error> for Trouble {
    fn from(error: http::Error) -> Self {
        Self::Http(error)
    }
}

impl Connection {
    pub fn of(settings: &Settings) -> Result<Self, Failure> {
        let owned = |key| settings::text(settings, key).map(str::to_owned);
        let recurring_model = owned("recurring_model").unwrap_or_else(|| MODELS[0].to_owned());
        if !MODELS.contains(&recurring_model.as_str()) {
            return Err(Failure::misconfigured(
                "bad_setting",
                format!("recurring_model is {recurring_model:?}, not one of {}", MODELS.join(", ")),
            ));
        }
        let hmac_keys = settings::text(settings, "hmac_key").unwrap_or("").split(',');
        Ok(Self {
            api_key: settings::required(settings, "api_key")?.to_owned(),
            base_url: owned("base_url")
                .map_or(BASE_URL.to_owned(), |url| url.trim_end_matches('/').to_owned()),
            merchant_account: settings::required(settings, "merchant_account")?.to_owned(),
            recurring_model,
            setup_currency: owned("setup_currency").unwrap_or_else(|| "EUR".to_owned()),
            success_url: owned("success_url"),
            hmac_keys: hmac_keys
                .map(|key| key.trim().to_owned())
                .filter(|k| !k.is_empty())
                .collect(),
            webhook_user: owned("webhook_user"),
            webhook_password: owned("webhook_password"),
        })
    }

    pub fn get<T: DeserializeOwned>(&self, path: &str, query: &Form) -> Result<T, Trouble> {
        self.send(Request::get(self.url(path)).query(query))
    }

    /// Adyen makes one thing of one key; without a key nothing is made.
    pub fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        key: Option<&Key>,
        body: &Value,
    ) -> Result<T, Trouble> {
        let mut request = Request::post(self.url(path)).json(body).timeout_ms(CHARGE_TIMEOUT_MS);
        if let Some(key) = key {
            request = request.header("idempotency-key", &key.0);
        }
        self.send(request)
    }

    pub fn patch<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Trouble> {
        self.send(Request::new(Method::Patch, self.url(path)).json(body))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn send<T: DeserializeOwned>(&self, request: Request) -> Result<T, Trouble> {
        let response = request
            .header("x-api-key", &self.api_key)
            .header("accept", "application/json")
            .send()?;
        let id = response.header("pspreference").unwrap_or("none");
        log::debug(&format!("adyen answered {} to request {id}", response.status));
        read(&response)
    }
}

/// An idempotency key. The operation is part of it, so that two operations on
/// one thing never share one.
pub struct Key(String);

impl Key {
    pub fn of(operation: &str, key: &str) -> Self {
        let whole = format!("{operation}:{key}");
        match whole.len() <= KEY_CHARACTERS_MAX {
            true => Self(whole),
            false => Self(crypto::hex(&crypto::sha256(whole.as_bytes()))),
        }
    }
}

/// Our reference and what else fits into Adyen's limits.
pub fn metadata(name: &str, reference: &str, pairs: &[(String, String)]) -> Value {
    const PAIRS_MAX: usize = 20;
    let mut kept = Map::from_iter([(name.to_owned(), Value::from(reference))]);
    for (key, value) in pairs.iter().filter(|(key, _)| (1..=20).contains(&key.chars().count())) {
        if kept.len() < PAIRS_MAX && !kept.contains_key(key) {
            kept.insert(key.clone(), value.chars().take(80).collect::<String>().into());
        }
    }
    Value::Object(kept)
}

fn read<T: DeserializeOwned>(response: &Response) -> Result<T, Trouble> {
    let status = response.status;
    let unreadable =
        |error: serde_json::Error| Trouble::Unreadable { status, reason: error.to_string() };
    if (200..300).contains(&status) {
        return response.json().map_err(unreadable);
    }
    let error: ApiError = response.json().map_err(unreadable)?;
    let is_transient =
        response.header("transient-error").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    Err(Trouble::Refused(ApiError { status, is_transient, ..error }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_fits_and_names_its_operation() {
        assert_eq!(Key::of("charge", "k1").0, "charge:k1");
        let long = "k".repeat(64);
        let (charge, refund) = (Key::of("charge", &long).0, Key::of("refund", &long).0);
        assert_eq!(charge.len(), KEY_CHARACTERS_MAX);
        assert_ne!(charge, refund);
        assert_eq!(charge, Key::of("charge", &long).0);
    }

    #[test]
    fn metadata_keeps_to_the_limits() {
        let pairs = [("lago_invoice_id", "x"), (&"k".repeat(21), "y")]
            .map(|(key, value)| (key.to_owned(), value.repeat(100)));
        let kept = metadata("recoup_attempt", "att_1", &pairs);
        let short = "x".repeat(80);
        assert_eq!(kept, json!({"recoup_attempt": "att_1", "lago_invoice_id": short}));
    }
}
