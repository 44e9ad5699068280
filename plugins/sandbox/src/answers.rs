//! The PSP's answers in our words. The rule above all others: what may have
//! taken money and does not say so is `unknown`, never a decline.

use recoup_plugin::http;
use recoup_plugin::types::{
    Action, ChargeAnswer, Decline, DeclineClass, Failure, Money, Outcome, PaymentMethod, Refusal,
    RetryClass,
};

use crate::api::Trouble;
use crate::declines;
use crate::objects::{self, ApiError, Charge};

pub fn charge(charge: &Charge) -> ChargeAnswer {
    ChargeAnswer {
        outcome: outcome(charge),
        charge_id: Some(charge.id.clone()),
        status: charge.status.clone(),
        amount: Some(Money { minor_units: charge.amount, currency: charge.currency.clone() }),
        method: Some(method(&charge.method)),
    }
}

fn outcome(charge: &Charge) -> Outcome {
    match (charge.status.as_str(), &charge.decline, &charge.action) {
        ("succeeded", _, _) => Outcome::Paid,
        ("pending", _, _) => Outcome::Pending,
        ("declined", Some(decline), _) => Outcome::Declined(declines::decline(decline)),
        ("requires_action", _, Some(action)) => Outcome::NeedsAction(Action {
            kind: action.kind.clone(),
            url: Some(action.url.clone()),
        }),
        ("canceled", _, _) => Outcome::Declined(declines::cancelled()),
        (other, _, _) => Outcome::Unknown(format!("the charge is {other:?}")),
    }
}

/// A charge that was not answered with a charge.
pub fn troubled_charge(trouble: Trouble) -> ChargeAnswer {
    let (status, body) = match trouble {
        Trouble::Http(error) => return ChargeAnswer::only(error.into()),
        Trouble::Unreadable { status, reason } => {
            let reason = format!("HTTP {status}, not readable: {reason}");
            return ChargeAnswer::only(Outcome::Unknown(reason));
        }
        Trouble::Refused { status, body } => (status, *body),
    };
    match (status, &body.charge) {
        (402, Some(declined)) => charge(declined),
        (_, _) => {
            let outcome = refused_charge(status, &body.error);
            ChargeAnswer { status: body.error.code, ..ChargeAnswer::only(outcome) }
        }
    }
}

/// Nothing was charged by this request, where its answer says so.
fn refused_charge(status: u16, error: &ApiError) -> Outcome {
    let told = error.describe(status);
    let no = |class, retry| {
        Outcome::Declined(Decline {
            class,
            retry,
            code: error.code.clone(),
            network_code: None,
            advice_code: None,
            retry_after_s: None,
            message: told.clone(),
        })
    };
    match (status, error.code.as_str()) {
        (401 | 403, _) => no(DeclineClass::InvalidConfiguration, RetryClass::Merchant),
        (404, "payment_method_missing") => no(DeclineClass::InvalidAccount, RetryClass::NewMethod),
        // An earlier request with this key goes on, or was another one.
        (409 | 422, _) => Outcome::Unknown(told),
        // The amount or the customer of this one debt.
        (400 | 404, _) => no(DeclineClass::InvalidConfiguration, RetryClass::Hold),
        (_, _) if error.processed == Some(false) => Outcome::NotSent(told),
        (_, _) => Outcome::Unknown(told),
    }
}

pub fn method(method: &objects::Method) -> PaymentMethod {
    PaymentMethod {
        id: method.id.clone(),
        kind: method.kind.clone(),
        brand: method.brand.clone(),
        last4: method.last4.clone(),
        expiry_month: method.expiry_month,
        expiry_year: method.expiry_year,
        fingerprint: method.fingerprint.clone(),
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let (status, error) = match trouble {
            Trouble::Http(error) => return error.into(),
            Trouble::Unreadable { status, reason } => {
                return Self::Unknown(format!("HTTP {status}, not readable: {reason}"));
            }
            Trouble::Refused { status, body } => (status, body.error),
        };
        let told = error.describe(status);
        match status {
            429 => Self::Throttled(told),
            401 | 403 => Self::Misconfigured(Refusal { code: error.code, message: told }),
            400..500 => Self::Refused(Refusal { code: error.code, message: told }),
            _ if error.processed == Some(false) => Self::NotSent(told),
            _ => Self::Unknown(told),
        }
    }
}

/// For a look-up: what kept us from an answer.
pub fn why(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Http(
            http::Error::Denied(reason)
            | http::Error::NotSent(reason)
            | http::Error::MaybeSent(reason),
        ) => reason.clone(),
        Trouble::Refused { status, body } => body.error.describe(*status),
        Trouble::Unreadable { status, reason } => format!("HTTP {status}, not readable: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, error};
    use serde_json::{Value, json};

    fn answer_to(charged: Value) -> ChargeAnswer {
        charge(&serde_json::from_value(charged).expect("the fixture has the PSP's shape"))
    }

    fn refused(status: u16, body: Value) -> ChargeAnswer {
        let body = serde_json::from_value(body).expect("the fixture has the PSP's shape");
        troubled_charge(Trouble::Refused { status, body: Box::new(body) })
    }

    #[test]
    fn a_charge_says_what_was_taken_from_which_card() {
        let answer = answer_to(fixtures::charge("succeeded"));
        assert_eq!(answer.outcome, Outcome::Paid);
        assert_eq!(answer.charge_id.as_deref(), Some("ch_1"));
        let amount = Money { minor_units: 1050, currency: "EUR".to_owned() };
        assert_eq!(answer.amount, Some(amount));
        let method = answer.method.expect("the charge names it");
        assert_eq!((method.id.as_str(), method.last4.as_deref()), ("pm_ok", Some("4242")));
    }

    #[test]
    fn each_status_has_its_outcome() {
        assert_eq!(answer_to(fixtures::charge("pending")).outcome, Outcome::Pending);
        let mut waiting = fixtures::charge("requires_action");
        waiting["action"] = json!({"kind": "redirect_to_url", "url": "http://psp.example/c"});
        let action = Action {
            kind: "redirect_to_url".to_owned(),
            url: Some("http://psp.example/c".to_owned()),
        };
        assert_eq!(answer_to(waiting).outcome, Outcome::NeedsAction(action));
        let Outcome::Declined(cancelled) = answer_to(fixtures::charge("canceled")).outcome else {
            panic!("nothing is taken any more");
        };
        assert_eq!(cancelled.class, DeclineClass::Cancelled);
        let tomorrow = answer_to(fixtures::charge("levitating")).outcome;
        assert!(matches!(tomorrow, Outcome::Unknown(_)));
        // Declined, and no word why: not something that this PSP says.
        let mute = answer_to(fixtures::charge("declined")).outcome;
        assert!(matches!(mute, Outcome::Unknown(_)));
    }

    #[test]
    fn a_decline_comes_with_its_charge() {
        let answer = refused(402, fixtures::declined("lost_card"));
        assert_eq!(answer.charge_id.as_deref(), Some("ch_1"));
        let Outcome::Declined(decline) = answer.outcome else { panic!("{answer:?}") };
        assert_eq!(decline.class, DeclineClass::LostOrStolen);
        assert_eq!(decline.network_code.as_deref(), Some("41"));
    }

    #[test]
    fn only_what_certainly_did_not_happen_may_be_sent_again() {
        let not_available = refused(503, error("service_unavailable", Some(false)));
        assert!(matches!(not_available.outcome, Outcome::NotSent(_)));
        for (status, processed) in [(500, None), (502, None), (503, None), (503, Some(true))] {
            let answer = refused(status, error("internal_error", processed));
            assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{status} {processed:?}");
        }
        for code in ["idempotency_key_in_use", "idempotency_key_reused"] {
            let status = if code.ends_with("use") { 409 } else { 422 };
            let answer = refused(status, error(code, Some(false)));
            assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{code}");
        }
        let cut = troubled_charge(Trouble::Http(http::Error::MaybeSent("cut".to_owned())));
        assert!(matches!(cut.outcome, Outcome::Unknown(_)));
        let refused = troubled_charge(Trouble::Http(http::Error::NotSent("refused".to_owned())));
        assert!(matches!(refused.outcome, Outcome::NotSent(_)));
        let page = Trouble::Unreadable { status: 502, reason: "a web page".to_owned() };
        assert!(matches!(troubled_charge(page).outcome, Outcome::Unknown(_)));
    }

    #[test]
    fn what_is_wrong_with_us_is_not_blamed_on_the_payer() {
        for (status, code, class, retry) in [
            (401, "secret_key_missing", DeclineClass::InvalidConfiguration, RetryClass::Merchant),
            (400, "parameter_invalid", DeclineClass::InvalidConfiguration, RetryClass::Hold),
            (404, "customer_missing", DeclineClass::InvalidConfiguration, RetryClass::Hold),
            (404, "payment_method_missing", DeclineClass::InvalidAccount, RetryClass::NewMethod),
        ] {
            let answer = refused(status, error(code, Some(false)));
            let Outcome::Declined(decline) = answer.outcome else { panic!("{answer:?}") };
            assert_eq!((decline.class, decline.retry), (class, retry), "{code}");
        }
    }
}
