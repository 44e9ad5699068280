//! Charging a stored method, finding a charge again, cancelling it.

use std::collections::BTreeMap;

use recoup_plugin::charging::{Cancellation, ChargeFinding, ChargeQuery, ChargeRequest, Guest};
use recoup_plugin::form::path_segment;
use recoup_plugin::http::Method;
use recoup_plugin::types::{ChargeAnswer, Decline, Failure, Outcome, Settings};
use recoup_plugin::{Form, clock};
use serde::Serialize;

use crate::Sandbox;
use crate::answers;
use crate::api::{Connection, Trouble};
use crate::objects::{Charge, List};

/// A request begun this long ago is at the PSP by now, if it ever gets there.
const SETTLED_AFTER_MS: u64 = 5_000;

/// Metadata that may say which debt is paid, the first that is there.
const ORDER_KEYS: &[&str] = &["payable_id", "lago_payable_id", "lago_invoice_id", "invoice_id"];

#[derive(Serialize)]
struct Asked<'a> {
    amount: u64,
    currency: &'a str,
    customer: &'a str,
    method: &'a str,
    reference: &'a str,
    order: Option<&'a str>,
    description: Option<&'a str>,
    metadata: BTreeMap<&'a str, &'a str>,
}

impl Guest for Sandbox {
    fn charge(settings: Settings, request: ChargeRequest) -> ChargeAnswer {
        let connection = match Connection::of(&settings) {
            Ok(connection) => connection,
            Err(failure) => {
                let decline = Decline::misconfigured("bad_setting", reason(failure));
                return ChargeAnswer::only(Outcome::Declined(decline));
            }
        };
        let asked = Asked {
            amount: request.amount.minor_units,
            currency: &request.amount.currency,
            customer: &request.customer_id,
            method: &request.method_id,
            reference: &request.reference,
            order: order(&request.metadata),
            description: Some(request.description.as_str()).filter(|text| !text.is_empty()),
            metadata: metadata(&request.metadata),
        };
        match connection.post::<Charge>("/v1/charges", &request.idempotency_key, &asked) {
            Ok(charge) => answers::charge(&charge),
            Err(trouble) => answers::troubled_charge(trouble),
        }
    }

    fn find_charge(settings: Settings, query: ChargeQuery) -> ChargeFinding {
        let found = match Connection::of(&settings) {
            Ok(connection) => find(&connection, &query),
            Err(failure) => return ChargeFinding::CannotTell(reason(failure)),
        };
        match found {
            Found::Charge(charge) => ChargeFinding::Found(answers::charge(&charge)),
            Found::Absent => ChargeFinding::Absent,
            Found::CannotTell(reason) => ChargeFinding::CannotTell(reason),
        }
    }

    fn cancel_charge(settings: Settings, query: ChargeQuery) -> Cancellation {
        let connection = match Connection::of(&settings) {
            Ok(connection) => connection,
            Err(failure) => return Cancellation::CannotTell(reason(failure)),
        };
        if let Some(id) = &query.charge_id {
            return cancel(&connection, id);
        }
        match find(&connection, &query) {
            Found::Charge(charge) => cancel(&connection, &charge.id),
            Found::Absent => Cancellation::CannotTell("there is no such charge".to_owned()),
            Found::CannotTell(reason) => Cancellation::CannotTell(reason),
        }
    }
}

/// What is being paid, so that `fails_<n>_<code>` counts for each debt apart.
pub fn order(metadata: &[(String, String)]) -> Option<&str> {
    ORDER_KEYS.iter().find_map(|wanted| {
        let (_, value) = metadata.iter().find(|(key, _)| key == wanted)?;
        Some(value.as_str())
    })
}

pub fn metadata(pairs: &[(String, String)]) -> BTreeMap<&str, &str> {
    pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

enum Found {
    Charge(Box<Charge>),
    Absent,
    CannotTell(String),
}

fn find(connection: &Connection, query: &ChargeQuery) -> Found {
    let found: Result<Option<Charge>, Trouble> = match &query.charge_id {
        Some(id) => connection.get(&path(id), &Form::new()).map(Some),
        None => {
            let wanted = Form::new().set("idempotency_key", &query.idempotency_key);
            let found: Result<List<Charge>, _> = connection.get("/v1/charges", &wanted);
            found.map(|list| list.data.into_iter().next())
        }
    };
    match found {
        Ok(Some(charge)) => Found::Charge(Box::new(charge)),
        Ok(None) if clock::now_ms() < query.started_at_ms.saturating_add(SETTLED_AFTER_MS) => {
            Found::CannotTell("the request may still be on its way".to_owned())
        }
        Ok(None) => Found::Absent,
        Err(trouble) => Found::CannotTell(answers::why(&trouble)),
    }
}

fn cancel(connection: &Connection, id: &str) -> Cancellation {
    let cancelled = connection.change(Method::Post, &format!("{}/cancel", path(id)), &());
    // Refused, or not known: the charge itself says what became of it.
    let charge: Charge = match cancelled.or_else(|_| connection.get(&path(id), &Form::new())) {
        Ok(charge) => charge,
        Err(trouble) => return Cancellation::CannotTell(answers::why(&trouble)),
    };
    let answer = answers::charge(&charge);
    match charge.status.as_str() {
        "canceled" => Cancellation::Cancelled(answer),
        "succeeded" | "declined" => Cancellation::Final(answer),
        other => Cancellation::CannotTell(format!("the charge is still {other:?}")),
    }
}

fn path(id: &str) -> String {
    format!("/v1/charges/{}", path_segment(id))
}

fn reason(failure: Failure) -> String {
    match failure {
        Failure::Refused(refusal) | Failure::Misconfigured(refusal) => refusal.message,
        Failure::Throttled(reason) | Failure::NotSent(reason) | Failure::Unknown(reason) => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, NOW_MS, error, list, sandbox_answers, settings};
    use recoup_plugin::http::Error;
    use recoup_plugin::types::Money;
    use serde_json::json;

    fn request() -> ChargeRequest {
        ChargeRequest {
            idempotency_key: "k1".to_owned(),
            reference: "att_1".to_owned(),
            amount: Money { minor_units: 1050, currency: "EUR".to_owned() },
            customer_id: "cus_ok".to_owned(),
            method_id: "pm_ok".to_owned(),
            method_kind: "card".to_owned(),
            description: "Acme - Invoice 1".to_owned(),
            country: None,
            metadata: vec![("lago_invoice_id".to_owned(), "inv_1".to_owned())],
        }
    }

    fn query() -> ChargeQuery {
        ChargeQuery {
            idempotency_key: "k/1".to_owned(),
            reference: "att_1".to_owned(),
            charge_id: None,
            customer_id: None,
            started_at_ms: NOW_MS - SETTLED_AFTER_MS,
        }
    }

    #[test]
    fn a_charge_is_one_request_under_our_key() {
        let sent = sandbox_answers(vec![Ok((200, fixtures::charge("succeeded")))]);
        assert_eq!(Sandbox::charge(settings(), request()).outcome, Outcome::Paid);
        assert_eq!(sent.calls(), ["POST http://127.0.0.1:8081/v1/charges"]);
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("k1"));
        assert_eq!(
            sent.json(0),
            json!({
                "amount": 1050, "currency": "EUR", "customer": "cus_ok", "method": "pm_ok",
                "reference": "att_1", "order": "inv_1", "description": "Acme - Invoice 1",
                "metadata": {"lago_invoice_id": "inv_1"},
            })
        );
    }

    #[test]
    fn a_lost_answer_is_unknown() {
        sandbox_answers(vec![Err(Error::MaybeSent("cut".to_owned()))]);
        let answer = Sandbox::charge(settings(), request());
        assert!(matches!(answer.outcome, Outcome::Unknown(_)));
    }

    #[test]
    fn a_charge_is_found_by_its_id_or_by_our_key() {
        let sent = sandbox_answers(vec![
            Ok((200, fixtures::charge("succeeded"))),
            Ok((200, list(&[fixtures::charge("pending")]))),
        ]);
        let by_id = ChargeQuery { charge_id: Some("ch_1".to_owned()), ..query() };
        for (query, outcome) in [(by_id, Outcome::Paid), (query(), Outcome::Pending)] {
            let ChargeFinding::Found(answer) = Sandbox::find_charge(settings(), query) else {
                panic!("it is there");
            };
            assert_eq!(answer.outcome, outcome);
        }
        assert_eq!(
            sent.calls(),
            [
                "GET http://127.0.0.1:8081/v1/charges/ch_1",
                "GET http://127.0.0.1:8081/v1/charges?idempotency_key=k%2F1",
            ]
        );
    }

    #[test]
    fn absent_is_said_only_when_it_is_sure() {
        let unsure = |finding| assert!(matches!(finding, ChargeFinding::CannotTell(_)));
        sandbox_answers(vec![Ok((200, list(&[])))]);
        assert_eq!(Sandbox::find_charge(settings(), query()), ChargeFinding::Absent);

        sandbox_answers(vec![Ok((200, list(&[])))]);
        let just_now = ChargeQuery { started_at_ms: NOW_MS - 1, ..query() };
        unsure(Sandbox::find_charge(settings(), just_now));

        sandbox_answers(vec![Err(Error::NotSent("refused".to_owned()))]);
        unsure(Sandbox::find_charge(settings(), query()));

        sandbox_answers(vec![Ok((404, error("charge_missing", Some(false))))]);
        let by_id = ChargeQuery { charge_id: Some("ch_9".to_owned()), ..query() };
        unsure(Sandbox::find_charge(settings(), by_id));
    }

    #[test]
    fn cancelling_says_what_became_of_the_charge() {
        let by_id = || ChargeQuery { charge_id: Some("ch_1".to_owned()), ..query() };
        let one = |status| Ok((200, fixtures::charge(status)));
        sandbox_answers(vec![one("canceled")]);
        let cancelled = Sandbox::cancel_charge(settings(), by_id());
        assert!(matches!(cancelled, Cancellation::Cancelled(_)));

        let too_late = Ok((409, error("charge_final", Some(false))));
        sandbox_answers(vec![too_late, one("succeeded")]);
        let last = Sandbox::cancel_charge(settings(), by_id());
        assert!(matches!(last, Cancellation::Final(_)));

        sandbox_answers(vec![Ok((200, list(&[fixtures::charge("pending")]))), one("canceled")]);
        let by_key = Sandbox::cancel_charge(settings(), query());
        assert!(matches!(by_key, Cancellation::Cancelled(_)));

        let cut = || Err(Error::MaybeSent("cut".to_owned()));
        sandbox_answers(vec![cut(), one("pending")]);
        let unsure = Sandbox::cancel_charge(settings(), by_id());
        assert!(matches!(unsure, Cancellation::CannotTell(_)));
    }
}
