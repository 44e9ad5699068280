//! Giving money back.

use recoup_plugin::Form;
use recoup_plugin::refunds::{Guest, RefundAnswer, RefundRequest, RefundStatus};
use recoup_plugin::types::{Failure, Settings};

use crate::Stripe;
use crate::api::{Connection, Key};
use crate::objects::Refund;

impl Guest for Stripe {
    fn refund(settings: Settings, request: RefundRequest) -> Result<RefundAnswer, Failure> {
        let connection = Connection::of(&settings)?;
        // Charges made outside recoup may be known by their older id.
        let of_what = match request.charge_id.starts_with("ch_") {
            true => "charge",
            false => "payment_intent",
        };
        let reason = request.reason.filter(|_| !connection.is_reduced);
        let form = Form::new()
            .set(of_what, &request.charge_id)
            .set("amount", request.amount.minor_units)
            .set_some("reason", reason)
            .set("metadata[recoup_refund]", &request.reference);
        let key = Key::of("refund", &request.idempotency_key);
        let refund: Refund = connection.post("/v1/refunds", &key, &form)?;
        let status = status(&refund);
        Ok(RefundAnswer {
            id: refund.id,
            status,
            reason: refund.failure_reason,
        })
    }
}

pub fn status(refund: &Refund) -> RefundStatus {
    match refund.status.as_deref() {
        Some("succeeded") => RefundStatus::Succeeded,
        Some("failed" | "canceled") => RefundStatus::Failed,
        Some(_) | None => RefundStatus::Pending,
    }
}
