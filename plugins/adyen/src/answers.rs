//! Adyen's answers in our words. A decline is an answer with status 200; what
//! may have taken money and does not say so is `unknown`, never a decline.

use recoup_plugin::types::{
    Action, ChargeAnswer, Decline, DeclineClass, Failure, Outcome, PaymentMethod, Refusal,
    RetryClass,
};

use crate::amounts;
use crate::api::Trouble;
use crate::declines;
use crate::objects::{ApiError, Payment, StoredMethod};

/// The payment as a charge. A partial authorisation is told apart by its
/// status: the caller has to give it back.
pub fn charge(payment: &Payment) -> ChargeAnswer {
    ChargeAnswer {
        outcome: outcome(payment),
        charge_id: payment.psp_reference.clone(),
        status: payment.result_code.clone(),
        amount: payment.amount.as_ref().and_then(amounts::from_adyen),
        method: None,
    }
}

fn outcome(payment: &Payment) -> Outcome {
    let code = payment.refusal_reason_code.as_deref().filter(|code| *code != "0");
    let reason = payment.refusal_reason.as_deref();
    match payment.result_code.as_str() {
        "Authorised" | "Success" => Outcome::Paid,
        "Received"
        | "Pending"
        | "PresentToShopper"
        | "AuthenticationFinished"
        | "AuthenticationNotRequired" => Outcome::Pending,
        "RedirectShopper" | "ChallengeShopper" | "IdentifyShopper" => {
            let action = payment.action.as_ref();
            let kind = action.and_then(|action| action.kind.clone());
            Outcome::NeedsAction(Action {
                kind: kind.unwrap_or_else(|| payment.result_code.clone()),
                url: action.and_then(|action| action.url.clone()),
            })
        }
        "Error" if code.is_none() => Outcome::Declined(declines::technical()),
        "Refused" | "Error" => {
            Outcome::Declined(declines::decline(code, reason, &payment.additional_data))
        }
        "Cancelled" => Outcome::Declined(cancelled(reason)),
        "PartiallyAuthorised" => {
            Outcome::Unknown("only a part was authorised, which is not given back yet".to_owned())
        }
        other => Outcome::Unknown(format!("the result is {other:?}")),
    }
}

pub fn cancelled(reason: Option<&str>) -> Decline {
    Decline::cancelled("15", reason.unwrap_or("the payment was cancelled"))
}

/// A part of the amount was authorised and given back: the method cannot pay
/// the whole.
pub fn given_back() -> Outcome {
    Outcome::Declined(Decline {
        class: DeclineClass::InsufficientFunds,
        retry: RetryClass::NewMethod,
        ..Decline::misconfigured("partially_authorised", "only a part was authorised")
    })
}

/// An amount that Adyen has no units for.
pub fn unspeakable_amount() -> Outcome {
    Outcome::Declined(Decline {
        retry: RetryClass::Hold,
        ..Decline::misconfigured("amount", "Adyen has no unit as small as this in the currency")
    })
}

/// A charge that was not answered with a payment.
pub fn troubled_charge(trouble: Trouble) -> ChargeAnswer {
    let error = match trouble {
        Trouble::Http(error) => return ChargeAnswer::only(error.into()),
        Trouble::Unreadable { status, reason } => {
            let reason = format!("HTTP {status}, not readable: {reason}");
            return ChargeAnswer::only(Outcome::Unknown(reason));
        }
        Trouble::Refused(error) => error,
    };
    let outcome = match is_certain(&error) {
        true => Outcome::Declined(declines::refused(&error)),
        false => Outcome::Unknown(error.describe()),
    };
    ChargeAnswer { status: error.error_code, ..ChargeAnswer::only(outcome) }
}

/// Whether nothing was done.
fn is_certain(error: &ApiError) -> bool {
    // An earlier request with this key is under way, or was another one.
    const IN_FLIGHT: &str = "704";
    match error.status {
        _ if error.is_transient || error.error_code == IN_FLIGHT => false,
        400 | 401 | 403 | 404 | 422 => true,
        500..=599 => error.error_type.as_deref() == Some("configuration"),
        _ => false,
    }
}

pub fn method(stored: &StoredMethod) -> PaymentMethod {
    let of_iban = || {
        let iban = stored.iban.as_ref()?;
        let from = iban.char_indices().rev().nth(3)?.0;
        Some(iban[from..].to_owned())
    };
    let year = stored.expiry_year.as_ref().and_then(|year| year.parse::<u16>().ok());
    PaymentMethod {
        id: stored.id.clone(),
        kind: stored.kind.clone(),
        brand: stored.brand.clone().or_else(|| stored.name.clone()),
        last4: stored.last_four.clone().or_else(of_iban),
        expiry_month: stored.expiry_month.as_ref().and_then(|month| month.parse().ok()),
        expiry_year: year.map(|year| if year < 100 { 2000 + year } else { year }),
        fingerprint: None,
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let error = match trouble {
            Trouble::Http(error) => return error.into(),
            Trouble::Unreadable { status, reason } => {
                return Self::Unknown(format!("HTTP {status}, not readable: {reason}"));
            }
            Trouble::Refused(error) => error,
        };
        let refusal = || Refusal { code: error.error_code.clone(), message: error.describe() };
        match (error.status, is_certain(&error)) {
            (429, _) => Self::Throttled(error.describe()),
            (_, false) => Self::Unknown(error.describe()),
            (400 | 404 | 422, true) => Self::Refused(refusal()),
            (_, true) => Self::Misconfigured(refusal()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{payment, refusal, refused as refused_payment};
    use recoup_plugin::http::Error;
    use recoup_plugin::types::Money;
    use serde_json::{Value, json};

    fn told(payment: Value) -> ChargeAnswer {
        charge(&serde_json::from_value(payment).expect("it has Adyen's shape"))
    }

    fn error(status: u16, code: &str, kind: &str) -> ApiError {
        let error: ApiError =
            serde_json::from_value(refusal(status, code, kind)).expect("it has Adyen's shape");
        ApiError { status, ..error }
    }

    #[test]
    fn money_is_taken_only_when_adyen_says_so() {
        let answer = told(payment("Authorised"));
        assert_eq!(answer.outcome, Outcome::Paid);
        assert_eq!(answer.charge_id.as_deref(), Some("993617895199574A"));
        assert_eq!(answer.amount, Some(Money { minor_units: 1050, currency: "EUR".to_owned() }));
        for word in ["Received", "Pending", "PresentToShopper", "AuthenticationFinished"] {
            assert_eq!(told(payment(word)).outcome, Outcome::Pending, "{word}");
        }
        let tomorrow = told(payment("Levitating"));
        assert!(matches!(tomorrow.outcome, Outcome::Unknown(_)));
        assert_eq!(tomorrow.status, "Levitating");
    }

    #[test]
    fn the_payer_is_sent_where_adyen_says() {
        let mut redirect = payment("RedirectShopper");
        redirect["action"] =
            json!({"type": "redirect", "method": "GET", "url": "https://b.example"});
        let (kind, url) = ("redirect".to_owned(), Some("https://b.example".to_owned()));
        assert_eq!(told(redirect).outcome, Outcome::NeedsAction(Action { kind, url }));
    }

    #[test]
    fn a_refusal_is_a_decline_and_an_error_is_technical() {
        for (payment, class, retry) in [
            (refused_payment("12"), DeclineClass::InsufficientFunds, RetryClass::Soft),
            (
                refused_payment("38"),
                DeclineClass::AuthenticationRequired,
                RetryClass::CustomerAction,
            ),
            (payment("Error"), DeclineClass::ProcessingError, RetryClass::SoftShort),
            (payment("Cancelled"), DeclineClass::Cancelled, RetryClass::Hold),
        ] {
            let Outcome::Declined(decline) = told(payment.clone()).outcome else {
                panic!("{payment}")
            };
            assert_eq!((decline.class, decline.retry), (class, retry), "{payment}");
        }
    }

    #[test]
    fn only_a_certain_error_is_a_decline() {
        for (status, code, kind, retry) in [
            (401, "000", "security", RetryClass::Merchant),
            (403, "901", "security", RetryClass::Merchant),
            (400, "702", "validation", RetryClass::Merchant),
            (422, "130", "validation", RetryClass::Merchant),
            (422, "137", "validation", RetryClass::Hold),
            (422, "803", "validation", RetryClass::NewMethod),
            (500, "905", "configuration", RetryClass::Merchant),
        ] {
            let answer = troubled_charge(Trouble::Refused(error(status, code, kind)));
            let Outcome::Declined(decline) = answer.outcome else { panic!("{status} {code}") };
            assert_eq!((decline.retry, decline.code.as_str()), (retry, code), "{status} {code}");
        }
        for (status, code, kind) in [
            (422, "704", "validation"),
            (500, "000", "internal"),
            (503, "000", "internal"),
            (429, "000", "security"),
            (302, "000", "internal"),
        ] {
            let answer = troubled_charge(Trouble::Refused(error(status, code, kind)));
            assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{status} {code}");
        }
        let transient = ApiError { is_transient: true, ..error(422, "130", "validation") };
        let answer = troubled_charge(Trouble::Refused(transient));
        assert!(matches!(answer.outcome, Outcome::Unknown(_)));
        let lost = troubled_charge(Trouble::Http(Error::MaybeSent("cut".to_owned())));
        assert!(matches!(lost.outcome, Outcome::Unknown(_)));
    }

    #[test]
    fn a_stored_method_is_shown_by_its_last_digits() {
        let card = crate::fixtures::stored("1");
        let shown = method(&serde_json::from_value(card).expect("a card"));
        assert_eq!((shown.last4.as_deref(), shown.expiry_year), (Some("1111"), Some(2030)));
        let debit = json!({"id": "2", "type": "sepadirectdebit", "iban": "NL13TEST0123456789"});
        let shown = method(&serde_json::from_value(debit).expect("a debit"));
        assert_eq!(
            (shown.last4.as_deref(), shown.kind.as_str()),
            (Some("6789"), "sepadirectdebit")
        );
    }
}
