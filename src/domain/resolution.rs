//! What a person found out about an attempt whose outcome nobody knew, and what happens when the
//! provider says otherwise afterwards.

use super::attempt::{Attempt, AttemptState, ChargeAnswer, Outcome};
use super::decline::{Decline, DeclineClass, RetryClass, text_enum};
use super::id::{AttemptId, OrganizationId};
use super::time::Timestamp;

text_enum!(
    /// What they say came of it.
    Finding {
        Paid = "paid",
        NotPaid = "not_paid",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    pub attempt_id: AttemptId,
    pub organization_id: OrganizationId,
    pub finding: Finding,
    pub reason: String,
    pub at: Timestamp,
    /// What the provider said against it, and when.
    pub contradiction: Option<Contradiction>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    pub at: Timestamp,
    pub told: String,
}

impl Finding {
    /// As if the provider had answered so. After "not paid" nothing is tried by itself: a further
    /// charge is asked for by a person who is sure.
    pub fn answer(self, reason: &str) -> ChargeAnswer {
        let (outcome, status) = match self {
            Finding::Paid => (Outcome::Paid, "succeeded"),
            Finding::NotPaid => (Outcome::Declined(not_paid(reason)), "failed"),
        };
        let status = status.to_owned();
        ChargeAnswer { outcome, charge_id: None, status, amount: None, method: None }
    }
}

/// The decline that stands for a person's word.
pub fn not_paid(reason: &str) -> Decline {
    Decline {
        class: DeclineClass::Unclassified,
        retry: RetryClass::Hold,
        code: "not_paid".to_owned(),
        network_code: None,
        advice_code: None,
        retry_after: None,
        message: format!("somebody checked, and nothing was taken: {reason}"),
    }
}

/// What the provider's answer says against what a person said. None: it agrees, or knows no end.
pub fn against(finding: Finding, answer: &ChargeAnswer) -> Option<String> {
    match (finding, &answer.outcome) {
        (Finding::Paid, Outcome::Declined(decline)) => {
            Some(format!("the provider declined it: {}", decline.code))
        }
        (Finding::NotPaid, Outcome::Paid) => Some("the provider took the money".to_owned()),
        (Finding::Paid, Outcome::Paid)
        | (Finding::NotPaid, Outcome::Declined(_))
        | (
            Finding::Paid | Finding::NotPaid,
            Outcome::NeedsAction(_) | Outcome::Pending | Outcome::NotSent(_) | Outcome::Unknown(_),
        ) => None,
    }
}

/// Whether a person may say what came of it: nobody knows, and no call is out.
pub const fn is_unresolved(attempt: &Attempt) -> bool {
    match &attempt.state {
        AttemptState::Unknown { .. } => true,
        AttemptState::Pending { lookup } | AttemptState::NeedsAction { lookup, .. } => {
            lookup.next_at.is_none()
        }
        AttemptState::Charging { .. }
        | AttemptState::NotSent { .. }
        | AttemptState::Paid { .. }
        | AttemptState::Declined { .. }
        | AttemptState::Cancelled { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_end_can_speak_against_a_person() {
        let answer = |outcome| ChargeAnswer { outcome, ..ChargeAnswer::unknown("") };
        let declined = answer(Outcome::Declined(not_paid("x")));
        assert!(against(Finding::Paid, &declined).is_some());
        assert!(against(Finding::NotPaid, &answer(Outcome::Paid)).is_some());
        for agrees in [Outcome::Paid, Outcome::Pending, Outcome::Unknown(String::new())] {
            assert_eq!(against(Finding::Paid, &answer(agrees)), None);
        }
        assert_eq!(against(Finding::NotPaid, &declined), None);
    }
}
