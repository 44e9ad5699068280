//! What our own API answers when something is wrong: a code for programs, a sentence for people.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::app::collect::CollectError;
use crate::store::StoreError;

#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Problem {
    pub fn invalid(message: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message)
    }

    /// As a response, for the routes that do not exist.
    pub fn not_found(message: &str) -> HttpResponse {
        Problem::new(StatusCode::NOT_FOUND, "not_found", message).error_response()
    }

    pub fn absent(message: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub fn unauthorized() -> Problem {
        let message = "send an API key: `Authorization: Bearer <key>`";
        Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// The state of the thing does not allow it.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Problem {
        Problem::new(StatusCode::CONFLICT, code, message)
    }

    pub fn internal() -> Problem {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here")
    }

    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Problem {
        Problem { status, code, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let body = json!({
            "status": self.status.as_u16(), "code": self.code, "message": self.message,
        });
        HttpResponse::build(self.status).json(body)
    }
}

/// Logged here, since nobody after this knows what it was.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        Problem::internal()
    }
}

impl From<CollectError> for Problem {
    fn from(error: CollectError) -> Problem {
        match error {
            CollectError::Store(error) => error.into(),
            error @ CollectError::Missing { .. } => {
                tracing::error!(%error, "what a request needs is gone");
                Problem::internal()
            }
        }
    }
}
