//! One request that a plugin made to a provider, and how it ended: for whoever looks into an
//! attempt or a connection. Secrets are masked before it gets here, and bodies never do.

use super::decline::text_enum;
use super::id::ConnectionId;
use super::time::Timestamp;

text_enum!(
    EndingWord {
        Answered = "answered",
        /// Against our own rules: nothing was sent.
        Denied = "denied",
        NotSent = "not_sent",
        /// The provider may have seen it, and gave no whole answer.
        MaybeSent = "maybe_sent",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Answered { status: u16, bytes: u64 },
    Denied(String),
    NotSent(String),
    MaybeSent(String),
}

impl Ending {
    pub const fn word(&self) -> EndingWord {
        match self {
            Ending::Answered { .. } => EndingWord::Answered,
            Ending::Denied(_) => EndingWord::Denied,
            Ending::NotSent(_) => EndingWord::NotSent,
            Ending::MaybeSent(_) => EndingWord::MaybeSent,
        }
    }

    pub fn reason(&self) -> Option<&str> {
        match self {
            Ending::Answered { .. } => None,
            Ending::Denied(reason) | Ending::NotSent(reason) | Ending::MaybeSent(reason) => {
                Some(reason)
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    pub connection_id: ConnectionId,
    /// Ours: of the attempt, where the exchange belongs to one.
    pub reference: Option<String>,
    /// The plugin's function that made it, such as `charge`.
    pub function: String,
    /// The plugin with its version.
    pub plugin: String,
    pub method: String,
    /// Without the values of its query.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub request_bytes: u64,
    pub ending: Ending,
    pub duration_ms: u64,
    pub at: Timestamp,
}
