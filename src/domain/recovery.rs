//! A recovery: the collecting of one debt, from its first charge to the end. Each transition
//! takes the old value and returns the new one; an illegal move is an error value. What an answer
//! of a provider does to it stands in `settle.rs`.

use super::decline::text_enum;
use super::id::{
    AttemptId, ConnectionId, CustomerId, OrganizationId, PaymentMethodId, PolicyVersionId,
    RecoveryId,
};
use super::payment::PayableId;
use super::time::Timestamp;

text_enum!(
    /// Why the next attempt is where it is.
    WaitReason {
        FirstCharge = "first_charge",
        /// The policy's next one after a decline.
        Retry = "retry",
        /// A person asked for it, or another method came.
        Requested = "requested",
        /// The last one never reached the provider.
        NotSent = "not_sent",
        /// A payer may be paying on a hosted page.
        LinkOpen = "link_open",
        /// The connection was paused and works again, or is looked at again.
        ConnectionPaused = "connection_paused",
        /// A payment request that includes the debt is being collected.
        RequestOpen = "request_open",
        /// Other attempts on its instrument may use up what the network allows.
        NetworkBudget = "network_budget",
        /// Its connection fails for technical reasons.
        Outage = "outage",
        /// A person has moved it there.
        Moved = "moved",
    }
);

text_enum!(
    /// How the debt ended well.
    RecoveredBy {
        Attempt = "attempt",
        ManualPayment = "manual_payment",
        /// A person declared it paid.
        Person = "person",
        /// There was nothing to pay.
        NothingDue = "nothing_due",
        /// A payment request that included it was paid.
        PaymentRequest = "payment_request",
    }
);

text_enum!(
    /// Why nothing is tried by itself.
    IdleReason {
        NoProvider = "no_provider",
        /// The debt, or the customer's choice, says to be paid by hand.
        Manual = "manual",
        /// The payer has to act: confirm, or pay by link.
        NeedsPayer = "needs_payer",
        /// The instrument is spent, gone, or there is none.
        NeedsMethod = "needs_method",
        /// Something about this debt needs a person.
        Held = "held",
        /// The policy has no further try.
        Exhausted = "exhausted",
        /// The policy has no further try, and the business has written the debt off.
        Uncollectible = "uncollectible",
        /// A person has stopped it.
        Stopped = "stopped",
    }
);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting {
        next_attempt_at: Timestamp,
        reason: WaitReason,
    },
    /// An attempt is open. Money may be moving, so everything else keeps out.
    Charging {
        attempt: AttemptId,
    },
    /// Nothing happens until a person, a payer or a new method comes.
    Idle {
        reason: IdleReason,
    },
    Recovered {
        by: RecoveredBy,
        at: Timestamp,
    },
    /// There is nothing to collect any more: the invoice was voided, or the request, which is
    /// charged once, has failed or lapsed.
    Cancelled {
        at: Timestamp,
    },
}

impl State {
    pub const fn as_str(&self) -> &'static str {
        match self {
            State::Waiting { .. } => "waiting",
            State::Charging { .. } => "charging",
            State::Idle { .. } => "idle",
            State::Recovered { .. } => "recovered",
            State::Cancelled { .. } => "cancelled",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    pub id: RecoveryId,
    pub organization_id: OrganizationId,
    pub payable: PayableId,
    pub customer_id: CustomerId,
    /// Which connection the next attempt will use: bounds how many run at once.
    pub connection_id: Option<ConnectionId>,
    pub state: State,
    /// How many attempts have a number already. The next one gets the next.
    pub attempts_made: u32,
    /// Since something last reached the provider.
    pub not_sent_in_a_row: u32,
    /// What the attempt after this request is to be charged on, instead of the usual choice.
    pub requested_method: Option<PaymentMethodId>,
    /// The backup method that it has moved to. None: it is charged on the customer's default.
    pub backup_method: Option<PaymentMethodId>,
    /// Steps of the ladder of its method that were left out, because the business asked for it.
    pub steps_skipped: u32,
    pub paused: bool,
    /// The one it began with. None: the built-in policy.
    pub policy_version: Option<PolicyVersionId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A debt whose collecting begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewDebt {
    pub organization_id: OrganizationId,
    pub payable: PayableId,
    pub customer_id: CustomerId,
    /// The one that the customer is linked to, if any.
    pub connection_id: Option<ConnectionId>,
    pub first: First,
    /// Which policy it is collected by. None: the built-in one.
    pub policy_version: Option<PolicyVersionId>,
}

/// What collecting begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    ChargeNow,
    Rest(IdleReason),
    NothingDue,
}

/// A move that the state does not allow. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IllegalMove {
    #[error("an attempt is open")]
    AttemptOpen,
    #[error("the debt is settled or cancelled")]
    Ended,
    #[error("the next attempt is not due yet")]
    NotDue,
    #[error("collecting is paused")]
    Paused,
    #[error("the attempt is not the open one")]
    NotThisAttempt,
}

impl Recovery {
    /// Collecting begins: with a charge at once, or with nothing by itself.
    pub fn open(debt: NewDebt, now: Timestamp) -> Recovery {
        let state = match debt.first {
            First::ChargeNow => {
                State::Waiting { next_attempt_at: now, reason: WaitReason::FirstCharge }
            }
            First::Rest(reason) => State::Idle { reason },
            First::NothingDue => State::Recovered { by: RecoveredBy::NothingDue, at: now },
        };
        Recovery {
            id: RecoveryId::at(now),
            organization_id: debt.organization_id,
            payable: debt.payable,
            customer_id: debt.customer_id,
            connection_id: debt.connection_id,
            state,
            attempts_made: 0,
            not_sent_in_a_row: 0,
            requested_method: None,
            backup_method: None,
            steps_skipped: 0,
            paused: false,
            policy_version: debt.policy_version,
            created_at: now,
            updated_at: now,
        }
    }

    /// When it is tried next by itself. None: it is not.
    pub const fn next_attempt_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Waiting { next_attempt_at, .. } if !self.paused => Some(next_attempt_at),
            State::Waiting { .. }
            | State::Charging { .. }
            | State::Idle { .. }
            | State::Recovered { .. }
            | State::Cancelled { .. } => None,
        }
    }

    pub const fn is_ended(&self) -> bool {
        matches!(self.state, State::Recovered { .. } | State::Cancelled { .. })
    }

    pub const fn open_attempt(&self) -> Option<AttemptId> {
        match self.state {
            State::Charging { attempt } => Some(attempt),
            State::Waiting { .. }
            | State::Idle { .. }
            | State::Recovered { .. }
            | State::Cancelled { .. } => None,
        }
    }

    /// A person asks for an attempt, or a new method came: as soon as possible, once. Asking
    /// twice asks once.
    pub fn request(
        self,
        method: Option<PaymentMethodId>,
        now: Timestamp,
    ) -> Result<Recovery, IllegalMove> {
        self.free()?;
        let state = State::Waiting { next_attempt_at: now, reason: WaitReason::Requested };
        Ok(Recovery { state, requested_method: method, updated_at: now, ..self })
    }

    /// Another method has come: a planned attempt is not later than `soon` any more.
    pub fn bring_forward(self, soon: Timestamp, now: Timestamp) -> Result<Recovery, IllegalMove> {
        self.free()?;
        match self.state {
            State::Waiting { next_attempt_at, .. } if next_attempt_at > soon => {
                let state = State::Waiting { next_attempt_at: soon, reason: WaitReason::Requested };
                Ok(Recovery { state, updated_at: now, ..self })
            }
            State::Waiting { .. }
            | State::Charging { .. }
            | State::Idle { .. }
            | State::Recovered { .. }
            | State::Cancelled { .. } => Ok(self),
        }
    }

    /// What kept it is gone: it goes on at once, as the schedule would.
    pub fn resume(self, now: Timestamp) -> Result<Recovery, IllegalMove> {
        self.free()?;
        let state = State::Waiting { next_attempt_at: now, reason: WaitReason::Retry };
        Ok(Recovery { state, updated_at: now, ..self })
    }

    /// The attempt that is due begins.
    pub fn begin(self, attempt: AttemptId, now: Timestamp) -> Result<Recovery, IllegalMove> {
        self.free()?;
        if self.paused {
            return Err(IllegalMove::Paused);
        }
        match self.state {
            State::Waiting { next_attempt_at, .. } if next_attempt_at <= now => {
                Ok(Recovery { state: State::Charging { attempt }, updated_at: now, ..self })
            }
            State::Waiting { .. } | State::Idle { .. } => Err(IllegalMove::NotDue),
            State::Charging { .. } => Err(IllegalMove::AttemptOpen),
            State::Recovered { .. } | State::Cancelled { .. } => Err(IllegalMove::Ended),
        }
    }

    /// A payer has begun to pay on a hosted page: that attempt is the open one, unless another
    /// is, or the debt has ended.
    pub fn begin_on_page(self, attempt: AttemptId, now: Timestamp) -> Recovery {
        match self.state {
            State::Waiting { .. } | State::Idle { .. } => {
                Recovery { state: State::Charging { attempt }, updated_at: now, ..self }
            }
            State::Charging { .. } | State::Recovered { .. } | State::Cancelled { .. } => self,
        }
    }

    /// The next attempt is not before `until`. One that is later anyway stays.
    pub fn park(
        self,
        until: Timestamp,
        reason: WaitReason,
        now: Timestamp,
    ) -> Result<Recovery, IllegalMove> {
        self.free()?;
        match self.state {
            State::Waiting { next_attempt_at, .. } if next_attempt_at < until => {
                let state = State::Waiting { next_attempt_at: until, reason };
                Ok(Recovery { state, updated_at: now, ..self })
            }
            State::Waiting { .. }
            | State::Charging { .. }
            | State::Idle { .. }
            | State::Recovered { .. }
            | State::Cancelled { .. } => Ok(self),
        }
    }

    /// Nothing can be charged now.
    pub fn rest(self, reason: IdleReason, now: Timestamp) -> Result<Recovery, IllegalMove> {
        self.free()?;
        let state = State::Idle { reason };
        Ok(Recovery { state, requested_method: None, updated_at: now, ..self })
    }

    /// Settled without an attempt of ours. An open attempt stays open: its outcome is still to
    /// be learnt, and a late success is a duplicate then.
    pub fn settle_without_charge(self, by: RecoveredBy, now: Timestamp) -> Recovery {
        match self.state {
            State::Charging { .. } | State::Recovered { .. } => self,
            State::Waiting { .. } | State::Idle { .. } | State::Cancelled { .. } => {
                let state = State::Recovered { by, at: now };
                Recovery { state, requested_method: None, updated_at: now, ..self }
            }
        }
    }

    /// A person takes back that it was paid.
    pub fn reopen(self, now: Timestamp) -> Recovery {
        match self.state {
            State::Recovered { .. } => {
                let state = State::Idle { reason: IdleReason::Held };
                Recovery { state, updated_at: now, ..self }
            }
            State::Waiting { .. }
            | State::Charging { .. }
            | State::Idle { .. }
            | State::Cancelled { .. } => self,
        }
    }

    /// The debt is gone.
    pub fn cancel(self, now: Timestamp) -> Recovery {
        match self.state {
            State::Charging { .. } | State::Cancelled { .. } => self,
            State::Waiting { .. } | State::Idle { .. } | State::Recovered { .. } => {
                let state = State::Cancelled { at: now };
                Recovery { state, requested_method: None, updated_at: now, ..self }
            }
        }
    }

    fn free(&self) -> Result<(), IllegalMove> {
        match self.state {
            State::Waiting { .. } | State::Idle { .. } => Ok(()),
            State::Charging { .. } => Err(IllegalMove::AttemptOpen),
            State::Recovered { .. } | State::Cancelled { .. } => Err(IllegalMove::Ended),
        }
    }
}
