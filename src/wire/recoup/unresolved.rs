//! The list of unresolved ones, out; what a person found out, in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::slice::SliceMeta;
use crate::domain::attempt::Attempt;
use crate::domain::time::Timestamp;
use crate::domain::unresolved::{Open, Unresolved};
use crate::wire::lago::format::date_time;

/// A charge or a refund whose outcome nobody knows.
#[derive(Serialize, ToSchema)]
#[schema(as = Unresolved)]
pub struct UnresolvedShape {
    /// Of the payment, or of the refund.
    #[schema(format = Uuid)]
    pub id: String,
    /// `payment` or `refund`.
    pub kind: &'static str,
    #[schema(format = Uuid)]
    pub payment_id: String,
    #[schema(format = Uuid)]
    pub invoice_id: Option<String>,
    pub external_customer_id: String,
    pub connection_code: String,
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub currency: &'static str,
    /// `unknown`, `pending`, `needs_action`, `not_sent` or `contradicted`.
    #[schema(example = "unknown")]
    pub state: &'static str,
    /// Why it is not known.
    pub reason: String,
    /// `recoup` does the next step by itself; `person` does not come by itself.
    #[schema(example = "person")]
    pub owner: &'static str,
    /// `ask_provider`, `send_again`, `resolve` or `correct`.
    #[schema(example = "resolve")]
    pub next_step: &'static str,
    #[schema(format = DateTime)]
    pub next_at: Option<String>,
    /// How often the provider was asked.
    pub lookups: u32,
    #[schema(format = DateTime)]
    pub since: String,
    pub age_seconds: i64,
}

pub fn unresolved(found: &Unresolved, now: Timestamp) -> UnresolvedShape {
    let (kind, payment_id) = match &found.open {
        Open::Charge(attempt) | Open::Contradicted(attempt, _) => ("payment", attempt.id),
        Open::Refund(refund) => ("refund", refund.payment_id),
    };
    let amount = found.amount();
    UnresolvedShape {
        id: found.id().to_string(),
        kind,
        payment_id: payment_id.to_string(),
        invoice_id: found.invoice_id().map(|id| id.to_string()),
        external_customer_id: found.external_customer_id.clone(),
        connection_code: found.connection_code.clone(),
        amount_cents: amount.minor_units,
        currency: amount.currency.code(),
        state: found.state(),
        reason: found.reason(),
        owner: found.owner().as_str(),
        next_step: found.next_step().as_str(),
        next_at: found.next_at().map(date_time),
        lookups: found.asked(),
        since: date_time(found.since()),
        age_seconds: now.since(found.since()).as_ms() / 1000,
    }
}

#[derive(Serialize, ToSchema)]
pub struct UnresolvedList {
    pub unresolved: Vec<UnresolvedShape>,
    pub meta: SliceMeta,
}

/// What has become of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Resolved)]
pub struct ResolvedShape {
    #[schema(format = Uuid)]
    pub id: String,
    /// `payment` or `refund`.
    pub kind: &'static str,
    /// The state that it has now.
    #[schema(example = "paid")]
    pub state: &'static str,
    /// When the provider is asked next. Null: it is resolved, or a person has to look.
    #[schema(format = DateTime)]
    pub next_at: Option<String>,
}

pub fn of_attempt(attempt: &Attempt) -> ResolvedShape {
    ResolvedShape {
        id: attempt.id.to_string(),
        kind: "payment",
        state: attempt.state.as_str(),
        next_at: attempt.state.lookup().and_then(|lookup| lookup.next_at).map(date_time),
    }
}

pub fn of_refund(refund: &crate::domain::refund::Refund) -> ResolvedShape {
    ResolvedShape {
        id: refund.id.to_string(),
        kind: "refund",
        state: refund.state.word().as_str(),
        next_at: refund.next_send_at().map(date_time),
    }
}

#[derive(Serialize, ToSchema)]
pub struct ResolvedAnswer {
    pub resolved: ResolvedShape,
}

/// What somebody found at the provider.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// `paid` or `not_paid`. Of a refund: whether the money went back.
    #[schema(example = "not_paid")]
    pub outcome: String,
    /// How they know.
    #[schema(example = "no such charge in the provider's list of today", min_length = 1)]
    pub reason: String,
}
