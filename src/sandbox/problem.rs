//! Why a call did not do what was asked. A decline is not one of these: it is an answer.
//! The HTTP status of each stands in `api/error.rs`.

use super::behaviour::NoSuchBehaviour;
use super::book::JournalError;

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("give a secret key: `Authorization: Bearer sk_sandbox_…`")]
    Unauthenticated,
    #[error("{message}")]
    Invalid { param: &'static str, message: String },
    #[error("there is no {what} `{id}`")]
    NotFound { what: &'static str, id: String },
    #[error("there is no such {what}: {source}")]
    NoBehaviour { what: &'static str, source: NoSuchBehaviour },
    #[error("give an `Idempotency-Key` header of 1 to 255 visible ASCII characters")]
    KeyMissing,
    #[error("the idempotency key was used before with other parameters")]
    KeyReused,
    #[error("the first request with this idempotency key is still running")]
    KeyInUse,
    /// The thing is in a state that does not allow it.
    #[error("{message}")]
    Conflict { code: &'static str, message: String },
    #[error("the service is not available; nothing was processed")]
    Unavailable,
    #[error("the request may have been processed; look it up before trying again")]
    ServerError,
    #[error("the ledger could not be written; nothing was processed")]
    Ledger(#[from] JournalError),
}

impl Problem {
    pub fn invalid(param: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { param, message: message.into() }
    }

    pub fn not_found(what: &'static str, id: &str) -> Self {
        Self::NotFound { what, id: id.chars().take(80).collect() }
    }

    pub fn no_behaviour(what: &'static str, source: NoSuchBehaviour) -> Self {
        Self::NoBehaviour { what, source }
    }
}
