//! The PSP's objects, as far as they are read here.

use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
pub struct Charge {
    pub id: String,
    pub status: String,
    pub amount: u64,
    pub currency: String,
    pub method: Method,
    pub reference: Option<String>,
    pub session_reference: Option<String>,
    pub decline: Option<Decline>,
    pub action: Option<Action>,
    pub dispute: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Decline {
    pub code: String,
    pub message: String,
    pub network_code: Option<String>,
    pub advice_code: Option<String>,
    pub retry_after_s: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub struct Action {
    pub kind: String,
    pub url: String,
}

#[derive(Debug, Deserialize)]
pub struct Method {
    pub id: String,
    pub customer: String,
    pub kind: String,
    pub brand: Option<String>,
    pub last4: Option<String>,
    pub expiry_month: Option<u8>,
    pub expiry_year: Option<u16>,
    pub fingerprint: Option<String>,
    /// Only in the event that tells of a new one.
    #[serde(default)]
    pub is_default: bool,
}

#[derive(Debug, Deserialize)]
pub struct Customer {
    pub id: String,
    pub default_method: Option<Method>,
}

#[derive(Debug, Deserialize)]
pub struct Session {
    pub id: String,
    pub status: String,
    pub url: String,
    pub reference: Option<String>,
    pub expires_at_ms: u64,
    pub charge: Option<Charge>,
    pub method: Option<Method>,
}

#[derive(Debug, Deserialize)]
pub struct Refund {
    pub id: String,
    pub status: String,
    pub charge: String,
    pub failure: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
}

/// What comes with a status that is not 2xx. With 402, the charge as well.
#[derive(Debug, Deserialize)]
pub struct ErrorBody {
    pub error: ApiError,
    pub charge: Option<Charge>,
}

#[derive(Debug, Deserialize)]
pub struct ApiError {
    pub code: String,
    pub message: String,
    /// `false`: the PSP states that nothing happened.
    pub processed: Option<bool>,
}

/// A method named in a request.
#[derive(Serialize)]
pub struct MethodNamed<'a> {
    pub method: &'a str,
}
