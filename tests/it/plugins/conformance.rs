//! What every plugin promises, whatever its provider: the truth about money when the provider
//! is away, silent or confused, and no secret in anything that is kept.
//!
//! A new plugin is tested by being built in. It needs a `base_url` setting, so that it can be
//! pointed at the peers of these tests.

use std::sync::{Arc, Mutex};

use recoup::app::ports::{
    Cancellation, ChargeFinding, InboundWebhook, PspError, Psps, WebhookRefusal,
};
use recoup::domain::attempt::Outcome;
use recoup::domain::connection::Connection;
use recoup::psp::PluginHost;

use crate::psp::peer::{Peer, deserted};
use crate::psp::stage::charge_request;

use super::bench::{Bench, connected, customer, link, query, secrets, setup};
use super::log::Log;

/// Calls everything that takes an address and returns all that came back, as it prints.
fn call_everything(host: &PluginHost, connection: &Connection) -> Vec<String> {
    let abilities = host.provider(&connection.provider).unwrap().abilities;
    let mut said =
        vec![format!("{:?}", host.mode_of(connection)), format!("{:?}", host.check(connection))];
    if abilities.charging {
        said.push(format!("{:?}", host.charge(connection, &charge_request())));
        said.push(format!("{:?}", host.find_charge(connection, &query())));
        said.push(format!("{:?}", host.cancel_charge(connection, &query())));
    }
    for failed in failures(host, connection) {
        said.push(format!("{failed:?}"));
    }
    said
}

/// What the functions answer that make or read something other than a charge, with their names.
fn failures(host: &PluginHost, connection: &Connection) -> Vec<(&'static str, Option<PspError>)> {
    let abilities = host.provider(&connection.provider).unwrap().abilities;
    let mut failures = Vec::new();
    if abilities.customers {
        let made = host.create_customer(connection, "key-4", &customer());
        failures.push(("create-customer", made.err()));
        let updated = host.update_customer(connection, "cus_1", &customer());
        failures.push(("update-customer", updated.err()));
    }
    if abilities.methods {
        let listed = host.list_methods(connection, "cus_1");
        failures.push(("list-methods", listed.err()));
        let default = host.default_method(connection, "cus_1");
        failures.push(("default-method", default.err()));
        let set = host.set_default_method(connection, "cus_1", "pm_1");
        failures.push(("set-default-method", set.err()));
    }
    if abilities.checkout {
        let setup = host.start_setup(connection, &setup());
        failures.push(("start-setup", setup.err()));
        let payment = host.start_payment(connection, &link());
        failures.push(("start-payment", payment.err()));
        let found = host.find_session(connection, "cs_1");
        failures.push(("find-session", found.err()));
        let expired = host.expire_session(connection, "cs_1");
        failures.push(("expire-session", expired.err()));
    }
    failures
}

/// Servers whose answers say nothing of the money, by what is wrong with them.
fn confused_peers() -> Vec<(&'static str, Peer)> {
    let answers = [
        (
            "an error of its own",
            "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\n{}",
        ),
        ("a gateway's error", "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\n\r\n<html>"),
        ("an empty answer", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        ("a page", "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>"),
        ("another object", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"),
        (
            "a redirect",
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n",
        ),
    ];
    let mut peers: Vec<_> =
        answers.into_iter().map(|(name, answer)| (name, Peer::answering(answer))).collect();
    let cut = Peer::new(|visit| {
        visit.request();
    });
    peers.push(("a cut connection", cut));
    let half = Peer::new(|visit| {
        visit.request();
        visit.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":");
    });
    peers.push(("half an answer", half));
    let silent = Peer::new(|visit| while visit.request().is_some() {});
    peers.push(("silence", silent));
    peers
}

#[test]
fn plugins_describe_what_tests_and_operators_need() {
    let bench = Bench::new();
    for provider in bench.providers() {
        let name = &provider.name;
        assert!(provider.built_in, "{name}");
        assert!(provider.abilities.charging, "{name} cannot charge");
        let base_url = provider.settings.iter().find(|setting| setting.key == "base_url");
        assert!(base_url.is_some_and(|setting| !setting.secret), "{name} has no `base_url`");
        for setting in &provider.settings {
            let sounds_secret = ["secret", "password", "token", "api_key", "hmac"]
                .iter()
                .any(|word| setting.key.contains(word));
            assert!(setting.secret || !sounds_secret, "{name}: `{}` leaks", setting.key);
        }
    }
}

#[test]
fn the_mode_is_told_without_a_request() {
    let bench = Bench::new();
    let peer = Peer::answering("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n");
    for provider in bench.providers() {
        let mode = bench.host.mode_of(&connected(&provider, &peer.url()));
        assert!(mode.is_ok(), "{}: {mode:?}", provider.name);
    }
    assert_eq!(peer.connections(), 0);
    assert!(bench.take_exchanges().is_empty());
}

#[test]
fn a_provider_that_is_away_was_sent_nothing() {
    let bench = Bench::new();
    for provider in bench.providers() {
        let connection = connected(&provider, &deserted());
        let name = &provider.name;
        let answer = bench.host.charge(&connection, &charge_request());
        assert!(matches!(answer.outcome, Outcome::NotSent(_)), "{name}: {answer:?}");
        assert!(!bench.take_exchanges().is_empty(), "{name} did not even try");
        let finding = bench.host.find_charge(&connection, &query());
        assert!(matches!(finding, ChargeFinding::CannotTell(_)), "{name}: {finding:?}");
        let cancelled = bench.host.cancel_charge(&connection, &query());
        assert!(matches!(cancelled, Cancellation::CannotTell(_)), "{name}: {cancelled:?}");
        for (function, error) in failures(&bench.host, &connection) {
            assert!(matches!(error, Some(PspError::NotSent(_))), "{name} {function}: {error:?}");
        }
    }
}

#[test]
fn an_answer_that_says_nothing_of_the_money_leaves_it_unknown() {
    let bench = Bench::new();
    for provider in bench.providers() {
        for (what, peer) in confused_peers() {
            let connection = connected(&provider, &peer.url());
            let name = &provider.name;
            let answer = bench.host.charge(&connection, &charge_request());
            let outcome = &answer.outcome;
            assert!(matches!(outcome, Outcome::Unknown(_)), "{name}, {what}: {answer:?}");
            let finding = bench.host.find_charge(&connection, &query());
            let unsure = matches!(finding, ChargeFinding::CannotTell(_));
            assert!(unsure, "{name}, {what}: {finding:?}");
            let cancelled = bench.host.cancel_charge(&connection, &query());
            let unsure = matches!(cancelled, Cancellation::CannotTell(_));
            assert!(unsure, "{name}, {what}: {cancelled:?}");
        }
    }
}

#[test]
fn what_may_have_been_made_is_unknown() {
    let bench = Bench::new();
    for provider in bench.providers() {
        for (what, peer) in confused_peers() {
            let connection = connected(&provider, &peer.url());
            for (function, error) in failures(&bench.host, &connection) {
                let name = &provider.name;
                // A list without anything in it is an answer of a kind.
                let is_read = matches!(function, "list-methods" | "default-method");
                if what == "another object" && is_read || function == "update-customer" {
                    continue;
                }
                let unsure = matches!(error, Some(PspError::Unknown(_)));
                assert!(unsure, "{name} {function}, {what}: {error:?}");
            }
        }
    }
}

#[test]
fn the_same_key_makes_the_same_request() {
    let bench = Bench::new();
    let requests: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = requests.clone();
    let peer = Peer::new(move |visit| {
        while let Some(request) = visit.request() {
            seen.lock().unwrap().push(request);
            visit.write("HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\n{}");
        }
    });
    for provider in bench.providers() {
        let connection = connected(&provider, &peer.url());
        let mut sent = [(); 2].map(|()| {
            requests.lock().unwrap().clear();
            bench.host.charge(&connection, &charge_request());
            std::mem::take(&mut *requests.lock().unwrap())
        });
        let name = &provider.name;
        assert_eq!(sent[0], sent[1], "{name}");
        let charge = sent[0].pop().unwrap();
        assert!(charge.contains("attempt-1"), "{name} does not leave our reference: {charge}");
        if provider.idempotency.key_lifetime.as_ms() > 0 {
            assert!(charge.contains("key-1"), "{name} does not send the key: {charge}");
        }
    }
}

#[test]
fn a_webhook_without_a_good_signature_is_refused_before_anything_else() {
    let bench = Bench::new();
    let peer = Peer::answering("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n");
    let hex = "5".repeat(64);
    let forged = [
        ("stripe-signature", format!("t=1700000000,v1={hex}")),
        ("sandbox-signature", format!("t=1700000000,v1={hex}")),
        ("webhook-signature", hex.clone()),
        ("hmacsignature", format!("{}=", "5".repeat(43))),
    ];
    for provider in bench.providers() {
        if !provider.abilities.webhooks {
            continue;
        }
        let connection = connected(&provider, &peer.url());
        for headers in
            [Vec::new(), forged.clone().map(|(name, value)| (name.to_owned(), value)).to_vec()]
        {
            let body = br#"{"id":"evt_1","type":"charge.succeeded","data":{}}"#.to_vec();
            let inbound = InboundWebhook { headers, body };
            let refused = bench.host.translate_webhook(&connection, &inbound);
            let is_refused = matches!(refused, Err(WebhookRefusal::BadSignature(_)));
            assert!(is_refused, "{}: {refused:?}", provider.name);
        }
    }
    assert_eq!(peer.connections(), 0);
}

#[test]
fn no_secret_is_in_anything_that_is_kept() {
    let bench = Bench::new();
    for provider in bench.providers() {
        let mut places = vec![("an absent provider", connected(&provider, &deserted()))];
        let peers = confused_peers();
        for (what, peer) in &peers {
            places.push((what, connected(&provider, &peer.url())));
        }
        // Says back all that it was told.
        let echo = Peer::new(|visit| {
            while let Some(request) = visit.request() {
                let body = format!("{{\"error\":{{\"message\":{request:?}}}}}");
                visit.write(&format!(
                    "HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                ));
            }
        });
        places.push(("an echo", connected(&provider, &echo.url())));
        for (what, connection) in places {
            let log = Log::default();
            let said = log.during(|| call_everything(&bench.host, &connection));
            let exchanges = bench.take_exchanges();
            assert!(!exchanges.is_empty());
            let kept = format!("{said:?} {exchanges:?} {}", log.text());
            for (key, secret) in secrets(&provider) {
                let name = &provider.name;
                assert!(!kept.contains(&secret), "{name}, {what}: `{key}` in {kept}");
            }
            assert!(log.text().contains("attempt-1"), "{}", log.text());
        }
    }
}
