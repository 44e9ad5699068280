//! Money given back.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundAsked {
    pub charge: String,
    /// Whole minor units; none: all that is left.
    #[serde(default)]
    pub amount: Option<u64>,
    #[serde(default)]
    pub reference: Option<String>,
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refund {
    pub id: String,
    pub asked: RefundAsked,
    pub idempotency_key: String,
    pub amount: u64,
    pub currency: String,
    pub state: RefundState,
    pub created_at_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum RefundState {
    Pending { settles_at_ms: i64 },
    Succeeded,
    Failed,
}

impl RefundState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}
