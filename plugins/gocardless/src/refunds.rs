//! Giving money back.

use recoup_plugin::Form;
use recoup_plugin::refunds::{Guest, RefundAnswer, RefundRequest, RefundStatus};
use recoup_plugin::types::{Failure, Settings};
use serde_json::json;

use crate::GoCardless;
use crate::api::{Connection, Key, Listing};
use crate::charges;
use crate::objects::Refund;

/// Where the id of our refund is kept at GoCardless.
const REFERENCE: &str = "recoup_refund";

impl Guest for GoCardless {
    fn refund(settings: Settings, request: RefundRequest) -> Result<RefundAnswer, Failure> {
        let connection = Connection::of(&settings)?;
        // GoCardless wants to be told the sum of all refunds, this one
        // included, so one that was made already has to be found first.
        let of_payment = Form::new().set("payment", &request.charge_id);
        let listing: Listing<Refund> = connection.list("refunds", &of_payment)?;
        let is_ours = |refund: &&Refund| refund.metadata.get(REFERENCE) == Some(&request.reference);
        if let Some(refund) = listing.items.iter().find(is_ours) {
            return Ok(answer(refund));
        }
        let payment = charges::read(&connection, &request.charge_id)?;
        let total = payment.amount_refunded.unwrap_or(0).saturating_add(request.amount.minor_units);
        let key = Key::of("refund", &request.idempotency_key);
        let refund: Refund = connection.create(
            "refunds",
            &key,
            json!({
                "amount": request.amount.minor_units,
                "total_amount_confirmation": total,
                "metadata": {REFERENCE: request.reference},
                "links": {"payment": request.charge_id},
            }),
        )?;
        Ok(answer(&refund))
    }
}

fn answer(refund: &Refund) -> RefundAnswer {
    let status = match refund.status.as_deref() {
        Some("paid") => RefundStatus::Succeeded,
        Some("cancelled" | "bounced" | "funds_returned") => RefundStatus::Failed,
        Some(_) | None => RefundStatus::Pending,
    };
    let reason = refund.status.clone().filter(|_| status == RefundStatus::Failed);
    RefundAnswer { id: refund.id.clone(), status, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{
        answers, list, of, payment, refund_request as request, refusal, settings,
    };

    #[test]
    fn a_refund_confirms_the_sum_of_all() {
        let mut partly = payment("paid_out");
        partly["amount_refunded"] = json!(100);
        let made = of("refunds", json!({"id": "RF1", "status": "created", "amount": 50}));
        let sent = answers(vec![
            Ok((200, list("refunds", &[]))),
            Ok((200, of("payments", partly))),
            Ok((201, made)),
        ]);
        let answer = GoCardless::refund(settings(), request()).expect("it is taken");
        assert_eq!((answer.id.as_str(), answer.status), ("RF1", RefundStatus::Pending));
        let expected = json!({"refunds": {"amount": 50, "total_amount_confirmation": 150,
            "metadata": {"recoup_refund": "ref_1"}, "links": {"payment": "PM1"}}});
        assert_eq!(sent.json(2), expected);
        assert_eq!(sent.header(2, "idempotency-key").as_deref(), Some("recoup:refund:k1"));
    }

    #[test]
    fn a_refund_that_was_made_is_found_and_not_made_again() {
        for (word, status) in [
            ("paid", RefundStatus::Succeeded),
            ("submitted", RefundStatus::Pending),
            ("bounced", RefundStatus::Failed),
            ("funds_returned", RefundStatus::Failed),
        ] {
            let made = json!({"id": "RF1", "status": word, "metadata": {"recoup_refund": "ref_1"}});
            let sent = answers(vec![Ok((200, list("refunds", &[made])))]);
            let answer = GoCardless::refund(settings(), request()).expect("it is there");
            assert_eq!(answer.status, status, "{word}");
            assert_eq!(sent.calls().len(), 1);
        }
    }

    #[test]
    fn an_account_without_refunds_says_so() {
        answers(vec![Ok((403, refusal(403, "invalid_api_usage", "forbidden")))]);
        let refused = GoCardless::refund(settings(), request());
        assert!(matches!(refused, Err(Failure::Misconfigured(_))), "{refused:?}");
    }
}
