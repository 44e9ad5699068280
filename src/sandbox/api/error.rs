//! The HTTP status and body of each problem. `processed: false` states that nothing happened.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::sandbox::problem::Problem;

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Invalid { .. } | Self::KeyMissing => StatusCode::BAD_REQUEST,
            Self::NotFound { .. } | Self::NoBehaviour { .. } => StatusCode::NOT_FOUND,
            Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::KeyInUse | Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::ServerError | Self::Ledger(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let (param, processed) = match self {
            Self::Invalid { param, .. } => (Some(*param), Some(false)),
            Self::ServerError => (None, None),
            Self::Unauthenticated
            | Self::KeyMissing
            | Self::NotFound { .. }
            | Self::NoBehaviour { .. }
            | Self::KeyReused
            | Self::KeyInUse
            | Self::Conflict { .. }
            | Self::Unavailable
            | Self::Ledger(_) => (None, Some(false)),
        };
        let (kind, code) = kind_and_code(self);
        HttpResponse::build(self.status_code()).json(json!({
            "error": {
                "type": kind,
                "code": code,
                "message": self.to_string(),
                "param": param,
                "processed": processed,
            }
        }))
    }
}

fn kind_and_code(problem: &Problem) -> (&'static str, String) {
    let (kind, code) = match problem {
        Problem::Unauthenticated => ("authentication", "secret_key_missing"),
        Problem::Invalid { .. } => ("invalid_request", "parameter_invalid"),
        Problem::KeyMissing => ("invalid_request", "idempotency_key_missing"),
        Problem::NotFound { what, .. } | Problem::NoBehaviour { what, .. } => {
            return ("invalid_request", format!("{}_missing", what.replace(' ', "_")));
        }
        Problem::KeyReused => ("idempotency", "idempotency_key_reused"),
        Problem::KeyInUse => ("idempotency", "idempotency_key_in_use"),
        Problem::Conflict { code, .. } => ("conflict", *code),
        Problem::Unavailable => ("unavailable", "service_unavailable"),
        Problem::ServerError => ("server_error", "internal_error"),
        Problem::Ledger(_) => ("server_error", "ledger_unwritable"),
    };
    (kind, code.to_owned())
}
