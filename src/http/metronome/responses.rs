//! The refusals of this dialect, as the description of the API tells them. What is really answered
//! is chosen in `error.rs`.

use utoipa::IntoResponses;

use super::error::Refusal;

#[derive(IntoResponses)]
#[allow(dead_code, reason = "a description: error.rs makes the bodies")]
pub enum Refusals {
    #[response(
        status = 400,
        description = "The request makes no sense, or the state of things \
                                            does not allow it"
    )]
    Invalid(#[to_schema] Refusal),
    #[response(status = 401, description = "No key, or one that is not known")]
    Unauthorized(#[to_schema] Refusal),
    #[response(status = 403, description = "The key may not")]
    Forbidden(#[to_schema] Refusal),
    #[response(status = 404, description = "There is no such thing")]
    NotFound(#[to_schema] Refusal),
    #[response(status = 409, description = "An alias is taken, or the `Idempotency-Key` is in use")]
    Conflict(#[to_schema] Refusal),
    #[response(status = 429, description = "Too many requests")]
    TooMany(#[to_schema] Refusal),
}
