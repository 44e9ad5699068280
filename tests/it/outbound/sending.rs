//! Signing and sending: what arrives, and what comes of every kind of answer.

use std::net::TcpListener;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use recoup::app::ports::{OutgoingWebhook, SigningKeys, WebhookSender as _};
use recoup::clock::SystemClock;
use recoup::domain::id::{DeliveryId, OrganizationId, WebhookEndpointId};
use recoup::domain::secret::Secret;
use recoup::domain::time::Timestamp;
use recoup::domain::webhook::{DeliveryAnswer, Dialect, SignatureAlgorithm, WebhookEndpoint};
use recoup::outbound::{WebhookOptions, WebhookOut};
use sha2::Sha256;

use super::receiver::{Answer, Receiver};

const ISSUER: &str = "https://billing.example/lago";
const PAYLOAD: &str = r#"{"webhook_type":"customer.created","name":"A \u0026 B, é, a/b"}"#;
const NOW: Timestamp = Timestamp::from_unix_ms(1_750_000_000_000);

/// Made once: they take a while.
fn keys() -> &'static SigningKeys {
    static KEYS: OnceLock<SigningKeys> = OnceLock::new();
    KEYS.get_or_init(|| sender().new_keys())
}

fn sender() -> WebhookOut {
    WebhookOut::new(WebhookOptions::new(ISSUER), Arc::new(SystemClock))
}

fn impatient() -> WebhookOut {
    let timeout = Duration::from_millis(300);
    WebhookOut::new(
        WebhookOptions { timeout, ..WebhookOptions::new(ISSUER) },
        Arc::new(SystemClock),
    )
}

fn endpoint(url: String, signature_algorithm: SignatureAlgorithm) -> WebhookEndpoint {
    WebhookEndpoint {
        id: WebhookEndpointId::at(NOW),
        organization_id: OrganizationId::at(NOW),
        url,
        dialect: Dialect::Lago,
        signature_algorithm,
        name: None,
        event_types: None,
        created_at: NOW,
    }
}

fn send(out: &WebhookOut, endpoint: &WebhookEndpoint, payload: &str) -> DeliveryAnswer {
    let delivery_id = DeliveryId::at(NOW);
    out.send(&OutgoingWebhook { endpoint, keys: keys(), delivery_id, payload }).answer
}

/// To an endpoint that answers so.
fn answer_to(out: &WebhookOut, answer: Answer) -> DeliveryAnswer {
    let receiver = Receiver::answering([answer]);
    send(out, &endpoint(receiver.url(), SignatureAlgorithm::Hmac), PAYLOAD)
}

fn reason(answer: DeliveryAnswer) -> String {
    match answer {
        DeliveryAnswer::Unreachable { reason } => reason,
        DeliveryAnswer::Accepted { .. }
        | DeliveryAnswer::Vetoed { .. }
        | DeliveryAnswer::Refused { .. } => {
            panic!("answered: {answer:?}")
        }
    }
}

fn verified(token: &str) -> serde_json::Value {
    let pem = sender().public_key_pem(keys()).expect("a key");
    let key = DecodingKey::from_rsa_pem(pem.as_bytes()).expect("SPKI");
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_required_spec_claims(&["iss"]);
    rules.set_issuer(&[ISSUER]);
    jsonwebtoken::decode(token, &key, &rules).expect("a signature that fits").claims
}

#[test]
fn the_exact_payload_arrives_with_an_hmac_of_it() {
    let receiver = Receiver::answering([Answer::status(200)]);
    let endpoint = endpoint(receiver.url(), SignatureAlgorithm::Hmac);
    let delivery_id = DeliveryId::at(NOW);
    let webhook =
        OutgoingWebhook { endpoint: &endpoint, keys: keys(), delivery_id, payload: PAYLOAD };
    assert_eq!(sender().send(&webhook).answer, DeliveryAnswer::Accepted { status: 200 });

    let received = receiver.received();
    let [got] = received.as_slice() else { panic!("{received:?}") };
    assert_eq!(got.request_line, "POST /hooks?from=recoup HTTP/1.1");
    assert_eq!(got.text(), PAYLOAD);
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!(got.header("x-lago-signature-algorithm"), "hmac");
    assert_eq!(got.header("x-lago-unique-key"), delivery_id.to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(keys().hmac.reveal().as_bytes()).unwrap();
    mac.update(&got.body);
    mac.verify_slice(&STANDARD.decode(got.header("x-lago-signature")).unwrap()).unwrap();
}

#[test]
fn a_token_verifies_with_the_public_key_and_holds_the_body() {
    let receiver = Receiver::answering([Answer::status(201)]);
    let endpoint = endpoint(receiver.url(), SignatureAlgorithm::Jwt);
    assert_eq!(send(&sender(), &endpoint, PAYLOAD), DeliveryAnswer::Accepted { status: 201 });

    let got = receiver.received().remove(0);
    assert_eq!(got.header("x-lago-signature-algorithm"), "jwt");
    let claims = verified(got.header("x-lago-signature"));
    assert_eq!(claims["data"], got.text());
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims.as_object().unwrap().len(), 2);
}

#[test]
fn every_try_sends_the_same_bytes() {
    let receiver = Receiver::answering([Answer::status(500), Answer::status(200)]);
    let endpoint = endpoint(receiver.url(), SignatureAlgorithm::Jwt);
    let delivery_id = DeliveryId::at(NOW);
    let webhook =
        OutgoingWebhook { endpoint: &endpoint, keys: keys(), delivery_id, payload: PAYLOAD };
    assert_eq!(sender().send(&webhook).answer, DeliveryAnswer::Refused { status: 500 });
    // Another process, later.
    assert_eq!(sender().send(&webhook).answer, DeliveryAnswer::Accepted { status: 200 });
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0], received[1]);
}

#[test]
fn four_answers_accept_and_all_others_refuse() {
    for status in [200, 201, 202, 204] {
        let answer = answer_to(&sender(), Answer::status(status));
        assert_eq!(answer, DeliveryAnswer::Accepted { status });
    }
    for status in [203, 206, 304, 400, 401, 404, 410, 429, 500, 503] {
        let answer = answer_to(&sender(), Answer::status(status));
        assert_eq!(answer, DeliveryAnswer::Refused { status });
    }
}

#[test]
fn no_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Receiver::answering([Answer::status(200)]);
        let answer = answer_to(&sender(), Answer::redirect(status, &elsewhere.url()));
        assert_eq!(answer, DeliveryAnswer::Refused { status });
        assert_eq!(elsewhere.received(), []);
    }
}

#[test]
fn an_endpoint_that_says_nothing_is_given_up() {
    let begun = Instant::now();
    let reason = reason(answer_to(&impatient(), Answer::Silence));
    assert_eq!(reason, "no answer within 300ms");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn half_an_answer_is_none() {
    let half = Answer::BytesThenClose("HTTP/1.1 200 X\r\nConte".to_owned());
    reason(answer_to(&sender(), half));
    let garbage = Answer::BytesThenClose("SMTP ready\r\n\r\n".to_owned());
    reason(answer_to(&sender(), garbage));
    let endless_head = format!("HTTP/1.1 200 X\r\nX-Long: {}", "x".repeat(200_000));
    reason(answer_to(&sender(), Answer::BytesThenClose(endless_head)));
}

#[test]
fn an_endless_body_does_not_keep_us() {
    let begun = Instant::now();
    let answer = answer_to(&sender(), Answer::EndlessBody);
    assert_eq!(answer, DeliveryAnswer::Accepted { status: 200 });
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_reason_never_holds_what_is_secret_in_the_url() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [
        format!("http://user:hunter2@{unused}/hook?token=hunter2"),
        "user:hunter2@nothing".to_owned(),
        "ftp://user:hunter2@127.0.0.1/".to_owned(),
        "http://".to_owned(),
    ] {
        let reason = reason(send(&sender(), &endpoint(url, SignatureAlgorithm::Hmac), PAYLOAD));
        assert!(!reason.contains("hunter2") && !reason.contains("user"), "{reason}");
        assert!(!reason.is_empty());
    }
}

#[test]
fn a_connection_that_was_closed_meanwhile_costs_no_try() {
    let closes = "HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n".to_owned();
    let receiver = Receiver::answering([Answer::BytesThenClose(closes)]);
    let (out, endpoint) = (sender(), endpoint(receiver.url(), SignatureAlgorithm::Hmac));
    for _ in 0..5 {
        assert_eq!(send(&out, &endpoint, PAYLOAD), DeliveryAnswer::Accepted { status: 200 });
    }
    assert_eq!(receiver.received().len(), 5);
}

#[test]
fn a_long_payload_arrives_under_both_signatures() {
    let payload = format!(r#"{{"text":"{}"}}"#, "é<\\\"".repeat(60_000));
    for algorithm in SignatureAlgorithm::ALL {
        let receiver = Receiver::answering([Answer::status(204)]);
        let endpoint = endpoint(receiver.url(), *algorithm);
        let answer = send(&sender(), &endpoint, &payload);
        assert_eq!(answer, DeliveryAnswer::Accepted { status: 204 });
        let got = receiver.received().remove(0);
        assert_eq!(got.text(), payload);
        if *algorithm == SignatureAlgorithm::Jwt {
            assert_eq!(verified(got.header("x-lago-signature"))["data"], payload.as_str());
        }
    }
}

#[test]
fn what_cannot_be_signed_or_is_too_long_is_not_sent() {
    let receiver = Receiver::answering([Answer::status(200)]);
    let endpoint = endpoint(receiver.url(), SignatureAlgorithm::Jwt);
    let options = WebhookOptions { payload_bytes_max: 8, ..WebhookOptions::new(ISSUER) };
    let answer = send(&WebhookOut::new(options, Arc::new(SystemClock)), &endpoint, PAYLOAD);
    assert_eq!(reason(answer), "the payload is longer than 8 bytes");

    let broken = SigningKeys { rsa_private_pem: Secret::new("no key at all"), ..keys().clone() };
    let delivery_id = DeliveryId::at(NOW);
    let webhook =
        OutgoingWebhook { endpoint: &endpoint, keys: &broken, delivery_id, payload: PAYLOAD };
    let reason = reason(sender().send(&webhook).answer);
    assert_eq!(reason, "the signing key of the organization cannot be read");
    assert!(sender().public_key_pem(&broken).is_err());
    assert_eq!(receiver.received(), []);
}
