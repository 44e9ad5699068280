//! Surplus payments: money that came in beyond what was due. It is recorded with the charge that
//! brought it, and waits for a person, who has it refunded or keeps it for a reason.

use super::decline::text_enum;
use super::id::{AttemptId, ConnectionId, CustomerId, InvoiceId, OrganizationId, SurplusId};
use super::invoice::{Invoice, InvoiceStatus};
use super::money::Money;
use super::payment::PayableId;
use super::refund::{Refund, RefundState};
use super::time::Timestamp;

text_enum!(
    /// Why it was not due.
    SurplusReason {
        /// The debt was settled in another way first.
        DebtSettled = "debt_settled",
        /// The debt was voided, or ended otherwise.
        DebtGone = "debt_gone",
        /// A part of it was due: something else had paid the rest meanwhile.
        MoreThanDue = "more_than_due",
    }
);

impl SurplusReason {
    /// Of money that came for this invoice, which took `taken` of it.
    pub const fn of(invoice: &Invoice, taken: i64) -> SurplusReason {
        match invoice.status {
            InvoiceStatus::Voided | InvoiceStatus::Closed | InvoiceStatus::Deleted => {
                SurplusReason::DebtGone
            }
            InvoiceStatus::Draft | InvoiceStatus::Open | InvoiceStatus::Finalized => {
                if taken > 0 {
                    SurplusReason::MoreThanDue
                } else {
                    SurplusReason::DebtSettled
                }
            }
        }
    }
}

text_enum!(
    SurplusStateWord {
        Open = "open",
        Refunding = "refunding",
        Refunded = "refunded",
        RefundFailed = "refund_failed",
        Kept = "kept",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SurplusState {
    /// Nobody has decided yet, or a part was refunded and the rest waits.
    Open,
    /// A refund is on its way.
    Refunding,
    /// All of it went back.
    Refunded,
    /// The provider refused the latest refund.
    RefundFailed,
    /// A person said that what is left of it stays.
    Kept { reason: String },
}

impl SurplusState {
    pub const fn word(&self) -> SurplusStateWord {
        match self {
            SurplusState::Open => SurplusStateWord::Open,
            SurplusState::Refunding => SurplusStateWord::Refunding,
            SurplusState::Refunded => SurplusStateWord::Refunded,
            SurplusState::RefundFailed => SurplusStateWord::RefundFailed,
            SurplusState::Kept { .. } => SurplusStateWord::Kept,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurplusPayment {
    pub id: SurplusId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    /// The charge that brought it.
    pub payment_id: AttemptId,
    pub connection_id: ConnectionId,
    pub payable: PayableId,
    pub invoice_id: Option<InvoiceId>,
    pub amount: Money,
    pub reason: SurplusReason,
    pub state: SurplusState,
    /// Of the amount, what was refunded or is on its way.
    pub refunded: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotKeep {
    #[error("a refund of it is under way")]
    Refunding,
    #[error("all of it was refunded")]
    Refunded,
    #[error("it is kept already")]
    Kept,
}

impl SurplusPayment {
    /// What a refund can still give back.
    pub const fn left(&self) -> Money {
        let left = match self.state {
            SurplusState::Kept { .. } => 0,
            SurplusState::Open
            | SurplusState::Refunding
            | SurplusState::Refunded
            | SurplusState::RefundFailed => self.amount.minor_units - self.refunded,
        };
        Money { minor_units: left, ..self.amount }
    }

    pub fn keep(self, reason: String, now: Timestamp) -> Result<SurplusPayment, CannotKeep> {
        match self.state {
            SurplusState::Open | SurplusState::RefundFailed => {
                Ok(SurplusPayment { state: SurplusState::Kept { reason }, updated_at: now, ..self })
            }
            SurplusState::Refunding => Err(CannotKeep::Refunding),
            SurplusState::Refunded => Err(CannotKeep::Refunded),
            SurplusState::Kept { .. } => Err(CannotKeep::Kept),
        }
    }

    /// How it stands after what became of its refunds, oldest first.
    #[must_use]
    pub fn after(self, refunds: &[Refund], now: Timestamp) -> SurplusPayment {
        let counts = refunds.iter().filter(|refund| !refund.has_failed());
        let refunded = counts.map(|refund| refund.amount.minor_units).sum();
        let is_under_way = refunds.iter().any(Refund::is_under_way);
        let failed = matches!(refunds.last().map(|it| &it.state), Some(RefundState::Failed { .. }));
        let state = match self.state {
            // What is left of it was kept; a refund that came back is told by itself.
            SurplusState::Kept { reason } => SurplusState::Kept { reason },
            SurplusState::Open
            | SurplusState::Refunding
            | SurplusState::Refunded
            | SurplusState::RefundFailed => {
                if is_under_way {
                    SurplusState::Refunding
                } else if refunded >= self.amount.minor_units {
                    SurplusState::Refunded
                } else if failed {
                    SurplusState::RefundFailed
                } else {
                    SurplusState::Open
                }
            }
        };
        SurplusPayment { state, refunded, updated_at: now, ..self }
    }
}
