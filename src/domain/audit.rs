//! What an audit finds: a rule of collecting that does not hold, of what, and what to do. Which
//! questions are asked is not known here.

use std::fmt;

use super::attempt::{Attempt, AttemptState, ChargeAnswer, Outcome};
use super::decline::text_enum;

text_enum!(
    /// The rules, by the numbers that pages and tests cite.
    Invariant {
        /// Never more than is due, in our records and at the provider.
        NeverTwice = "I1",
        /// Each charge at a provider has exactly one attempt.
        OneAttemptPerCharge = "I2",
        /// What may have reached a provider was written down before.
        IntentFirst = "I3",
        /// At most one open attempt for one debt.
        OneOpenAttempt = "I4",
        /// What has ended stays so.
        EndsAreFinal = "I5",
        /// Each attempt ends, or has a next step.
        NothingForgotten = "I6",
        /// No attempt that is forbidden.
        NoForbiddenAttempt = "I7",
        /// Each change has its event.
        EventsWithState = "I8",
        /// No attempt before its time.
        NotTooEarly = "I9",
        /// Currencies never mix.
        OneCurrency = "I10",
        /// One debt has one collector.
        OneCollector = "I11",
        /// What is counted and booked beside the money path adds up.
        BooksAddUp = "books",
    }
);

impl Invariant {
    pub const fn sentence(self) -> &'static str {
        match self {
            Invariant::NeverTwice => "no debt is charged more than is due",
            Invariant::OneAttemptPerCharge => "each charge has exactly one attempt",
            Invariant::IntentFirst => "an attempt is written down before it leaves",
            Invariant::OneOpenAttempt => "a debt has at most one open attempt",
            Invariant::EndsAreFinal => "what has ended stays so",
            Invariant::NothingForgotten => "each attempt ends or has a next step",
            Invariant::NoForbiddenAttempt => "no attempt is made that is forbidden",
            Invariant::EventsWithState => "each change has its event",
            Invariant::NotTooEarly => "no attempt is made before its time",
            Invariant::OneCurrency => "currencies never mix",
            Invariant::OneCollector => "a debt has one collector",
            Invariant::BooksAddUp => "the books add up",
        }
    }
}

/// One rule that one thing breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub invariant: Invariant,
    /// For programs: which question found it.
    pub code: &'static str,
    /// What it is about: kind and id.
    pub subjects: Vec<(String, String)>,
    pub wrong: String,
    /// What a person does about it.
    pub remedy: &'static str,
}

/// `I4 two_open_attempts (invoice 0190…): …; what to do`
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.invariant.as_str(), self.code)?;
        for (number, (kind, id)) in self.subjects.iter().enumerate() {
            let before = if number == 0 { " (" } else { ", " };
            write!(f, "{before}{} {id}", kind.replace('_', " "))?;
        }
        let after = if self.subjects.is_empty() { "" } else { ")" };
        write!(f, "{after}: {}. {}", self.wrong, self.remedy)
    }
}

const LOOK_THERE: &str = "Look at both, and say what is true: settle it here, or refund it there";

/// An attempt that has ended here, held against what its provider knows; None: it certainly knows
/// nothing of it.
pub fn against_provider(attempt: &Attempt, told: Option<&ChargeAnswer>) -> Option<Violation> {
    let at_provider = told.map(|answer| &answer.outcome);
    let (invariant, code, wrong) = match (&attempt.state, at_provider) {
        (AttemptState::Paid { .. }, Some(Outcome::Paid)) => return other_amount(attempt, told?),
        (AttemptState::Paid { .. }, Some(Outcome::Unknown(_))) => return None,
        (AttemptState::Paid { .. }, Some(_)) => (
            Invariant::EndsAreFinal,
            "not_paid_at_provider",
            "it is paid here, and the provider says that it is not",
        ),
        (AttemptState::Paid { .. }, None) => (
            Invariant::OneAttemptPerCharge,
            "charge_missing_at_provider",
            "it is paid here, and the provider knows no such charge",
        ),
        (
            AttemptState::Declined { .. }
            | AttemptState::Cancelled { .. }
            | AttemptState::NotSent { .. },
            Some(Outcome::Paid),
        ) => (
            Invariant::NeverTwice,
            "paid_at_provider",
            "the provider has taken the money, and here it is not paid",
        ),
        (AttemptState::NotSent { .. }, Some(Outcome::Pending | Outcome::NeedsAction(_))) => (
            Invariant::OneAttemptPerCharge,
            "open_at_provider",
            "the provider has it, and here it never left",
        ),
        // Open ones are looked up anyway, and the rest agrees or is not known.
        (
            AttemptState::Charging { .. }
            | AttemptState::Pending { .. }
            | AttemptState::NeedsAction { .. }
            | AttemptState::Unknown { .. }
            | AttemptState::Declined { .. }
            | AttemptState::Cancelled { .. }
            | AttemptState::NotSent { .. },
            _,
        ) => return None,
    };
    Some(about(attempt, invariant, code, wrong.to_owned()))
}

fn other_amount(attempt: &Attempt, told: &ChargeAnswer) -> Option<Violation> {
    let there = told.amount.filter(|there| *there != attempt.amount)?;
    let wrong = format!("it took {} here, and {there} at the provider", attempt.amount);
    Some(about(attempt, Invariant::NeverTwice, "other_amount_at_provider", wrong))
}

fn about(attempt: &Attempt, invariant: Invariant, code: &'static str, wrong: String) -> Violation {
    let mut subjects = vec![
        ("attempt".to_owned(), attempt.id.to_string()),
        (attempt.payable.kind().to_owned(), attempt.payable.uuid().to_string()),
        ("connection".to_owned(), attempt.connection_id.to_string()),
    ];
    subjects.extend(attempt.charge_id.clone().map(|charge| ("charge".to_owned(), charge)));
    Violation { invariant, code, subjects, wrong, remedy: LOOK_THERE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attempt::Origin;
    use crate::domain::currency::Currency;
    use crate::domain::id::{
        AttemptId, ConnectionId, CustomerId, InvoiceId, OrganizationId, RecoveryId,
    };
    use crate::domain::money::Money;
    use crate::domain::payment::PayableId;
    use crate::domain::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000);

    fn attempt(state: AttemptState) -> Attempt {
        Attempt {
            id: AttemptId::at(NOW),
            organization_id: OrganizationId::at(NOW),
            recovery_id: RecoveryId::at(NOW),
            payable: PayableId::Invoice(InvoiceId::at(NOW)),
            customer_id: CustomerId::at(NOW),
            connection_id: ConnectionId::at(NOW),
            number: 1,
            origin: Origin::Schedule,
            amount: Money::new(4_900, Currency::EUR),
            instrument: None,
            provider_customer_id: None,
            session_id: None,
            idempotency_key: "key".to_owned(),
            sends: 1,
            state,
            charge_id: Some("ch_1".to_owned()),
            status: String::new(),
            begun_at: NOW,
            updated_at: NOW,
        }
    }

    fn answer(outcome: Outcome) -> ChargeAnswer {
        ChargeAnswer {
            outcome,
            charge_id: Some("ch_1".to_owned()),
            status: String::new(),
            amount: Some(Money::new(4_900, Currency::EUR)),
            method: None,
        }
    }

    #[test]
    fn what_the_provider_says_otherwise_is_a_violation() {
        let paid = || AttemptState::Paid { at: NOW };
        let cancelled = || AttemptState::Cancelled { at: NOW };
        let unsent = || AttemptState::NotSent { reason: String::new() };
        let taken = || Some(answer(Outcome::Paid));
        let rows = [
            (paid(), taken(), None),
            (paid(), Some(answer(Outcome::Pending)), Some("not_paid_at_provider")),
            (paid(), Some(answer(Outcome::Unknown(String::new()))), None),
            (paid(), None, Some("charge_missing_at_provider")),
            (cancelled(), taken(), Some("paid_at_provider")),
            (cancelled(), None, None),
            (unsent(), taken(), Some("paid_at_provider")),
            (unsent(), Some(answer(Outcome::Pending)), Some("open_at_provider")),
            (unsent(), None, None),
        ];
        for (state, told, expected) in rows {
            let found = against_provider(&attempt(state.clone()), told.as_ref());
            assert_eq!(found.map(|it| it.code), expected, "{state:?} and {told:?}");
        }
    }

    #[test]
    fn another_amount_at_the_provider_is_a_violation() {
        let less = Some(Money::new(4_800, Currency::EUR));
        let told = ChargeAnswer { amount: less, ..answer(Outcome::Paid) };
        let found = against_provider(&attempt(AttemptState::Paid { at: NOW }), Some(&told));
        assert_eq!(found.map(|it| it.code), Some("other_amount_at_provider"));
    }

    #[test]
    fn a_violation_says_what_is_wrong_with_what_and_what_to_do() {
        let told = Violation {
            invariant: Invariant::OneOpenAttempt,
            code: "two_open_attempts",
            subjects: vec![("invoice".to_owned(), "i1".to_owned())],
            wrong: "it has 2 open attempts".to_owned(),
            remedy: "Ask the provider.",
        };
        assert_eq!(
            told.to_string(),
            "I4 two_open_attempts (invoice i1): it has 2 open attempts. Ask the provider."
        );
    }
}
