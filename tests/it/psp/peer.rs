//! Providers made of a bare socket, for what no HTTP server does. Each ends with its test.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A socket that a script answers.
pub struct Peer {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
}

/// One connection to a peer.
pub struct Visit {
    pub stream: TcpStream,
    requests: Arc<AtomicUsize>,
}

impl Peer {
    /// Each connection is handed to the script on a thread of its own.
    pub fn new(script: impl Fn(&mut Visit) + Send + Sync + 'static) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = Peer {
            address: listener.local_addr().unwrap(),
            connections: Arc::default(),
            requests: Arc::default(),
            closed: Arc::default(),
        };
        let (connections, requests) = (peer.connections.clone(), peer.requests.clone());
        let closed = peer.closed.clone();
        let script = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming() {
                connections.fetch_add(1, Ordering::SeqCst);
                let mut visit = Visit { stream: stream.unwrap(), requests: requests.clone() };
                let (script, closed) = (script.clone(), closed.clone());
                thread::spawn(move || {
                    script(&mut visit);
                    drop(visit);
                    closed.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        peer
    }

    /// Answers every request of every connection with the same bytes.
    pub fn answering(answer: &'static str) -> Peer {
        Peer::new(move |visit| {
            while visit.request().is_some() {
                visit.write(answer);
            }
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1/charges", self.address)
    }

    pub fn https_url(&self) -> String {
        format!("https://{}/v1/charges", self.address)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits until so many connections have been closed by the peer.
    pub fn wait_until_closed(&self, connections: usize) {
        while self.closed.load(Ordering::SeqCst) < connections {
            thread::yield_now();
        }
    }

    /// Whole requests that were read.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Visit {
    /// Reads one request. None: the other side is gone.
    pub fn request(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        loop {
            let mut some = [0; 4096];
            let read = self.stream.read(&mut some).ok().filter(|read| *read > 0)?;
            bytes.extend(&some[..read]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map_or(0, |length| length.parse().unwrap());
                if body.len() >= length {
                    self.requests.fetch_add(1, Ordering::SeqCst);
                    return Some(text);
                }
            }
        }
    }

    /// What cannot be written is not missed: the other side has left.
    pub fn write(&mut self, text: &str) {
        let _ = self.stream.write_all(text.as_bytes());
    }
}

/// An address of this machine where nobody listens.
pub fn deserted() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/v1/charges", listener.local_addr().unwrap())
}

pub const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
