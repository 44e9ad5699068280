//! A charge as the ledger keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sandbox::behaviour::{self, Behaviour};

/// What a caller asked for. The same idempotency key must come with the same of this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Whole minor units.
    pub amount: u64,
    pub currency: String,
    pub customer: String,
    pub method: String,
    /// The caller's id of this try.
    #[serde(default)]
    pub reference: Option<String>,
    /// The caller's id of what is being paid; `fails_<n>_<code>` counts for each apart.
    #[serde(default)]
    pub order: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Charge {
    pub id: String,
    pub asked: Asked,
    pub origin: Origin,
    /// What the first answer said; a replay says it again.
    pub first: State,
    pub answered: Answered,
    pub state: State,
    pub refunded: u64,
    /// Why the payer's bank took the money back.
    pub disputed: Option<String>,
    pub created_at_ms: i64,
    /// When its webhook is sent once more.
    pub echo_at_ms: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Api { idempotency_key: String },
    Session { id: String, reference: Option<String> },
}

/// How the first answer went; a replay goes the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    Told,
    ServerError,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum State {
    Succeeded,
    Declined {
        code: String,
    },
    Pending {
        settles_at_ms: i64,
        /// Declined with it in the end; none: succeeds.
        code: Option<String>,
    },
    RequiresAction,
    Canceled,
}

impl State {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Declined { .. } => "declined",
            Self::Pending { .. } => "pending",
            Self::RequiresAction => "requires_action",
            Self::Canceled => "canceled",
        }
    }

    /// The type of the event that tells of it.
    pub fn event(&self) -> &'static str {
        match self {
            Self::Succeeded => "charge.succeeded",
            Self::Declined { .. } => "charge.declined",
            Self::Pending { .. } => "charge.pending",
            Self::RequiresAction => "charge.requires_action",
            Self::Canceled => "charge.canceled",
        }
    }
}

impl Charge {
    pub fn idempotency_key(&self) -> Option<&str> {
        match &self.origin {
            Origin::Api { idempotency_key } => Some(idempotency_key),
            Origin::Session { .. } => None,
        }
    }

    /// The caller's reference of the try, or of the hosted page it was paid on.
    pub fn any_reference(&self) -> Option<&str> {
        match &self.origin {
            Origin::Api { .. } => self.asked.reference.as_deref(),
            Origin::Session { reference, .. } => reference.as_deref(),
        }
    }

    /// How it was made to behave. Its method was checked when it was made.
    pub fn behaviour(&self) -> Behaviour {
        let spoken = behaviour::spoken(self.asked.method.trim_start_matches("pm_"));
        behaviour::of_charge(spoken.parse().unwrap_or(Behaviour::Ok), self.asked.amount)
    }

    /// The same charge as it was when it was first answered.
    pub fn as_first_answered(&self) -> Self {
        Self { state: self.first.clone(), refunded: 0, disputed: None, ..self.clone() }
    }
}
