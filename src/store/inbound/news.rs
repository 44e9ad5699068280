//! News as JSON text. The shapes are twins of the domain's, kept apart from it so that a row
//! written by an older version can still be read.

use serde::{Deserialize, Serialize};

use crate::domain::attempt::{Action, ChargeAnswer, Outcome};
use crate::domain::decline::{Decline, DeclineClass, RetryClass};
use crate::domain::inbound::PspNews;
use crate::domain::money::Money;
use crate::domain::payment_method::MethodDetails;
use crate::domain::time::Span;

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum StoredNews {
    ChargeChanged {
        reference: Option<String>,
        session_reference: Option<String>,
        answer: StoredAnswer,
    },
    MethodStored {
        provider_customer_id: String,
        method: StoredMethod,
        make_default: bool,
    },
    MethodRemoved {
        provider_method_id: String,
    },
    SessionEnded {
        provider_session_id: String,
        reference: Option<String>,
    },
    DisputeLost {
        charge_id: String,
        reason: String,
    },
    RefundChanged {
        refund_id: String,
        charge_id: Option<String>,
        succeeded: bool,
    },
    Ignored {
        what: String,
    },
}

#[derive(Serialize, Deserialize)]
struct StoredAnswer {
    outcome: StoredOutcome,
    charge_id: Option<String>,
    status: String,
    amount: Option<(i64, String)>,
    method: Option<StoredMethod>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredOutcome {
    Paid,
    Declined {
        class: String,
        retry: String,
        code: String,
        network_code: Option<String>,
        advice_code: Option<String>,
        retry_after_ms: Option<i64>,
        message: String,
    },
    NeedsAction {
        action: String,
        url: Option<String>,
    },
    Pending,
    NotSent(String),
    Unknown(String),
}

#[derive(Serialize, Deserialize)]
struct StoredMethod {
    id: String,
    kind: String,
    brand: Option<String>,
    last4: Option<String>,
    expiry_month: Option<u8>,
    expiry_year: Option<u16>,
    fingerprint: Option<String>,
}

/// The word in the column that operators read.
pub const fn kind(news: &PspNews) -> &'static str {
    match news {
        PspNews::ChargeChanged { .. } => "charge_changed",
        PspNews::MethodStored { .. } => "method_stored",
        PspNews::MethodRemoved { .. } => "method_removed",
        PspNews::SessionEnded { .. } => "session_ended",
        PspNews::DisputeLost { .. } => "dispute_lost",
        PspNews::RefundChanged { .. } => "refund_changed",
        PspNews::Ignored { .. } => "ignored",
    }
}

pub fn to_text(news: &PspNews) -> String {
    serde_json::to_string(&stored(news.clone())).expect("texts and numbers always become JSON")
}

/// None: not written by us.
pub fn from_text(text: &str) -> Option<PspNews> {
    read(serde_json::from_str(text).ok()?)
}

fn stored(news: PspNews) -> StoredNews {
    match news {
        PspNews::ChargeChanged { reference, session_reference, answer } => {
            StoredNews::ChargeChanged {
                reference,
                session_reference,
                answer: stored_answer(answer),
            }
        }
        PspNews::MethodStored { provider_customer_id, method, make_default } => {
            let method = stored_method(method);
            StoredNews::MethodStored { provider_customer_id, method, make_default }
        }
        PspNews::MethodRemoved { provider_method_id } => {
            StoredNews::MethodRemoved { provider_method_id }
        }
        PspNews::SessionEnded { provider_session_id, reference } => {
            StoredNews::SessionEnded { provider_session_id, reference }
        }
        PspNews::DisputeLost { charge_id, reason } => StoredNews::DisputeLost { charge_id, reason },
        PspNews::RefundChanged { refund_id, charge_id, succeeded } => {
            StoredNews::RefundChanged { refund_id, charge_id, succeeded }
        }
        PspNews::Ignored { kind } => StoredNews::Ignored { what: kind },
    }
}

fn read(news: StoredNews) -> Option<PspNews> {
    Some(match news {
        StoredNews::ChargeChanged { reference, session_reference, answer } => {
            let answer = read_answer(answer)?;
            PspNews::ChargeChanged { reference, session_reference, answer }
        }
        StoredNews::MethodStored { provider_customer_id, method, make_default } => {
            let method = read_method(method);
            PspNews::MethodStored { provider_customer_id, method, make_default }
        }
        StoredNews::MethodRemoved { provider_method_id } => {
            PspNews::MethodRemoved { provider_method_id }
        }
        StoredNews::SessionEnded { provider_session_id, reference } => {
            PspNews::SessionEnded { provider_session_id, reference }
        }
        StoredNews::DisputeLost { charge_id, reason } => PspNews::DisputeLost { charge_id, reason },
        StoredNews::RefundChanged { refund_id, charge_id, succeeded } => {
            PspNews::RefundChanged { refund_id, charge_id, succeeded }
        }
        StoredNews::Ignored { what } => PspNews::Ignored { kind: what },
    })
}

fn stored_answer(answer: ChargeAnswer) -> StoredAnswer {
    let outcome = match answer.outcome {
        Outcome::Paid => StoredOutcome::Paid,
        Outcome::Declined(decline) => StoredOutcome::Declined {
            class: decline.class.as_str().to_owned(),
            retry: decline.retry.as_str().to_owned(),
            code: decline.code,
            network_code: decline.network_code,
            advice_code: decline.advice_code,
            retry_after_ms: decline.retry_after.map(Span::as_ms),
            message: decline.message,
        },
        Outcome::NeedsAction(action) => {
            StoredOutcome::NeedsAction { action: action.kind, url: action.url }
        }
        Outcome::Pending => StoredOutcome::Pending,
        Outcome::NotSent(reason) => StoredOutcome::NotSent(reason),
        Outcome::Unknown(reason) => StoredOutcome::Unknown(reason),
    };
    StoredAnswer {
        outcome,
        charge_id: answer.charge_id,
        status: answer.status,
        amount: answer.amount.map(|money| (money.minor_units, money.currency.code().to_owned())),
        method: answer.method.map(stored_method),
    }
}

fn read_answer(answer: StoredAnswer) -> Option<ChargeAnswer> {
    let outcome = match answer.outcome {
        StoredOutcome::Paid => Outcome::Paid,
        StoredOutcome::Declined {
            class,
            retry,
            code,
            network_code,
            advice_code,
            retry_after_ms,
            message,
        } => Outcome::Declined(Decline {
            class: DeclineClass::parse(&class)?,
            retry: RetryClass::parse(&retry)?,
            code,
            network_code,
            advice_code,
            retry_after: retry_after_ms.and_then(|ms| u32::try_from(ms).ok()).map(Span::ms),
            message,
        }),
        StoredOutcome::NeedsAction { action, url } => {
            Outcome::NeedsAction(Action { kind: action, url })
        }
        StoredOutcome::Pending => Outcome::Pending,
        StoredOutcome::NotSent(reason) => Outcome::NotSent(reason),
        StoredOutcome::Unknown(reason) => Outcome::Unknown(reason),
    };
    let amount = match answer.amount {
        Some((minor_units, currency)) => Some(Money::new(minor_units, currency.parse().ok()?)),
        None => None,
    };
    let method = answer.method.map(read_method);
    Some(ChargeAnswer {
        outcome,
        charge_id: answer.charge_id,
        status: answer.status,
        amount,
        method,
    })
}

fn stored_method(method: MethodDetails) -> StoredMethod {
    StoredMethod {
        id: method.provider_method_id,
        kind: method.kind,
        brand: method.brand,
        last4: method.last4,
        expiry_month: method.expiry_month,
        expiry_year: method.expiry_year,
        fingerprint: method.fingerprint,
    }
}

fn read_method(method: StoredMethod) -> MethodDetails {
    MethodDetails {
        provider_method_id: method.id,
        kind: method.kind,
        brand: method.brand,
        last4: method.last4,
        expiry_month: method.expiry_month,
        expiry_year: method.expiry_year,
        fingerprint: method.fingerprint,
    }
}
