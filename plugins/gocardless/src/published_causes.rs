//! Every event that GoCardless publishes, with each of its causes and reason
//! codes, against what the plugin makes of it. The document is not part of this
//! repository: where it does not lie beside it, these tests say so and pass.

use recoup_plugin::declines::DAY_S;
use recoup_plugin::http::Error;
use recoup_plugin::testing;
use recoup_plugin::types::{DeclineClass as Class, Outcome, RetryClass as Retry};
use recoup_plugin::webhooks::{EventKind, Guest as Webhooks, Inbound};
use recoup_plugin::{crypto, types};
use serde_json::{Value, json};

use crate::GoCardless;
use crate::conformance::document;
use crate::fixtures::{NOW_MS, account, event, mandate, of, settings, with};

const SECRET: &str = "secret";

/// A row of the document, with one of its reason codes.
#[derive(Debug, Clone)]
struct Row {
    resource: String,
    action: String,
    origin: String,
    cause: String,
    scheme: Option<String>,
    reason_code: Option<String>,
}

fn rows() -> Option<Vec<Row>> {
    let document = document("gocardless-event-causes.json")?;
    let combinations = document["combinations"].as_array().expect("a list of combinations");
    let rows = combinations.iter().flat_map(|row| {
        let text = |field: &str| row[field].as_str().map(str::to_owned);
        let codes = match row["reason_codes"].as_array() {
            Some(codes) => codes.iter().map(|code| code.as_str().map(str::to_owned)).collect(),
            None => vec![None],
        };
        codes.into_iter().map(move |reason_code| Row {
            resource: text("resource_type").expect("a resource"),
            action: text("action").expect("an action"),
            origin: text("origin").expect("an origin"),
            cause: text("cause").expect("a cause"),
            scheme: text("scheme"),
            reason_code,
        })
    });
    Some(rows.collect())
}

/// What a webhook with this event says. Nothing can be read again but mandates.
fn told(row: &Row) -> Vec<EventKind> {
    testing::set_now_ms(NOW_MS);
    testing::answer_with(|request| match request.url.rsplit('/').nth(1) {
        Some("mandates") => Ok(testing::json(200, &of("mandates", mandate("active")))),
        Some("customer_bank_accounts") => {
            Ok(testing::json(200, &of("customer_bank_accounts", account())))
        }
        _ => Err(Error::NotSent("nobody is there".to_owned())),
    });
    let details = json!({
        "origin": row.origin, "cause": row.cause, "scheme": row.scheme,
        "reason_code": row.reason_code, "description": "why", "will_attempt_retry": false,
    });
    let mut event = event(&row.action, details);
    event["resource_type"] = row.resource.clone().into();
    event["links"]["new_mandate"] = "MD2".into();
    let body = json!({"events": [event], "meta": {"webhook_id": "WB1"}}).to_string();
    let mac = crypto::hmac_sha256(SECRET.as_bytes(), body.as_bytes());
    let headers = vec![("webhook-signature".to_owned(), crypto::hex(&mac))];
    let inbound = Inbound { headers, body: body.into_bytes() };
    let settings = with("webhook_secret", SECRET, settings());
    let translation = GoCardless::translate(settings, inbound).expect("it is signed and readable");
    translation.events.into_iter().map(|event| event.kind).collect()
}

/// By cause, where the bank's code says no more.
fn by_cause(cause: &str) -> Option<(Class, Retry)> {
    Some(match cause {
        "insufficient_funds" => (Class::InsufficientFunds, Retry::Soft),
        "daily_payment_limit_reached" => (Class::LimitExceeded, Retry::Soft),
        "refer_to_payer" | "bank_declined_payment" | "insufficient_payment_permissions" => {
            (Class::DoNotHonor, Retry::Limited)
        }
        "payment_violated_mandate_parameters" => (Class::NotPermitted, Retry::NewMethod),
        "bank_account_closed"
        | "invalid_bank_details"
        | "direct_debit_not_enabled"
        | "account_blocked_for_any_financial_transaction"
        | "payer_deceased" => (Class::InvalidAccount, Retry::NewMethod),
        // It may be tried once more when the mandate has moved.
        "bank_account_transferred" => (Class::InvalidAccount, Retry::Limited),
        "mandate_cancelled"
        | "mandate_expired"
        | "mandate_blocked"
        | "mandate_blocked_by_gocardless"
        | "initial_one_off_payment_failed"
        | "customer_approval_denied" => (Class::MandateCancelled, Retry::NewMethod),
        "mandate_suspended_by_payer" => (Class::MandateCancelled, Retry::Hold),
        "authorisation_disputed" | "return_on_odfi_request" | "refund_requested" => {
            (Class::Disputed, Retry::Stop)
        }
        "payment_stopped" => (Class::RevokedAuthorization, Retry::Stop),
        "test_failure" => (Class::ProcessingError, Retry::Limited),
        "payment_cancelled" | "instalment_schedule_cancelled" => (Class::Cancelled, Retry::Hold),
        "other" => (Class::Unclassified, Retry::Limited),
        _ => return None,
    })
}

/// What the bank's code says where the cause is `refer_to_payer` or `other`.
fn by_reason(scheme: &str, code: &str) -> Option<(Class, Retry)> {
    Some(match (scheme, code) {
        ("ach", "R01" | "R09")
        | ("bacs", "0")
        | ("becs", "6")
        | ("pad", "901" | "908" | "909")
        | ("becs_nz" | "sepa_core", "AM04") => (Class::InsufficientFunds, Retry::Soft),
        ("ach", "R08" | "R23" | "R29")
        | ("sepa_core", "MS02")
        | ("becs_nz", "MS01")
        | ("betalingsservice", "0237") => (Class::RevokedAuthorization, Retry::Stop),
        ("ach", "R05")
        | ("pad", "916" | "918" | "919" | "921")
        | ("becs", "UCDUOTHR")
        | ("becs_nz", "BE05")
        | ("sepa_core", "MD06") => (Class::Disputed, Retry::Stop),
        ("ach", "R16" | "R20" | "R34") => (Class::InvalidAccount, Retry::NewMethod),
        ("ach", notice) if notice.starts_with('C') => (Class::InvalidAccount, Retry::NewMethod),
        ("bacs", "6")
        | ("ach", "R17" | "R24" | "R81" | "R83" | "R84" | "R85")
        | ("becs" | "pay_to", "INT_ERR") => (Class::ProcessingError, Retry::Limited),
        _ => return None,
    })
}

fn expected(row: &Row) -> Option<(Class, Retry)> {
    let code = row.reason_code.as_deref().unwrap_or("");
    let code = code.rsplit('-').next().unwrap_or(code);
    let refined = match row.cause.as_str() {
        "refer_to_payer" | "other" => by_reason(row.scheme.as_deref().unwrap_or(""), code),
        _ => None,
    };
    refined.or_else(|| by_cause(&row.cause))
}

fn decline(kind: &EventKind) -> Option<&types::Decline> {
    match kind {
        EventKind::ChargeChanged(event) => match &event.answer.outcome {
            Outcome::Declined(decline) => Some(decline),
            _ => None,
        },
        _ => None,
    }
}

#[test]
fn every_published_failure_of_a_payment_has_the_class_of_its_cause() {
    let Some(rows) = rows() else { return };
    let failed = |row: &&Row| {
        let is_failure = ["failed", "cancelled", "customer_approval_denied"];
        row.resource == "payments" && is_failure.contains(&row.action.as_str())
    };
    let mut seen = 0;
    for row in rows.iter().filter(failed) {
        let [kind] = told(row).try_into().expect("an event says one thing");
        let decline = decline(&kind).unwrap_or_else(|| panic!("{row:?}: {kind:?}"));
        let expected = expected(row).unwrap_or_else(|| panic!("a new cause: {row:?}"));
        assert_eq!((decline.class, decline.retry), expected, "{row:?}");
        let week = (row.cause == "bank_account_transferred").then_some(7 * DAY_S);
        let waits = decline.retry_after_s;
        assert!(week.is_none() || waits == week, "{row:?} waits {waits:?}");
        seen += 1;
    }
    assert!(seen > 250, "only {seen} failures of a payment");
}

/// The words for what an event is told as.
fn word(kind: &EventKind) -> String {
    match kind {
        EventKind::ChargeChanged(event) => match &event.answer.outcome {
            Outcome::Paid => "paid".to_owned(),
            Outcome::Pending => "pending".to_owned(),
            Outcome::Declined(_) => "declined".to_owned(),
            other => format!("{other:?}"),
        },
        EventKind::MethodStored(_) => "stored".to_owned(),
        EventKind::MethodRemoved(id) => format!("removed {id}"),
        EventKind::SessionEnded(_) => "page ended".to_owned(),
        EventKind::DisputeLost(_) => "taken back".to_owned(),
        EventKind::RefundChanged(refund) if refund.succeeded => "refunded".to_owned(),
        EventKind::RefundChanged(_) => "not refunded".to_owned(),
        EventKind::Ignored(_) => "ignored".to_owned(),
    }
}

fn expected_words(resource: &str, action: &str) -> &'static [&'static str] {
    match (resource, action) {
        (
            "payments",
            "created" | "submitted" | "customer_approval_granted" | "resubmission_requested",
        ) => &["pending"],
        ("payments", "confirmed" | "paid_out" | "chargeback_cancelled") => &["paid"],
        ("payments", "failed" | "cancelled" | "customer_approval_denied") => &["declined"],
        ("payments", "charged_back") => &["taken back"],
        ("payments", "chargeback_settled" | "late_failure_settled" | "surcharge_fee_debited") => {
            &["ignored"]
        }
        ("mandates", "created" | "submitted" | "active" | "reinstated" | "transferred") => {
            &["stored"]
        }
        (
            "mandates",
            "failed" | "cancelled" | "expired" | "blocked" | "consumed" | "suspended_by_payer",
        ) => &["removed MD1"],
        ("mandates", "replaced") => &["removed MD1", "stored"],
        (
            "mandates",
            "customer_approval_granted" | "customer_approval_skipped" | "resubmission_requested",
        ) => &["ignored"],
        ("billing_requests", "fulfilled" | "cancelled" | "failed") => &["page ended"],
        ("billing_requests", _) => &["ignored"],
        ("refunds", "paid") => &["refunded"],
        ("refunds", "failed" | "funds_returned") => &["not refunded"],
        ("refunds", "created" | "refund_settled") => &["ignored"],
        (_, _) => panic!("a new event: {resource}.{action}"),
    }
}

#[test]
fn every_published_event_is_told_as_what_it_is() {
    let Some(rows) = rows() else { return };
    for row in &rows {
        let words: Vec<_> = told(row).iter().map(word).collect();
        assert_eq!(words, expected_words(&row.resource, &row.action), "{row:?}");
    }
    assert!(rows.len() > 370, "only {} events", rows.len());
}

#[test]
fn every_published_action_is_among_the_events() {
    let Some(rows) = rows() else { return };
    let Some(document) = document("gocardless-event-causes.json") else { return };
    for (resource, actions) in document["actions"].as_object().expect("actions by resource") {
        for action in actions.as_array().expect("a list").iter().filter_map(Value::as_str) {
            let is_there = rows.iter().any(|row| row.resource == *resource && row.action == action);
            assert!(is_there, "{resource}.{action}");
        }
    }
}
