//! Webhooks as Adyen sends them, signed here as Adyen signs them.

use super::*;
use crate::base64;
use crate::fixtures::{NOW_MS, answers, settings, stored, stored_list, with};
use recoup_plugin::types::{DeclineClass, Money};
use serde_json::json;

const KEY: [u8; 2] = [0xab, 0xcd];

fn connected() -> Settings {
    with("hmac_key", "abCD", settings())
}

fn item(code: &str, success: bool, more: Value) -> Value {
    json!({
        "eventCode": code, "success": success.to_string(), "eventDate": "2023-11-14T22:13:20+00:00",
        "merchantAccountCode": "RecoupECOM", "merchantReference": "att_1",
        "pspReference": "PSP2", "originalReference": "PSP1", "paymentMethod": "visa",
        "amount": {"currency": "EUR", "value": 1050}, "reason": "", "additionalData": more,
    })
}

fn signed(mut item: Value) -> Value {
    let text = ["pspReference", "originalReference", "merchantAccountCode", "merchantReference"]
        .map(|field| item[field].as_str().unwrap_or_default().to_owned())
        .join(":");
    let (value, currency) = (&item["amount"]["value"], item["amount"]["currency"].as_str());
    let end = [item["eventCode"].as_str(), item["success"].as_str()].map(Option::unwrap_or_default);
    let text = format!("{text}:{value}:{}:{}", currency.unwrap_or_default(), end.join(":"));
    let mac = crypto::hmac_sha256(&KEY, text.as_bytes());
    item["additionalData"]["hmacSignature"] = json!(base64::encode(&mac));
    json!({"NotificationRequestItem": item})
}

fn translate(items: &[Value]) -> Result<Translation, Refusal> {
    answers(Vec::new());
    let body = json!({"live": "false", "notificationItems": items}).to_string();
    Adyen::translate(connected(), Inbound { headers: Vec::new(), body: body.into_bytes() })
}

fn told(item: Value) -> Vec<EventKind> {
    let translation = translate(&[signed(item)]).expect("it is signed");
    assert_eq!(translation.reply.as_deref(), Some("[accepted]"));
    assert!(translation.events.iter().all(|event| event.occurred_at_ms == NOW_MS));
    translation.events.into_iter().map(|event| event.kind).collect()
}

fn charge_told(item: Value) -> ChargeEvent {
    match told(item).into_iter().next() {
        Some(EventKind::ChargeChanged(event)) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_item_must_be_signed() {
    let good = signed(item("AUTHORISATION", true, json!({})));
    let mut forged = good.clone();
    forged["NotificationRequestItem"]["merchantReference"] = json!("att_2");
    let bad = translate(&[good.clone(), forged]);
    assert!(matches!(bad, Err(Refusal::BadSignature(_))), "{bad:?}");
    assert_eq!(translate(&[good.clone(), good]).expect("both are signed").events.len(), 2);
    for body in ["", "[]", "{}", r#"{"notificationItems":[]}"#] {
        let inbound = Inbound { headers: Vec::new(), body: body.as_bytes().to_vec() };
        let refused = Adyen::translate(connected(), inbound);
        assert!(matches!(refused, Err(Refusal::BadSignature(_))), "{body}");
    }
}

#[test]
fn an_authorisation_is_the_outcome_of_its_attempt() {
    let charge =
        charge_told(item("AUTHORISATION", true, json!({"metadata.recoup_attempt": "att_1"})));
    assert_eq!((charge.reference.as_deref(), charge.session_reference), (Some("att_1"), None));
    assert_eq!(charge.answer.outcome, Outcome::Paid);
    assert_eq!(charge.answer.charge_id.as_deref(), Some("PSP2"));
    let euros = Money { minor_units: 1050, currency: "EUR".to_owned() };
    assert_eq!(charge.answer.amount, Some(euros));

    let mut refused = item("AUTHORISATION", false, json!({"refusalReasonRaw": "51 : no money"}));
    refused["reason"] = json!("Not enough balance");
    let charge = charge_told(refused);
    let Outcome::Declined(decline) = charge.answer.outcome else { panic!("it was refused") };
    assert_eq!(decline.class, DeclineClass::InsufficientFunds);
    assert_eq!((decline.code.as_str(), decline.network_code.as_deref()), ("12", Some("51")));
    // Without metadata, the reference may be of an attempt or of a page.
    assert_eq!(
        (charge.reference.as_deref(), charge.session_reference.as_deref()),
        (Some("att_1"), Some("att_1"))
    );
}

#[test]
fn a_payment_on_a_page_names_the_page_and_keeps_the_method() {
    let more = json!({
        "metadata.recoup_payment": "lnk_1", "tokenization.storedPaymentMethodId": "M5N7",
        "tokenization.shopperReference": "shopper_1", "cardSummary": "1111",
        "expiryDate": "3/2030", "paymentLinkId": "PL1",
    });
    let [charge, kept] = told(item("AUTHORISATION", true, more)).try_into().expect("two events");
    let EventKind::ChargeChanged(charge) = charge else { panic!("{charge:?}") };
    assert_eq!((charge.reference, charge.session_reference.as_deref()), (None, Some("lnk_1")));
    let EventKind::MethodStored(kept) = kept else { panic!("{kept:?}") };
    assert_eq!((kept.customer_id.as_str(), kept.make_default), ("shopper_1", false));
    let method = &kept.method;
    assert_eq!((method.id.as_str(), method.kind.as_str()), ("M5N7", "scheme"));
    assert_eq!((method.expiry_month, method.expiry_year), (Some(3), Some(2030)));
    assert_eq!(charge.answer.method.as_ref(), Some(method));
}

#[test]
fn a_setup_page_leaves_a_method_and_ends() {
    let more = json!({
        "metadata.recoup_setup": "lnk_1", "recurring.recurringDetailReference": "M5N7",
        "shopperReference": "shopper_1", "paymentLinkId": "PL1",
    });
    let mut free = item("AUTHORISATION", true, more);
    free["amount"]["value"] = json!(0);
    let [kept, ended] = told(free.clone()).try_into().expect("two events");
    let EventKind::MethodStored(kept) = kept else { panic!("{kept:?}") };
    assert!(kept.make_default);
    let (session_id, reference) = ("PL1".to_owned(), Some("lnk_1".to_owned()));
    assert_eq!(ended, EventKind::SessionEnded(SessionEvent { session_id, reference }));

    free["success"] = json!("false");
    assert_eq!(told(free), [EventKind::Ignored("AUTHORISATION".to_owned())]);
}

#[test]
fn a_cancellation_that_came_in_time_is_nobodys_decline() {
    for (code, more) in [
        ("CANCELLATION", json!({})),
        ("TECHNICAL_CANCEL", json!({})),
        ("CANCEL_OR_REFUND", json!({"modification.action": "cancel"})),
    ] {
        let charge = charge_told(item(code, true, more));
        assert_eq!(charge.answer.charge_id.as_deref(), Some("PSP1"), "{code}");
        let Outcome::Declined(decline) = charge.answer.outcome else { panic!("{code}") };
        assert_eq!(decline.class, DeclineClass::Cancelled, "{code}");
        let late = told(item(code, false, json!({})));
        assert_eq!(late, [EventKind::Ignored(code.to_owned())]);
    }
}

#[test]
fn money_that_was_taken_back_is_a_lost_dispute() {
    for code in ["CHARGEBACK", "CAPTURE_FAILED"] {
        let mut item = item(code, true, json!({}));
        item["reason"] = json!("Other fraud");
        let (charge_id, reason) = ("PSP1".to_owned(), "Other fraud".to_owned());
        assert_eq!(told(item), [EventKind::DisputeLost(DisputeEvent { charge_id, reason })]);
    }
}

#[test]
fn refunds_are_told() {
    for (code, success, succeeded) in [
        ("REFUND", true, true),
        ("REFUND", false, false),
        ("REFUND_FAILED", true, false),
        ("REFUNDED_REVERSED", true, false),
        ("CANCEL_OR_REFUND", true, true),
    ] {
        let (refund_id, charge_id) = ("PSP2".to_owned(), Some("PSP1".to_owned()));
        let expected = EventKind::RefundChanged(RefundEvent { refund_id, charge_id, succeeded });
        assert_eq!(told(item(code, success, json!({}))), [expected], "{code} {success}");
    }
}

#[test]
fn what_changes_nothing_is_ignored() {
    for code in ["NOTIFICATION_OF_CHARGEBACK", "CHARGEBACK_REVERSED", "EXPIRE", "REPORT_AVAILABLE"]
    {
        assert_eq!(told(item(code, true, json!({}))), [EventKind::Ignored(code.to_owned())]);
    }
    let mut other = item("AUTHORISATION", true, json!({}));
    other["merchantAccountCode"] = json!("AnotherECOM");
    assert_eq!(told(other), [EventKind::Ignored("AUTHORISATION".to_owned())]);
}

#[test]
fn an_event_is_known_by_what_it_says() {
    let twice = [(), ()].map(|()| {
        let item = signed(item("AUTHORISATION", true, json!({})));
        translate(&[item]).expect("it is signed").events[0].id.clone()
    });
    assert_eq!(twice, ["AUTHORISATION|PSP2|true"; 2]);
}

fn token_told(kind: &str, answered: Vec<Value>) -> EventKind {
    answers(answered.into_iter().map(|body| Ok((200, body))).collect());
    let body = json!({
        "createdAt": "2023-11-14T23:13:20+01:00", "eventId": "EV1", "environment": "test",
        "type": kind, "data": {"merchantAccount": "RecoupECOM", "storedPaymentMethodId": "1",
            "shopperReference": "shopper_1", "type": "visa", "operation": "created"},
    })
    .to_string();
    let signature = base64::encode(&crypto::hmac_sha256(&KEY, body.as_bytes()));
    let headers = vec![("hmacsignature".to_owned(), signature)];
    let inbound = Inbound { headers, body: body.into_bytes() };
    let translation = Adyen::translate(connected(), inbound).expect("it is signed");
    let [event] = translation.events.try_into().expect("one event");
    assert_eq!((event.id.as_str(), event.occurred_at_ms), ("EV1", NOW_MS));
    event.kind
}

#[test]
fn tokens_come_and_go() {
    for word in ["created", "updated", "alreadyExisting"] {
        let known = vec![stored_list(&[stored("1")])];
        let EventKind::MethodStored(kept) = token_told(&format!("recurring.token.{word}"), known)
        else {
            panic!("{word}")
        };
        assert_eq!((kept.customer_id.as_str(), kept.make_default), ("shopper_1", false));
        assert_eq!(kept.method.last4.as_deref(), Some("1111"), "{word}");
    }
    let EventKind::MethodStored(kept) = token_told("recurring.token.created", vec![json!({})])
    else {
        panic!("the notice's own word counts")
    };
    assert_eq!((kept.method.id.as_str(), kept.method.kind.as_str()), ("1", "visa"));
    let gone = token_told("recurring.token.disabled", Vec::new());
    assert_eq!(gone, EventKind::MethodRemoved("1".to_owned()));
    let other = token_told("recurring.token.blessed", Vec::new());
    assert_eq!(other, EventKind::Ignored("recurring.token.blessed".to_owned()));
}

#[test]
fn an_older_account_tells_of_a_token_by_its_contract() {
    let more = json!({"shopperReference": "shopper_1"});
    let [kept] = told(item("RECURRING_CONTRACT", true, more)).try_into().expect("one event");
    let EventKind::MethodStored(kept) = kept else { panic!("{kept:?}") };
    assert_eq!((kept.method.id.as_str(), kept.customer_id.as_str()), ("PSP2", "shopper_1"));
}
