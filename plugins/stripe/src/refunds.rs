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
        Ok(RefundAnswer { id: refund.id, status, reason: refund.failure_reason })
    }
}

pub fn status(refund: &Refund) -> RefundStatus {
    match refund.status.as_deref() {
        Some("succeeded") => RefundStatus::Succeeded,
        Some("failed" | "canceled") => RefundStatus::Failed,
        Some(_) | None => RefundStatus::Pending,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{reduced, settings, stripe_answers};
    use recoup_plugin::types::Money;
    use serde_json::json;

    fn request() -> RefundRequest {
        RefundRequest {
            idempotency_key: "k1".to_owned(),
            reference: "ref_1".to_owned(),
            charge_id: "pi_1".to_owned(),
            amount: Money { minor_units: 50, currency: "EUR".to_owned() },
            reason: Some("duplicate".to_owned()),
        }
    }

    #[test]
    fn a_refund_is_asked_for_once() {
        let refund = json!({"id": "re_1", "status": "succeeded", "amount": 50});
        let sent = stripe_answers(vec![Ok((200, refund.clone())), Ok((200, refund))]);
        let answer = Stripe::refund(settings(), request()).expect("Stripe takes it");
        assert_eq!((answer.id.as_str(), answer.status), ("re_1", RefundStatus::Succeeded));
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("recoup:refund:k1"));
        let form = "payment_intent=pi_1&amount=50&reason=duplicate&metadata[recoup_refund]=ref_1";
        assert_eq!(sent.body(0), form);

        Stripe::refund(reduced(), request()).expect("the peer takes it");
        assert!(!sent.body(1).contains("reason"));
    }

    #[test]
    fn a_refund_may_take_its_time_or_fail() {
        for (word, status) in [
            ("pending", RefundStatus::Pending),
            ("requires_action", RefundStatus::Pending),
            ("failed", RefundStatus::Failed),
            ("canceled", RefundStatus::Failed),
        ] {
            stripe_answers(vec![Ok((200, json!({"id": "re_1", "status": word})))]);
            let answer = Stripe::refund(settings(), request()).expect("Stripe takes it");
            assert_eq!(answer.status, status, "{word}");
        }
        let code = "charge_already_refunded";
        stripe_answers(vec![Ok((400, json!({"error": {"code": code, "message": "done"}})))]);
        let Err(Failure::Refused(refusal)) = Stripe::refund(settings(), request()) else {
            panic!("nothing is left to refund");
        };
        assert_eq!(refusal.code, code);
    }
}
