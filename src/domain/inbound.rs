//! What a provider tells us by itself, in our words.

use super::attempt::ChargeAnswer;
use super::id::{AttemptId, ConnectionId, InboundId, OrganizationId};
use super::payment_method::MethodDetails;
use super::time::{Span, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PspEvent {
    /// The provider's id of it: known ones are not digested again.
    pub id: String,
    pub occurred_at: Timestamp,
    pub news: PspNews,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PspNews {
    ChargeChanged {
        /// Our reference, as the provider kept it.
        reference: Option<String>,
        session_reference: Option<String>,
        answer: ChargeAnswer,
    },
    MethodStored {
        provider_customer_id: String,
        method: MethodDetails,
        make_default: bool,
    },
    MethodRemoved {
        provider_method_id: String,
    },
    SessionEnded {
        provider_session_id: String,
        reference: Option<String>,
    },
    DisputeLost {
        charge_id: String,
        reason: String,
    },
    RefundChanged {
        refund_id: String,
        charge_id: Option<String>,
        succeeded: bool,
    },
    Ignored {
        kind: String,
    },
}

/// An event as it waits to be digested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    pub id: InboundId,
    pub organization_id: OrganizationId,
    pub connection_id: ConnectionId,
    pub event: PspEvent,
    pub tries_made: u32,
    pub received_at: Timestamp,
}

/// What a provider told of one payment, as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The provider's id of the event.
    pub event: String,
    pub attempt_id: AttemptId,
    pub news: PspNews,
    pub received_at: Timestamp,
}

/// So often is one event that is itself at fault tried before it stands on the list of failed ones.
pub const DIGEST_TRIES_MAX: u32 = 8;

/// How long after so many tries the next one is: doubling from 10 s, at most an hour.
pub fn digest_again_after(tries_made: u32) -> Span {
    let seconds = 10_u32.saturating_mul(1 << tries_made.min(9));
    Span::seconds(seconds.min(3600))
}
