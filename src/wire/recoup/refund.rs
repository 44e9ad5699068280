//! Refunds, out and in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::slice::SliceMeta;
use crate::domain::refund::{Refund, RefundState};
use crate::wire::lago::format::date_time;

/// Money that is given back through the provider that took it.
#[derive(Serialize, ToSchema)]
#[schema(as = Refund)]
pub struct RefundShape {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(format = Uuid)]
    pub payment_id: String,
    /// What it gives back is a surplus.
    #[schema(format = Uuid)]
    pub surplus_payment_id: Option<String>,
    #[schema(example = 5000)]
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub currency: &'static str,
    /// `duplicate`, `fraudulent` or `requested_by_customer`.
    pub reason: &'static str,
    /// `sending`, `not_sent`, `unknown`, `pending`, `succeeded` or `failed`.
    #[schema(example = "succeeded")]
    pub state: &'static str,
    /// The provider's id of it.
    pub provider_refund_id: Option<String>,
    /// While it is not known, or was not sent: when it is sent again under the same key.
    #[schema(format = DateTime)]
    pub next_send_at: Option<String>,
    pub failure_code: Option<String>,
    /// Why it failed, or is not known.
    pub message: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

pub fn refund(refund: &Refund) -> RefundShape {
    let (failure_code, message) = match &refund.state {
        RefundState::Failed { code, message, .. } => (Some(code.clone()), Some(message.clone())),
        RefundState::NotSent { message, .. } | RefundState::Unknown { message, .. } => {
            (None, Some(message.clone()))
        }
        RefundState::Sending { .. } | RefundState::Pending | RefundState::Succeeded { .. } => {
            (None, None)
        }
    };
    RefundShape {
        id: refund.id.to_string(),
        payment_id: refund.payment_id.to_string(),
        surplus_payment_id: refund.surplus_id.map(|id| id.to_string()),
        amount_cents: refund.amount.minor_units,
        currency: refund.amount.currency.code(),
        reason: refund.reason.as_str(),
        state: refund.state.word().as_str(),
        provider_refund_id: refund.provider_refund_id.clone(),
        next_send_at: refund.next_send_at().map(date_time),
        failure_code,
        message,
        created_at: date_time(refund.begun_at),
        updated_at: date_time(refund.updated_at),
    }
}

#[derive(Serialize, ToSchema)]
pub struct RefundAnswer {
    pub refund: RefundShape,
}

#[derive(Serialize, ToSchema)]
pub struct RefundList {
    pub refunds: Vec<RefundShape>,
    pub meta: SliceMeta,
}

/// How much, and why. All of it may be left out: everything that is left is given back.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    #[schema(example = 5000, minimum = 1)]
    pub amount_cents: Option<i64>,
    /// `duplicate`, `fraudulent` or `requested_by_customer`. Of a surplus: `duplicate`.
    #[schema(example = "requested_by_customer")]
    pub reason: Option<String>,
    /// For the audit trail.
    pub note: Option<String>,
    /// Of your choice: asking again with it answers the same refund. The header
    /// `Idempotency-Key` does the same.
    pub key: Option<String>,
}
