//! Pages that the PSP hosts.

use std::collections::BTreeMap;

use recoup_plugin::Form;
use recoup_plugin::checkout::{Guest, PaymentRequest, Session, SessionState, SetupRequest};
use recoup_plugin::form::path_segment;
use recoup_plugin::http::Method;
use recoup_plugin::types::{Failure, Settings};
use serde::Serialize;

use crate::Sandbox;
use crate::answers;
use crate::api::Connection;
use crate::charges::{metadata, order};
use crate::objects;

#[derive(Serialize)]
struct Asked<'a> {
    #[serde(flatten)]
    purpose: Purpose<'a>,
    customer: &'a str,
    reference: &'a str,
    return_url: &'a str,
    expires_at_ms: u64,
    method_kinds: &'a [String],
    metadata: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Purpose<'a> {
    Setup,
    Payment {
        amount: u64,
        currency: &'a str,
        description: &'a str,
        order: Option<&'a str>,
        keep_method: bool,
    },
}

impl Guest for Sandbox {
    fn start_setup(settings: Settings, request: SetupRequest) -> Result<Session, Failure> {
        let asked = Asked {
            purpose: Purpose::Setup,
            customer: &request.customer_id,
            reference: &request.reference,
            return_url: &request.return_url,
            expires_at_ms: request.expires_at_ms,
            method_kinds: &request.method_kinds,
            metadata: metadata(&request.metadata),
        };
        start(&settings, &request.idempotency_key, &asked)
    }

    fn start_payment(settings: Settings, request: PaymentRequest) -> Result<Session, Failure> {
        let asked = Asked {
            purpose: Purpose::Payment {
                amount: request.amount.minor_units,
                currency: &request.amount.currency,
                description: &request.description,
                order: order(&request.metadata),
                keep_method: request.keep_method,
            },
            customer: &request.customer_id,
            reference: &request.reference,
            return_url: &request.return_url,
            expires_at_ms: request.expires_at_ms,
            method_kinds: &request.method_kinds,
            metadata: metadata(&request.metadata),
        };
        start(&settings, &request.idempotency_key, &asked)
    }

    fn find_session(settings: Settings, session_id: String) -> Result<SessionState, Failure> {
        let session = Connection::of(&settings)?.get(&path(&session_id), &Form::new())?;
        state(&session)
    }

    fn expire_session(settings: Settings, session_id: String) -> Result<SessionState, Failure> {
        let path = format!("{}/expire", path(&session_id));
        let session = Connection::of(&settings)?.change(Method::Post, &path, &())?;
        state(&session)
    }
}

fn start(settings: &Settings, key: &str, asked: &Asked) -> Result<Session, Failure> {
    let connection = Connection::of(settings)?;
    let session: objects::Session = connection.post("/v1/sessions", key, asked)?;
    Ok(Session { id: session.id, url: session.url, expires_at_ms: Some(session.expires_at_ms) })
}

fn path(session_id: &str) -> String {
    format!("/v1/sessions/{}", path_segment(session_id))
}

fn state(session: &objects::Session) -> Result<SessionState, Failure> {
    let charge = session.charge.as_ref().map(answers::charge);
    match (session.status.as_str(), charge, &session.method) {
        ("open", _, _) => Ok(SessionState::Open),
        ("expired", _, _) => Ok(SessionState::Expired),
        ("in_progress", charge, _) => Ok(SessionState::InProgress(charge)),
        ("completed", Some(charge), _) => Ok(SessionState::Paid(charge)),
        ("completed", None, Some(method)) => Ok(SessionState::SetUp(answers::method(method))),
        (other, _, _) => Err(Failure::Unknown(format!("the session is {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, method, sandbox_answers, session, settings};
    use recoup_plugin::types::{Money, Outcome};
    use serde_json::json;

    #[test]
    fn a_page_is_asked_for_with_all_that_it_has_to_know() {
        let sent = sandbox_answers(vec![Ok((200, session("open")))]);
        let request = PaymentRequest {
            idempotency_key: "k1".to_owned(),
            reference: "ses_1".to_owned(),
            customer_id: "cus_ok".to_owned(),
            amount: Money { minor_units: 1050, currency: "EUR".to_owned() },
            method_kinds: vec!["card".to_owned()],
            keep_method: true,
            description: "Acme - Invoice 1".to_owned(),
            return_url: "https://shop.example/".to_owned(),
            expires_at_ms: 1_700_003_600_000,
            metadata: vec![("lago_invoice_id".to_owned(), "inv_1".to_owned())],
        };
        let made = Sandbox::start_payment(settings(), request).expect("it is made");
        assert_eq!((made.id.as_str(), made.expires_at_ms), ("cs_1", Some(1_700_003_600_000)));
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("k1"));
        assert_eq!(
            sent.json(0),
            json!({
                "kind": "payment", "amount": 1050, "currency": "EUR", "order": "inv_1",
                "description": "Acme - Invoice 1", "keep_method": true, "customer": "cus_ok",
                "reference": "ses_1", "return_url": "https://shop.example/",
                "expires_at_ms": 1_700_003_600_000_u64, "method_kinds": ["card"],
                "metadata": {"lago_invoice_id": "inv_1"},
            })
        );
    }

    #[test]
    fn a_session_says_what_came_of_it() {
        let find = |session| {
            sandbox_answers(vec![Ok((200, session))]);
            Sandbox::find_session(settings(), "cs_1".to_owned()).expect("it is there")
        };
        assert_eq!(find(session("open")), SessionState::Open);
        assert_eq!(find(session("expired")), SessionState::Expired);

        let mut set_up = session("completed");
        set_up["method"] = method();
        assert!(matches!(find(set_up), SessionState::SetUp(method) if method.id == "pm_ok"));

        let mut paid = session("completed");
        paid["charge"] = fixtures::charge("succeeded");
        let SessionState::Paid(answer) = find(paid) else { panic!("it is paid") };
        assert_eq!(answer.outcome, Outcome::Paid);

        let mut under_way = session("in_progress");
        under_way["charge"] = fixtures::charge("pending");
        assert!(matches!(find(under_way), SessionState::InProgress(Some(_))));
    }

    #[test]
    fn closing_a_page_that_was_paid_meanwhile_says_paid() {
        let mut paid = session("completed");
        paid["charge"] = fixtures::charge("succeeded");
        let sent = sandbox_answers(vec![Ok((200, paid))]);
        let found = Sandbox::expire_session(settings(), "cs_1".to_owned());
        assert!(matches!(found, Ok(SessionState::Paid(_))), "{found:?}");
        assert_eq!(sent.calls(), ["POST http://127.0.0.1:8081/v1/sessions/cs_1/expire"]);
    }
}
