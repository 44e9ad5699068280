//! Pages that Stripe hosts: Checkout Sessions.

use recoup_plugin::checkout::{Guest, PaymentRequest, Session, SessionState, SetupRequest};
use recoup_plugin::form::path_segment;
use recoup_plugin::types::{ChargeAnswer, Failure, Outcome, Settings};
use recoup_plugin::{Form, clock};

use crate::Stripe;
use crate::answers;
use crate::api::{Connection, KINDS, Key, Trouble, metadata};
use crate::objects::{self, Expandable};

/// Where the id of our session is kept at Stripe, by what the page is for.
pub const SETUP_REFERENCE: &str = "recoup_setup";
pub const PAYMENT_REFERENCE: &str = "recoup_payment";

const MINUTE_S: u64 = 60;
const LIFETIME_MIN_S: u64 = 31 * MINUTE_S;
const LIFETIME_MAX_S: u64 = 24 * 60 * MINUTE_S;

impl Guest for Stripe {
    fn start_setup(settings: Settings, request: SetupRequest) -> Result<Session, Failure> {
        let connection = connection_with_pages(&settings)?;
        let key = Key::of("setup", &request.idempotency_key);
        start(&connection, &key, &setup_form(&connection, &request))
    }

    fn start_payment(settings: Settings, request: PaymentRequest) -> Result<Session, Failure> {
        let connection = connection_with_pages(&settings)?;
        let key = Key::of("payment", &request.idempotency_key);
        start(&connection, &key, &payment_form(&connection, &request))
    }

    fn find_session(settings: Settings, session_id: String) -> Result<SessionState, Failure> {
        let connection = connection_with_pages(&settings)?;
        Ok(state(&read(&connection, &session_id)?))
    }

    fn expire_session(settings: Settings, session_id: String) -> Result<SessionState, Failure> {
        let connection = connection_with_pages(&settings)?;
        let path = format!("/v1/checkout/sessions/{}/expire", path_segment(&session_id));
        let expired: Result<objects::Session, Trouble> =
            connection.post(&path, &Key::fresh("expire"), &Form::new());
        match expired {
            Ok(session) => Ok(state(&session)),
            // It was not open any more: what it came to matters.
            Err(Trouble::Refused { status: 400, .. }) => {
                Ok(state(&read(&connection, &session_id)?))
            }
            Err(trouble) => Err(trouble.into()),
        }
    }
}

fn connection_with_pages(settings: &Settings) -> Result<Connection, Failure> {
    let connection = Connection::of(settings)?;
    if connection.is_reduced {
        return Err(Failure::refused(
            "checkout_not_supported",
            "a peer with reduced parameters has no hosted pages; \
             set reduced_parameters=false if this one has",
        ));
    }
    Ok(connection)
}

fn start(connection: &Connection, key: &Key, form: &Form) -> Result<Session, Failure> {
    let session: objects::Session = connection.post("/v1/checkout/sessions", key, form)?;
    let url = session.url.ok_or_else(|| {
        Failure::Unknown(format!("Stripe made the session {} without a page", session.id))
    })?;
    let expires_at_ms = session.expires_at.map(|at_s| at_s * 1000);
    Ok(Session { id: session.id, url, expires_at_ms })
}

fn setup_form(connection: &Connection, request: &SetupRequest) -> Form {
    let form = Form::new()
        .set("mode", "setup")
        .set("customer", &request.customer_id)
        .set_some("currency", request.currency.as_ref().map(|c| c.to_ascii_lowercase()))
        .set("success_url", success_url(connection, &request.return_url))
        .set("client_reference_id", &request.reference)
        .set_some("expires_at", expires_at_s(request.expires_at_ms));
    // Stripe wants to know a currency or the kinds.
    let form = match (request.method_kinds.is_empty(), &request.currency) {
        (true, None) => form.list(KINDS, ["card"]),
        (true, Some(_)) | (false, _) => form.list(KINDS, &request.method_kinds),
    };
    with_reference(
        form,
        "setup_intent_data",
        SETUP_REFERENCE,
        &request.reference,
        &request.metadata,
    )
}

fn payment_form(connection: &Connection, request: &PaymentRequest) -> Form {
    let description = Some(&request.description).filter(|description| !description.is_empty());
    let name = description.map_or("Payment", String::as_str);
    let price = "line_items[0][price_data]";
    let form = Form::new()
        .set("mode", "payment")
        .set("customer", &request.customer_id)
        .set("success_url", success_url(connection, &request.return_url))
        .set("client_reference_id", &request.reference)
        .set_some("expires_at", expires_at_s(request.expires_at_ms))
        .set("line_items[0][quantity]", 1)
        .set(format!("{price}[currency]"), request.amount.currency.to_ascii_lowercase())
        .set(format!("{price}[unit_amount]"), request.amount.minor_units)
        .set(format!("{price}[product_data][name]"), name)
        .list(KINDS, &request.method_kinds)
        .set_some("payment_intent_data[description]", description);
    let form = match request.keep_method {
        true => form.set("payment_intent_data[setup_future_usage]", "off_session"),
        false => form,
    };
    let (reference, pairs) = (&request.reference, &request.metadata);
    with_reference(form, "payment_intent_data", PAYMENT_REFERENCE, reference, pairs)
}

/// Our reference and metadata, on the session and on what it makes.
fn with_reference(
    form: Form,
    made: &str,
    name: &str,
    reference: &str,
    pairs: &[(String, String)],
) -> Form {
    let both = ["metadata".to_owned(), format!("{made}[metadata]")];
    both.iter().fold(form, |form, place| {
        metadata(form, place, pairs).set(format!("{place}[{name}]"), reference)
    })
}

fn success_url(connection: &Connection, return_url: &str) -> String {
    match (return_url.is_empty(), &connection.success_url) {
        (false, _) => return_url.to_owned(),
        (true, Some(url)) => url.clone(),
        (true, None) => "https://stripe.com".to_owned(),
    }
}

/// None where Stripe's own limit, 24 hours, is meant: asking for it would be
/// refused by a clock that is a second behind ours.
fn expires_at_s(expires_at_ms: u64) -> Option<u64> {
    let now_s = clock::now_ms() / 1000;
    let at_s = expires_at_ms / 1000;
    if at_s + MINUTE_S >= now_s + LIFETIME_MAX_S {
        return None;
    }
    Some(at_s.max(now_s + LIFETIME_MIN_S))
}

fn read(connection: &Connection, id: &str) -> Result<objects::Session, Trouble> {
    let path = format!("/v1/checkout/sessions/{}", path_segment(id));
    let expand = ["setup_intent.payment_method", "payment_intent.latest_charge"];
    connection.get(&path, &Form::new().list("expand", expand))
}

fn state(session: &objects::Session) -> SessionState {
    match (session.status.as_deref(), session.mode.as_deref()) {
        (Some("expired"), _) => SessionState::Expired,
        (Some("complete"), Some("setup")) => state_after_setup(session),
        (Some("complete"), _) => state_after_payment(session),
        (_, _) => match intent_of(session).map(answers::charge) {
            Some(answer) if is_under_way(&answer.status) => SessionState::InProgress(Some(answer)),
            Some(_) | None => SessionState::Open,
        },
    }
}

fn state_after_setup(session: &objects::Session) -> SessionState {
    let Some(intent) = session.setup_intent.as_ref().and_then(Expandable::object) else {
        return SessionState::InProgress(None);
    };
    let method = intent.payment_method.as_ref().and_then(Expandable::object);
    match (intent.status.as_str(), method) {
        ("succeeded", Some(method)) => SessionState::SetUp(answers::method(method)),
        // The bank refused the mandate: the page is used up, nothing was left.
        ("requires_payment_method" | "canceled", _) => SessionState::Expired,
        (_, _) => SessionState::InProgress(None),
    }
}

fn state_after_payment(session: &objects::Session) -> SessionState {
    let Some(answer) = intent_of(session).map(answers::charge) else {
        // Some peers do not show the PaymentIntent.
        return match session.payment_status.as_deref() {
            Some("paid" | "no_payment_required") => {
                SessionState::Paid(ChargeAnswer::only(Outcome::Paid))
            }
            Some(_) | None => SessionState::InProgress(None),
        };
    };
    match answer.outcome {
        Outcome::Paid | Outcome::Declined(_) => SessionState::Paid(answer),
        Outcome::NeedsAction(_) | Outcome::Pending | Outcome::NotSent(_) | Outcome::Unknown(_) => {
            SessionState::InProgress(Some(answer))
        }
    }
}

fn intent_of(session: &objects::Session) -> Option<&objects::PaymentIntent> {
    session.payment_intent.as_ref().and_then(Expandable::object)
}

fn is_under_way(status: &str) -> bool {
    matches!(status, "processing" | "requires_action" | "requires_capture" | "succeeded")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{
        NOW_MS, card, card_error, declined_intent, intent, reduced, settings, stripe_answers,
    };
    use recoup_plugin::types::Money;
    use serde_json::{Value, json};

    const DAY_MS: u64 = LIFETIME_MAX_S * 1000;

    fn payment() -> PaymentRequest {
        PaymentRequest {
            idempotency_key: "k1".to_owned(),
            reference: "lnk_1".to_owned(),
            customer_id: "cus_1".to_owned(),
            amount: Money { minor_units: 1050, currency: "EUR".to_owned() },
            method_kinds: vec!["card".to_owned(), "sepa_debit".to_owned()],
            keep_method: true,
            description: "Acme - Invoice 1".to_owned(),
            return_url: "https://shop.example/".to_owned(),
            expires_at_ms: NOW_MS + DAY_MS,
            metadata: vec![("lago_invoice_id".to_owned(), "inv_1".to_owned())],
        }
    }

    fn setup() -> SetupRequest {
        SetupRequest {
            idempotency_key: "k1".to_owned(),
            reference: "lnk_1".to_owned(),
            customer_id: "cus_1".to_owned(),
            currency: Some("EUR".to_owned()),
            method_kinds: Vec::new(),
            return_url: String::new(),
            expires_at_ms: NOW_MS + DAY_MS / 2,
            metadata: Vec::new(),
        }
    }

    fn session(status: &str, mode: &str) -> Value {
        json!({"id": "cs_1", "url": "https://checkout.stripe.com/c/pay/cs_1", "status": status,
               "mode": mode, "payment_status": "unpaid", "expires_at": 1_700_086_400,
               "payment_intent": null, "setup_intent": null, "metadata": null})
    }

    fn state_of(session: Value) -> SessionState {
        stripe_answers(vec![Ok((200, session))]);
        Stripe::find_session(settings(), "cs_1".to_owned()).expect("Stripe answers")
    }

    fn paid_with(intent: Value) -> SessionState {
        let mut session = session("complete", "payment");
        session["payment_intent"] = intent;
        state_of(session)
    }

    #[test]
    fn a_payment_page_asks_for_one_debt_and_keeps_the_method() {
        let sent = stripe_answers(vec![Ok((200, session("open", "payment")))]);
        let started = Stripe::start_payment(settings(), payment()).expect("Stripe takes it");
        assert_eq!(started.expires_at_ms, Some(1_700_086_400_000));
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("recoup:payment:k1"));
        let price = "line_items[0][price_data]";
        let expected = [
            "mode=payment&customer=cus_1&success_url=https%3A%2F%2Fshop.example%2F",
            "&client_reference_id=lnk_1&line_items[0][quantity]=1",
            &format!("&{price}[currency]=eur&{price}[unit_amount]=1050"),
            &format!("&{price}[product_data][name]=Acme%20-%20Invoice%201"),
            "&payment_method_types[0]=card&payment_method_types[1]=sepa_debit",
            "&payment_intent_data[description]=Acme%20-%20Invoice%201",
            "&payment_intent_data[setup_future_usage]=off_session",
            "&metadata[lago_invoice_id]=inv_1&metadata[recoup_payment]=lnk_1",
            "&payment_intent_data[metadata][lago_invoice_id]=inv_1",
            "&payment_intent_data[metadata][recoup_payment]=lnk_1",
        ];
        assert_eq!(sent.body(0), expected.concat());
    }

    #[test]
    fn a_setup_page_takes_no_money() {
        let sent = stripe_answers(vec![Ok((200, session("open", "setup")))]);
        Stripe::start_setup(settings(), setup()).expect("Stripe takes it");
        assert_eq!(
            sent.body(0),
            "mode=setup&customer=cus_1&currency=eur&success_url=https%3A%2F%2Fstripe.com\
             &client_reference_id=lnk_1&expires_at=1700043200&metadata[recoup_setup]=lnk_1\
             &setup_intent_data[metadata][recoup_setup]=lnk_1"
        );
    }

    #[test]
    fn a_page_lives_as_long_as_stripe_allows() {
        stripe_answers(Vec::new());
        assert_eq!(expires_at_s(NOW_MS + DAY_MS), None);
        assert_eq!(expires_at_s(NOW_MS + 10 * DAY_MS), None);
        assert_eq!(expires_at_s(NOW_MS), Some(NOW_MS / 1000 + LIFETIME_MIN_S));
    }

    #[test]
    fn a_peer_without_pages_says_so() {
        for refused in
            [Stripe::start_setup(reduced(), setup()), Stripe::start_payment(reduced(), payment())]
        {
            let Err(Failure::Refused(refusal)) = refused else { panic!("{refused:?}") };
            assert_eq!(refusal.code, "checkout_not_supported");
        }
    }

    #[test]
    fn a_page_is_open_until_the_payer_begins() {
        assert_eq!(state_of(session("open", "payment")), SessionState::Open);
        for (status, is_open) in [("requires_payment_method", true), ("requires_action", false)] {
            let mut session = session("open", "payment");
            session["payment_intent"] = intent(status);
            assert_eq!(state_of(session) == SessionState::Open, is_open, "{status}");
        }
        assert_eq!(state_of(session("expired", "payment")), SessionState::Expired);
    }

    #[test]
    fn a_completed_payment_page_has_the_answer_of_its_charge() {
        let SessionState::Paid(answer) = paid_with(intent("succeeded")) else { panic!("paid") };
        assert_eq!(answer.outcome, Outcome::Paid);
        let SessionState::InProgress(Some(answer)) = paid_with(intent("processing")) else {
            panic!("a debit takes days");
        };
        assert_eq!(answer.outcome, Outcome::Pending);
        let returned = declined_intent(card_error("account_closed", None));
        let SessionState::Paid(answer) = paid_with(returned) else { panic!("failed for good") };
        assert!(matches!(answer.outcome, Outcome::Declined(_)));
    }

    #[test]
    fn a_completed_setup_page_has_the_method() {
        let set_up = |status: &str| {
            let mut session = session("complete", "setup");
            session["setup_intent"] = json!({"status": status, "payment_method": card()});
            state_of(session)
        };
        let SessionState::SetUp(method) = set_up("succeeded") else { panic!("it was left") };
        assert_eq!(method.id, "pm_1");
        assert_eq!(set_up("processing"), SessionState::InProgress(None));
        assert_eq!(set_up("requires_payment_method"), SessionState::Expired);
    }

    #[test]
    fn a_page_that_cannot_be_closed_tells_what_it_came_to() {
        let mut paid = session("complete", "payment");
        paid["payment_intent"] = intent("succeeded");
        let refused = json!({"error": {"type": "invalid_request_error", "message": "not open"}});
        stripe_answers(vec![Ok((400, refused)), Ok((200, paid))]);
        let state = Stripe::expire_session(settings(), "cs_1".to_owned());
        assert!(matches!(state, Ok(SessionState::Paid(_))), "{state:?}");
    }
}
