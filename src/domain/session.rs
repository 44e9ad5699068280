//! Hosted pages at a provider: where a payer pays one debt, or leaves a payment method.

use super::attempt::ChargeAnswer;
use super::decline::text_enum;
use super::id::{ConnectionId, CustomerId, OrganizationId, SessionId};
use super::money::Money;
use super::payment::PayableId;
use super::payment_method::MethodDetails;
use super::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Leave a method without paying.
    Setup,
    /// Pay one debt. The amount is frozen when the page is made.
    Payment { payable: PayableId, amount: Money },
}

text_enum!(
    SessionProgress {
        /// Written down; the provider may or may not have made the page yet.
        Starting = "starting",
        Open = "open",
        Completed = "completed",
        Expired = "expired",
        /// The provider refused to make it.
        Refused = "refused",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub connection_id: ConnectionId,
    pub purpose: Purpose,
    pub progress: SessionProgress,
    /// The provider's id and page, once it has made them.
    pub provider_session_id: Option<String>,
    pub url: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What a provider says of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionFinding {
    Open,
    /// The payer has begun; money may be about to move.
    InProgress(Option<ChargeAnswer>),
    SetUp(MethodDetails),
    Paid(ChargeAnswer),
    /// It takes no more money, and took none.
    Expired,
}
