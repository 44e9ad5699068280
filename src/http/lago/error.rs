//! Every error of Lago's dialect: the one place where its status and body are chosen.

use std::fmt;

use actix_web::error::BlockingError;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value, json};

use super::answer;
use crate::app::collect::CollectError;
use crate::app::ports::PspError;
use crate::domain::rights::{Deed, Resource};
use crate::store::StoreError;
use crate::wire::lago::field_errors::FieldErrors;

#[derive(Debug)]
pub enum LagoError {
    /// The body is not JSON.
    Unparseable,
    /// The object of this name is missing, empty, null or no object.
    RootMissing(&'static str),
    BodyTooLarge {
        bytes_max: usize,
    },
    /// No key, an unknown one, an expired one.
    Unauthorized,
    /// Never allowed for this object.
    Forbidden(&'static str),
    /// The key has not this right.
    NotPermitted(Deed, Resource),
    LimitExceeded,
    /// `customer` for `customer_not_found`.
    NotFound(&'static str),
    /// The state does not allow it.
    NotAllowed(&'static str),
    Invalid(FieldErrors),
    /// A provider refused while the caller waited.
    ThirdParty {
        provider: String,
        message: String,
    },
    ProviderThrottled {
        provider: String,
        message: String,
    },
    /// The machine does not keep what it is given; a sentence that says so.
    Unavailable(&'static str),
    Internal,
}

impl LagoError {
    /// One field with one code.
    pub fn field(field: &'static str, code: &'static str) -> LagoError {
        LagoError::Invalid(FieldErrors::one(field, code))
    }

    /// Wrong, but not in one field.
    pub fn base(code: &'static str) -> LagoError {
        LagoError::field("base", code)
    }

    /// A provider did not do what was asked while the caller waited.
    pub fn of_provider(provider: String, error: &PspError) -> LagoError {
        let message = error.to_string();
        match error {
            PspError::Throttled(_) => LagoError::ProviderThrottled { provider, message },
            PspError::Refused { .. }
            | PspError::Misconfigured { .. }
            | PspError::NotSent(_)
            | PspError::Unknown(_)
            | PspError::Unable(_)
            | PspError::NoPlugin(_) => LagoError::ThirdParty { provider, message },
        }
    }

    fn body(&self) -> (StatusCode, Value) {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match self {
            LagoError::Unparseable => plain(StatusCode::BAD_REQUEST, "Bad Request"),
            LagoError::RootMissing(root) => {
                let missing = "BadRequest: param is missing or the value is empty or invalid";
                plain(StatusCode::BAD_REQUEST, &format!("{missing}: {root}"))
            }
            LagoError::BodyTooLarge { bytes_max } => {
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                let error = format!("Payload Too Large: send at most {bytes_max} bytes");
                coded(plain(status, &error), "request_body_too_large", vec![])
            }
            LagoError::Unauthorized => plain(StatusCode::UNAUTHORIZED, "Unauthorized"),
            LagoError::Forbidden(code) => {
                coded(plain(StatusCode::FORBIDDEN, "Forbidden"), code, vec![])
            }
            LagoError::NotPermitted(deed, resource) => {
                let (deed, resource) = (deed.as_str(), resource.as_str());
                let code = format!("{deed}_action_not_allowed_for_{resource}");
                coded(plain(StatusCode::FORBIDDEN, "Forbidden"), &code, vec![])
            }
            LagoError::LimitExceeded => coded(
                plain(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
                "rate_limit_exceeded",
                vec![],
            ),
            LagoError::NotFound(resource) => {
                let code = format!("{resource}_not_found");
                coded(plain(StatusCode::NOT_FOUND, "Not Found"), &code, vec![])
            }
            LagoError::NotAllowed(code) => {
                let status = StatusCode::METHOD_NOT_ALLOWED;
                coded(plain(status, "Method Not Allowed"), code, vec![])
            }
            LagoError::Invalid(errors) => coded(
                plain(unprocessable, "Unprocessable Entity"),
                "validation_errors",
                vec![("error_details", errors.to_json())],
            ),
            LagoError::ThirdParty { provider, message } => coded(
                plain(unprocessable, "Unprocessable Entity"),
                "third_party_error",
                vec![(
                    "error_details",
                    json!({"third_party": provider, "thirdparty_error": message}),
                )],
            ),
            LagoError::ProviderThrottled { provider, message } => coded(
                plain(StatusCode::TOO_MANY_REQUESTS, "Too Many Provider Requests"),
                "too_many_provider_requests",
                vec![("error_details", json!({"provider_name": provider, "message": message}))],
            ),
            LagoError::Unavailable(why) => {
                let error = format!("Service Unavailable: {why}");
                let base = plain(StatusCode::SERVICE_UNAVAILABLE, &error);
                coded(base, "storage_unavailable", vec![])
            }
            LagoError::Internal => {
                plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
        }
    }
}

fn plain(status: StatusCode, error: &str) -> (StatusCode, Value) {
    (status, json!({"status": status.as_u16(), "error": error}))
}

fn coded(
    (status, body): (StatusCode, Value),
    code: &str,
    more: Vec<(&str, Value)>,
) -> (StatusCode, Value) {
    let mut map = match body {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    };
    map.insert("code".to_owned(), Value::from(code));
    map.extend(more.into_iter().map(|(key, value)| (key.to_owned(), value)));
    (status, Value::Object(map))
}

impl fmt::Display for LagoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.body().1.fmt(f)
    }
}

impl ResponseError for LagoError {
    fn status_code(&self) -> StatusCode {
        self.body().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, body) = self.body();
        answer::json_with(status, &body)
    }
}

impl From<FieldErrors> for LagoError {
    fn from(errors: FieldErrors) -> LagoError {
        LagoError::Invalid(errors)
    }
}

/// Logged here, since nobody after this knows what it was.
impl From<StoreError> for LagoError {
    fn from(error: StoreError) -> LagoError {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        error.outage().map_or(LagoError::Internal, LagoError::Unavailable)
    }
}

impl From<CollectError> for LagoError {
    fn from(error: CollectError) -> LagoError {
        match error {
            CollectError::Store(error) => error.into(),
            error @ CollectError::Missing { .. } => {
                tracing::error!(%error, "what a request needs is gone");
                LagoError::Internal
            }
        }
    }
}

impl From<BlockingError> for LagoError {
    fn from(_: BlockingError) -> LagoError {
        tracing::error!("the work of a request panicked or was cancelled");
        LagoError::Internal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(error: &LagoError) -> String {
        format!("{} {error}", error.status_code().as_u16())
    }

    #[test]
    fn each_error_has_its_status_and_body() {
        let provider = || "Stripe".to_owned();
        let message = || "no such customer".to_owned();
        let rows = [
            (LagoError::Unparseable, r#"400 {"status":400,"error":"Bad Request"}"#),
            (
                LagoError::RootMissing("customer"),
                "400 {\"status\":400,\"error\":\"BadRequest: param is missing or the value is \
                 empty or invalid: customer\"}",
            ),
            (LagoError::Unauthorized, r#"401 {"status":401,"error":"Unauthorized"}"#),
            (
                LagoError::Forbidden("feature_unavailable"),
                r#"403 {"status":403,"error":"Forbidden","code":"feature_unavailable"}"#,
            ),
            (
                LagoError::NotPermitted(Deed::Write, Resource::AddOn),
                "403 {\"status\":403,\"error\":\"Forbidden\",\
                 \"code\":\"write_action_not_allowed_for_add_on\"}",
            ),
            (
                LagoError::LimitExceeded,
                "429 {\"status\":429,\"error\":\"Too Many Requests\",\
                 \"code\":\"rate_limit_exceeded\"}",
            ),
            (
                LagoError::NotFound("customer"),
                r#"404 {"status":404,"error":"Not Found","code":"customer_not_found"}"#,
            ),
            (
                LagoError::NotAllowed("not_voidable"),
                r#"405 {"status":405,"error":"Method Not Allowed","code":"not_voidable"}"#,
            ),
            (
                LagoError::base("payment_provider_not_found"),
                "422 {\"status\":422,\"error\":\"Unprocessable Entity\",\
                 \"code\":\"validation_errors\",\
                 \"error_details\":{\"base\":[\"payment_provider_not_found\"]}}",
            ),
            (
                LagoError::ThirdParty { provider: provider(), message: message() },
                "422 {\"status\":422,\"error\":\"Unprocessable Entity\",\
                 \"code\":\"third_party_error\",\"error_details\":{\"third_party\":\"Stripe\",\
                 \"thirdparty_error\":\"no such customer\"}}",
            ),
            (
                LagoError::ProviderThrottled { provider: provider(), message: message() },
                "429 {\"status\":429,\"error\":\"Too Many Provider Requests\",\
                 \"code\":\"too_many_provider_requests\",\"error_details\":\
                 {\"provider_name\":\"Stripe\",\"message\":\"no such customer\"}}",
            ),
            (
                LagoError::Unavailable("the disk is full"),
                "503 {\"status\":503,\"error\":\"Service Unavailable: the disk is full\",\
                 \"code\":\"storage_unavailable\"}",
            ),
            (LagoError::Internal, r#"500 {"status":500,"error":"Internal Server Error"}"#),
        ];
        for (error, expected) in rows {
            assert_eq!(shown(&error), expected);
        }
    }
}
