//! Stripe's answers in our words. The rule above all others: what may have
//! taken money and does not say so is `unknown`, never a decline.

use recoup_plugin::http;
use recoup_plugin::log;
use recoup_plugin::types::{
    Action, ChargeAnswer, Decline, DeclineClass, Failure, Money, Outcome, PaymentMethod, Refusal,
    RetryClass,
};

use crate::api::Trouble;
use crate::declines;
use crate::objects::{self, ApiError, Charge, Expandable, PaymentIntent};

/// The PaymentIntent as a charge.
pub fn charge(intent: &PaymentIntent) -> ChargeAnswer {
    let outcome = outcome(intent);
    let minor_units = match outcome {
        Outcome::Paid => intent.amount_received.unwrap_or(intent.amount),
        Outcome::Declined(_)
        | Outcome::NeedsAction(_)
        | Outcome::Pending
        | Outcome::NotSent(_)
        | Outcome::Unknown(_) => intent.amount,
    };
    ChargeAnswer {
        outcome,
        charge_id: Some(intent.id.clone()),
        status: intent.status.clone(),
        amount: Some(Money { minor_units, currency: intent.currency.to_ascii_uppercase() }),
        method: method_of(intent),
    }
}

/// A charge that was not answered with a PaymentIntent.
pub fn troubled_charge(trouble: Trouble) -> ChargeAnswer {
    let (status, error) = match trouble {
        Trouble::Http(error) => return ChargeAnswer::only(error.into()),
        Trouble::Unreadable { status, reason } => {
            let reason = format!("HTTP {status}, not readable: {reason}");
            return ChargeAnswer::only(Outcome::Unknown(reason));
        }
        Trouble::Refused { status, error } => (status, error),
    };
    let outcome = match (status, error.payment_intent.as_deref()) {
        // The PaymentIntent knows better, should it have gone on.
        (402, Some(intent)) if intent.status != "requires_payment_method" => outcome(intent),
        (402, intent) => {
            Outcome::Declined(declines::decline(&error, intent.and_then(outcome_of_charge)))
        }
        (400 | 401 | 403 | 404, _) => refused_charge(status, &error),
        (_, _) => Outcome::Unknown(describe(status, &error)),
    };
    let known = error.payment_intent.as_deref().map(charge);
    let status = known.as_ref().map_or_else(|| status_word(&error), |known| known.status.clone());
    let instrument = error.payment_method.as_ref().map(method);
    ChargeAnswer {
        outcome,
        status,
        charge_id: known.as_ref().and_then(|known| known.charge_id.clone()),
        amount: known.as_ref().and_then(|known| known.amount.clone()),
        method: instrument.or(known.and_then(|known| known.method)),
    }
}

/// Nothing was executed, but for one case.
fn refused_charge(status: u16, error: &ApiError) -> Outcome {
    if status == 401 || status == 403 {
        let code = error.code.clone().unwrap_or_else(|| status.to_string());
        return Outcome::Declined(Decline::misconfigured(code, describe(status, error)));
    }
    if error.is("rate_limit") {
        return Outcome::NotSent(describe(status, error));
    }
    // An earlier request with this key went through, and it was not this one.
    if error.kind.as_deref() == Some("idempotency_error") {
        return Outcome::Unknown(describe(status, error));
    }
    let decline = declines::decline(error, None);
    // A request that Stripe does not understand is ours to mend.
    if decline.class == DeclineClass::Unclassified {
        let class = DeclineClass::InvalidConfiguration;
        return Outcome::Declined(Decline { class, retry: RetryClass::Merchant, ..decline });
    }
    Outcome::Declined(decline)
}

fn outcome(intent: &PaymentIntent) -> Outcome {
    match (intent.status.as_str(), &intent.last_payment_error) {
        ("succeeded", _) => Outcome::Paid,
        ("processing" | "requires_confirmation", _) => Outcome::Pending,
        ("requires_capture", _) => {
            // We never ask for it: someone changed the account or the code.
            log::warn(&format!("{} waits for a manual capture", intent.id));
            Outcome::Pending
        }
        ("requires_action", _) => Outcome::NeedsAction(action(intent)),
        ("requires_payment_method", Some(error)) => {
            Outcome::Declined(declines::decline(error, outcome_of_charge(intent)))
        }
        // A hosted page that nobody has used yet.
        ("requires_payment_method", None) => Outcome::Pending,
        ("canceled", _) => {
            let message = "the PaymentIntent was cancelled";
            Outcome::Declined(Decline::cancelled("canceled", message))
        }
        (other, _) => Outcome::Unknown(format!("the PaymentIntent is {other:?}")),
    }
}

fn action(intent: &PaymentIntent) -> Action {
    let next = intent.next_action.as_ref();
    Action {
        kind: next.map_or_else(|| "requires_action".to_owned(), |next| next.kind.clone()),
        url: next.and_then(|next| next.redirect_to_url.as_ref()).and_then(|to| to.url.clone()),
    }
}

fn outcome_of_charge(intent: &PaymentIntent) -> Option<&objects::ChargeOutcome> {
    latest_charge(intent)?.outcome.as_ref()
}

fn latest_charge(intent: &PaymentIntent) -> Option<&Charge> {
    intent.latest_charge.as_ref().and_then(Expandable::object)
}

/// The instrument of the charge: Stripe detaches it from a declined
/// PaymentIntent and shows it in the error instead.
fn method_of(intent: &PaymentIntent) -> Option<PaymentMethod> {
    let of_error = intent.last_payment_error.as_ref().and_then(|e| e.payment_method.as_ref());
    match (&intent.payment_method, of_error) {
        (Some(Expandable::Object(object)), _) => Some(method(object)),
        (Some(Expandable::Id(id)), _) => {
            let details = latest_charge(intent)?.payment_method_details.as_ref()?;
            Some(instrument(id, details))
        }
        (None, object) => object.map(method),
    }
}

pub fn method(object: &objects::PaymentMethod) -> PaymentMethod {
    instrument(&object.id, object)
}

fn instrument(id: &str, instrument: &objects::PaymentMethod) -> PaymentMethod {
    let account = instrument.account();
    let text = |field: fn(&objects::Account) -> &Option<String>| {
        account.and_then(|account| field(account).clone())
    };
    PaymentMethod {
        id: id.to_owned(),
        kind: instrument.kind.clone(),
        brand: text(|account| &account.brand).or(text(|account| &account.bank_name)),
        last4: text(|account| &account.last4),
        expiry_month: account.and_then(|account| account.exp_month),
        expiry_year: account.and_then(|account| account.exp_year),
        fingerprint: text(|account| &account.fingerprint),
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let (status, error) = match trouble {
            Trouble::Http(error) => return error.into(),
            Trouble::Unreadable { status, reason } => {
                return Self::Unknown(format!("HTTP {status}, not readable: {reason}"));
            }
            Trouble::Refused { status, error } => (status, error),
        };
        let refusal = || Refusal { code: status_word(&error), message: describe(status, &error) };
        match status {
            429 => Self::Throttled(describe(status, &error)),
            400 | 409 if error.is("rate_limit") || error.is("lock_timeout") => {
                Self::Throttled(describe(status, &error))
            }
            401 | 403 => Self::Misconfigured(refusal()),
            400 | 402 | 404 => Self::Refused(refusal()),
            _ => Self::Unknown(describe(status, &error)),
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
        Trouble::Refused { status, error } => describe(*status, error),
        Trouble::Unreadable { status, reason } => format!("HTTP {status}, not readable: {reason}"),
    }
}

fn status_word(error: &ApiError) -> String {
    let word = error.code.as_ref().or(error.kind.as_ref());
    word.cloned().unwrap_or_else(|| "error".to_owned())
}

fn describe(status: u16, error: &ApiError) -> String {
    let message = error.message.as_deref().unwrap_or("no reason given");
    format!("HTTP {status} {}: {message}", status_word(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{card_error, declined_intent, intent};
    use recoup_plugin::testing;
    use serde_json::{Value, json};

    fn charge_of(intent: Value) -> ChargeAnswer {
        charge(&serde_json::from_value(intent).expect("the fixture has Stripe's shape"))
    }

    fn refused(status: u16, error: Value) -> Trouble {
        let error = serde_json::from_value(error).expect("the fixture has Stripe's shape");
        Trouble::Refused { status, error: Box::new(error) }
    }

    fn declined(answer: &ChargeAnswer) -> (DeclineClass, RetryClass) {
        match &answer.outcome {
            Outcome::Declined(decline) => (decline.class, decline.retry),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn money_is_taken_only_when_stripe_says_so() {
        let answer = charge_of(intent("succeeded"));
        assert_eq!(answer.outcome, Outcome::Paid);
        assert_eq!(answer.amount, Some(Money { minor_units: 1050, currency: "EUR".to_owned() }));
        let method = answer.method.expect("the charge names it");
        assert_eq!((method.id.as_str(), method.brand.as_deref()), ("pm_1", Some("visa")));
        assert_eq!(method.fingerprint.as_deref(), Some("fp_1"));
    }

    #[test]
    fn what_is_under_way_stays_pending() {
        let statuses =
            ["processing", "requires_capture", "requires_confirmation", "requires_payment_method"];
        for status in statuses {
            assert_eq!(charge_of(intent(status)).outcome, Outcome::Pending, "{status}");
        }
    }

    #[test]
    fn a_status_of_tomorrow_is_unknown() {
        let answer = charge_of(intent("levitating"));
        assert!(matches!(answer.outcome, Outcome::Unknown(_)));
        assert_eq!(answer.status, "levitating");
    }

    #[test]
    fn the_payer_is_sent_where_stripe_says() {
        let mut waiting = intent("requires_action");
        waiting["next_action"] = json!({"type": "redirect_to_url", "redirect_to_url":
            {"url": "https://bank.example/3ds", "return_url": "https://shop.example"}});
        let action = Action {
            kind: "redirect_to_url".to_owned(),
            url: Some("https://bank.example/3ds".to_owned()),
        };
        assert_eq!(charge_of(waiting).outcome, Outcome::NeedsAction(action));
    }

    #[test]
    fn a_declined_intent_says_why_whenever_it_is_read() {
        let answer = charge_of(declined_intent(card_error("card_declined", Some("lost_card"))));
        assert_eq!(declined(&answer), (DeclineClass::LostOrStolen, RetryClass::NewMethod));
        assert_eq!(answer.method.expect("the error names it").id, "pm_1");

        let error = card_error("authentication_required", Some("authentication_required"));
        let answer = charge_of(declined_intent(error));
        let expected = (DeclineClass::AuthenticationRequired, RetryClass::CustomerAction);
        assert_eq!(declined(&answer), expected);
    }

    #[test]
    fn a_cancelled_intent_is_nobodys_decline() {
        let answer = charge_of(intent("canceled"));
        assert_eq!(declined(&answer), (DeclineClass::Cancelled, RetryClass::Hold));
    }

    #[test]
    fn a_402_is_a_decline_with_the_id_of_its_intent() {
        let mut error = card_error("card_declined", Some("insufficient_funds"));
        error["payment_intent"] = declined_intent(error.clone());
        let answer = troubled_charge(refused(402, error));
        assert_eq!(declined(&answer), (DeclineClass::InsufficientFunds, RetryClass::Soft));
        assert_eq!(answer.charge_id.as_deref(), Some("pi_1"));
        assert_eq!(answer.status, "requires_payment_method");
        assert_eq!(answer.method.expect("the error names it").last4.as_deref(), Some("4242"));
    }

    #[test]
    fn a_402_of_a_small_peer_is_a_decline_too() {
        let error = json!({"type": "invalid_request_error", "code": "card_declined",
                           "charge": "ch_1", "message": "Your card was declined."});
        let answer = troubled_charge(refused(402, error));
        assert_eq!(declined(&answer), (DeclineClass::DoNotHonor, RetryClass::Limited));
        assert_eq!(answer.charge_id, None);
    }

    #[test]
    fn a_402_over_a_live_intent_believes_the_intent() {
        let mut error = card_error("card_declined", None);
        error["payment_intent"] = intent("processing");
        assert_eq!(troubled_charge(refused(402, error)).outcome, Outcome::Pending);
    }

    #[test]
    fn what_may_have_been_done_is_unknown() {
        let api_error = json!({"type": "api_error", "message": "try later"});
        let rate_limit = json!({"type": "invalid_request_error", "code": "rate_limit"});
        let reused = json!({"type": "idempotency_error", "message": "other parameters"});
        let in_use = json!({"type": "invalid_request_error", "code": "idempotency_key_in_use"});
        for (status, error) in [
            (500, &api_error),
            (503, &api_error),
            (424, &api_error),
            (409, &in_use),
            (429, &rate_limit),
            (400, &reused),
        ] {
            let answer = troubled_charge(refused(status, error.clone()));
            assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{status} {answer:?}");
        }
        let lost = Trouble::Http(http::Error::MaybeSent("timed out".to_owned()));
        assert!(matches!(troubled_charge(lost).outcome, Outcome::Unknown(_)));
        let page = Trouble::Unreadable { status: 402, reason: "<html>".to_owned() };
        assert!(matches!(troubled_charge(page).outcome, Outcome::Unknown(_)));
    }

    #[test]
    fn what_was_never_processed_was_not_sent() {
        let lost = Trouble::Http(http::Error::NotSent("no route".to_owned()));
        assert!(matches!(troubled_charge(lost).outcome, Outcome::NotSent(_)));
        let throttled = json!({"type": "invalid_request_error", "code": "rate_limit"});
        assert!(matches!(troubled_charge(refused(400, throttled)).outcome, Outcome::NotSent(_)));
    }

    #[test]
    fn a_wrong_request_is_for_the_operator() {
        for (status, error, retry) in [
            (401, json!({"type": "invalid_request_error"}), RetryClass::Merchant),
            (403, json!({"type": "invalid_request_error"}), RetryClass::Merchant),
            (400, json!({"code": "parameter_unknown", "param": "x"}), RetryClass::Merchant),
            (400, json!({"code": "amount_too_small"}), RetryClass::Hold),
            (
                400,
                json!({"code": "resource_missing", "param": "payment_method"}),
                RetryClass::NewMethod,
            ),
        ] {
            let answer = troubled_charge(refused(status, error));
            assert_eq!(declined(&answer).1, retry, "{status}");
        }
    }

    #[test]
    fn failures_say_whether_asking_again_helps() {
        testing::set_now_ms(0);
        let code = |code: &str| json!({"type": "invalid_request_error", "code": code});
        let failure = |status, word| Failure::from(refused(status, code(word)));
        assert!(matches!(failure(404, "resource_missing"), Failure::Refused(_)));
        assert!(matches!(failure(401, "x"), Failure::Misconfigured(_)));
        assert!(matches!(failure(429, "rate_limit"), Failure::Throttled(_)));
        assert!(matches!(failure(400, "rate_limit"), Failure::Throttled(_)));
        assert!(matches!(failure(409, "lock_timeout"), Failure::Throttled(_)));
        assert!(matches!(failure(409, "idempotency_key_in_use"), Failure::Unknown(_)));
        assert!(matches!(failure(500, "x"), Failure::Unknown(_)));
    }
}
