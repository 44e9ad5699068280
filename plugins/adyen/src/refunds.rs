//! Giving money back. Adyen takes a refund and tells by webhook what became
//! of it.

use recoup_plugin::form::path_segment;
use recoup_plugin::refunds::{Guest, RefundAnswer, RefundRequest, RefundStatus};
use recoup_plugin::types::{Failure, Settings};
use serde_json::json;

use crate::Adyen;
use crate::amounts;
use crate::api::{Connection, Key};
use crate::objects::Received;

impl Guest for Adyen {
    fn refund(settings: Settings, request: RefundRequest) -> Result<RefundAnswer, Failure> {
        let connection = Connection::of(&settings)?;
        let amount = amounts::to_adyen(&request.amount).ok_or_else(|| {
            Failure::refused("amount", "Adyen has no unit as small as this in the currency")
        })?;
        let mut body = json!({
            "merchantAccount": connection.merchant_account,
            "amount": amount,
            "reference": request.reference,
        });
        let reason = match request.reason.as_deref() {
            Some("duplicate") => Some("DUPLICATE"),
            Some("fraudulent") => Some("FRAUD"),
            Some("requested_by_customer") => Some("CUSTOMER REQUEST"),
            Some(_) => Some("OTHER"),
            None => None,
        };
        if let Some(reason) = reason {
            body["merchantRefundReason"] = reason.into();
        }
        let path = format!("/payments/{}/refunds", path_segment(&request.charge_id));
        let key = Key::of("refund", &request.idempotency_key);
        let received: Received = connection.post(&path, Some(&key), &body)?;
        if received.status != "received" {
            return Err(Failure::Unknown(format!("the refund is {:?}", received.status)));
        }
        Ok(RefundAnswer { id: received.psp_reference, status: RefundStatus::Pending, reason: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{answers, received, refund_request as request, refusal, settings};

    #[test]
    fn a_refund_is_asked_for_once_and_takes_its_time() {
        for (reason, word) in [
            (Some("duplicate"), json!("DUPLICATE")),
            (Some("fraudulent"), json!("FRAUD")),
            (Some("requested_by_customer"), json!("CUSTOMER REQUEST")),
            (None, json!(null)),
        ] {
            let sent = answers(vec![Ok((201, received()))]);
            let request = RefundRequest { reason: reason.map(str::to_owned), ..request() };
            let answer = Adyen::refund(settings(), request).expect("it is taken");
            assert_eq!((answer.id.as_str(), answer.status), ("881234", RefundStatus::Pending));
            assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("refund:k1"));
            assert_eq!(sent.json(0)["merchantRefundReason"], word);
            assert_eq!(sent.json(0)["amount"], json!({"currency": "EUR", "value": 50}));
            let call = "POST https://checkout-test.adyen.com/v72/payments/993617895199574A/refunds";
            assert_eq!(sent.calls(), [call]);
        }
    }

    #[test]
    fn a_refund_that_adyen_refuses_is_not_unknown() {
        answers(vec![Ok((422, refusal(422, "167", "validation")))]);
        let Err(Failure::Refused(refusal)) = Adyen::refund(settings(), request()) else {
            panic!("the payment is not there");
        };
        assert_eq!(refusal.code, "167");
    }
}
