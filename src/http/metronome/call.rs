//! A POST of this dialect: its members, whether its client sends it again, and the key under
//! which it is answered once.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{MetronomeError, blocking, said};
use crate::app::App;
use crate::domain::id::OrganizationId;
use crate::domain::idempotent_request::{
    CallKind, CallMark, KnownRequest, RequestKey, StoredAnswer,
};
use crate::http::lago::Caller;
use crate::wire::metronome::json;
use crate::wire::metronome::members::Members;

const KEY_CHARS_MAX: usize = 255;

pub struct Call {
    pub caller: Caller,
    body: Map<String, Value>,
    /// The client says that it sends this for the second time, or a later one.
    is_sent_again: bool,
    key: Option<RequestKey>,
}

impl Call {
    pub fn members(&self) -> Members<'_> {
        Members::new(&self.body)
    }

    pub fn organization(&self) -> OrganizationId {
        self.caller.organization_id
    }

    pub fn mark(&self, kind: CallKind) -> CallMark {
        CallMark {
            api_key_id: self.caller.api_key_id,
            kind,
            is_sent_again: self.is_sent_again,
            idempotency_key: self.key.as_ref().map(|key| key.key.clone()),
        }
    }

    /// Executes the request, on a thread that may wait. With a key it is executed once, and
    /// answered the same from then on; what was refused before anything was done is not kept.
    pub async fn once<T, W>(self, app: Data<App>, work: W) -> Result<HttpResponse, MetronomeError>
    where
        T: Serialize,
        W: FnOnce(&App) -> Result<T, MetronomeError> + Send + 'static,
    {
        let key = self.key;
        let answer = blocking(move || match &key {
            None => work(&app).map(|done| StoredAnswer { status: 200, body: json::text(&done) }),
            Some(key) => keyed(&app, key, work),
        });
        answer.await.map(|answer| said(answer.status, answer.body))
    }
}

fn keyed<T: Serialize>(
    app: &App,
    key: &RequestKey,
    work: impl FnOnce(&App) -> Result<T, MetronomeError>,
) -> Result<StoredAnswer, MetronomeError> {
    match app.take_request_key(key)? {
        KnownRequest::Answered(answer) => return Ok(answer),
        KnownRequest::OtherParameters => return Err(MetronomeError::other_parameters()),
        KnownRequest::Executing => return Err(MetronomeError::still_executing()),
        KnownRequest::New => {}
    }
    let done = work(app).map(|done| StoredAnswer { status: 200, body: json::text(&done) });
    match &done {
        Ok(answer) => app.keep_answer(key, answer.clone())?,
        Err(error) if error.is_kept() => {
            let status = error.status_code().as_u16();
            app.keep_answer(key, StoredAnswer { status, body: error.body() })?;
        }
        Err(_) => app.free_request_key(key)?,
    }
    done
}

/// Of path and parameters; the order of members means nothing.
fn fingerprint(path: &str, body: &Map<String, Value>) -> String {
    let mut hasher = Sha256::new();
    hasher.update(path.as_bytes());
    hasher.update([0]);
    hasher.update(sorted(&Value::Object(body.clone())).to_string().as_bytes());
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<&String, &Value> = members.iter().collect();
            let members = sorted.into_iter().map(|(key, value)| (key.clone(), self::sorted(value)));
            Value::Object(members.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

impl FromRequest for Call {
    type Error = MetronomeError;
    type Future = Pin<Box<dyn Future<Output = Result<Call, MetronomeError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reading = Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let too_long = |_| MetronomeError::invalid("the body cannot be read, or is too long");
            call(&request, &reading.await.map_err(too_long)?)
        })
    }
}

fn call(request: &HttpRequest, bytes: &Bytes) -> Result<Call, MetronomeError> {
    let caller = request.extensions().get::<Caller>().copied();
    let caller = caller.ok_or_else(MetronomeError::unauthorized)?;
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let again: u32 =
        header("x-stainless-retry-count").and_then(|count| count.trim().parse().ok()).unwrap_or(0);
    let body = match serde_json::from_slice(bytes) {
        Ok(Value::Object(body)) => body,
        Ok(_) | Err(_) => return Err(MetronomeError::invalid("the body must be a JSON object")),
    };
    let key = match header("idempotency-key").filter(|key| !key.is_empty()) {
        None => None,
        Some(key) if key.chars().count() > KEY_CHARS_MAX => {
            let message = "`Idempotency-Key` must be of at most 255 characters";
            return Err(MetronomeError::invalid(message));
        }
        Some(key) => Some(RequestKey {
            api_key_id: caller.api_key_id,
            key: key.to_owned(),
            fingerprint: fingerprint(request.path(), &body),
        }),
    };
    Ok(Call { caller, body, is_sent_again: again >= 1, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parameters_in_another_order_are_the_same() {
        let read = |text: &str| match serde_json::from_str(text).unwrap() {
            Value::Object(body) => fingerprint("/v1/x", &body),
            other => panic!("{other}"),
        };
        let one = read(r#"{"a":1,"b":{"c":[1,2],"d":"x"}}"#);
        assert_eq!(one, read(r#"{"b":{"d":"x","c":[1,2]},"a":1}"#));
        assert_ne!(one, read(r#"{"a":1,"b":{"c":[2,1],"d":"x"}}"#));
    }
}
