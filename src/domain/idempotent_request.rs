//! Requests that carry a key of their caller's: the same one again gets the same answer.

use super::id::ApiKeyId;
use super::time::Span;

/// How long an answer is kept.
pub const ANSWER_KEPT: Span = Span::hours(25);

/// Longer than any request can be executing.
pub const EXECUTING_MAX: Span = Span::minutes(10);

/// How long a call is remembered for requests that a client sends again by itself.
pub const SENT_AGAIN_WITHIN: Span = Span::seconds(120);

/// Whose key it is, the key, and what it was used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// None where no API key is needed.
    pub api_key_id: Option<ApiKeyId>,
    pub key: String,
    /// Of path and parameters: the same for the same request.
    pub fingerprint: String,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    pub status: u16,
    pub body: String,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownRequest {
    /// Nothing: go on. It counts as executing from now on.
    New,
    Answered(StoredAnswer),
    /// It was used for something else.
    OtherParameters,
    Executing,
}

/// A call that may bring about a payment, or end one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    Attempt,
    Cancel,
}

impl CallKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            CallKind::Attempt => "attempt",
            CallKind::Cancel => "cancel",
        }
    }
}

/// What identifies a call that is made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallMark {
    pub api_key_id: Option<ApiKeyId>,
    pub kind: CallKind,
    /// The client says that it sends this for the second time, or a later one.
    pub is_sent_again: bool,
    pub idempotency_key: Option<String>,
}
