//! How a provider can misbehave, as bare sockets.

use std::io::Read;
use std::thread;
use std::time::Duration;

use crate::psp::peer::{Peer, Visit, deserted};

/// Where a provider misbehaves. The peer lives as long as its address is used.
pub struct Place {
    pub address: String,
    pub peer: Option<Peer>,
}

type Behaviour = (&'static str, fn() -> Place);

/// All of them, by the name that the table has for them.
pub const BEHAVIOURS: &[Behaviour] = &[
    ("connection refused", || Place { address: deserted(), peer: None }),
    ("TLS handshake unanswered", tls_unanswered),
    ("reset amid the request", || at(Peer::new(reset_amid_request))),
    ("cut before any byte", || at(Peer::new(|visit| drop(visit.request())))),
    ("silence after the request", || at(Peer::new(|visit| while visit.request().is_some() {}))),
    ("500 without a statement", || at(answering("500 Oh", "", &error("internal_error", "null")))),
    ("500 although it was done", || at(answering("500 Oh", "", &error("internal_error", "true")))),
    ("503 nothing was processed", || {
        at(answering("503 No", "", &error("service_unavailable", "false")))
    }),
    ("429 with Retry-After", || {
        at(answering("429 Slow", "retry-after: 7\r\n", &error("rate_limit", "null")))
    }),
    ("401", || at(answering("401 Who", "", &error("secret_key_invalid", "false")))),
    ("a gateway's page", || at(answering("502 Bad Gateway", "", "<html>"))),
    ("a body that is cut", || at(Peer::new(|visit| begin(visit, 100)))),
    ("malformed JSON", || at(answering("200 OK", "", "{\"id\": oops"))),
    ("another object", || at(answering("200 OK", "", "{\"id\":\"x_1\",\"status\":\"sunny\"}"))),
    ("a huge body", || at(Peer::new(huge))),
    ("a body that drips", || at(Peer::new(drip))),
    ("two answers that differ", || at(Peer::new(contradict))),
];

fn at(peer: Peer) -> Place {
    Place { address: peer.url(), peer: Some(peer) }
}

fn tls_unanswered() -> Place {
    let peer = Peer::new(|visit| {
        let _ = visit.stream.read_to_end(&mut vec![]);
    });
    Place { address: peer.https_url(), peer: Some(peer) }
}

/// Closing with bytes unread makes the system send a reset.
fn reset_amid_request(visit: &mut Visit) {
    let _ = visit.stream.read(&mut [0; 8]);
}

fn begin(visit: &mut Visit, length: usize) {
    if visit.request().is_some() {
        visit.write(&format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{{\"id\":"));
    }
}

/// Longer than the host reads.
fn huge(visit: &mut Visit) {
    begin(visit, 1 << 30);
    let much = "x".repeat(1 << 16);
    for _ in 0..64 {
        visit.write(&much);
    }
}

/// A byte at a time, so that no single read takes long.
fn drip(visit: &mut Visit) {
    begin(visit, 100);
    for _ in 0..80 {
        visit.write("1");
        thread::sleep(Duration::from_millis(10));
    }
}

/// It says of one request that it failed and that it succeeded. The first answer is the answer.
fn contradict(visit: &mut Visit) {
    while visit.request().is_some() {
        let failed = whole("500 Oh", "", &error("internal_error", "null"));
        let done = whole("200 OK", "", "{\"id\":\"x_1\",\"status\":\"succeeded\"}");
        visit.write(&format!("{failed}{done}"));
    }
}

fn answering(status: &str, headers: &str, body: &str) -> Peer {
    let answer = whole(status, headers, body);
    Peer::new(move |visit| {
        while visit.request().is_some() {
            visit.write(&answer);
        }
    })
}

pub fn whole(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

/// An error in the words of both built-in providers.
pub fn error(code: &str, processed: &str) -> String {
    format!(
        "{{\"error\":{{\"type\":\"api_error\",\"code\":\"{code}\",\"message\":\"No.\",\
         \"processed\":{processed}}}}}"
    )
}
