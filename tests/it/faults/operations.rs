//! Every operation of a plugin, and what its answer comes to in a word.

use recoup::app::ports::{Cancellation, ChargeFinding, PspError, Psps, RefundRequest};
use recoup::domain::attempt::{ChargeAnswer, Outcome};
use recoup::domain::connection::Connection;
use recoup::domain::currency::Currency;
use recoup::domain::money::Money;
use recoup::domain::refund::{RefundAnswer, RefundOutcome, RefundReason};
use recoup::psp::PluginHost;

use crate::plugins::bench::{customer, link, query, setup};
use crate::psp::stage::charge_request;

type Operation = (&'static str, fn(&PluginHost, &Connection) -> &'static str);

/// All of them, by the name that the table has for them.
pub const OPERATIONS: &[Operation] = &[
    ("charge", |host, at| outcome(&host.charge(at, &charge_request()))),
    ("find-charge", |host, at| finding(&host.find_charge(at, &query()))),
    ("cancel-charge", |host, at| cancelled(&host.cancel_charge(at, &query()))),
    ("refund", |host, at| given_back(&host.refund(at, &refund()))),
    ("create-customer", |host, at| told(&host.create_customer(at, "key-4", &customer()))),
    ("update-customer", |host, at| told(&host.update_customer(at, "cus_1", &customer()))),
    ("list-methods", |host, at| told(&host.list_methods(at, "cus_1"))),
    ("default-method", |host, at| told(&host.default_method(at, "cus_1"))),
    ("set-default", |host, at| told(&host.set_default_method(at, "cus_1", "pm_1"))),
    ("start-setup", |host, at| told(&host.start_setup(at, &setup()))),
    ("start-payment", |host, at| told(&host.start_payment(at, &link()))),
    ("find-session", |host, at| told(&host.find_session(at, "cs_1"))),
    ("expire-session", |host, at| told(&host.expire_session(at, "cs_1"))),
];

fn outcome(answer: &ChargeAnswer) -> &'static str {
    match &answer.outcome {
        Outcome::Paid => "paid",
        Outcome::Declined(decline) => decline.class.as_str(),
        Outcome::NeedsAction(_) => "needs_action",
        Outcome::Pending => "pending",
        Outcome::NotSent(_) => "not_sent",
        Outcome::Unknown(_) => "unknown",
    }
}

fn finding(finding: &ChargeFinding) -> &'static str {
    match finding {
        ChargeFinding::Found(answer) => outcome(answer),
        ChargeFinding::Absent => "absent",
        ChargeFinding::CannotTell(_) => "cannot_tell",
    }
}

fn cancelled(cancelled: &Cancellation) -> &'static str {
    match cancelled {
        Cancellation::Cancelled(_) => "cancelled",
        Cancellation::Final(answer) => outcome(answer),
        Cancellation::CannotTell(_) => "cannot_tell",
    }
}

fn refund() -> RefundRequest {
    RefundRequest {
        idempotency_key: "key-5".into(),
        reference: "refund-1".into(),
        charge_id: "ch_1".into(),
        amount: Money::new(900, Currency::EUR),
        reason: RefundReason::Duplicate,
    }
}

fn given_back(answer: &RefundAnswer) -> &'static str {
    match &answer.outcome {
        RefundOutcome::Pending => "pending",
        RefundOutcome::Succeeded => "succeeded",
        RefundOutcome::Failed { .. } => "failed",
        RefundOutcome::NotSent(_) => "not_sent",
        RefundOutcome::Unknown(_) => "unknown",
    }
}

fn told<T>(answer: &Result<T, PspError>) -> &'static str {
    match answer {
        Ok(_) => "done",
        Err(PspError::Refused { .. }) => "refused",
        Err(PspError::Throttled(_)) => "throttled",
        Err(PspError::Misconfigured { .. }) => "misconfigured",
        Err(PspError::NotSent(_)) => "not_sent",
        Err(PspError::Unknown(_)) => "unknown",
        Err(PspError::Unable(_)) => "unable",
        Err(PspError::NoPlugin(_)) => "no_plugin",
    }
}
