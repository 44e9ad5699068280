//! What our own API answers when something is wrong: a code for programs, a sentence for people.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::app::collect::CollectError;
use crate::domain::rights::{Deed, Resource};
use crate::store::StoreError;

#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// Field by field, what to do about it.
    fields: Vec<(String, String)>,
}

impl Problem {
    /// What is wrong with each field, in sentences.
    pub fn of_fields(fields: Vec<(String, String)>) -> Problem {
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        let message = format!("look at {}", names.join(", "));
        Problem { fields, ..Problem::invalid(message) }
    }

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

    pub fn not_permitted(deed: Deed, resource: Resource) -> Problem {
        let (deed, resource) = (deed.as_str(), resource.as_str());
        let message = format!("this key may not {deed} `{resource}`");
        Problem::new(StatusCode::FORBIDDEN, "not_permitted", message)
    }

    pub fn beyond_own_rights() -> Problem {
        let message = "a key may not make one that may do more than itself";
        Problem::new(StatusCode::FORBIDDEN, "not_permitted", message)
    }

    pub fn too_many() -> Problem {
        let message = "too many requests in this second";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", message)
    }

    /// The state of the thing does not allow it.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Problem {
        Problem::new(StatusCode::CONFLICT, code, message)
    }

    /// Beside the sentence, what to do about a field.
    #[must_use]
    pub fn with_field(mut self, field: &str, sentence: &str) -> Problem {
        self.fields.push((field.to_owned(), sentence.to_owned()));
        self
    }

    pub fn internal() -> Problem {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here")
    }

    /// The machine does not keep what it is given.
    pub fn unavailable(why: &'static str) -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable", why)
    }

    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Problem {
        Problem { status, code, message: message.into(), fields: vec![] }
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
        let mut body = json!({
            "status": self.status.as_u16(), "code": self.code, "message": self.message,
        });
        for (field, sentence) in &self.fields {
            body["fields"][field] = sentence.as_str().into();
        }
        HttpResponse::build(self.status).json(body)
    }
}

/// Logged here, since nobody after this knows what it was.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        error.outage().map_or_else(Problem::internal, Problem::unavailable)
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
