//! Pages that GoCardless hosts: billing requests, and a flow through each. A
//! page is known by its billing request; flows lapse and are made anew.

use recoup_plugin::checkout::{Guest, PaymentRequest, Session, SessionState, SetupRequest};
use recoup_plugin::types::{ChargeAnswer, Failure, Outcome, Settings};
use recoup_plugin::{Form, clock};
use serde_json::{Value, json};

use crate::GoCardless;
use crate::api::{Connection, Key, Trouble, metadata, segment};
use crate::objects::{BillingRequest, Flow, Payment};
use crate::{answers, charges, methods, schemes};

/// Where the id of our session is kept at GoCardless.
pub const REFERENCE: &str = "recoup_ref";

impl Guest for GoCardless {
    fn start_setup(settings: Settings, request: SetupRequest) -> Result<Session, Failure> {
        let connection = Connection::of(&settings)?;
        let metadata = metadata(REFERENCE, &request.reference, &request.metadata);
        let mandate = mandate_request(&request.currency, &request.method_kinds, &metadata)?;
        let key = Key::of("setup", &request.idempotency_key);
        let body = json!({
            "mandate_request": mandate,
            "links": {"customer": request.customer_id},
            "metadata": metadata,
        });
        start(&connection, &key, body, &request.return_url)
    }

    /// In most currencies a page cannot take money at once: there the payer
    /// leaves a mandate, and recoup charges it.
    fn start_payment(settings: Settings, request: PaymentRequest) -> Result<Session, Failure> {
        let connection = Connection::of(&settings)?;
        let metadata = metadata(REFERENCE, &request.reference, &request.metadata);
        let currency = Some(request.amount.currency.clone());
        let instant = schemes::instant(&request.amount.currency);
        let mut body = json!({
            "links": {"customer": request.customer_id},
            "metadata": metadata,
        });
        if let Some(scheme) = instant {
            body["payment_request"] = payment_request(&request, scheme, &metadata);
        }
        if request.keep_method || instant.is_none() {
            body["mandate_request"] = mandate_request(&currency, &request.method_kinds, &metadata)?;
            body["fallback_enabled"] = instant.is_some().into();
        }
        let key = Key::of("payment", &request.idempotency_key);
        start(&connection, &key, body, &request.return_url)
    }

    fn find_session(settings: Settings, session_id: String) -> Result<SessionState, Failure> {
        let connection = Connection::of(&settings)?;
        let found = read(&connection, &session_id)?;
        state(&connection, &found)
    }

    fn expire_session(settings: Settings, session_id: String) -> Result<SessionState, Failure> {
        let connection = Connection::of(&settings)?;
        let path = format!("/billing_requests/{}/actions/cancel", segment(&session_id));
        let found = match connection.act::<BillingRequest>(&path, "billing_requests") {
            // It was over already: what it came to matters.
            Err(Trouble::Refused(error)) if matches!(error.status, 409 | 422) => {
                read(&connection, &session_id)?
            }
            answered => answered?,
        };
        state(&connection, &found)
    }
}

fn mandate_request(
    currency: &Option<String>,
    kinds: &[String],
    metadata: &Value,
) -> Result<Value, Failure> {
    let mut request = json!({"metadata": metadata});
    // Without a currency the payer's bank decides.
    if let Some(currency) = currency {
        let currency = currency.to_ascii_uppercase();
        let scheme = schemes::for_currency(&currency, kinds).ok_or_else(|| {
            Failure::refused(
                "currency_not_supported",
                format!("GoCardless has no bank debit in {currency}"),
            )
        })?;
        request["scheme"] = scheme.into();
        request["currency"] = currency.into();
        if scheme == "ach" {
            request["authorisation_source"] = "web".into();
        }
    }
    Ok(request)
}

fn payment_request(request: &PaymentRequest, scheme: &str, metadata: &Value) -> Value {
    let description = match request.description.as_str() {
        "" => "Payment",
        description => description,
    };
    json!({
        "amount": request.amount.minor_units,
        "currency": request.amount.currency,
        "scheme": scheme,
        "description": description.chars().take(100).collect::<String>(),
        "metadata": metadata,
    })
}

fn start(
    connection: &Connection,
    key: &Key,
    body: Value,
    return_url: &str,
) -> Result<Session, Failure> {
    let made: BillingRequest = connection.create("billing_requests", key, body)?;
    let mut flow = json!({
        "lock_currency": true,
        "links": {"billing_request": made.id},
    });
    let return_url = match return_url {
        "" => connection.success_url.as_deref(),
        url => Some(url),
    };
    if let Some(url) = return_url {
        flow["redirect_uri"] = url.into();
        flow["exit_uri"] = url.into();
    }
    // A flow cannot be read again, and a second one does no harm.
    let flow: Flow = connection.create("billing_request_flows", &Key::fresh("flow"), flow)?;
    let expires_at_ms = flow.expires_at.as_deref().and_then(clock::parse_iso8601);
    Ok(Session { id: made.id, url: flow.authorisation_url, expires_at_ms })
}

fn read(connection: &Connection, id: &str) -> Result<BillingRequest, Trouble> {
    let path = format!("/billing_requests/{}", segment(id));
    connection.get(&path, "billing_requests", &Form::new())
}

fn state(connection: &Connection, found: &BillingRequest) -> Result<SessionState, Failure> {
    match found.status.as_str() {
        "pending" => Ok(SessionState::Open),
        "ready_to_fulfil" | "fulfilling" => Ok(SessionState::InProgress(None)),
        "fulfilled" => fulfilled(connection, found),
        "cancelled" => Ok(SessionState::Expired),
        other => Err(Failure::Unknown(format!("the billing request is {other:?}"))),
    }
}

fn fulfilled(connection: &Connection, found: &BillingRequest) -> Result<SessionState, Failure> {
    let mandate = match &found.links.mandate_request_mandate {
        Some(id) => Some(methods::read(connection, id)?),
        None => None,
    };
    let Some(id) = &found.links.payment_request_payment else {
        return Ok(match mandate {
            Some(mandate) if methods::is_chargeable(&mandate) => {
                SessionState::SetUp(methods::described(connection, &mandate))
            }
            // The bank refused it: the page is used up, nothing was left.
            Some(_) => SessionState::Expired,
            None => SessionState::InProgress(None),
        });
    };
    let payment: Payment = charges::read(connection, id)?;
    let answer = answers::explained(connection, &payment)?;
    let method = mandate.map(|mandate| methods::described(connection, &mandate));
    let answer = ChargeAnswer { method, ..answer };
    Ok(match answer.outcome {
        Outcome::Paid | Outcome::Declined(_) => SessionState::Paid(answer),
        Outcome::NeedsAction(_) | Outcome::Pending | Outcome::NotSent(_) | Outcome::Unknown(_) => {
            SessionState::InProgress(Some(answer))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{
        account, answers, billing_request, conflict, event, flow, list, mandate, of, payment,
        payment_request as payment_page, refusal, settings, setup_request as setup,
    };
    use recoup_plugin::types::Money;

    const BASE: &str = "https://api-sandbox.gocardless.com";

    fn made() -> Result<(u16, Value), recoup_plugin::http::Error> {
        Ok((201, of("billing_requests", billing_request("pending"))))
    }

    fn paged() -> Result<(u16, Value), recoup_plugin::http::Error> {
        Ok((201, of("billing_request_flows", flow())))
    }

    #[test]
    fn a_setup_page_asks_for_a_mandate_of_the_currencys_scheme() {
        let sent = answers(vec![made(), paged()]);
        let started = GoCardless::start_setup(settings(), setup()).expect("it is made");
        assert_eq!((started.id.as_str(), started.expires_at_ms), ("BRQ1", Some(1_700_604_800_000)));
        assert_eq!(started.url, "https://pay.example/flow/BRF1");
        let calls =
            [format!("POST {BASE}/billing_requests"), format!("POST {BASE}/billing_request_flows")];
        assert_eq!(sent.calls(), calls);
        let body = sent.json(0);
        let expected = json!({
            "mandate_request": {
                "currency": "EUR", "scheme": "sepa_core", "metadata": {"recoup_ref": "lnk_1"},
            },
            "links": {"customer": "CU1"},
            "metadata": {"recoup_ref": "lnk_1"},
        });
        assert_eq!(body["billing_requests"], expected);
        assert_eq!(
            sent.json(1)["billing_request_flows"]["links"],
            json!({"billing_request": "BRQ1"})
        );
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("recoup:setup:k1"));
    }

    #[test]
    fn each_currency_has_its_scheme_and_others_are_refused() {
        for (currency, scheme) in [("GBP", "bacs"), ("usd", "ach"), ("SEK", "autogiro")] {
            let sent = answers(vec![made(), paged()]);
            let request = SetupRequest { currency: Some(currency.to_owned()), ..setup() };
            GoCardless::start_setup(settings(), request).expect("it is made");
            assert_eq!(sent.json(0)["billing_requests"]["mandate_request"]["scheme"], scheme);
        }
        let sent = answers(vec![made(), paged()]);
        GoCardless::start_setup(settings(), SetupRequest { currency: None, ..setup() })
            .expect("made");
        assert_eq!(sent.json(0)["billing_requests"]["mandate_request"].get("scheme"), None);

        answers(Vec::new());
        let request = SetupRequest { currency: Some("JPY".to_owned()), ..setup() };
        let refused = GoCardless::start_setup(settings(), request);
        assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");
    }

    #[test]
    fn a_page_that_is_started_again_is_the_same_page() {
        let found = Ok((200, of("billing_requests", billing_request("pending"))));
        answers(vec![Ok((409, conflict("BRQ1"))), found, paged()]);
        let started = GoCardless::start_setup(settings(), setup()).expect("it is found");
        assert_eq!(started.id, "BRQ1");
    }

    #[test]
    fn euros_and_pounds_are_paid_at_once_and_the_mandate_is_kept() {
        let sent = answers(vec![made(), paged()]);
        GoCardless::start_payment(settings(), payment_page()).expect("it is made");
        let body = &sent.json(0)["billing_requests"];
        assert_eq!(body["payment_request"]["amount"], 1050);
        assert_eq!(body["payment_request"]["scheme"], "sepa_credit_transfer");
        assert_eq!(body["payment_request"]["metadata"]["recoup_ref"], "lnk_1");
        assert_eq!(body["mandate_request"]["scheme"], "sepa_core");
        assert_eq!(body["fallback_enabled"], true);

        let sent = answers(vec![made(), paged()]);
        let once = PaymentRequest { keep_method: false, ..payment_page() };
        GoCardless::start_payment(settings(), once).expect("it is made");
        assert_eq!(sent.json(0)["billing_requests"].get("mandate_request"), None);
    }

    #[test]
    fn elsewhere_a_mandate_is_left_and_charged_later() {
        let sent = answers(vec![made(), paged()]);
        let dollars = Money { minor_units: 1050, currency: "USD".to_owned() };
        let request = PaymentRequest { amount: dollars, keep_method: false, ..payment_page() };
        GoCardless::start_payment(settings(), request).expect("it is made");
        let body = &sent.json(0)["billing_requests"];
        assert_eq!(body.get("payment_request"), None);
        assert_eq!(body["mandate_request"]["scheme"], "ach");
        assert_eq!(body["mandate_request"]["authorisation_source"], "web");
    }

    fn state_of(found: Value, more: Vec<(u16, Value)>) -> Result<SessionState, Failure> {
        let first = (200, of("billing_requests", found));
        answers([vec![first], more].concat().into_iter().map(Ok).collect());
        GoCardless::find_session(settings(), "BRQ1".to_owned())
    }

    #[test]
    fn a_page_says_how_far_the_payer_is() {
        assert_eq!(state_of(billing_request("pending"), vec![]), Ok(SessionState::Open));
        for status in ["ready_to_fulfil", "fulfilling"] {
            let state = state_of(billing_request(status), vec![]);
            assert_eq!(state, Ok(SessionState::InProgress(None)), "{status}");
        }
        assert_eq!(state_of(billing_request("cancelled"), vec![]), Ok(SessionState::Expired));
        let tomorrow = state_of(billing_request("levitating"), vec![]);
        assert!(matches!(tomorrow, Err(Failure::Unknown(_))));
    }

    #[test]
    fn a_fulfilled_page_has_a_mandate_or_a_payment() {
        let mut found = billing_request("fulfilled");
        found["links"] = json!({"mandate_request_mandate": "MD1"});
        let stored = || (200, of("mandates", mandate("pending_submission")));
        let at_bank = || (200, of("customer_bank_accounts", account()));
        let Ok(SessionState::SetUp(method)) = state_of(found.clone(), vec![stored(), at_bank()])
        else {
            panic!("a mandate was left")
        };
        assert_eq!((method.id.as_str(), method.last4.as_deref()), ("MD1", Some("34")));
        let failed = (200, of("mandates", mandate("failed")));
        assert_eq!(state_of(found.clone(), vec![failed]), Ok(SessionState::Expired));

        found["links"]["payment_request_payment"] = json!("PM1");
        let paid = (200, of("payments", payment("confirmed")));
        let state = state_of(found.clone(), vec![stored(), paid, at_bank()]);
        let Ok(SessionState::Paid(answer)) = state else { panic!("{state:?}") };
        assert_eq!(answer.outcome, Outcome::Paid);
        assert_eq!(answer.method.map(|method| method.id).as_deref(), Some("MD1"));

        let late = (200, of("payments", payment("submitted")));
        let state = state_of(found.clone(), vec![stored(), late, at_bank()]);
        assert!(matches!(state, Ok(SessionState::InProgress(Some(_)))), "{state:?}");

        let failed = (200, of("payments", payment("failed")));
        let why = (200, list("events", &[event("failed", json!({"cause": "insufficient_funds"}))]));
        let state = state_of(found, vec![stored(), failed, why, at_bank()]);
        let Ok(SessionState::Paid(answer)) = state else { panic!("{state:?}") };
        assert!(matches!(answer.outcome, Outcome::Declined(_)));
    }

    #[test]
    fn a_page_is_closed_or_says_what_it_came_to() {
        let expire = || GoCardless::expire_session(settings(), "BRQ1".to_owned());
        let sent = answers(vec![Ok((200, of("billing_requests", billing_request("cancelled"))))]);
        assert_eq!(expire(), Ok(SessionState::Expired));
        assert_eq!(sent.calls(), [format!("POST {BASE}/billing_requests/BRQ1/actions/cancel")]);

        let refused = refusal(422, "invalid_state", "cancellation_failed");
        let still = Ok((200, of("billing_requests", billing_request("fulfilling"))));
        answers(vec![Ok((422, refused)), still]);
        assert_eq!(expire(), Ok(SessionState::InProgress(None)));
    }
}
