//! Bulk retries: many debts asked for at once, with what became of each. Whether one debt may be
//! charged is decided where every other way of charging asks it, not here.

use chrono::NaiveDate;

use super::currency::Currency;
use super::decline::{DeclineClass, text_enum};
use super::id::{BulkRetryId, InvoiceId, OrganizationId, RecoveryId};
use super::invoice::PaymentStatus;
use super::money::Money;
use super::recovery::{IdleReason, Recovery, State, WaitReason};
use super::time::Timestamp;

/// Which unpaid invoices are meant; what is absent means any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BulkFilter {
    pub payment_overdue: Option<bool>,
    /// Deleted customers included.
    pub external_customer_id: Option<String>,
    pub currency: Option<Currency>,
    /// Pending or failed; what is paid is never meant.
    pub payment_status: Option<PaymentStatus>,
    /// Of the last decline.
    pub decline_classes: Option<Vec<DeclineClass>>,
    /// Both inclusive, in minor units of what is due.
    pub amount_from: Option<i64>,
    pub amount_to: Option<i64>,
    /// Both inclusive.
    pub issued_from: Option<NaiveDate>,
    pub issued_to: Option<NaiveDate>,
    /// The beginning of a number, a whole id, or part of what a customer is called by.
    pub search_term: Option<String>,
}

text_enum!(
    BulkState {
        /// Its invoices are being written down.
        Listing = "listing",
        /// They are being asked for.
        Queueing = "queueing",
        /// All of them were asked for, or refused.
        Queued = "queued",
        /// What has not begun is being taken back.
        Cancelling = "cancelling",
        Cancelled = "cancelled",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkRetry {
    pub id: BulkRetryId,
    pub organization_id: OrganizationId,
    /// Chosen by the caller: asking again with it is not asking twice.
    pub client_key: Option<String>,
    pub filter: BulkFilter,
    pub state: BulkState,
    /// While listing: the last invoice that was looked at.
    pub listed_up_to: Option<InvoiceId>,
    pub invoices_count: u32,
    /// How many of them were worked through, for what the state says.
    pub worked_through: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl BulkRetry {
    pub fn new(
        organization_id: OrganizationId,
        filter: BulkFilter,
        client_key: Option<String>,
        now: Timestamp,
    ) -> BulkRetry {
        BulkRetry {
            id: BulkRetryId::at(now),
            organization_id,
            client_key,
            filter,
            state: BulkState::Listing,
            listed_up_to: None,
            invoices_count: 0,
            worked_through: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// The same again once it is over.
    #[must_use]
    pub fn cancel(self, now: Timestamp) -> BulkRetry {
        match self.state {
            BulkState::Listing | BulkState::Queueing | BulkState::Queued => BulkRetry {
                state: BulkState::Cancelling,
                worked_through: 0,
                updated_at: now,
                ..self
            },
            BulkState::Cancelling | BulkState::Cancelled => self,
        }
    }

    /// All of its invoices were worked through.
    #[must_use]
    pub fn advance(self, now: Timestamp) -> BulkRetry {
        let state = match self.state {
            BulkState::Listing => BulkState::Queueing,
            BulkState::Queueing => BulkState::Queued,
            BulkState::Cancelling => BulkState::Cancelled,
            done @ (BulkState::Queued | BulkState::Cancelled) => done,
        };
        BulkRetry { state, updated_at: now, ..self }
    }
}

/// Why an invoice is not charged now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Refusal(pub &'static str);

impl Refusal {
    /// Voided, paid, or gone.
    pub const STATUS: Refusal = Refusal("invalid_status");
    pub const OPEN: Refusal = Refusal("payment_processor_is_currently_handling_payment");
    /// A person, or another bulk retry, asked for it and it has not begun yet.
    pub const ASKED: Refusal = Refusal("already_requested");
    /// To be paid by hand.
    pub const MANUAL: Refusal = Refusal("manual");
    pub const PAUSED: Refusal = Refusal("paused");
    /// A person has stopped it: it is taken up again one by one.
    pub const STOPPED: Refusal = Refusal("stopped");
    pub const CONNECTION_PAUSED: Refusal = Refusal("connection_paused");
}

/// One invoice of a bulk retry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkInvoice {
    pub bulk_retry_id: BulkRetryId,
    pub position: u32,
    pub invoice_id: InvoiceId,
    /// What was due when it was listed.
    pub due: Money,
    pub state: BulkInvoiceState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkInvoiceState {
    Listed,
    Queued(Queued),
    Refused { code: String },
    Withdrawn,
}

/// An attempt that was asked for, and what was planned before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    pub recovery_id: RecoveryId,
    /// The number that the attempt has, or will have: that of an earlier one if it never left.
    pub attempt_number: u32,
    /// How many attempts had a number when it was asked for.
    pub attempts_before: u32,
    pub was: Plan,
    /// Somebody else asked for the same attempt since.
    pub kept: bool,
}

/// What a recovery that nobody is charging is planned as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    Waiting { next_attempt_at: Timestamp, reason: WaitReason },
    Idle { reason: IdleReason },
}

impl Plan {
    /// None: an attempt is open, or it has ended.
    pub const fn of(recovery: &Recovery) -> Option<Plan> {
        match recovery.state {
            State::Waiting { next_attempt_at, reason } => {
                Some(Plan::Waiting { next_attempt_at, reason })
            }
            State::Idle { reason } => Some(Plan::Idle { reason }),
            State::Charging { .. } | State::Recovered { .. } | State::Cancelled { .. } => None,
        }
    }

    /// Somebody asked for an attempt, and it is as good as begun.
    pub fn is_asked_for(&self, now: Timestamp) -> bool {
        match self {
            Plan::Waiting { next_attempt_at, reason: WaitReason::Requested } => {
                *next_attempt_at <= now
            }
            Plan::Waiting { .. } | Plan::Idle { .. } => false,
        }
    }
}

impl Recovery {
    /// Back to what it was planned as before it was asked for. None: it has begun, or something
    /// else was decided since, and goes on.
    pub fn withdraw(self, queued: &Queued, now: Timestamp) -> Option<Recovery> {
        let begun = self.attempts_made > queued.attempts_before;
        let State::Waiting { next_attempt_at, reason } = self.state else { return None };
        let still_asked = match reason {
            // Parked: it was asked for, and something stands in its way.
            WaitReason::Requested
            | WaitReason::LinkOpen
            | WaitReason::RequestOpen
            | WaitReason::NetworkBudget
            | WaitReason::Outage
            | WaitReason::ConnectionPaused => true,
            WaitReason::FirstCharge
            | WaitReason::Retry
            | WaitReason::NotSent
            | WaitReason::Moved => false,
        };
        if queued.kept || begun || !still_asked {
            return None;
        }
        let state = match queued.was {
            // A payer, or a request, may be bringing the money meanwhile: the plan stays behind.
            Plan::Waiting { next_attempt_at: before, .. }
                if matches!(reason, WaitReason::LinkOpen | WaitReason::RequestOpen)
                    && before < next_attempt_at =>
            {
                State::Waiting { next_attempt_at, reason }
            }
            Plan::Waiting { next_attempt_at, reason } => State::Waiting { next_attempt_at, reason },
            Plan::Idle { reason } => State::Idle { reason },
        };
        Some(Recovery { state, requested_method: None, updated_at: now, ..self })
    }
}

text_enum!(
    /// What has become of one invoice of a bulk retry.
    BulkResult {
        /// Its turn has not come.
        Listed = "listed",
        Refused = "refused",
        /// Taken back before it was charged.
        Withdrawn = "withdrawn",
        /// Asked for; the attempt has not begun.
        Queued = "queued",
        Charging = "charging",
        /// The provider's answer comes later.
        Pending = "pending",
        NeedsPayer = "needs_payer",
        Unknown = "unknown",
        Succeeded = "succeeded",
        Failed = "failed",
        /// There was nothing to charge it on when its turn came.
        NotChargeable = "not_chargeable",
        /// Paid otherwise, or voided, before it was charged.
        Settled = "settled",
    }
);

impl BulkResult {
    /// Nothing more comes of it by this bulk retry.
    pub const fn is_over(self) -> bool {
        match self {
            BulkResult::Listed
            | BulkResult::Queued
            | BulkResult::Charging
            | BulkResult::Pending
            | BulkResult::NeedsPayer
            | BulkResult::Unknown => false,
            BulkResult::Refused
            | BulkResult::Withdrawn
            | BulkResult::Succeeded
            | BulkResult::Failed
            | BulkResult::NotChargeable
            | BulkResult::Settled => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::AttemptId;
    use crate::domain::recovery::First;
    use crate::domain::samples::{self, at};

    fn recovery() -> Recovery {
        samples::recovery(First::Rest(IdleReason::Exhausted))
    }

    fn queued(before: &Recovery) -> Queued {
        Queued {
            recovery_id: before.id,
            attempt_number: before.attempts_made + 1,
            attempts_before: before.attempts_made,
            was: Plan::of(before).expect("nothing is open"),
            kept: false,
        }
    }

    #[test]
    fn what_is_withdrawn_is_planned_as_before() {
        let before = recovery();
        let queued = queued(&before);
        let asked = before.clone().request(None, at(5)).expect("free");
        let after = asked.withdraw(&queued, at(6)).expect("not begun");
        assert_eq!(after.state, before.state);
    }

    #[test]
    fn what_has_begun_or_was_asked_for_by_others_is_not_withdrawn() {
        let before = recovery();
        let queued = queued(&before);
        let asked = before.request(None, at(5)).expect("free");
        let kept = Queued { kept: true, ..queued };
        assert_eq!(asked.clone().withdraw(&kept, at(6)), None);
        let begun = asked.begin(AttemptId::at(at(5)), at(5)).expect("due");
        assert_eq!(begun.clone().withdraw(&queued, at(6)), None);
        let not_sent = Recovery {
            attempts_made: 1,
            state: State::Waiting { next_attempt_at: at(9), reason: WaitReason::NotSent },
            ..begun
        };
        assert_eq!(not_sent.withdraw(&queued, at(7)), None);
    }

    #[test]
    fn a_page_that_was_opened_meanwhile_still_keeps_the_schedule_away() {
        let state = State::Waiting { next_attempt_at: at(100), reason: WaitReason::Retry };
        let before = Recovery { state, ..recovery() };
        let queued = queued(&before);
        let asked = before.request(None, at(5)).expect("free");
        let parked = asked.park(at(500), WaitReason::LinkOpen, at(6)).expect("free");
        let after = parked.clone().withdraw(&queued, at(7)).expect("not begun");
        assert_eq!(after.state, parked.state);
    }

    #[test]
    fn a_bulk_retry_ends_as_it_was_meant_to() {
        let made = BulkRetry::new(OrganizationId::at(at(0)), BulkFilter::default(), None, at(0));
        let queued = made.clone().advance(at(1)).advance(at(1));
        assert_eq!(queued.state, BulkState::Queued);
        let cancelled = made.cancel(at(1)).advance(at(2));
        assert_eq!(cancelled.state, BulkState::Cancelled);
        assert_eq!(cancelled.clone().cancel(at(3)), cancelled);
    }
}
