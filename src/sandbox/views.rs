//! The records as the API and the events show them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::behaviour::{self, Behaviour};
use super::book::{Charge, Customer, Origin, Purpose, Refund, Session, SessionState, State};
use super::declines::{self, DeclineView};

/// RFC 3339 in UTC with milliseconds.
pub fn time(at_ms: i64) -> String {
    DateTime::from_timestamp_millis(at_ms)
        .map_or_else(String::new, |time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[derive(Serialize)]
pub struct MethodView<'a> {
    object: &'static str,
    id: Cow<'a, str>,
    customer: Cow<'a, str>,
    kind: &'static str,
    brand: &'static str,
    last4: Cow<'static, str>,
    expiry_month: u8,
    expiry_year: u16,
    fingerprint: String,
}

pub fn method<'a>(
    id: impl Into<Cow<'a, str>>,
    customer: impl Into<Cow<'a, str>>,
) -> MethodView<'a> {
    let (id, customer) = (id.into(), customer.into());
    let spoken = behaviour::spoken(id.trim_start_matches("pm_"));
    // One card has one fingerprint however often one customer stores it.
    let digest = Sha256::new()
        .chain_update(customer.as_bytes())
        .chain_update([0])
        .chain_update(spoken.as_bytes())
        .finalize();
    let expired = match spoken.parse() {
        Ok(Behaviour::Declined { code } | Behaviour::Fails { code, .. }) => code == "expired_card",
        Ok(_) | Err(_) => false,
    };
    let last4 = match TEST_CARDS.iter().find(|card| card.behaviour == spoken) {
        Some(card) => Cow::Borrowed(card.last4),
        None => Cow::Owned(format!(
            "{:04}",
            u32::from(u16::from_be_bytes([digest[8], digest[9]])) % 10_000
        )),
    };
    MethodView {
        object: "payment_method",
        kind: "card",
        brand: if digest[10] % 2 == 0 || spoken == "ok" { "visa" } else { "mastercard" },
        last4,
        expiry_month: if expired { 1 } else { 12 },
        expiry_year: if expired { 2020 } else { 2034 },
        fingerprint: format!("fp_{}", hex(&digest[..8])),
        id,
        customer,
    }
}

/// A method that a customer has from now on.
#[derive(Serialize)]
pub struct NewMethodView<'a> {
    #[serde(flatten)]
    pub method: MethodView<'a>,
    pub is_default: bool,
}

/// A card that a payer may choose on a hosted page.
pub struct TestCard {
    pub behaviour: &'static str,
    pub last4: &'static str,
    pub label: &'static str,
}

pub const TEST_CARDS: &[TestCard] = &[
    card("ok", "4242", "Pays"),
    card("declined_insufficient_funds", "9995", "Declined: not enough money"),
    card("declined_expired_card", "0069", "Declined: expired"),
    card("declined_do_not_honor", "0002", "Declined without a reason"),
    card("declined_incorrect_cvc", "0127", "Declined: wrong security code"),
    card("declined_lost_card", "9987", "Declined: lost card"),
    card("declined_fraudulent", "0019", "Declined: suspected fraud"),
    card("fails_2_insufficient_funds", "0341", "Declined twice, then pays"),
    card("pending_10", "0077", "Pays after ten seconds"),
    card("pending_10_insufficient_funds", "0085", "Declined after ten seconds"),
    card("action", "3155", "Has to be confirmed"),
    card("slow_3000", "0309", "Pays after a slow answer"),
    card("duplicate", "0416", "Pays, webhooks come three times"),
    card("late", "0424", "Pays, webhooks come early and again a day later"),
    card("lost", "0507", "Pays, then the connection is cut"),
    card("error500", "0515", "Pays, then the page fails"),
    card("unreachable", "0523", "Nothing happens: not available"),
];

const fn card(behaviour: &'static str, last4: &'static str, label: &'static str) -> TestCard {
    TestCard { behaviour, last4, label }
}

#[derive(Serialize)]
pub struct CustomerView<'a> {
    object: &'static str,
    id: &'a str,
    name: Option<&'a str>,
    email: Option<&'a str>,
    phone: Option<&'a str>,
    address: &'a BTreeMap<String, String>,
    reference: Option<&'a str>,
    metadata: &'a BTreeMap<String, String>,
    default_method: Option<MethodView<'a>>,
}

pub fn customer<'a>(customer: &'a Customer, default_method: Option<String>) -> CustomerView<'a> {
    let profile = &customer.profile;
    CustomerView {
        object: "customer",
        id: &customer.id,
        name: profile.name.as_deref(),
        email: profile.email.as_deref(),
        phone: profile.phone.as_deref(),
        address: &profile.address,
        reference: profile.reference.as_deref(),
        metadata: &profile.metadata,
        default_method: default_method.map(|id| method(id, &customer.id)),
    }
}

#[derive(Serialize)]
pub struct ChargeView<'a> {
    object: &'static str,
    id: &'a str,
    status: &'static str,
    amount: u64,
    currency: &'a str,
    customer: &'a str,
    method: MethodView<'a>,
    reference: Option<&'a str>,
    order: Option<&'a str>,
    description: Option<&'a str>,
    metadata: &'a BTreeMap<String, String>,
    idempotency_key: Option<&'a str>,
    session: Option<&'a str>,
    session_reference: Option<&'a str>,
    decline: Option<DeclineView<'a>>,
    action: Option<ActionView>,
    refunded: u64,
    dispute: Option<&'a str>,
    created_at: String,
}

#[derive(Serialize)]
struct ActionView {
    kind: &'static str,
    url: String,
}

pub fn charge<'a>(charge: &'a Charge, public_url: &str) -> ChargeView<'a> {
    let asked = &charge.asked;
    let (session, session_reference) = match &charge.origin {
        Origin::Api { .. } => (None, None),
        Origin::Session { id, reference } => (Some(id.as_str()), reference.as_deref()),
    };
    let decline = match &charge.state {
        State::Declined { code } => Some(declines::view(code)),
        State::Succeeded | State::Pending { .. } | State::RequiresAction | State::Canceled => None,
    };
    let action = (charge.state == State::RequiresAction).then(|| ActionView {
        kind: "redirect_to_url",
        url: format!("{public_url}/confirm/{}", charge.id),
    });
    ChargeView {
        object: "charge",
        id: &charge.id,
        status: charge.state.word(),
        amount: asked.amount,
        currency: &asked.currency,
        customer: &asked.customer,
        method: method(asked.method.as_str(), asked.customer.as_str()),
        reference: asked.reference.as_deref(),
        order: asked.order.as_deref(),
        description: asked.description.as_deref(),
        metadata: &asked.metadata,
        idempotency_key: charge.idempotency_key(),
        session,
        session_reference,
        decline,
        action,
        refunded: charge.refunded,
        dispute: charge.disputed.as_deref(),
        created_at: time(charge.created_at_ms),
    }
}

#[derive(Serialize)]
pub struct RefundView<'a> {
    object: &'static str,
    id: &'a str,
    status: &'static str,
    charge: &'a str,
    amount: u64,
    currency: &'a str,
    reference: Option<&'a str>,
    reason: Option<&'a str>,
    failure: Option<&'static str>,
    idempotency_key: &'a str,
    created_at: String,
}

pub fn refund(refund: &Refund) -> RefundView<'_> {
    RefundView {
        object: "refund",
        id: &refund.id,
        status: refund.state.word(),
        charge: &refund.asked.charge,
        amount: refund.amount,
        currency: &refund.currency,
        reference: refund.asked.reference.as_deref(),
        reason: refund.asked.reason.as_deref(),
        failure: (refund.state.word() == "failed").then_some("refused_by_the_bank"),
        idempotency_key: &refund.idempotency_key,
        created_at: time(refund.created_at_ms),
    }
}

#[derive(Serialize)]
pub struct SessionView<'a> {
    object: &'static str,
    id: &'a str,
    #[serde(flatten)]
    purpose: &'a Purpose,
    status: &'static str,
    url: String,
    customer: &'a str,
    reference: Option<&'a str>,
    return_url: &'a str,
    expires_at_ms: i64,
    metadata: &'a BTreeMap<String, String>,
    charge: Option<ChargeView<'a>>,
    method: Option<MethodView<'a>>,
    created_at: String,
}

/// `result` is the charge that the state of the session names, if it names one.
pub fn session<'a>(
    session: &'a Session,
    result: Option<&'a Charge>,
    public_url: &str,
) -> SessionView<'a> {
    let asked = &session.asked;
    let left = match &session.state {
        SessionState::SetUp { method: id } => Some(method(id.as_str(), asked.customer.as_str())),
        SessionState::Open
        | SessionState::InProgress { .. }
        | SessionState::Paid { .. }
        | SessionState::Expired => None,
    };
    SessionView {
        object: "session",
        id: &session.id,
        purpose: &asked.purpose,
        status: session.state.word(),
        url: format!("{public_url}/checkout/{}", session.id),
        customer: &asked.customer,
        reference: asked.reference.as_deref(),
        return_url: &asked.return_url,
        expires_at_ms: asked.expires_at_ms,
        metadata: &asked.metadata,
        charge: result.map(|result| charge(result, public_url)),
        method: left,
        created_at: time(session.created_at_ms),
    }
}

pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
