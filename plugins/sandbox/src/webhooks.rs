//! What the PSP tells us by itself: the signature, then the event in our
//! words. Events come in any order and more than once; each is taken at its
//! word, and recoup knows what is older than what it has.

use recoup_plugin::refunds::RefundStatus;
use recoup_plugin::types::Settings;
use recoup_plugin::webhooks::{
    ChargeEvent, DisputeEvent, Event, EventKind, Guest, Inbound, MethodEvent, RefundEvent, Refusal,
    SessionEvent, Translation,
};
use recoup_plugin::{clock, crypto};
use serde::Deserialize;
use serde_json::Value;

use crate::Sandbox;
use crate::api::Connection;
use crate::objects::{Charge, Method, Refund, Session};
use crate::{answers, refunds};

/// How old a signature may be: an older one may be a replay.
const TOLERANCE_S: u64 = 300;

#[derive(Deserialize)]
struct Notice {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created_at_ms: u64,
    data: Value,
}

impl Guest for Sandbox {
    fn translate(settings: Settings, inbound: Inbound) -> Result<Translation, Refusal> {
        let connection = Connection::of(&settings).map_err(|_| {
            Refusal::Unreadable("the connection's settings are not complete".to_owned())
        })?;
        verify(&connection, &inbound, clock::now_ms() / 1000)?;
        let told: Value = serde_json::from_slice(&inbound.body)
            .map_err(|error| Refusal::Unreadable(error.to_string()))?;
        let notice: Notice = parse(told)?;
        let event = Event {
            id: notice.id,
            occurred_at_ms: notice.created_at_ms,
            kind: kind_of(notice.kind, notice.data)?,
        };
        Ok(Translation { events: vec![event], reply: None })
    }
}

/// Checks the `Sandbox-Signature` header: `t=<seconds>,v1=<hex>`.
fn verify(connection: &Connection, inbound: &Inbound, now_s: u64) -> Result<(), Refusal> {
    let bad = |reason: &str| Refusal::BadSignature(reason.to_owned());
    let Some(secret) = &connection.webhook_secret else {
        return Err(bad("the connection has no webhook_secret"));
    };
    let header = inbound.headers.iter().find(|(name, _)| name == "sandbox-signature");
    let (_, header) = header.ok_or_else(|| bad("there is no Sandbox-Signature header"))?;
    let (stamp, signature) = header
        .strip_prefix("t=")
        .and_then(|rest| rest.split_once(",v1="))
        .ok_or_else(|| bad("the Sandbox-Signature header is not t=<seconds>,v1=<hex>"))?;
    let signed_at_s: u64 = stamp.parse().map_err(|_| bad("the signature's time is no number"))?;

    let message = [stamp.as_bytes(), b".", &inbound.body].concat();
    let expected = crypto::hex(&crypto::hmac_sha256(secret.as_bytes(), &message));
    if !crypto::equal(signature.as_bytes(), expected.as_bytes()) {
        return Err(bad("the signature does not match the webhook_secret"));
    }
    if now_s.abs_diff(signed_at_s) > TOLERANCE_S {
        return Err(bad("the signature is too old, or a clock is wrong"));
    }
    Ok(())
}

fn kind_of(kind: String, data: Value) -> Result<EventKind, Refusal> {
    Ok(match kind.as_str() {
        "charge.succeeded"
        | "charge.declined"
        | "charge.pending"
        | "charge.requires_action"
        | "charge.canceled" => charge_changed(&parse(data)?),
        "charge.disputed" => dispute_lost(parse(data)?),
        "payment_method.attached" => method_stored(&parse(data)?),
        "payment_method.detached" => EventKind::MethodRemoved(parse::<Method>(data)?.id),
        "session.completed" | "session.expired" => session_ended(parse(data)?),
        "refund.succeeded" | "refund.failed" => refund_changed(parse(data)?),
        _ => EventKind::Ignored(kind),
    })
}

fn charge_changed(charge: &Charge) -> EventKind {
    EventKind::ChargeChanged(ChargeEvent {
        reference: charge.reference.clone(),
        session_reference: charge.session_reference.clone(),
        answer: answers::charge(charge),
    })
}

fn dispute_lost(charge: Charge) -> EventKind {
    let reason = charge.dispute.unwrap_or_else(|| "unknown".to_owned());
    EventKind::DisputeLost(DisputeEvent { charge_id: charge.id, reason })
}

fn method_stored(method: &Method) -> EventKind {
    EventKind::MethodStored(MethodEvent {
        customer_id: method.customer.clone(),
        method: answers::method(method),
        make_default: method.is_default,
    })
}

fn session_ended(session: Session) -> EventKind {
    EventKind::SessionEnded(SessionEvent { session_id: session.id, reference: session.reference })
}

fn refund_changed(refund: Refund) -> EventKind {
    let succeeded = refunds::status(&refund) == RefundStatus::Succeeded;
    EventKind::RefundChanged(RefundEvent {
        refund_id: refund.id,
        charge_id: Some(refund.charge),
        succeeded,
    })
}

fn parse<T: serde::de::DeserializeOwned>(data: Value) -> Result<T, Refusal> {
    serde_json::from_value(data).map_err(|error| Refusal::Unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, NOW_MS, SECRET, method, refund, session, settings};
    use recoup_plugin::testing;
    use recoup_plugin::types::Outcome;
    use serde_json::json;

    const NOW_S: u64 = NOW_MS / 1000;

    fn signed(body: &str, at_s: u64) -> Inbound {
        let message = format!("{at_s}.{body}");
        let hex = crypto::hex(&crypto::hmac_sha256(SECRET.as_bytes(), message.as_bytes()));
        Inbound {
            headers: vec![("sandbox-signature".to_owned(), format!("t={at_s},v1={hex}"))],
            body: body.as_bytes().to_vec(),
        }
    }

    fn notice(kind: &str, data: Value) -> String {
        json!({"id": "evt_1", "type": kind, "created_at_ms": NOW_MS - 5, "data": data}).to_string()
    }

    fn translate(inbound: Inbound) -> Result<Translation, Refusal> {
        testing::set_now_ms(NOW_MS);
        Sandbox::translate(settings(), inbound)
    }

    fn kind(kind: &str, data: Value) -> EventKind {
        let mut translation =
            translate(signed(&notice(kind, data), NOW_S)).expect("it is signed and readable");
        let event = translation.events.remove(0);
        assert_eq!((event.id.as_str(), event.occurred_at_ms), ("evt_1", NOW_MS - 5));
        event.kind
    }

    #[test]
    fn only_what_is_signed_lately_with_our_secret_is_read() {
        let body = notice("session.expired", session("expired"));
        assert!(translate(signed(&body, NOW_S - 300)).is_ok());
        let bad = |inbound| {
            let refusal = translate(inbound).expect_err("it must not be read");
            assert!(matches!(refusal, Refusal::BadSignature(_)), "{refusal:?}");
        };
        bad(signed(&body, NOW_S - 301));
        bad(signed(&body, NOW_S + 301));
        bad(Inbound { body: b"{}".to_vec(), ..signed(&body, NOW_S) });
        bad(Inbound { headers: Vec::new(), ..signed(&body, NOW_S) });
        for header in ["", "t=1", "v1=00,t=1", "t=x,v1=00"] {
            let headers = vec![("sandbox-signature".to_owned(), header.to_owned())];
            bad(Inbound { headers, ..signed(&body, NOW_S) });
        }
        testing::set_now_ms(NOW_MS);
        let without = vec![("base_url".to_owned(), "http://127.0.0.1:8081".to_owned())];
        let refusal = Sandbox::translate(without, signed(&body, NOW_S));
        assert!(matches!(refusal, Err(Refusal::BadSignature(_))));
    }

    #[test]
    fn what_is_signed_but_not_understood_is_said_so() {
        for body in ["nonsense".to_owned(), notice("charge.succeeded", json!({}))] {
            let refusal = translate(signed(&body, NOW_S)).expect_err("it makes no sense");
            assert!(matches!(refusal, Refusal::Unreadable(_)), "{refusal:?}");
        }
        assert_eq!(kind("moon.full", json!({})), EventKind::Ignored("moon.full".to_owned()));
    }

    #[test]
    fn a_charge_is_told_with_the_reference_of_its_attempt() {
        let told = kind("charge.succeeded", fixtures::charge("succeeded"));
        let EventKind::ChargeChanged(event) = told else { panic!("{told:?}") };
        assert_eq!(event.reference.as_deref(), Some("att_1"));
        assert_eq!(event.session_reference, None);
        assert_eq!(event.answer.outcome, Outcome::Paid);

        let mut disputed = fixtures::charge("succeeded");
        disputed["dispute"] = json!("fraudulent");
        let told = kind("charge.disputed", disputed);
        let dispute = DisputeEvent { charge_id: "ch_1".into(), reason: "fraudulent".into() };
        assert_eq!(told, EventKind::DisputeLost(dispute));
    }

    #[test]
    fn methods_come_and_go() {
        let mut stored = method();
        stored["is_default"] = json!(true);
        let told = kind("payment_method.attached", stored);
        let EventKind::MethodStored(event) = told else { panic!("{told:?}") };
        assert_eq!((event.customer_id.as_str(), event.make_default), ("cus_ok", true));
        let gone = kind("payment_method.detached", method());
        assert_eq!(gone, EventKind::MethodRemoved("pm_ok".to_owned()));
    }

    #[test]
    fn pages_and_refunds_end() {
        let ended =
            SessionEvent { session_id: "cs_1".to_owned(), reference: Some("ses_1".to_owned()) };
        assert_eq!(kind("session.completed", session("completed")), EventKind::SessionEnded(ended));
        for (word, succeeded) in [("succeeded", true), ("failed", false)] {
            let told = kind(&format!("refund.{word}"), refund(word));
            let charge_id = Some("ch_1".to_owned());
            let event = RefundEvent { refund_id: "re_1".to_owned(), charge_id, succeeded };
            assert_eq!(told, EventKind::RefundChanged(event));
        }
    }
}
