//! A hosted page: one link on which a payer leaves a method or pays.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionAsked {
    #[serde(flatten)]
    pub purpose: Purpose,
    pub customer: String,
    /// The caller's id of the session.
    #[serde(default)]
    pub reference: Option<String>,
    /// Where the payer is sent afterwards.
    pub return_url: String,
    pub expires_at_ms: i64,
    /// The caller's words for allowed kinds of methods; shown, not enforced.
    #[serde(default)]
    pub method_kinds: Vec<String>,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Purpose {
    /// Leave a method, pay nothing.
    Setup,
    Payment {
        amount: u64,
        currency: String,
        #[serde(default)]
        description: Option<String>,
        /// The caller's id of what is being paid.
        #[serde(default)]
        order: Option<String>,
        #[serde(default)]
        keep_method: bool,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    pub id: String,
    pub asked: SessionAsked,
    pub idempotency_key: Option<String>,
    pub state: SessionState,
    pub created_at_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum SessionState {
    Open,
    /// The result of this charge is not there yet.
    InProgress {
        charge: String,
    },
    /// A method was left, nothing was to be paid.
    SetUp {
        method: String,
    },
    /// This charge is the result, for better or worse.
    Paid {
        charge: String,
    },
    Expired,
}

impl SessionState {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress { .. } => "in_progress",
            Self::SetUp { .. } | Self::Paid { .. } => "completed",
            Self::Expired => "expired",
        }
    }
}
