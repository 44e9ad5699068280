//! How the collecting of a debt stands, in one plain English sentence: what comes next and why,
//! or why nothing does. Made here and nowhere else; the API, webhooks and pages show it.

use chrono_tz::Tz;

use super::attempt::{Attempt, AttemptState};
use super::policy::{DecisionRecord, moment};
use super::recovery::{IdleReason, RecoveredBy, Recovery, State, WaitReason};
use super::time::Timestamp;

/// Providers' word for a charge that failed. Where one is under way all the same, whoever said so
/// tries it again.
const FAILED: &str = "failed";

/// What an explanation is read off.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    pub recovery: &'a Recovery,
    /// The latest.
    pub attempt: Option<&'a Attempt>,
    /// What was decided after it, if it was declined.
    pub record: Option<&'a DecisionRecord>,
    /// Where the payer is.
    pub zone: Tz,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub sentence: String,
    /// None: nothing is tried by itself.
    pub next_attempt_at: Option<Timestamp>,
}

impl Situation<'_> {
    pub fn explain(&self) -> Explanation {
        let next_attempt_at = self.recovery.next_attempt_at();
        Explanation { sentence: self.sentence(), next_attempt_at }
    }

    fn sentence(&self) -> String {
        let said = match self.recovery.state {
            State::Waiting { next_attempt_at, reason } => self.waiting(next_attempt_at, reason),
            State::Charging { .. } if self.is_retried_by_the_provider() => {
                "The charge failed, and the provider tries it again by itself: it will tell what \
                 came of it, and nothing else is tried until then."
                    .to_owned()
            }
            State::Charging { .. } => self.charging().to_owned(),
            State::Idle { reason } => self.idle(reason),
            State::Recovered { by, at } => {
                format!("It is settled since {}: {}.", moment(at, self.zone), settled_by(by))
            }
            State::Cancelled { at } => format!(
                "There is nothing to collect any more since {}: it was voided, or is over.",
                moment(at, self.zone)
            ),
        };
        if self.recovery.paused && !self.recovery.is_ended() {
            return format!(
                "Collecting is paused, so nothing is tried until it is resumed. {said}"
            );
        }
        said
    }

    fn waiting(&self, next: Timestamp, reason: WaitReason) -> String {
        let at = moment(next, self.zone);
        match reason {
            WaitReason::FirstCharge => format!("The first charge is due on {at}."),
            WaitReason::Retry => match self.planned(next) {
                Some(record) => record.sentence(),
                None => format!(
                    "The next attempt is on {at}: another payment method came, or what stood in \
                     its way is gone."
                ),
            },
            WaitReason::Requested => format!("Somebody asked for an attempt: it is due on {at}."),
            WaitReason::NotSent => format!(
                "The last attempt never reached the provider, which costs nothing: the same one \
                 is sent again on {at}."
            ),
            WaitReason::LinkOpen => format!(
                "The payer may be paying on an open page, so nothing is charged before {at}."
            ),
            WaitReason::ConnectionPaused => format!(
                "Charging through this connection is paused; it is looked at again on {at}."
            ),
            WaitReason::NetworkBudget => format!(
                "Other attempts on the same payment method are out, and its network allows no \
                 more declines than that; it is looked at again on {at}."
            ),
            WaitReason::Outage => format!(
                "Charging through this connection fails for technical reasons now, so attempts \
                 wait, which costs none; it is looked at again on {at}."
            ),
            WaitReason::Moved => format!("A person has moved the next attempt to {at}."),
            WaitReason::RequestOpen => format!(
                "A payment request that includes this debt is being collected; it is looked at \
                 again on {at}."
            ),
        }
    }

    /// What planned the attempt that it waits for.
    fn planned(&self, next: Timestamp) -> Option<&DecisionRecord> {
        use super::policy::Decision;
        self.record.filter(|record| record.decision == Decision::TryAt(next))
    }

    /// It says that the charge is under way, and in its own word that it failed.
    fn is_retried_by_the_provider(&self) -> bool {
        self.attempt.is_some_and(|attempt| {
            matches!(attempt.state, AttemptState::Pending { .. }) && attempt.status == FAILED
        })
    }

    fn charging(&self) -> &'static str {
        let state = self.attempt.map(|attempt| &attempt.state);
        match state {
            Some(AttemptState::NeedsAction { .. }) => {
                "The payer has to confirm the charge, by the link they were sent; nothing else is \
                 tried until then."
            }
            Some(AttemptState::Pending { .. }) => {
                "The provider has accepted the charge and will tell what came of it; nothing else \
                 is tried until then."
            }
            Some(AttemptState::Unknown { .. }) => {
                "It is not known whether the last charge took the money: the provider is asked, \
                 and nothing else is tried until that is known."
            }
            Some(
                AttemptState::Charging { .. }
                | AttemptState::NotSent { .. }
                | AttemptState::Paid { .. }
                | AttemptState::Declined { .. }
                | AttemptState::Cancelled { .. },
            )
            | None => "A charge is under way.",
        }
    }

    fn idle(&self, reason: IdleReason) -> String {
        let plain = match reason {
            IdleReason::NoProvider => {
                "Nothing is tried: the customer is linked to no payment provider."
            }
            IdleReason::Manual => "Nothing is tried by itself: the debt is to be paid by hand.",
            IdleReason::NeedsPayer => "Nothing is tried until the payer has paid by link.",
            IdleReason::NeedsMethod => {
                "Nothing is tried until the customer has a payment method that can be charged."
            }
            IdleReason::Held => "Nothing is tried by itself: a person has to look at it.",
            IdleReason::Exhausted => {
                "Nothing is tried any more: the policy has no further attempt."
            }
            IdleReason::Uncollectible => {
                "Nothing is tried any more: the debt is marked uncollectible."
            }
            IdleReason::Stopped => "Nothing is tried any more: a person has stopped it.",
        };
        // What was decided last led here, unless something else came after it.
        let led_here = self.record.filter(|record| record.leads_to(reason));
        led_here.map_or_else(|| plain.to_owned(), DecisionRecord::sentence)
    }
}

impl DecisionRecord {
    fn leads_to(&self, reason: IdleReason) -> bool {
        use super::policy::{Decision, OnExhausted};
        match reason {
            IdleReason::NoProvider | IdleReason::Stopped => false,
            IdleReason::NeedsPayer => self.decision == Decision::AskPayer,
            IdleReason::NeedsMethod => self.decision == Decision::AskForMethod,
            IdleReason::Held => self.decision == Decision::Hold,
            IdleReason::Exhausted => self.decision == Decision::GiveUp,
            IdleReason::Uncollectible => {
                self.decision == Decision::GiveUp
                    && self.on_exhausted == OnExhausted::MarkUncollectible
            }
            IdleReason::Manual => {
                self.decision == Decision::GiveUp && self.on_exhausted == OnExhausted::LinkOnly
            }
        }
    }
}

const fn settled_by(by: RecoveredBy) -> &'static str {
    match by {
        RecoveredBy::Attempt => "a charge succeeded",
        RecoveredBy::ManualPayment => "a payment was recorded by hand",
        RecoveredBy::Person => "a person declared it paid",
        RecoveredBy::NothingDue => "there was nothing to pay",
        RecoveredBy::PaymentRequest => "a payment request that included it was paid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attempt::Lookup;
    use crate::domain::recovery::First;
    use crate::domain::samples::{self, at};

    #[test]
    fn a_charge_that_the_provider_tries_again_is_told_from_one_under_way() {
        let lookup = Lookup::first(at(0));
        let recovery = samples::recovery(First::ChargeNow);
        let attempt = samples::attempt(&recovery, AttemptState::Pending { lookup });
        let recovery = recovery.begin(attempt.id, at(0)).expect("due");
        let sentence = |status: &str| {
            let attempt = Attempt { status: status.to_owned(), ..attempt.clone() };
            let zone = Tz::UTC;
            Situation { recovery: &recovery, attempt: Some(&attempt), record: None, zone }
                .explain()
                .sentence
        };
        assert!(sentence("failed").contains("the provider tries it again by itself"));
        assert!(sentence("submitted").contains("has accepted the charge"));
    }
}
