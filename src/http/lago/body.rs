//! Bodies of requests. Clients send a JSON content type with no body, and no content type with
//! one, so only the bytes count.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::{FromRequest, HttpRequest, web};
use serde_json::{Map, Value};

use super::LagoError;
use crate::wire::lago::format::without_null_bytes;

/// A body may be so long: far more than the largest request of a client.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Read whole, not yet understood.
#[derive(Debug)]
pub struct Body(web::Bytes);

impl Body {
    /// The object that the request wraps its fields in.
    pub fn root(&self, name: &'static str) -> Result<Map<String, Value>, LagoError> {
        match self.keys()?.remove(name) {
            Some(Value::Object(root)) if !root.is_empty() => Ok(root),
            Some(_) | None => Err(LagoError::RootMissing(name)),
        }
    }

    /// The keys of a body that may be missing.
    pub fn keys(&self) -> Result<Map<String, Value>, LagoError> {
        if self.0.iter().all(u8::is_ascii_whitespace) {
            return Ok(Map::new());
        }
        let parsed = serde_json::from_slice(&self.0).map_err(|_| LagoError::Unparseable)?;
        match cleaned(parsed) {
            Value::Object(keys) => Ok(keys),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Ok(Map::new()),
        }
    }
}

/// Without null bytes in any text. The parser has bounded the depth.
fn cleaned(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_null_bytes(text)),
        Value::Array(items) => Value::Array(items.into_iter().map(cleaned).collect()),
        Value::Object(map) => Value::Object(
            map.into_iter().map(|(key, value)| (without_null_bytes(key), cleaned(value))).collect(),
        ),
        value @ (Value::Null | Value::Bool(_) | Value::Number(_)) => value,
    }
}

impl FromRequest for Body {
    type Error = LagoError;
    type Future = Pin<Box<dyn Future<Output = Result<Body, LagoError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reading = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            match reading.await {
                Ok(bytes) => Ok(Body(bytes)),
                Err(error) => Err(refusal(&error)),
            }
        })
    }
}

fn refusal(error: &actix_web::Error) -> LagoError {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => LagoError::BodyTooLarge { bytes_max: BODY_BYTES_MAX },
        Some(_) | None => LagoError::Unparseable,
    }
}
