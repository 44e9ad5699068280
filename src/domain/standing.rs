//! How a payment stands for whoever watches one debt being collected: it is under way, needs
//! somebody, brought the money, or is over. A debt has at most one that still counts, the newest.

use super::attempt::{Attempt, AttemptState};
use super::decline::{DeclineClass, text_enum};
use super::money::Money;
use super::payment::ManualPayment;
use super::recovery::Recovery;
use super::time::Timestamp;

text_enum!(
    Standing {
        UnderWay = "under_way",
        /// The payer has to act, or somebody has to bring another method or ask again.
        NeedsSomebody = "needs_somebody",
        Paid = "paid",
        /// Cancelled, or a newer attempt has taken its place, or its debt has ended.
        Over = "over",
    }
);

impl Standing {
    /// Something may still come of it.
    pub const fn is_live(self) -> bool {
        matches!(self, Standing::UnderWay | Standing::NeedsSomebody)
    }
}

/// What else is known about an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Around {
    /// When the next attempt on the same debt began.
    pub followed_at: Option<Timestamp>,
    /// When somebody cancelled the collecting that it belongs to.
    pub given_up_at: Option<Timestamp>,
}

/// An attempt together with what its standing is read off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingAttempt {
    pub attempt: Attempt,
    pub standing: Standing,
    /// When its standing last changed.
    pub changed_at: Timestamp,
}

/// A payment of one invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandingPayment {
    /// With the name of its provider.
    Attempt(Box<StandingAttempt>, String),
    /// Money that a person recorded.
    Recorded(ManualPayment),
}

impl StandingPayment {
    pub fn standing(&self) -> Standing {
        match self {
            StandingPayment::Attempt(found, _) => found.standing,
            StandingPayment::Recorded(_) => Standing::Paid,
        }
    }

    pub fn id(&self) -> super::id::AttemptId {
        match self {
            StandingPayment::Attempt(found, _) => found.attempt.id,
            StandingPayment::Recorded(found) => found.id,
        }
    }

    pub fn amount(&self) -> Money {
        match self {
            StandingPayment::Attempt(found, _) => found.attempt.amount,
            StandingPayment::Recorded(found) => found.amount,
        }
    }
}

pub fn stand(attempt: Attempt, recovery: &Recovery, around: Around) -> StandingAttempt {
    let over_at = around.followed_at.or(around.given_up_at);
    let ended_at = recovery.is_ended().then_some(recovery.updated_at);
    let (standing, changed_at) = match &attempt.state {
        AttemptState::Paid { .. } => (Standing::Paid, attempt.updated_at),
        AttemptState::Cancelled { .. } => (Standing::Over, attempt.updated_at),
        AttemptState::Charging { .. }
        | AttemptState::Pending { .. }
        | AttemptState::Unknown { .. } => (Standing::UnderWay, attempt.updated_at),
        AttemptState::NeedsAction { .. } => (Standing::NeedsSomebody, attempt.updated_at),
        // Nobody declined it: it was cancelled at the provider.
        AttemptState::Declined { decline, .. } if decline.class == DeclineClass::Cancelled => {
            (Standing::Over, attempt.updated_at)
        }
        AttemptState::NotSent { .. } | AttemptState::Declined { .. } => {
            match over_at.or(ended_at) {
                Some(at) => (Standing::Over, at.max(attempt.updated_at)),
                None if matches!(attempt.state, AttemptState::NotSent { .. }) => {
                    (Standing::UnderWay, attempt.updated_at)
                }
                None => (Standing::NeedsSomebody, attempt.updated_at),
            }
        }
    };
    StandingAttempt { attempt, standing, changed_at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recovery::{First, RecoveredBy};
    use crate::domain::samples::{self, at};

    fn recovery() -> Recovery {
        samples::recovery(First::ChargeNow)
    }

    fn attempt(recovery: &Recovery, state: AttemptState) -> Attempt {
        Attempt { updated_at: at(1), ..samples::attempt(recovery, state) }
    }

    const ALONE: Around = Around { followed_at: None, given_up_at: None };

    #[test]
    fn what_never_left_is_under_way_until_its_debt_ends() {
        let open = recovery();
        let unsent = AttemptState::NotSent { reason: String::new() };
        let alone = stand(attempt(&open, unsent.clone()), &open, ALONE);
        assert_eq!(alone.standing, Standing::UnderWay);
        let paid = open.settle_without_charge(RecoveredBy::ManualPayment, at(5));
        let late = stand(attempt(&paid, unsent), &paid, ALONE);
        assert_eq!((late.standing, late.changed_at), (Standing::Over, at(5)));
    }

    #[test]
    fn what_brought_money_stays_paid_whatever_follows() {
        let open = recovery();
        let followed = Around { followed_at: Some(at(9)), given_up_at: Some(at(8)) };
        let paid = stand(attempt(&open, AttemptState::Paid { at: at(1) }), &open, followed);
        assert_eq!((paid.standing, paid.changed_at), (Standing::Paid, at(1)));
    }
}
