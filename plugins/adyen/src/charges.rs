//! Charging a stored method. Adyen cannot be asked what became of a payment:
//! the same key is sent again, or a webhook tells.

use recoup_plugin::charging::{Cancellation, ChargeFinding, ChargeQuery, ChargeRequest, Guest};
use recoup_plugin::form::path_segment;
use recoup_plugin::types::{ChargeAnswer, Outcome, Settings};
use serde_json::{Value, json};

use crate::Adyen;
use crate::amounts;
use crate::answers;
use crate::api::{Connection, Key, Trouble, metadata};
use crate::objects::{Payment, Received};

/// Where the id of the attempt is kept at Adyen.
pub const REFERENCE: &str = "recoup_attempt";

impl Guest for Adyen {
    fn charge(settings: Settings, request: ChargeRequest) -> ChargeAnswer {
        let connection = match Connection::of(&settings) {
            Ok(connection) => connection,
            Err(failure) => return ChargeAnswer::only(Outcome::unusable(failure)),
        };
        let Some(amount) = amounts::to_adyen(&request.amount) else {
            return ChargeAnswer::only(answers::unspeakable_amount());
        };
        let key = Key::of("charge", &request.idempotency_key);
        let body = payment(&connection, &request, amount);
        match connection.post::<Payment>("/payments", Some(&key), &body) {
            Ok(payment) if payment.result_code == "PartiallyAuthorised" => {
                give_back(&connection, &payment, &request)
            }
            Ok(payment) => answers::charge(&payment),
            Err(trouble) => answers::troubled_charge(trouble),
        }
    }

    fn find_charge(_settings: Settings, _query: ChargeQuery) -> ChargeFinding {
        ChargeFinding::CannotTell(
            "Adyen cannot be asked about a payment: its webhook tells, \
             or the same key sent again within a day"
                .to_owned(),
        )
    }

    fn cancel_charge(settings: Settings, query: ChargeQuery) -> Cancellation {
        let connection = match Connection::of(&settings) {
            Ok(connection) => connection,
            Err(failure) => return Cancellation::CannotTell(failure.into_reason()),
        };
        // Our reference, so that the webhook names the attempt.
        let mut body = json!({
            "merchantAccount": connection.merchant_account,
            "reference": query.reference,
        });
        let path = match &query.charge_id {
            Some(id) => format!("/payments/{}/cancels", path_segment(id)),
            None => {
                body["paymentReference"] = query.reference.clone().into();
                "/cancels".to_owned()
            }
        };
        let key = Key::of("cancel", &query.idempotency_key);
        Cancellation::CannotTell(match connection.post::<Received>(&path, Some(&key), &body) {
            Ok(_) => {
                "Adyen took the cancellation; its webhook tells whether it came in time".into()
            }
            Err(trouble) => recoup_plugin::types::Failure::from(trouble).into_reason(),
        })
    }
}

fn payment(connection: &Connection, request: &ChargeRequest, amount: Value) -> Value {
    let kind = match request.method_kind.as_str() {
        "" | "card" => "scheme",
        kind => kind,
    };
    let mut payment = json!({
        "merchantAccount": connection.merchant_account,
        "amount": amount,
        "reference": request.reference,
        "paymentMethod": {"type": kind, "storedPaymentMethodId": request.method_id},
        "shopperReference": request.customer_id,
        "shopperInteraction": "ContAuth",
        "recurringProcessingModel": connection.recurring_model,
        // Adyen wants one, though nobody is there to be sent back.
        "returnUrl": return_url(connection, ""),
        "metadata": metadata(REFERENCE, &request.reference, &request.metadata),
    });
    if let Some(country) = &request.country {
        payment["countryCode"] = country.clone().into();
    }
    payment
}

/// Where a payer is sent.
pub fn return_url(connection: &Connection, asked_for: &str) -> String {
    let ours = connection.success_url.as_deref().unwrap_or("https://www.adyen.com/");
    if asked_for.is_empty() { ours.to_owned() } else { asked_for.to_owned() }
}

/// Reverses a partial authorisation: the debt is paid whole or not at all.
fn give_back(connection: &Connection, payment: &Payment, request: &ChargeRequest) -> ChargeAnswer {
    let answer = answers::charge(payment);
    let Some(id) = &payment.psp_reference else { return answer };
    let path = format!("/payments/{}/reversals", path_segment(id));
    let key = Key::of("reverse", &request.idempotency_key);
    let body = json!({
        "merchantAccount": connection.merchant_account,
        "reference": request.reference,
    });
    let reversed: Result<Received, Trouble> = connection.post(&path, Some(&key), &body);
    match reversed {
        Ok(_) => ChargeAnswer { outcome: answers::given_back(), ..answer },
        // Still taken: the same key comes here again.
        Err(_) => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{
        answers, charge_query as query, charge_request as request, payment, received, settings,
        with,
    };
    use recoup_plugin::http::Error;
    use recoup_plugin::types::{DeclineClass, Money, RetryClass};

    const BASE: &str = "https://checkout-test.adyen.com/v72";

    #[test]
    fn a_charge_is_one_payment_under_its_own_key() {
        let sent = answers(vec![Ok((200, payment("Authorised")))]);
        let answer = Adyen::charge(settings(), request());
        assert_eq!(answer.outcome, Outcome::Paid);
        assert_eq!(sent.calls(), [format!("POST {BASE}/payments")]);
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("charge:k1"));
        let expected = json!({
            "merchantAccount": "RecoupECOM",
            "amount": {"currency": "EUR", "value": 1050},
            "reference": "att_1",
            "paymentMethod": {"type": "scheme", "storedPaymentMethodId": "M5N7"},
            "shopperReference": "shopper_1",
            "shopperInteraction": "ContAuth",
            "recurringProcessingModel": "UnscheduledCardOnFile",
            "returnUrl": "https://www.adyen.com/",
            "countryCode": "DE",
            "metadata": {"recoup_attempt": "att_1", "lago_invoice_id": "inv 1"},
        });
        assert_eq!(sent.json(0), expected);
    }

    #[test]
    fn settings_and_kinds_are_heeded() {
        let sent = answers(vec![Ok((200, payment("Received")))]);
        let settings = with("recurring_model", "Subscription", settings());
        let request = ChargeRequest { method_kind: "sepadirectdebit".to_owned(), ..request() };
        assert_eq!(Adyen::charge(settings, request).outcome, Outcome::Pending);
        assert_eq!(sent.json(0)["recurringProcessingModel"], "Subscription");
        assert_eq!(sent.json(0)["paymentMethod"]["type"], "sepadirectdebit");

        let wrong = with("recurring_model", "Sometimes", crate::fixtures::settings());
        let sent = answers(Vec::new());
        let Outcome::Declined(decline) =
            Adyen::charge(wrong, crate::fixtures::charge_request()).outcome
        else {
            panic!("the setting is wrong")
        };
        assert_eq!(decline.retry, RetryClass::Merchant);
        assert!(sent.calls().is_empty());
    }

    #[test]
    fn an_amount_without_a_unit_is_not_rounded() {
        let sent = answers(Vec::new());
        let amount = Money { minor_units: 1050, currency: "IDR".to_owned() };
        let answer = Adyen::charge(settings(), ChargeRequest { amount, ..request() });
        let Outcome::Declined(decline) = answer.outcome else { panic!("{answer:?}") };
        assert_eq!(decline.retry, RetryClass::Hold);
        assert!(sent.calls().is_empty());
    }

    #[test]
    fn a_lost_answer_is_unknown() {
        for lost in
            [Err(Error::MaybeSent("cut".to_owned())), Ok((500, json!({}))), Ok((200, json!({})))]
        {
            answers(vec![lost.clone()]);
            let answer = Adyen::charge(settings(), request());
            assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{lost:?} {answer:?}");
        }
    }

    #[test]
    fn a_part_is_given_back_or_else_not_forgotten() {
        let part = || Ok((200, payment("PartiallyAuthorised")));
        let sent = answers(vec![part(), Ok((201, received()))]);
        let answer = Adyen::charge(settings(), request());
        let Outcome::Declined(decline) = answer.outcome else { panic!("{answer:?}") };
        assert_eq!(
            (decline.class, decline.retry),
            (DeclineClass::InsufficientFunds, RetryClass::NewMethod)
        );
        assert_eq!(sent.calls()[1], format!("POST {BASE}/payments/993617895199574A/reversals"));
        assert_eq!(sent.header(1, "idempotency-key").as_deref(), Some("reverse:k1"));

        answers(vec![part(), Err(Error::NotSent("no route".to_owned()))]);
        let answer = Adyen::charge(settings(), request());
        assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{answer:?}");
    }

    #[test]
    fn nothing_is_said_of_a_payment_that_adyen_cannot_be_asked_about() {
        let sent = answers(Vec::new());
        for charge_id in [None, Some("993617895199574A".to_owned())] {
            let finding = Adyen::find_charge(settings(), ChargeQuery { charge_id, ..query() });
            assert!(matches!(finding, ChargeFinding::CannotTell(_)));
        }
        assert!(sent.calls().is_empty());
    }

    #[test]
    fn a_cancellation_is_only_taken_and_the_webhook_tells() {
        let sent = answers(vec![Ok((201, received())), Ok((201, received()))]);
        let by_id = ChargeQuery { charge_id: Some("993617895199574A".to_owned()), ..query() };
        for query in [by_id, query()] {
            let cancellation = Adyen::cancel_charge(settings(), query);
            assert!(matches!(cancellation, Cancellation::CannotTell(_)));
        }
        let calls = [
            format!("POST {BASE}/payments/993617895199574A/cancels"),
            format!("POST {BASE}/cancels"),
        ];
        assert_eq!(sent.calls(), calls);
        assert_eq!(sent.json(0), json!({"merchantAccount": "RecoupECOM", "reference": "att_1"}));
        assert_eq!(sent.json(1)["paymentReference"], "att_1");
        assert_eq!(sent.header(1, "idempotency-key").as_deref(), Some("cancel:k1"));
    }
}
