//! Giving money back.

use recoup_plugin::refunds::{Guest, RefundAnswer, RefundRequest, RefundStatus};
use recoup_plugin::types::{Failure, Settings};
use serde::Serialize;

use crate::Sandbox;
use crate::api::Connection;
use crate::objects::Refund;

#[derive(Serialize)]
struct Asked<'a> {
    charge: &'a str,
    amount: u64,
    reference: &'a str,
    reason: Option<&'a str>,
}

impl Guest for Sandbox {
    fn refund(settings: Settings, request: RefundRequest) -> Result<RefundAnswer, Failure> {
        let asked = Asked {
            charge: &request.charge_id,
            amount: request.amount.minor_units,
            reference: &request.reference,
            reason: request.reason.as_deref(),
        };
        let connection = Connection::of(&settings)?;
        let refund: Refund = connection.post("/v1/refunds", &request.idempotency_key, &asked)?;
        let status = status(&refund);
        Ok(RefundAnswer { id: refund.id, status, reason: refund.failure })
    }
}

pub fn status(refund: &Refund) -> RefundStatus {
    match refund.status.as_str() {
        "succeeded" => RefundStatus::Succeeded,
        "failed" => RefundStatus::Failed,
        _ => RefundStatus::Pending,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{error, refund, sandbox_answers, settings};
    use recoup_plugin::types::Money;
    use serde_json::json;

    fn request() -> RefundRequest {
        RefundRequest {
            idempotency_key: "r1".to_owned(),
            reference: "ref_1".to_owned(),
            charge_id: "ch_1".to_owned(),
            amount: Money { minor_units: 400, currency: "EUR".to_owned() },
            reason: Some("duplicate".to_owned()),
        }
    }

    #[test]
    fn a_refund_says_whether_the_money_is_back() {
        for (word, status) in [
            ("succeeded", RefundStatus::Succeeded),
            ("pending", RefundStatus::Pending),
            ("failed", RefundStatus::Failed),
        ] {
            let sent = sandbox_answers(vec![Ok((200, refund(word)))]);
            let answer = Sandbox::refund(settings(), request()).expect("it is refunded");
            assert_eq!(answer.status, status, "{word}");
            assert_eq!(
                sent.json(0),
                json!({
                    "charge": "ch_1", "amount": 400, "reference": "ref_1", "reason": "duplicate",
                })
            );
        }
    }

    #[test]
    fn more_than_was_charged_is_refused() {
        sandbox_answers(vec![Ok((400, error("parameter_invalid", Some(false))))]);
        let refused = Sandbox::refund(settings(), request());
        assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");
    }
}
