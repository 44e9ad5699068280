//! A failure: a debt whose first charge was declined, with all that was tried at it after. What
//! figures, backtests and forecasts are made from, whether recoup recorded it or another system.

use chrono_tz::Tz;

use super::attempt::Origin;
use super::decline::{Decline, text_enum};
use super::id::RecoveryId;
use super::money::Money;
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub recovery: RecoveryId,
    pub amount: Money,
    /// Where the payer is.
    pub zone: Tz,
    /// The decline that it began with.
    pub first: FirstDecline,
    /// What was tried after it and has an answer, in its order.
    pub tries: Vec<Try>,
    /// Paid by something else than a charge of its own.
    pub settled_otherwise: Option<(SettledOtherwise, Timestamp)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstDecline {
    pub at: Timestamp,
    pub decline: Decline,
    pub made_on: MadeOn,
}

/// What an attempt was made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeOn {
    /// The plugin, such as `stripe`.
    pub provider: String,
    /// Such as `card`.
    pub method: String,
    /// The same for the same card or mandate, whatever the debt.
    pub instrument: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// From 1; the first charge has the first.
    pub number: u32,
    pub at: Timestamp,
    pub origin: Origin,
    pub amount: Money,
    pub made_on: MadeOn,
    /// None: it was paid.
    pub decline: Option<Decline>,
}

text_enum!(
    /// What paid a debt that no charge of its own has paid.
    SettledOtherwise {
        /// Recorded by hand: a transfer, cash.
        ByHand = "by_hand",
        /// A payment request that included it was paid.
        Request = "request",
        /// It was voided, or its collecting ended without money.
        Gone = "gone",
    }
);

text_enum!(
    /// What brought the money of a failure.
    Way {
        /// A charge that recoup made again on the method that was declined.
        Retry = "retry",
        /// The payer paid on a page that they were sent.
        Link = "link",
        /// The customer brought another method, or paid by transfer or in cash.
        OwnAction = "own_action",
        /// A payment request over several debts was paid.
        Request = "request",
    }
);

impl Failure {
    /// What brought the money, and when. None: it is owed, or gone.
    pub fn recovered(&self) -> Option<(Way, &Try)> {
        let paid = self.tries.iter().find(|one| one.decline.is_none())?;
        let way = match paid.origin {
            Origin::Link => Way::Link,
            Origin::Schedule | Origin::Person if self.is_same_instrument(paid) => Way::Retry,
            Origin::Schedule | Origin::Person => Way::OwnAction,
        };
        Some((way, paid))
    }

    /// What brought the money, charges of its own or not.
    pub fn way(&self) -> Option<Way> {
        if let Some((way, _)) = self.recovered() {
            return Some(way);
        }
        match self.settled_otherwise? {
            (SettledOtherwise::ByHand, _) => Some(Way::OwnAction),
            (SettledOtherwise::Request, _) => Some(Way::Request),
            (SettledOtherwise::Gone, _) => None,
        }
    }

    pub fn is_same_instrument(&self, one: &Try) -> bool {
        one.made_on.instrument == self.first.made_on.instrument
    }

    /// Charges made again on the method that was declined: what a policy decides about.
    pub fn retries(&self) -> impl Iterator<Item = &Try> {
        let is_retry = |one: &&Try| one.origin != Origin::Link && self.is_same_instrument(one);
        self.tries.iter().filter(is_retry)
    }

    /// When something that no policy decides about took the debt away.
    pub fn taken_away_at(&self) -> Option<Timestamp> {
        let by_try = match self.recovered() {
            Some((Way::Link | Way::OwnAction, paid)) => Some(paid.at),
            Some((Way::Retry | Way::Request, _)) | None => None,
        };
        by_try.or_else(|| self.settled_otherwise.map(|(_, at)| at))
    }
}
