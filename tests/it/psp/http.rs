//! What the host says of an exchange: `denied` and `not sent` only where it is certain that the
//! provider saw nothing, `maybe sent` wherever it is not.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use recoup::app::ports::Psps;
use recoup::domain::attempt::Outcome;
use recoup::psp::{CallLimits, ExchangeEnd};

use super::guest::Guest;
use super::peer::{OK, Peer, deserted};
use super::stage::{SECRET, Stage, charge_request, connection};

const POST: &str = "(drop (call $post (local.get $in))) (i32.const 0)";

fn limits() -> CallLimits {
    CallLimits {
        http_timeout_ms: 300,
        connect_timeout_ms: 300,
        response_body_bytes_max: 1_000,
        ..CallLimits::default()
    }
}

fn stage() -> Stage {
    Stage::new(&[Guest::new("poster", POST)], limits())
}

/// How an exchange with the address ends.
fn end_at(url: &str) -> ExchangeEnd {
    let stage = stage();
    stage.charge("poster", url);
    stage.end()
}

fn assert_maybe_sent(peer: &Peer) {
    let end = end_at(&peer.url());
    assert!(matches!(end, ExchangeEnd::MaybeSent(_)), "{end:?}");
    assert_eq!(peer.connections(), 1, "nothing is sent twice");
}

fn assert_not_sent(url: &str) {
    let end = end_at(url);
    assert!(matches!(end, ExchangeEnd::NotSent(_)), "{end:?}");
}

fn assert_denied(url: &str, because: &str) {
    match end_at(url) {
        ExchangeEnd::Denied(reason) => assert!(reason.contains(because), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_status_is_an_answer_and_no_redirect_is_followed() {
    for (status, line) in [(200, "200 OK"), (302, "302 Found"), (500, "500 Oh"), (204, "204 No")] {
        let answer = format!(
            "HTTP/1.1 {line}\r\nlocation: /elsewhere\r\n{}\r\n",
            if status == 204 { "" } else { "content-length: 0\r\n" }
        );
        let peer = Peer::new(move |visit| {
            while visit.request().is_some() {
                visit.write(&answer);
            }
        });
        let end = end_at(&peer.url());
        assert_eq!(end, ExchangeEnd::Answered { status, bytes: 0 });
        assert_eq!(peer.requests(), 1);
    }
}

#[test]
fn a_refused_connection_sent_nothing() {
    assert_not_sent(&deserted());
}

#[test]
fn a_name_that_does_not_resolve_sent_nothing() {
    assert_not_sent("https://psp.invalid/v1/charges");
}

#[test]
fn a_failed_tls_handshake_sent_nothing() {
    let peer = Peer::answering("HTTP/1.1 400 Bad\r\n\r\n");
    let garbage = Peer::new(|visit| visit.write("this is no TLS at all, whatever you say\r\n"));
    assert_not_sent(&garbage.https_url());
    assert_not_sent(&peer.https_url());
    assert_eq!(peer.requests(), 0);
}

#[test]
fn a_silent_tls_handshake_ends_with_the_connect_time_and_sent_nothing() {
    let peer = Peer::new(|visit| {
        let mut rest = Vec::new();
        let _ = visit.stream.read_to_end(&mut rest);
    });
    let begun = Instant::now();
    assert_not_sent(&peer.https_url());
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_connection_that_is_cut_after_the_request_may_have_sent_it() {
    assert_maybe_sent(&Peer::new(|visit| {
        visit.request();
    }));
}

#[test]
fn a_connection_that_is_cut_before_the_request_is_read_may_have_sent_it() {
    assert_maybe_sent(&Peer::new(|_| ()));
}

#[test]
fn a_cut_head_or_body_may_have_sent_it() {
    for cut in [
        "HTTP/1.1 200 O",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{",
        "this is no HTTP\r\n\r\n",
    ] {
        assert_maybe_sent(&Peer::new(move |visit| {
            visit.request();
            visit.write(cut);
        }));
    }
}

#[test]
fn a_broken_answer_without_length_may_be_longer() {
    assert_maybe_sent(&Peer::new(|visit| {
        // Closing while a byte is unread breaks the connection instead of ending it.
        let _ = visit.stream.read(&mut [0]);
        visit.write("HTTP/1.1 200 OK\r\n\r\n{\"status\":");
    }));
}

#[test]
fn an_answer_without_length_ends_with_its_connection() {
    let peer = Peer::new(|visit| {
        visit.request();
        visit.write("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}");
    });
    let end = end_at(&peer.url());
    assert_eq!(end, ExchangeEnd::Answered { status: 200, bytes: 2 });
}

#[test]
fn silence_and_dribble_end_with_the_time_and_may_have_sent_it() {
    let begun = Instant::now();
    assert_maybe_sent(&Peer::new(|visit| while visit.request().is_some() {}));
    assert_maybe_sent(&Peer::new(|visit| {
        visit.request();
        visit.write("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n");
        while visit.stream.write_all(b"x").is_ok() {
            thread::park_timeout(Duration::from_millis(20));
        }
    }));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn an_answer_that_is_too_large_is_not_read() {
    assert_maybe_sent(&Peer::answering("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n"));
    assert_maybe_sent(&Peer::new(|visit| {
        visit.request();
        visit.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        while visit.stream.write_all(b"1\r\nx\r\n").is_ok() {}
    }));
    assert_maybe_sent(&Peer::new(|visit| {
        visit.request();
        visit.write("HTTP/1.1 200 OK\r\n");
        while visit.stream.write_all(b"x-filler: xxxxxxxxxxxxxxxxxxxxxx\r\n").is_ok() {}
    }));
}

#[test]
fn an_answer_of_just_the_limit_is_read() {
    let peer = Peer::new(|visit| {
        visit.request();
        visit.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
        visit.write(&"x".repeat(1000));
    });
    let end = end_at(&peer.url());
    assert_eq!(end, ExchangeEnd::Answered { status: 200, bytes: 1000 });
}

#[test]
fn connections_are_used_again() {
    let (stage, peer) = (stage(), Peer::answering(OK));
    for _ in 0..5 {
        stage.charge("poster", &peer.url());
    }
    assert_eq!((peer.connections(), peer.requests()), (1, 5));
}

#[test]
fn a_kept_connection_that_dies_under_a_request_is_not_tried_again() {
    let peer = Peer::new(|visit| {
        visit.request();
        visit.write(OK);
        visit.request();
    });
    let stage = stage();
    stage.charge("poster", &peer.url());
    stage.charge("poster", &peer.url());
    let ends: Vec<_> = stage.exchanges().into_iter().map(|e| e.end).collect();
    assert!(matches!(ends[0], ExchangeEnd::Answered { .. }), "{ends:?}");
    assert!(matches!(ends[1], ExchangeEnd::MaybeSent(_)), "{ends:?}");
    assert_eq!((peer.connections(), peer.requests()), (1, 2));
}

#[test]
fn a_kept_connection_that_was_closed_meanwhile_is_noticed() {
    let peer = Peer::new(|visit| {
        visit.request();
        visit.write(OK);
    });
    let stage = stage();
    for connections in 1..=3 {
        stage.charge("poster", &peer.url());
        peer.wait_until_closed(connections);
    }
    assert!(
        stage
            .exchanges()
            .iter()
            .all(|exchange| matches!(exchange.end, ExchangeEnd::Answered { .. }))
    );
    assert_eq!(peer.connections(), 3);
}

#[test]
fn only_described_hosts_and_the_base_url_are_reached() {
    assert_denied("http://[::1", "malformed");
    assert_denied("http://1.1.1.1/", "public");
    assert_denied("ftp://127.0.0.1/", "ftp");
    assert_denied("http://user:pass@127.0.0.1/", "credentials");
}

#[test]
fn private_networks_need_the_operators_word() {
    let peer = Peer::answering(OK);
    let port = peer.url();
    let names = [
        port.clone(),
        port.replace("127.0.0.1", "localhost"),
        peer.https_url(),
        peer.https_url().replace("127.0.0.1", "localhost"),
        peer.https_url().replace("127.0.0.1", "[::ffff:127.0.0.1]"),
        "https://169.254.169.254/latest/meta-data".into(),
        "https://2130706433/".into(),
    ];
    for url in names {
        let stage = stage();
        let mut connection = connection("poster", &url);
        connection.allows_private_network = false;
        stage.host.charge(&connection, &charge_request());
        let end = stage.end();
        assert!(matches!(end, ExchangeEnd::Denied(_)), "{url}: {end:?}");
    }
    assert_eq!(peer.connections(), 0);
}

#[test]
fn headers_of_the_host_and_line_ends_are_refused() {
    let peer = Peer::answering(OK);
    for header in [
        ("host", "evil.example"),
        ("content-length", "0"),
        ("transfer-encoding", "chunked"),
        ("connection", "close"),
        ("proxy-authorization", "x"),
        ("x-a", "b\r\nx-c: d"),
        ("x-a\r\nx-b", "c"),
        ("x a", "b"),
        ("", "b"),
    ] {
        let guest = Guest { headers: vec![header], ..Guest::new("poster", POST) };
        let stage = Stage::new(&[guest], limits());
        stage.charge("poster", &peer.url());
        let end = stage.end();
        assert!(matches!(end, ExchangeEnd::Denied(_)), "{header:?}: {end:?}");
    }
    assert_eq!(peer.connections(), 0);
}

#[test]
fn what_is_recorded_holds_no_secret() {
    let guest = Guest {
        headers: vec![("authorization", "Bearer x"), ("x-key", SECRET), ("accept", "a/b")],
        ..Guest::new("poster", POST)
    };
    let (stage, peer) = (Stage::new(&[guest], limits()), Peer::answering(OK));
    stage.charge("poster", &format!("{}/{SECRET}?key={SECRET}&email=a@b.example", peer.url()));
    let exchange = &stage.exchanges()[0];
    assert!(!format!("{exchange:?}").contains(SECRET), "{exchange:?}");
    assert!(exchange.url.ends_with("/v1/charges/***?key=***&email=***"), "{}", exchange.url);
    let headers: Vec<_> = exchange.request_headers.iter().map(|(_, v)| v.as_str()).collect();
    assert_eq!(headers, ["***", "***", "a/b"]);
    assert_eq!(exchange.reference.as_deref(), Some("attempt-1"));
    assert_eq!((exchange.method, exchange.function), ("POST", "charge"));
}

#[test]
fn many_charges_run_at_once() {
    let peer = Peer::answering(OK);
    let stage = stage();
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let answer = stage.charge("poster", &peer.url());
                    assert_eq!(answer.outcome, Outcome::Paid);
                }
            });
        }
    });
    assert_eq!(peer.requests(), 640);
    assert!(peer.connections() <= 32, "{}", peer.connections());
}
