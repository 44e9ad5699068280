//! Pages that Adyen hosts: payment links. A link of nothing leaves a method.

use recoup_plugin::checkout::{Guest, PaymentRequest, Session, SessionState, SetupRequest};
use recoup_plugin::form::path_segment;
use recoup_plugin::types::{ChargeAnswer, Failure, Money, Outcome, Settings};
use recoup_plugin::{Form, clock};
use serde_json::{Value, json};

use crate::Adyen;
use crate::api::{Connection, Key, Trouble, metadata};
use crate::charges::return_url;
use crate::objects::PaymentLink;
use crate::{amounts, answers, methods};

/// Where the id of our session is kept at Adyen, by what the page is for.
pub const SETUP_REFERENCE: &str = "recoup_setup";
pub const PAYMENT_REFERENCE: &str = "recoup_payment";

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const LIFETIME_MAX_MS: u64 = 70 * DAY_MS;
/// Adyen refuses a link that has ended when it arrives.
const LIFETIME_MIN_MS: u64 = 60 * 1000;

impl Guest for Adyen {
    fn start_setup(settings: Settings, request: SetupRequest) -> Result<Session, Failure> {
        let connection = Connection::of(&settings)?;
        let currency = request.currency.as_ref().unwrap_or(&connection.setup_currency);
        let mut link = json!({
            "amount": {"currency": currency.to_ascii_uppercase(), "value": 0},
            "metadata": metadata(SETUP_REFERENCE, &request.reference, &request.metadata),
        });
        keep_method(&connection, &mut link);
        let key = Key::of("setup", &request.idempotency_key);
        start(&connection, &key, link, &Page::from(&request))
    }

    fn start_payment(settings: Settings, request: PaymentRequest) -> Result<Session, Failure> {
        let connection = Connection::of(&settings)?;
        let amount = amounts::to_adyen(&request.amount).ok_or_else(|| {
            Failure::refused("amount", "Adyen has no unit as small as this in the currency")
        })?;
        let mut link = json!({
            "amount": amount,
            "metadata": metadata(PAYMENT_REFERENCE, &request.reference, &request.metadata),
        });
        if !request.description.is_empty() {
            link["description"] = request.description.chars().take(280).collect::<String>().into();
        }
        if request.keep_method {
            keep_method(&connection, &mut link);
        }
        let key = Key::of("payment", &request.idempotency_key);
        start(&connection, &key, link, &Page::from(&request))
    }

    fn find_session(settings: Settings, session_id: String) -> Result<SessionState, Failure> {
        let connection = Connection::of(&settings)?;
        let link = read(&connection, &session_id)?;
        state(&connection, &link)
    }

    fn expire_session(settings: Settings, session_id: String) -> Result<SessionState, Failure> {
        let connection = Connection::of(&settings)?;
        let path = format!("/paymentLinks/{}", path_segment(&session_id));
        let link = match connection.patch::<PaymentLink>(&path, &json!({"status": "expired"})) {
            // It was over already: what it came to matters.
            Err(Trouble::Refused(error)) if matches!(error.status, 400 | 403 | 422) => {
                read(&connection, &session_id)?
            }
            answered => answered?,
        };
        state(&connection, &link)
    }
}

/// What both kinds of pages are told.
struct Page<'a> {
    reference: &'a str,
    shopper: &'a str,
    kinds: &'a [String],
    return_url: &'a str,
    expires_at_ms: u64,
}

impl<'a> From<&'a SetupRequest> for Page<'a> {
    fn from(request: &'a SetupRequest) -> Self {
        Self {
            reference: &request.reference,
            shopper: &request.customer_id,
            kinds: &request.method_kinds,
            return_url: &request.return_url,
            expires_at_ms: request.expires_at_ms,
        }
    }
}

impl<'a> From<&'a PaymentRequest> for Page<'a> {
    fn from(request: &'a PaymentRequest) -> Self {
        Self {
            reference: &request.reference,
            shopper: &request.customer_id,
            kinds: &request.method_kinds,
            return_url: &request.return_url,
            expires_at_ms: request.expires_at_ms,
        }
    }
}

fn keep_method(connection: &Connection, link: &mut Value) {
    link["storePaymentMethodMode"] = "enabled".into();
    link["recurringProcessingModel"] = connection.recurring_model.clone().into();
}

fn start(
    connection: &Connection,
    key: &Key,
    mut link: Value,
    page: &Page<'_>,
) -> Result<Session, Failure> {
    link["merchantAccount"] = connection.merchant_account.clone().into();
    link["reference"] = page.reference.into();
    link["shopperReference"] = page.shopper.into();
    link["returnUrl"] = return_url(connection, page.return_url).into();
    // The same key must bring the same request: only a limit may move it.
    let now_ms = clock::now_ms();
    let ends_ms =
        page.expires_at_ms.clamp(now_ms + LIFETIME_MIN_MS, now_ms + LIFETIME_MAX_MS - DAY_MS);
    link["expiresAt"] = clock::iso8601(ends_ms).into();
    if !page.kinds.is_empty() {
        let kinds = page.kinds.iter().map(|kind| if kind == "card" { "scheme" } else { kind });
        link["allowedPaymentMethods"] = kinds.collect::<Vec<_>>().into();
    }
    let made: PaymentLink = connection.post("/paymentLinks", Some(key), &link)?;
    let url = made.url.ok_or_else(|| {
        Failure::Unknown(format!("Adyen made the link {} without a page", made.id))
    })?;
    let expires_at_ms = made.expires_at.as_deref().and_then(clock::parse_iso8601);
    Ok(Session { id: made.id, url, expires_at_ms })
}

fn read(connection: &Connection, id: &str) -> Result<PaymentLink, Trouble> {
    connection.get(&format!("/paymentLinks/{}", path_segment(id)), &Form::new())
}

fn state(connection: &Connection, link: &PaymentLink) -> Result<SessionState, Failure> {
    let is_setup = link.amount.as_ref().is_some_and(|amount| amount.value == 0);
    match link.status.as_str() {
        "active" => Ok(SessionState::Open),
        "paymentPending" => Ok(SessionState::InProgress(None)),
        "completed" | "paid" if is_setup => method_left(connection, link),
        // Of a debit it only says that the payer is through: its webhook tells.
        "completed" => Ok(SessionState::InProgress(None)),
        "paid" => Ok(SessionState::Paid(ChargeAnswer {
            status: link.status.clone(),
            amount: link.amount.as_ref().and_then(amounts::from_adyen) as Option<Money>,
            ..ChargeAnswer::only(Outcome::Paid)
        })),
        "expired" => Ok(SessionState::Expired),
        other => Err(Failure::Unknown(format!("the payment link is {other:?}"))),
    }
}

/// The shopper's newest method; it may take a moment to be there.
fn method_left(connection: &Connection, link: &PaymentLink) -> Result<SessionState, Failure> {
    let Some(shopper) = &link.shopper_reference else {
        return Ok(SessionState::InProgress(None));
    };
    let stored = methods::newest_first(connection, shopper)?;
    Ok(match stored.first() {
        Some(newest) => SessionState::SetUp(answers::method(newest)),
        None => SessionState::InProgress(None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{
        NOW_MS, answers, link, payment_request as payment, refusal, settings,
        setup_request as setup, stored, stored_list,
    };

    const LINKS: &str = "https://checkout-test.adyen.com/v72/paymentLinks";

    #[test]
    fn a_setup_page_takes_no_money_and_keeps_the_method() {
        let sent = answers(vec![Ok((201, link("active", 0)))]);
        let started = Adyen::start_setup(settings(), setup()).expect("Adyen takes it");
        assert_eq!(
            (started.id.as_str(), started.url.as_str()),
            ("PL1", "https://test.adyen.link/PL1")
        );
        assert_eq!(started.expires_at_ms, Some(NOW_MS + 3_600_000));
        assert_eq!(sent.calls(), [format!("POST {LINKS}")]);
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("setup:k1"));
        let expected = json!({
            "merchantAccount": "RecoupECOM",
            "amount": {"currency": "EUR", "value": 0},
            "reference": "lnk_1",
            "shopperReference": "shopper_1",
            "storePaymentMethodMode": "enabled",
            "recurringProcessingModel": "UnscheduledCardOnFile",
            "returnUrl": "https://shop.example/",
            "expiresAt": "2023-11-14T23:13:20.000Z",
            "allowedPaymentMethods": ["scheme"],
            "metadata": {"recoup_setup": "lnk_1"},
        });
        assert_eq!(sent.json(0), expected);
    }

    #[test]
    fn a_payment_page_asks_for_one_debt_and_keeps_the_method_if_asked() {
        for (keep_method, mode) in [(true, json!("enabled")), (false, json!(null))] {
            let sent = answers(vec![Ok((201, link("active", 1050)))]);
            let request = PaymentRequest { keep_method, ..payment() };
            Adyen::start_payment(settings(), request).expect("Adyen takes it");
            let body = sent.json(0);
            assert_eq!(body["amount"], json!({"currency": "EUR", "value": 1050}));
            assert_eq!(body["metadata"], json!({"recoup_payment": "lnk_1"}));
            assert_eq!(body["description"], "Acme - Invoice 1");
            assert_eq!(body["storePaymentMethodMode"], mode);
            assert_eq!(body.get("allowedPaymentMethods"), None);
        }
    }

    #[test]
    fn a_page_lives_as_long_as_adyen_allows() {
        let ends = |expires_at_ms| {
            let sent = answers(vec![Ok((201, link("active", 0)))]);
            let request = SetupRequest { expires_at_ms, ..setup() };
            Adyen::start_setup(settings(), request).expect("Adyen takes it");
            clock::parse_iso8601(sent.json(0)["expiresAt"].as_str().expect("a time"))
        };
        assert_eq!(ends(0), Some(NOW_MS + LIFETIME_MIN_MS));
        assert_eq!(ends(NOW_MS + 100 * DAY_MS), Some(NOW_MS + 69 * DAY_MS));
    }

    fn state_of(status: &str, value: u64, more: Vec<Value>) -> Result<SessionState, Failure> {
        let all = [vec![link(status, value)], more].concat();
        answers(all.into_iter().map(|body| Ok((200, body))).collect());
        Adyen::find_session(settings(), "PL1".to_owned())
    }

    #[test]
    fn a_page_says_how_far_the_payer_is() {
        assert_eq!(state_of("active", 1050, vec![]), Ok(SessionState::Open));
        assert_eq!(state_of("expired", 1050, vec![]), Ok(SessionState::Expired));
        for status in ["paymentPending", "completed"] {
            assert_eq!(
                state_of(status, 1050, vec![]),
                Ok(SessionState::InProgress(None)),
                "{status}"
            );
        }
        let Ok(SessionState::Paid(answer)) = state_of("paid", 1050, vec![]) else { panic!("paid") };
        assert_eq!(answer.amount, Some(Money { minor_units: 1050, currency: "EUR".to_owned() }));
        let tomorrow = state_of("levitating", 1050, vec![]);
        assert!(matches!(tomorrow, Err(Failure::Unknown(_))), "{tomorrow:?}");
    }

    #[test]
    fn a_completed_setup_page_has_the_method() {
        let Ok(SessionState::SetUp(method)) =
            state_of("completed", 0, vec![stored_list(&[stored("1")])])
        else {
            panic!("it was left")
        };
        assert_eq!(method.id, "1");
        let not_yet = state_of("completed", 0, vec![stored_list(&[])]);
        assert_eq!(not_yet, Ok(SessionState::InProgress(None)));
    }

    #[test]
    fn a_page_is_closed_or_says_what_it_came_to() {
        let expire = || Adyen::expire_session(settings(), "PL1".to_owned());
        let sent = answers(vec![Ok((200, link("expired", 1050)))]);
        assert_eq!(expire(), Ok(SessionState::Expired));
        assert_eq!(sent.calls(), [format!("PATCH {LINKS}/PL1")]);
        assert_eq!(sent.json(0), json!({"status": "expired"}));

        let refused = refusal(422, "14_0408", "validation");
        answers(vec![Ok((422, refused)), Ok((200, link("paymentPending", 1050)))]);
        assert_eq!(expire(), Ok(SessionState::InProgress(None)));
    }
}
