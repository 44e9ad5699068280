//! The refusals of this dialect, as the description of the API tells them. What is really answered
//! is chosen in `error.rs`.

use utoipa::{IntoResponses, ToSchema};

/// What went wrong.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: error.rs makes the bodies")]
pub struct Refusal {
    #[schema(example = 404)]
    pub status: u16,
    #[schema(example = "Not Found")]
    pub error: String,
    /// For programs.
    #[schema(example = "customer_not_found")]
    pub code: Option<String>,
    /// Field by field, what is wrong with each; or what a provider said.
    #[schema(value_type = Option<Object>)]
    pub error_details: Option<serde_json::Value>,
}

/// Of routes that read.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "a description: error.rs makes the bodies")]
pub enum Reading {
    #[response(status = 401, description = "No key, or one that is not known")]
    Unauthorized(#[to_schema] Refusal),
    #[response(status = 403, description = "The key may not")]
    Forbidden(#[to_schema] Refusal),
    #[response(status = 404, description = "There is no such thing")]
    NotFound(#[to_schema] Refusal),
    #[response(status = 422, description = "A filter or a field makes no sense")]
    Invalid(#[to_schema] Refusal),
    #[response(status = 429, description = "Too many requests")]
    TooMany(#[to_schema] Refusal),
}

/// Of routes that change something: those of reading, and these.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "a description: error.rs makes the bodies")]
pub enum Writing {
    #[response(status = 400, description = "The body is not JSON, or its root is missing")]
    Unparseable(#[to_schema] Refusal),
    #[response(status = 401, description = "No key, or one that is not known")]
    Unauthorized(#[to_schema] Refusal),
    #[response(status = 403, description = "The key may not, or the object does not allow it")]
    Forbidden(#[to_schema] Refusal),
    #[response(status = 404, description = "There is no such thing")]
    NotFound(#[to_schema] Refusal),
    #[response(status = 405, description = "Its state does not allow it")]
    NotAllowed(#[to_schema] Refusal),
    #[response(status = 413, description = "The body is too long")]
    TooLarge(#[to_schema] Refusal),
    #[response(status = 422, description = "A field makes no sense, or a provider refused")]
    Invalid(#[to_schema] Refusal),
    #[response(status = 429, description = "Too many requests, here or at the provider")]
    TooMany(#[to_schema] Refusal),
}
