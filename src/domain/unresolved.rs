//! The list of unresolved ones: charges and refunds whose outcome nobody knows, and what a person
//! said that a provider denies. Each has an owner and a next step, so that none is forgotten.

use super::attempt::{Attempt, AttemptState};
use super::decline::text_enum;
use super::id::{CustomerId, InvoiceId};
use super::money::Money;
use super::refund::{Refund, RefundState};
use super::resolution::Resolution;
use super::time::Timestamp;

text_enum!(
    /// Who does the next step.
    Owner {
        /// It asks the provider by itself.
        Recoup = "recoup",
        Person = "person",
    }
);

text_enum!(
    NextStep {
        /// At the time that is told.
        AskProvider = "ask_provider",
        /// At the time that is told, under the same key.
        SendAgain = "send_again",
        /// Look at the provider's own pages, and say what came of it.
        Resolve = "resolve",
        /// A person said that it was paid, and the provider that it was not: say it again.
        Correct = "correct",
    }
);

/// What it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    Charge(Box<Attempt>),
    /// Resolved by a person, whom the provider contradicts.
    Contradicted(Box<Attempt>, Resolution),
    Refund(Box<Refund>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    pub open: Open,
    pub external_customer_id: String,
    pub connection_code: String,
}

impl Unresolved {
    pub fn id(&self) -> uuid::Uuid {
        match &self.open {
            Open::Charge(attempt) | Open::Contradicted(attempt, _) => attempt.id.uuid(),
            Open::Refund(refund) => refund.id.uuid(),
        }
    }

    pub fn customer_id(&self) -> CustomerId {
        match &self.open {
            Open::Charge(attempt) | Open::Contradicted(attempt, _) => attempt.customer_id,
            Open::Refund(refund) => refund.customer_id,
        }
    }

    pub fn invoice_id(&self) -> Option<InvoiceId> {
        match &self.open {
            Open::Charge(attempt) | Open::Contradicted(attempt, _) => {
                attempt.payable.subject(attempt.customer_id).invoice_id
            }
            Open::Refund(_) => None,
        }
    }

    pub fn amount(&self) -> Money {
        match &self.open {
            Open::Charge(attempt) | Open::Contradicted(attempt, _) => attempt.amount,
            Open::Refund(refund) => refund.amount,
        }
    }

    pub fn since(&self) -> Timestamp {
        match &self.open {
            Open::Charge(attempt) | Open::Contradicted(attempt, _) => attempt.begun_at,
            Open::Refund(refund) => refund.begun_at,
        }
    }

    /// When recoup asks next. None: a person has to.
    pub fn next_at(&self) -> Option<Timestamp> {
        match &self.open {
            Open::Charge(attempt) => attempt.state.lookup().and_then(|lookup| lookup.next_at),
            Open::Contradicted(..) => None,
            Open::Refund(refund) => refund.next_send_at(),
        }
    }

    /// How often the provider was asked what came of it.
    pub fn asked(&self) -> u32 {
        match &self.open {
            Open::Charge(attempt) => attempt.state.lookup().map_or(0, |lookup| lookup.made),
            Open::Contradicted(..) => 0,
            Open::Refund(refund) => refund.sends.saturating_sub(1),
        }
    }

    pub fn owner(&self) -> Owner {
        if self.next_at().is_some() { Owner::Recoup } else { Owner::Person }
    }

    pub fn next_step(&self) -> NextStep {
        match (&self.open, self.owner()) {
            (Open::Contradicted(..), Owner::Recoup | Owner::Person) => NextStep::Correct,
            (Open::Charge(_), Owner::Recoup) => NextStep::AskProvider,
            (Open::Refund(_), Owner::Recoup) => NextStep::SendAgain,
            (Open::Charge(_) | Open::Refund(_), Owner::Person) => NextStep::Resolve,
        }
    }

    /// The state's word.
    pub fn state(&self) -> &'static str {
        match &self.open {
            Open::Charge(attempt) => attempt.state.as_str(),
            Open::Contradicted(..) => "contradicted",
            Open::Refund(refund) => refund.state.word().as_str(),
        }
    }

    /// Why it is not known, for people.
    pub fn reason(&self) -> String {
        match &self.open {
            Open::Charge(attempt) => match &attempt.state {
                AttemptState::Unknown { reason, .. } => reason.clone(),
                AttemptState::Pending { .. } => "the provider still says: pending".to_owned(),
                AttemptState::NeedsAction { .. } => "the payer did not confirm".to_owned(),
                AttemptState::Charging { .. }
                | AttemptState::NotSent { .. }
                | AttemptState::Paid { .. }
                | AttemptState::Declined { .. }
                | AttemptState::Cancelled { .. } => String::new(),
            },
            Open::Contradicted(_, resolution) => {
                resolution.contradiction.as_ref().map_or(String::new(), |it| it.told.clone())
            }
            Open::Refund(refund) => match &refund.state {
                RefundState::Unknown { message, .. } | RefundState::NotSent { message, .. } => {
                    message.clone()
                }
                RefundState::Sending { .. }
                | RefundState::Pending
                | RefundState::Succeeded { .. }
                | RefundState::Failed { .. } => String::new(),
            },
        }
    }
}
