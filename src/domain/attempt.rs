//! An attempt: one try at charging one debt, and what the provider says came of it.

use super::decline::{Decline, text_enum};
use super::event::Subject;
use super::id::{
    AttemptId, ConnectionId, CustomerId, OrganizationId, PaymentMethodId, RecoveryId, SessionId,
};
use super::money::Money;
use super::payment::PayableId;
use super::payment_method::MethodDetails;
use super::time::{Span, Timestamp};

/// What came of a charge, as far as the provider has told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Paid,
    /// Certainly not taken.
    Declined(Decline),
    /// Not taken yet: the payer has to confirm.
    NeedsAction(Action),
    /// Accepted; the result comes later.
    Pending,
    /// Certainly nothing was processed. The reason is for operators.
    NotSent(String),
    /// The money may have been taken. The reason is for operators.
    Unknown(String),
}

/// What the payer has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The provider's word, such as `redirect_to_url`.
    pub kind: String,
    pub url: Option<String>,
}

/// A charge as the provider sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeAnswer {
    pub outcome: Outcome,
    pub charge_id: Option<String>,
    /// The provider's own word for the status.
    pub status: String,
    pub amount: Option<Money>,
    pub method: Option<MethodDetails>,
}

impl ChargeAnswer {
    /// An answer that the host gives when the provider gave none.
    pub fn unknown(reason: impl Into<String>) -> ChargeAnswer {
        ChargeAnswer::without_charge(Outcome::Unknown(reason.into()), "unknown")
    }

    pub fn not_sent(reason: impl Into<String>) -> ChargeAnswer {
        ChargeAnswer::without_charge(Outcome::NotSent(reason.into()), "not_sent")
    }

    fn without_charge(outcome: Outcome, status: &str) -> ChargeAnswer {
        let status = status.to_owned();
        ChargeAnswer { outcome, charge_id: None, status, amount: None, method: None }
    }
}

text_enum!(
    /// Who wanted the attempt.
    Origin {
        /// The first charge or the policy's next one.
        Schedule = "schedule",
        /// A person, through a dialect or the dashboard.
        Person = "person",
        /// The payer, on a hosted page.
        Link = "link",
    }
);

/// The instrument an attempt is made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrument {
    /// None when a payer used a method that we do not keep.
    pub method_id: Option<PaymentMethodId>,
    /// The provider's id of it.
    pub provider_method_id: String,
    pub kind: String,
    /// What network limits are counted by: the card's fingerprint, else the provider's id.
    pub limit_key: String,
}

/// Where an attempt stands. The first four are open: while one of them holds, no other attempt
/// on the same debt may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptState {
    /// The call is being made. After `lease_until` nobody can still be making it.
    Charging {
        lease_until: Timestamp,
    },
    Pending {
        lookup: Lookup,
    },
    NeedsAction {
        action: Action,
        lookup: Lookup,
    },
    Unknown {
        reason: String,
        lookup: Lookup,
    },
    /// Nothing reached the provider. The same attempt is sent again, with the same key.
    NotSent {
        reason: String,
    },
    Paid {
        at: Timestamp,
    },
    Declined {
        decline: Decline,
        at: Timestamp,
    },
    /// Given up by us before money was taken.
    Cancelled {
        at: Timestamp,
    },
}

impl AttemptState {
    pub const fn is_open(&self) -> bool {
        match self {
            AttemptState::Charging { .. }
            | AttemptState::Pending { .. }
            | AttemptState::NeedsAction { .. }
            | AttemptState::Unknown { .. } => true,
            AttemptState::NotSent { .. }
            | AttemptState::Paid { .. }
            | AttemptState::Declined { .. }
            | AttemptState::Cancelled { .. } => false,
        }
    }

    /// The stable text for tables and logs.
    pub const fn as_str(&self) -> &'static str {
        match self {
            AttemptState::Charging { .. } => "charging",
            AttemptState::Pending { .. } => "pending",
            AttemptState::NeedsAction { .. } => "needs_action",
            AttemptState::Unknown { .. } => "unknown",
            AttemptState::NotSent { .. } => "not_sent",
            AttemptState::Paid { .. } => "paid",
            AttemptState::Declined { .. } => "declined",
            AttemptState::Cancelled { .. } => "cancelled",
        }
    }

    /// When the provider is to be asked, for the open states that wait for it.
    pub const fn lookup(&self) -> Option<Lookup> {
        match self {
            AttemptState::Pending { lookup }
            | AttemptState::NeedsAction { lookup, .. }
            | AttemptState::Unknown { lookup, .. } => Some(*lookup),
            AttemptState::Charging { .. }
            | AttemptState::NotSent { .. }
            | AttemptState::Paid { .. }
            | AttemptState::Declined { .. }
            | AttemptState::Cancelled { .. } => None,
        }
    }
}

/// When the provider is asked what came of an attempt: soon, then ever more seldom, then a
/// person has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookup {
    pub made: u32,
    /// None: the attempt stands on the list of unresolved ones.
    pub next_at: Option<Timestamp>,
}

/// After 30 s, 2 min, 10 min, 1 h, 6 h, 24 h, then daily for five days.
pub const LOOKUP_AFTER: [Span; 11] = [
    Span::seconds(30),
    Span::minutes(2),
    Span::minutes(10),
    Span::hours(1),
    Span::hours(6),
    Span::hours(24),
    Span::days(1),
    Span::days(1),
    Span::days(1),
    Span::days(1),
    Span::days(1),
];

impl Lookup {
    pub fn first(now: Timestamp) -> Lookup {
        Lookup { made: 0, next_at: Some(now.plus(LOOKUP_AFTER[0])) }
    }

    /// One look-up was made at `now` and told nothing final.
    #[must_use]
    pub fn after_one(self, now: Timestamp) -> Lookup {
        let made = self.made.saturating_add(1);
        let wait = usize::try_from(made).ok().and_then(|n| LOOKUP_AFTER.get(n));
        Lookup { made, next_at: wait.map(|wait| now.plus(*wait)) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    pub organization_id: OrganizationId,
    pub recovery_id: RecoveryId,
    pub payable: PayableId,
    pub customer_id: CustomerId,
    pub connection_id: ConnectionId,
    /// 1, 2, 3 … for one debt.
    pub number: u32,
    pub origin: Origin,
    pub amount: Money,
    pub instrument: Option<Instrument>,
    pub provider_customer_id: Option<String>,
    /// The hosted page it was paid on.
    pub session_id: Option<SessionId>,
    /// Derived from installation, debt and number: a crash or a restore makes the same one.
    pub idempotency_key: String,
    /// How often it was handed to the provider. Only the latest send may say "not sent".
    pub sends: u32,
    pub state: AttemptState,
    pub charge_id: Option<String>,
    /// The provider's own word.
    pub status: String,
    pub begun_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Attempt {
    /// What an event about it is about.
    pub fn subject(&self) -> Subject {
        Subject {
            attempt_id: Some(self.id),
            session_id: self.session_id,
            connection_id: Some(self.connection_id),
            ..self.payable.subject(self.customer_id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups_end_with_a_person() {
        let start = Timestamp::from_unix_ms(0);
        let mut lookup = Lookup::first(start);
        let mut asked = 0;
        while let Some(at) = lookup.next_at {
            asked += 1;
            lookup = lookup.after_one(at);
        }
        assert_eq!(asked, 11);
        assert_eq!(lookup.made, 11);
    }

    /// By the calendar: what begins on a Monday at noon is asked for until Sunday.
    #[test]
    fn lookups_come_at_these_times() {
        let noon = Timestamp::from_utc("2026-03-02T12:00:00Z".parse().expect("a time"));
        let mut lookup = Lookup::first(noon);
        let mut asked = Vec::new();
        while let Some(at) = lookup.next_at {
            asked.push(at.utc().format("%d %H:%M:%S").to_string());
            lookup = lookup.after_one(at);
        }
        let expected = [
            "02 12:00:30",
            "02 12:02:30",
            "02 12:12:30",
            "02 13:12:30",
            "02 19:12:30",
            "03 19:12:30",
            "04 19:12:30",
            "05 19:12:30",
            "06 19:12:30",
            "07 19:12:30",
            "08 19:12:30",
        ];
        assert_eq!(asked, expected);
    }
}
