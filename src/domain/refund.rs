//! Refunds: money that is given back through the provider that took it. Written down before it is
//! asked for, asked for under a key that is always the same, and never guessed: what is not known
//! is asked again under that key while the provider surely remembers it, and then by a person.

use super::attempt::{Attempt, AttemptState, LOOKUP_AFTER};
use super::connection::Idempotency;
use super::decline::text_enum;
use super::id::{AttemptId, ConnectionId, CustomerId, OrganizationId, RefundId, SurplusId};
use super::money::Money;
use super::time::{Span, Timestamp};

/// So long a provider that is giving back is believed without a word. Cards take up to ten banking
/// days.
pub const REFUND_NEWS_WITHIN: Span = Span::days(30);

text_enum!(
    /// As providers ask for it.
    RefundReason {
        Duplicate = "duplicate",
        Fraudulent = "fraudulent",
        RequestedByCustomer = "requested_by_customer",
    }
);

text_enum!(
    RefundStateWord {
        Sending = "sending",
        NotSent = "not_sent",
        Unknown = "unknown",
        Pending = "pending",
        Succeeded = "succeeded",
        Failed = "failed",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundState {
    /// The call is being made. After `lease_until` nobody can still be making it.
    Sending {
        lease_until: Timestamp,
    },
    /// Nothing was processed yet; sent again then. None: a person has to look.
    NotSent {
        message: String,
        next_send_at: Option<Timestamp>,
    },
    /// It may have been done; asked again under its key then. None: a person has to look.
    Unknown {
        message: String,
        next_send_at: Option<Timestamp>,
    },
    /// The provider has it and tells the rest later.
    Pending,
    Succeeded {
        at: Timestamp,
    },
    Failed {
        code: String,
        message: String,
        at: Timestamp,
    },
}

impl RefundState {
    pub const fn word(&self) -> RefundStateWord {
        match self {
            RefundState::Sending { .. } => RefundStateWord::Sending,
            RefundState::NotSent { .. } => RefundStateWord::NotSent,
            RefundState::Unknown { .. } => RefundStateWord::Unknown,
            RefundState::Pending => RefundStateWord::Pending,
            RefundState::Succeeded { .. } => RefundStateWord::Succeeded,
            RefundState::Failed { .. } => RefundStateWord::Failed,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub payment_id: AttemptId,
    pub connection_id: ConnectionId,
    /// The provider's id of the charge.
    pub charge_id: String,
    /// What it gives back is a surplus.
    pub surplus_id: Option<SurplusId>,
    /// 1, 2, 3 … of one payment.
    pub number: u32,
    pub amount: Money,
    pub idempotency_key: String,
    pub client_key: Option<String>,
    pub reason: RefundReason,
    pub state: RefundState,
    pub sends: u32,
    /// One of the sends may have reached the provider.
    pub maybe_processed: bool,
    pub provider_refund_id: Option<String>,
    pub begun_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a provider says of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOutcome {
    Pending,
    Succeeded,
    /// Certainly not given back.
    Failed {
        code: String,
        message: String,
    },
    /// Certainly nothing was processed by this call.
    NotSent(String),
    Unknown(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundAnswer {
    pub provider_refund_id: Option<String>,
    pub outcome: RefundOutcome,
}

/// What changed, for whoever saves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundEffect {
    Nothing,
    /// The money went back.
    Succeeded,
    Failed,
    /// It had succeeded, and the money came back to us.
    Returned,
    NowPending,
    NowUnknown,
    NotSent,
}

/// Nothing was written down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotRefund {
    #[error("only a payment that succeeded can be refunded")]
    NotPaid,
    #[error("the provider has not told its id of the charge: refund it there")]
    NoCharge,
    #[error("at most {0} is left to refund of it")]
    MoreThanLeft(Money),
    #[error("nothing of it is left to refund")]
    NothingLeft,
    #[error("an earlier refund of the payment is not resolved yet")]
    RefundOpen,
}

/// Of one payment, what could be given back: what it brought, less what was or is being refunded,
/// less what is set apart.
pub fn refundable(
    payment: &Attempt,
    refunds: &[Refund],
    set_apart: i64,
) -> Result<Money, CannotRefund> {
    if !matches!(payment.state, AttemptState::Paid { .. }) {
        return Err(CannotRefund::NotPaid);
    }
    if refunds.iter().any(Refund::is_unresolved) {
        return Err(CannotRefund::RefundOpen);
    }
    let given: i64 = refunds
        .iter()
        .filter(|refund| !refund.has_failed())
        .map(|refund| refund.amount.minor_units)
        .sum();
    let left = payment.amount.minor_units.saturating_sub(given).saturating_sub(set_apart);
    if left > 0 {
        Ok(Money { minor_units: left, ..payment.amount })
    } else {
        Err(CannotRefund::NothingLeft)
    }
}

impl Refund {
    pub const fn has_failed(&self) -> bool {
        matches!(self.state, RefundState::Failed { .. })
    }

    /// Whether the provider has it is not known: nothing else of the payment is refunded.
    pub const fn is_unresolved(&self) -> bool {
        match self.state {
            RefundState::Sending { .. }
            | RefundState::NotSent { .. }
            | RefundState::Unknown { .. } => true,
            RefundState::Pending | RefundState::Succeeded { .. } | RefundState::Failed { .. } => {
                false
            }
        }
    }

    pub const fn is_under_way(&self) -> bool {
        self.is_unresolved() || matches!(self.state, RefundState::Pending)
    }

    pub const fn next_send_at(&self) -> Option<Timestamp> {
        match self.state {
            RefundState::NotSent { next_send_at, .. }
            | RefundState::Unknown { next_send_at, .. } => next_send_at,
            RefundState::Sending { .. }
            | RefundState::Pending
            | RefundState::Succeeded { .. }
            | RefundState::Failed { .. } => None,
        }
    }

    /// The same refund is sent once more. None: it is not waiting for that, or the provider may
    /// have forgotten its key.
    pub fn send(
        self,
        contract: Idempotency,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Option<Refund> {
        let waits = matches!(self.state, RefundState::NotSent { .. } | RefundState::Unknown { .. });
        if !waits || !self.may_send(contract, now) {
            return None;
        }
        let state = RefundState::Sending { lease_until };
        Some(Refund { state, sends: self.sends.saturating_add(1), updated_at: now, ..self })
    }

    /// While nothing of it can have been processed there is no key to be forgotten.
    fn may_send(&self, contract: Idempotency, at: Timestamp) -> bool {
        !self.maybe_processed || contract.may_resend(self.begun_at, at)
    }

    /// Whatever is learnt of it goes through here: the answer to a call, or a webhook.
    pub fn settle(
        self,
        answer: &RefundAnswer,
        contract: Idempotency,
        now: Timestamp,
    ) -> (Refund, RefundEffect) {
        let provider_refund_id = answer.provider_refund_id.clone().or(self.provider_refund_id);
        let known = Refund { provider_refund_id, ..self };
        let (state, effect) = match (&known.state, &answer.outcome) {
            // A provider may find later that the money cannot be given back.
            (RefundState::Succeeded { .. }, RefundOutcome::Failed { code, message }) => {
                (failed(code, message, now), RefundEffect::Returned)
            }
            (
                RefundState::Succeeded { .. } | RefundState::Failed { .. },
                RefundOutcome::Pending,
            )
            | (RefundState::Succeeded { .. }, RefundOutcome::Succeeded)
            | (RefundState::Failed { .. }, RefundOutcome::Failed { .. })
            | (RefundState::Pending, RefundOutcome::Pending)
            | (
                RefundState::Pending | RefundState::Succeeded { .. } | RefundState::Failed { .. },
                RefundOutcome::NotSent(_) | RefundOutcome::Unknown(_),
            ) => return (known, RefundEffect::Nothing),
            (_, RefundOutcome::Succeeded) => {
                (RefundState::Succeeded { at: now }, RefundEffect::Succeeded)
            }
            (_, RefundOutcome::Failed { code, message }) => {
                (failed(code, message, now), RefundEffect::Failed)
            }
            (_, RefundOutcome::Pending) => (RefundState::Pending, RefundEffect::NowPending),
            (_, RefundOutcome::NotSent(message)) => return known.unsent(message, contract, now),
            (_, RefundOutcome::Unknown(message)) => return known.unknown(message, contract, now),
        };
        (Refund { state, maybe_processed: true, updated_at: now, ..known }, effect)
    }

    /// The provider has it, and has told nothing more for so long that its message was lost, or was
    /// told to a database that a backup has replaced. None: that is not so.
    pub fn without_news(self, now: Timestamp) -> Option<Refund> {
        let is_late = self.updated_at.plus(REFUND_NEWS_WITHIN) <= now;
        if !is_late || !matches!(self.state, RefundState::Pending) {
            return None;
        }
        let days = REFUND_NEWS_WITHIN.whole_days();
        let message = format!("the provider has not told for {days} days what became of it");
        let state = RefundState::Unknown { message, next_send_at: None };
        Some(Refund { state, updated_at: now, ..self })
    }

    /// It waits to be sent again, and meanwhile its key became too old for that, as when recoup was
    /// off. None: that is not so.
    pub fn key_too_old(self, contract: Idempotency, now: Timestamp) -> Option<Refund> {
        if self.next_send_at().is_none() || self.may_send(contract, now) {
            return None;
        }
        let message = "it was to be sent again when the provider may have forgotten its key";
        let state = RefundState::Unknown { message: message.to_owned(), next_send_at: None };
        Some(Refund { state, updated_at: now, ..self })
    }

    fn unsent(
        self,
        message: &str,
        contract: Idempotency,
        now: Timestamp,
    ) -> (Refund, RefundEffect) {
        // An earlier send may have been processed: this one says nothing of it.
        if self.maybe_processed {
            return self.unknown(message, contract, now);
        }
        let next_send_at = self.next_try(contract, now);
        let state = RefundState::NotSent { message: message.to_owned(), next_send_at };
        (Refund { state, updated_at: now, ..self }, RefundEffect::NotSent)
    }

    fn unknown(
        self,
        message: &str,
        contract: Idempotency,
        now: Timestamp,
    ) -> (Refund, RefundEffect) {
        let it = Refund { maybe_processed: true, updated_at: now, ..self };
        let next_send_at = it.next_try(contract, now);
        let state = RefundState::Unknown { message: message.to_owned(), next_send_at };
        (Refund { state, ..it }, RefundEffect::NowUnknown)
    }

    /// As for attempts: soon, then ever more seldom. None: nothing more is tried by itself.
    fn next_try(&self, contract: Idempotency, now: Timestamp) -> Option<Timestamp> {
        let made = usize::try_from(self.sends.saturating_sub(1)).ok()?;
        let at = now.plus(*LOOKUP_AFTER.get(made)?);
        self.may_send(contract, at).then_some(at)
    }
}

fn failed(code: &str, message: &str, at: Timestamp) -> RefundState {
    RefundState::Failed { code: code.to_owned(), message: message.to_owned(), at }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::currency::Currency;
    use crate::domain::time::Span;

    const DAY: Idempotency = Idempotency {
        key_lifetime: Span::hours(24),
        replays_declines: true,
        finds_by_reference: false,
    };

    fn at(minutes: u32) -> Timestamp {
        Timestamp::from_unix_ms(0).plus(Span::minutes(minutes))
    }

    fn refund() -> Refund {
        Refund {
            id: RefundId::at(at(0)),
            organization_id: OrganizationId::at(at(0)),
            customer_id: CustomerId::at(at(0)),
            payment_id: AttemptId::at(at(0)),
            connection_id: ConnectionId::at(at(0)),
            charge_id: "ch_1".to_owned(),
            surplus_id: None,
            number: 1,
            amount: Money::new(100, Currency::EUR),
            idempotency_key: "key".to_owned(),
            client_key: None,
            reason: RefundReason::Duplicate,
            state: RefundState::Sending { lease_until: at(5) },
            sends: 1,
            maybe_processed: false,
            provider_refund_id: None,
            begun_at: at(0),
            updated_at: at(0),
        }
    }

    fn told(outcome: RefundOutcome) -> RefundAnswer {
        RefundAnswer { provider_refund_id: None, outcome }
    }

    fn unknown() -> RefundAnswer {
        told(RefundOutcome::Unknown("time-out".to_owned()))
    }

    #[test]
    fn what_is_not_known_is_sent_again_only_while_its_key_surely_lives() {
        let (mut refund, effect) = refund().settle(&unknown(), DAY, at(0));
        assert_eq!(effect, RefundEffect::NowUnknown);
        let mut sent_at = Vec::new();
        while let Some(next) = refund.next_send_at() {
            sent_at.push(next.since(at(0)).as_ms() / 60_000);
            let again = refund.send(DAY, next.plus(Span::minutes(5)), next).expect("in time");
            (refund, _) = again.settle(&unknown(), DAY, next);
        }
        // 30 s, 2 min, 10 min, 1 h, 6 h; a day later the key may be forgotten.
        assert_eq!(sent_at, [0, 2, 12, 72, 432]);
        assert!(refund.is_unresolved());
        assert_eq!(refund.clone().send(DAY, at(99_999), at(24 * 60)), None);
        assert!(refund.send(DAY, at(99_999), at(19 * 60)).is_some(), "asked for by a person");
    }

    #[test]
    fn what_was_surely_not_sent_needs_no_living_key() {
        let not_sent = told(RefundOutcome::NotSent("down".to_owned()));
        let (waiting, effect) = refund().settle(&not_sent, DAY, at(0));
        assert_eq!(effect, RefundEffect::NotSent);
        let late = at(30 * 24 * 60);
        let again = waiting.send(DAY, late, late).expect("nothing was processed");
        // Once a send may have got there, "not sent" speaks of the latest one only.
        let (lost, _) = again.settle(&unknown(), DAY, late);
        let (still, effect) = lost.settle(&not_sent, DAY, late);
        assert_eq!(effect, RefundEffect::NowUnknown);
        assert!(matches!(still.state, RefundState::Unknown { .. }));
    }

    #[test]
    fn what_a_provider_has_long_had_and_not_told_of_is_not_known_any_more() {
        let (pending, _) = refund().settle(&told(RefundOutcome::Pending), DAY, at(0));
        let late = at(0).plus(REFUND_NEWS_WITHIN);
        assert_eq!(pending.clone().without_news(late.minus(Span::seconds(1))), None);
        let given_up = pending.without_news(late).expect("it is late");
        assert!(given_up.is_unresolved());
        assert_eq!(given_up.next_send_at(), None, "a person has to look");
        let (settled, effect) = given_up.settle(&told(RefundOutcome::Succeeded), DAY, late);
        assert_eq!(effect, RefundEffect::Succeeded, "the provider tells it after all");
        assert_eq!(settled.without_news(late.plus(REFUND_NEWS_WITHIN)), None);
    }

    #[test]
    fn money_that_comes_back_to_us_is_seen() {
        let (gone, effect) = refund().settle(&told(RefundOutcome::Succeeded), DAY, at(1));
        assert_eq!(effect, RefundEffect::Succeeded);
        let failed = RefundOutcome::Failed { code: "closed".to_owned(), message: String::new() };
        let (back, effect) = gone.settle(&told(failed.clone()), DAY, at(2));
        assert_eq!(effect, RefundEffect::Returned);
        assert_eq!(back.settle(&told(failed), DAY, at(3)).1, RefundEffect::Nothing);
    }

    #[test]
    fn what_waits_until_its_key_is_too_old_is_for_a_person() {
        let (lost, _) = refund().settle(&told(RefundOutcome::Unknown(String::new())), DAY, at(0));
        assert!(lost.next_send_at().is_some());
        assert_eq!(lost.clone().key_too_old(DAY, at(60)), None, "it is sent again");
        let late = at(0).plus(Span::hours(20));
        let given_up = lost.key_too_old(DAY, late).expect("it is late");
        assert!(given_up.is_unresolved());
        assert_eq!(given_up.next_send_at(), None, "a person has to look");
        assert_eq!(given_up.key_too_old(DAY, late), None, "once");
        let not_sent = RefundOutcome::NotSent(String::new());
        let (unsent, _) = refund().settle(&told(not_sent), DAY, at(0));
        assert_eq!(unsent.key_too_old(DAY, late), None, "there is no key to be forgotten");
    }

    fn any_outcome() -> impl Strategy<Value = RefundOutcome> {
        prop_oneof![
            Just(RefundOutcome::Pending),
            Just(RefundOutcome::Succeeded),
            Just(RefundOutcome::NotSent(String::new())),
            Just(RefundOutcome::Unknown(String::new())),
            Just(RefundOutcome::Failed { code: String::new(), message: String::new() }),
        ]
    }

    proptest! {
        /// The ledger follows the effects: whatever is told in whatever order, it says that the
        /// money is out exactly when the refund has succeeded.
        #[test]
        fn what_went_out_is_what_succeeded(told_us in prop::collection::vec(any_outcome(), 0..12)) {
            let mut refund = refund();
            let mut out = 0;
            for outcome in told_us {
                let (next, effect) = refund.settle(&told(outcome), DAY, at(1));
                out += i32::from(effect == RefundEffect::Succeeded);
                out -= i32::from(effect == RefundEffect::Returned);
                refund = next;
                let succeeded = matches!(refund.state, RefundState::Succeeded { .. });
                prop_assert_eq!(out, i32::from(succeeded));
            }
        }
    }
}
