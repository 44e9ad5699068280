//! What a plugin's answer is worth. A call that gave none is told apart by one thing only:
//! whether the provider can have seen any of it; and no plugin can know what became of a request
//! that was not answered.

use crate::app::ports::PspError;
use crate::domain::attempt::{ChargeAnswer, Outcome};
use crate::domain::refund::{RefundAnswer, RefundOutcome};
use crate::domain::session::SessionFinding;

use super::call::Called;
use super::state::Traces;
use super::v1::Words;
use super::v1::exports::recoup::psp::checkout;
use super::v1::recoup::psp::types;

/// What a function answers that can fail.
pub(super) type Fallible<T> = (Result<T, types::Failure>,);

pub(super) const UNANSWERED: &str = "a request may have reached the provider and was not answered";

/// The answer, or why there is none.
pub(super) fn answered<R>(called: Called<R>) -> Result<R, PspError> {
    let sent = called.traces.sent;
    called.answer.map_err(
        |reason| {
            if sent { PspError::Unknown(reason) } else { PspError::NotSent(reason) }
        },
    )
}

pub(super) fn fallible<T>(called: Called<Fallible<T>>, words: &Words<'_>) -> Result<T, PspError> {
    let traces = called.traces;
    let (answer,) = answered(called)?;
    answer.map_err(|failure| match words.failure(failure) {
        PspError::NotSent(_)
        | PspError::Refused { .. }
        | PspError::Throttled(_)
        | PspError::Misconfigured { .. }
            if traces.unanswered =>
        {
            PspError::Unknown(UNANSWERED.into())
        }
        failure => failure,
    })
}

pub(super) fn session(
    called: Called<Fallible<checkout::SessionState>>,
    words: &Words<'_>,
) -> Result<SessionFinding, PspError> {
    let traces = called.traces;
    match words.session(fallible(called, words)?) {
        SessionFinding::Expired if !traces.sent || traces.unanswered => {
            Err(PspError::Unknown(UNANSWERED.into()))
        }
        finding => Ok(finding),
    }
}

/// A plugin cannot know that nothing was charged while its request has no answer.
pub(super) fn doubted(answer: ChargeAnswer, traces: Traces) -> ChargeAnswer {
    match answer.outcome {
        Outcome::Declined(_) | Outcome::NotSent(_) if traces.unanswered => {
            ChargeAnswer { outcome: Outcome::Unknown(UNANSWERED.into()), ..answer }
        }
        Outcome::Paid
        | Outcome::Declined(_)
        | Outcome::NeedsAction(_)
        | Outcome::Pending
        | Outcome::NotSent(_)
        | Outcome::Unknown(_) => answer,
    }
}

/// A plugin cannot know that nothing went back while its request has no answer.
pub(super) fn refunded(answer: RefundAnswer, traces: Traces) -> RefundAnswer {
    match answer.outcome {
        RefundOutcome::Failed { .. } | RefundOutcome::NotSent(_) if traces.unanswered => {
            RefundAnswer { outcome: RefundOutcome::Unknown(UNANSWERED.into()), ..answer }
        }
        RefundOutcome::Pending
        | RefundOutcome::Succeeded
        | RefundOutcome::Failed { .. }
        | RefundOutcome::NotSent(_)
        | RefundOutcome::Unknown(_) => answer,
    }
}

/// A refund that was not answered: refused, not sent, or nobody knows.
pub(super) fn no_refund(error: PspError) -> RefundAnswer {
    let outcome = match error {
        PspError::Refused { code, message } | PspError::Misconfigured { code, message } => {
            RefundOutcome::Failed { code, message }
        }
        PspError::Unknown(reason) => RefundOutcome::Unknown(reason),
        PspError::Throttled(reason) | PspError::NotSent(reason) => RefundOutcome::NotSent(reason),
        error @ (PspError::Unable(_) | PspError::NoPlugin(_)) => {
            RefundOutcome::NotSent(error.to_string())
        }
    };
    RefundAnswer { provider_refund_id: None, outcome }
}

/// For a charge, every way to fail is one of two.
pub(super) fn no_answer(error: PspError) -> ChargeAnswer {
    match error {
        PspError::Unknown(reason) => ChargeAnswer::unknown(reason),
        PspError::NotSent(reason) => ChargeAnswer::not_sent(reason),
        error @ (PspError::Refused { .. }
        | PspError::Throttled(_)
        | PspError::Misconfigured { .. }
        | PspError::Unable(_)
        | PspError::NoPlugin(_)) => ChargeAnswer::not_sent(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(outcome: Outcome) -> ChargeAnswer {
        ChargeAnswer { outcome, ..ChargeAnswer::unknown("") }
    }

    #[test]
    fn nobody_knows_what_became_of_a_request_without_answer() {
        let unanswered = Traces { sent: true, unanswered: true };
        let claimed = answer(Outcome::NotSent("surely".into()));
        let doubted_claim = doubted(claimed.clone(), unanswered);
        assert_eq!(doubted_claim.outcome, Outcome::Unknown(UNANSWERED.into()));
        assert_eq!(doubted(claimed.clone(), Traces::default()), claimed);
        let paid = answer(Outcome::Paid);
        assert_eq!(doubted(paid.clone(), unanswered), paid);
    }

    #[test]
    fn a_call_without_answer_is_unknown_once_something_was_sent() {
        let broken = |sent| Called::<()> {
            answer: Err("trap".into()),
            traces: Traces { sent, unanswered: false },
        };
        assert_eq!(answered(broken(true)), Err(PspError::Unknown("trap".into())));
        assert_eq!(answered(broken(false)), Err(PspError::NotSent("trap".into())));
    }
}
