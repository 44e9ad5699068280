//! Surplus payments, as lists and webhooks show them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::refund::RefundShape;
use super::slice::SliceMeta;
use crate::domain::payment::PayableId;
use crate::domain::surplus::{SurplusPayment, SurplusState};
use crate::wire::lago::format::date_time;

/// Money that came in beyond what was due.
#[derive(Serialize, ToSchema)]
#[schema(as = SurplusPayment)]
pub struct SurplusShape {
    #[schema(format = Uuid)]
    pub id: String,
    /// The charge that brought it.
    #[schema(format = Uuid)]
    pub payment_id: String,
    #[schema(format = Uuid)]
    pub customer_id: String,
    /// Null: a payment request took more than all its parts.
    #[schema(format = Uuid)]
    pub invoice_id: Option<String>,
    #[schema(format = Uuid)]
    pub payment_request_id: Option<String>,
    #[schema(example = 5000)]
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub currency: &'static str,
    /// `debt_settled`, `debt_gone` or `more_than_due`.
    #[schema(example = "debt_settled")]
    pub reason: &'static str,
    /// `open`, `refunding`, `refunded`, `refund_failed` or `kept`.
    #[schema(example = "open")]
    pub state: &'static str,
    /// What was refunded of it, or is on its way.
    pub refunded_cents: i64,
    /// What a refund can still give back.
    pub left_cents: i64,
    /// Why it stays.
    pub kept_reason: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

pub fn surplus_payment(surplus: &SurplusPayment) -> SurplusShape {
    let kept_reason = match &surplus.state {
        SurplusState::Kept { reason } => Some(reason.clone()),
        SurplusState::Open
        | SurplusState::Refunding
        | SurplusState::Refunded
        | SurplusState::RefundFailed => None,
    };
    let payment_request_id = match surplus.payable {
        PayableId::PaymentRequest(id) => Some(id.to_string()),
        PayableId::Invoice(_) => None,
    };
    SurplusShape {
        id: surplus.id.to_string(),
        payment_id: surplus.payment_id.to_string(),
        customer_id: surplus.customer_id.to_string(),
        invoice_id: surplus.invoice_id.map(|id| id.to_string()),
        payment_request_id,
        amount_cents: surplus.amount.minor_units,
        currency: surplus.amount.currency.code(),
        reason: surplus.reason.as_str(),
        state: surplus.state.word().as_str(),
        refunded_cents: surplus.refunded,
        left_cents: surplus.left().minor_units,
        kept_reason,
        created_at: date_time(surplus.created_at),
        updated_at: date_time(surplus.updated_at),
    }
}

#[derive(Serialize, ToSchema)]
pub struct SurplusAnswer {
    pub surplus_payment: SurplusShape,
}

#[derive(Serialize, ToSchema)]
pub struct SurplusRefundAnswer {
    pub surplus_payment: SurplusShape,
    pub refund: RefundShape,
}

#[derive(Serialize, ToSchema)]
pub struct SurplusList {
    pub surplus_payments: Vec<SurplusShape>,
    pub meta: SliceMeta,
}

/// Why it is not given back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepRequest {
    #[schema(example = "the customer wants it on the next invoice", min_length = 1)]
    pub reason: String,
}
