//! GoCardless's answers in our words. A payment does not say why it failed;
//! only its events do. What may have been made and does not say so is
//! `unknown`, never a decline.

use recoup_plugin::types::{
    ChargeAnswer, Decline, DeclineClass, Failure, Money, Outcome, PaymentMethod, Refusal,
    RetryClass,
};
use recoup_plugin::{Form, http};

use crate::api::{Connection, Listing, Trouble};
use crate::declines;
use crate::objects::{BankAccount, Details, Event, Mandate, Payment};

/// The payment as a charge. `why` is what an event says of its failure.
pub fn charge(connection: &Connection, payment: &Payment, why: Option<&Details>) -> ChargeAnswer {
    ChargeAnswer {
        outcome: outcome(connection, payment, why),
        charge_id: Some(payment.id.clone()),
        status: payment.status.clone(),
        amount: Some(Money {
            minor_units: payment.amount,
            currency: payment.currency.to_ascii_uppercase(),
        }),
        method: None,
    }
}

/// The payment as a charge; a failed one with its reason, which is looked up.
pub fn explained(connection: &Connection, payment: &Payment) -> Result<ChargeAnswer, Trouble> {
    if !has_failed(&payment.status) {
        return Ok(charge(connection, payment, None));
    }
    let query = Form::new().set("payment", &payment.id).set("action", &payment.status);
    let mut events: Listing<Event> = connection.list("events", &query)?;
    // Newest first; said again here because nothing promises it.
    events.items.sort_by(|a, b| b.created_at.cmp(&a.created_at));
    Ok(charge(connection, payment, events.items.first().map(|event| &event.details)))
}

/// Whether events say why.
fn has_failed(status: &str) -> bool {
    matches!(status, "failed" | "charged_back" | "cancelled" | "customer_approval_denied")
}

fn outcome(connection: &Connection, payment: &Payment, why: Option<&Details>) -> Outcome {
    match payment.status.as_str() {
        "paid_out" => Outcome::Paid,
        "confirmed" if !connection.waits_for_payout => Outcome::Paid,
        "confirmed" | "pending_customer_approval" | "pending_submission" | "submitted" => {
            Outcome::Pending
        }
        // GoCardless tries again by itself.
        "failed" if why.and_then(|why| why.will_attempt_retry) == Some(true) => Outcome::Pending,
        "failed" | "charged_back" => Outcome::Declined(decline(payment, why, "other")),
        "customer_approval_denied" => {
            Outcome::Declined(decline(payment, why, "customer_approval_denied"))
        }
        "cancelled" => Outcome::Declined(cancelled(payment, why)),
        other => Outcome::Unknown(format!("the payment is {other:?}")),
    }
}

fn decline(payment: &Payment, why: Option<&Details>, otherwise: &str) -> Decline {
    let mut details = why.cloned().unwrap_or_default();
    details.cause.get_or_insert_with(|| otherwise.to_owned());
    declines::decline(&details, payment.scheme.as_deref())
}

/// Ours, if the API did it and the mandate is not the reason.
fn cancelled(payment: &Payment, why: Option<&Details>) -> Decline {
    let cause = why.and_then(|why| why.cause.as_deref());
    match cause {
        None | Some("payment_cancelled" | "instalment_schedule_cancelled") => {
            Decline::cancelled(cause.unwrap_or("cancelled"), "the payment was cancelled")
        }
        Some(_) => decline(payment, why, "other"),
    }
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
    let outcome = match error.status {
        // Nothing was processed, and the key is not used up.
        429 => Outcome::NotSent(error.describe()),
        400 | 401 | 403 | 404 | 422 => Outcome::Declined(declines::refused(&error)),
        _ => Outcome::Unknown(error.describe()),
    };
    ChargeAnswer { status: error.reason().to_owned(), ..ChargeAnswer::only(outcome) }
}

/// A charge that was not sent, because its method cannot take the currency.
pub fn wrong_currency(scheme: &str, currency: &str) -> ChargeAnswer {
    ChargeAnswer::only(Outcome::Declined(Decline {
        class: DeclineClass::NotPermitted,
        retry: RetryClass::NewMethod,
        ..Decline::misconfigured(
            "currency_mismatch",
            format!("a mandate of {scheme} cannot be charged in {currency}"),
        )
    }))
}

/// The same bank account keeps its id over several mandates.
pub fn method(mandate: &Mandate, account: Option<&BankAccount>) -> PaymentMethod {
    PaymentMethod {
        id: mandate.id.clone(),
        kind: mandate.scheme.clone().unwrap_or_default(),
        brand: account.and_then(|account| account.bank_name.clone()),
        last4: account.and_then(|account| account.account_number_ending.clone()),
        expiry_month: None,
        expiry_year: None,
        fingerprint: mandate.links.customer_bank_account.clone(),
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
        let refusal = || Refusal { code: error.reason().to_owned(), message: error.describe() };
        match error.status {
            429 => Self::Throttled(error.describe()),
            401 | 403 => Self::Misconfigured(refusal()),
            400 | 404 | 422 => Self::Refused(refusal()),
            _ => Self::Unknown(error.describe()),
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
        Trouble::Refused(error) => error.describe(),
        Trouble::Unreadable { status, reason } => format!("HTTP {status}, not readable: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{conflict, payment, refusal, settings, with};
    use recoup_plugin::http::Error;
    use recoup_plugin::types::Settings;
    use serde_json::{Value, json};

    fn told_with(settings: Settings, status: &str, details: Option<Value>) -> Outcome {
        let connection = Connection::of(&settings).expect("the settings are whole");
        let payment = serde_json::from_value(payment(status)).expect("a payment");
        let details: Option<Details> =
            details.map(|details| serde_json::from_value(details).expect("details"));
        charge(&connection, &payment, details.as_ref()).outcome
    }

    fn told(status: &str, details: Option<Value>) -> Outcome {
        told_with(settings(), status, details)
    }

    fn refused(status: u16, kind: &str, reason: &str) -> ChargeAnswer {
        let body: crate::objects::ErrorBody =
            serde_json::from_value(refusal(status, kind, reason)).expect("an error");
        troubled_charge(Trouble::Refused(crate::objects::ApiError { status, ..body.error }))
    }

    #[test]
    fn a_debit_takes_days_and_is_paid_when_it_is_collected() {
        for status in ["pending_customer_approval", "pending_submission", "submitted"] {
            assert_eq!(told(status, None), Outcome::Pending, "{status}");
        }
        for status in ["confirmed", "paid_out"] {
            assert_eq!(told(status, None), Outcome::Paid, "{status}");
        }
        let careful = || with("succeed_on", "paid_out", settings());
        assert_eq!(told_with(careful(), "confirmed", None), Outcome::Pending);
        assert_eq!(told_with(careful(), "paid_out", None), Outcome::Paid);
    }

    #[test]
    fn a_status_of_tomorrow_is_unknown() {
        assert!(matches!(told("levitating", None), Outcome::Unknown(_)));
    }

    #[test]
    fn a_failure_has_the_cause_of_its_event() {
        let cause = json!({"cause": "insufficient_funds", "will_attempt_retry": false});
        let Outcome::Declined(decline) = told("failed", Some(cause)) else { panic!("it failed") };
        assert_eq!(
            (decline.class, decline.retry),
            (DeclineClass::InsufficientFunds, RetryClass::Soft)
        );
        let Outcome::Declined(decline) = told("failed", None) else { panic!("it failed") };
        assert_eq!(decline.class, DeclineClass::Unclassified);
        let Outcome::Declined(denied) = told("customer_approval_denied", None) else {
            panic!("it was denied")
        };
        assert_eq!(denied.class, DeclineClass::MandateCancelled);
    }

    #[test]
    fn what_gocardless_tries_again_is_under_way() {
        let cause = json!({"cause": "insufficient_funds", "will_attempt_retry": true});
        assert_eq!(told("failed", Some(cause)), Outcome::Pending);
    }

    #[test]
    fn a_cancelled_payment_is_nobodys_decline_unless_the_mandate_died() {
        for (details, class) in [
            (None, DeclineClass::Cancelled),
            (Some(json!({"origin": "api", "cause": "payment_cancelled"})), DeclineClass::Cancelled),
            (
                Some(json!({"origin": "bank", "cause": "bank_account_closed"})),
                DeclineClass::InvalidAccount,
            ),
            (
                Some(json!({"origin": "api", "cause": "mandate_cancelled"})),
                DeclineClass::MandateCancelled,
            ),
        ] {
            let Outcome::Declined(decline) = told("cancelled", details.clone()) else {
                panic!("{details:?}")
            };
            assert_eq!(decline.class, class, "{details:?}");
        }
    }

    #[test]
    fn a_request_that_made_nothing_is_declined_and_the_rest_is_unknown() {
        for (status, kind, reason, class, retry) in [
            (
                401,
                "invalid_api_usage",
                "access_token_revoked",
                DeclineClass::InvalidConfiguration,
                RetryClass::Merchant,
            ),
            (
                403,
                "invalid_api_usage",
                "forbidden",
                DeclineClass::InvalidConfiguration,
                RetryClass::Merchant,
            ),
            (
                400,
                "invalid_api_usage",
                "bad_request",
                DeclineClass::InvalidConfiguration,
                RetryClass::Merchant,
            ),
            (
                404,
                "invalid_api_usage",
                "resource_not_found",
                DeclineClass::InvalidAccount,
                RetryClass::NewMethod,
            ),
            (
                422,
                "invalid_state",
                "mandate_is_inactive",
                DeclineClass::MandateCancelled,
                RetryClass::NewMethod,
            ),
            (
                422,
                "invalid_state",
                "bank_account_disabled",
                DeclineClass::InvalidAccount,
                RetryClass::NewMethod,
            ),
            (422, "validation_failed", "", DeclineClass::InvalidConfiguration, RetryClass::Hold),
        ] {
            let Outcome::Declined(decline) = refused(status, kind, reason).outcome else {
                panic!("{status} {reason}")
            };
            assert_eq!((decline.class, decline.retry), (class, retry), "{status} {reason}");
        }
        for status in [500, 503, 409, 408] {
            let outcome = refused(status, "gocardless", "internal_server_error").outcome;
            assert!(matches!(outcome, Outcome::Unknown(_)), "{status}");
        }
        let throttled = refused(429, "invalid_api_usage", "rate_limit_exceeded").outcome;
        assert!(matches!(throttled, Outcome::NotSent(_)));
        let lost = troubled_charge(Trouble::Http(Error::MaybeSent("cut".to_owned())));
        assert!(matches!(lost.outcome, Outcome::Unknown(_)));
        assert_eq!(conflict("PM1")["error"]["errors"][0]["reason"], "idempotent_creation_conflict");
    }
}
