//! An endpoint of a business, as raw as can be: what it answers is written byte for byte, and
//! what it got is kept byte for byte. It ends when it is dropped.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What it does once it has read a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// These bytes; the connection stays open.
    Bytes(String),
    /// These bytes, then the connection is closed without a word of it.
    BytesThenClose(String),
    /// A body that never ends, for as long as somebody reads.
    EndlessBody,
    /// Nothing, until it is dropped.
    Silence,
}

impl Answer {
    pub fn status(status: u16) -> Answer {
        Answer::Bytes(format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n"))
    }

    pub fn redirect(status: u16, to: &str) -> Answer {
        let head = format!("HTTP/1.1 {status} X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        Answer::Bytes(head)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Such as `POST /hooks HTTP/1.1`.
    pub request_line: String,
    /// Lower-case names, as they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("no header {name}"))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }
}

pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<Vec<Answer>>,
    received: Mutex<Vec<Received>>,
    open: Mutex<Vec<TcpStream>>,
    ends: AtomicBool,
}

impl Receiver {
    /// Gives the answers one after the other, the last one again and again.
    pub fn answering(answers: impl IntoIterator<Item = Answer>) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut answers: Vec<Answer> = answers.into_iter().collect();
        answers.reverse();
        let shared = Arc::new(Shared { answers: Mutex::new(answers), ..Shared::default() });
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || serve(&listener, &serving));
        Receiver { address, shared, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hooks?from=recoup", self.address)
    }

    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().expect("no thread of it panics").clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        for stream in self.shared.open.lock().expect("no thread of it panics").iter() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
        // Wakes the loop that accepts.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    std::thread::scope(|scope| {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let mut open = shared.open.lock().expect("no thread of it panics");
            if shared.ends.load(Ordering::SeqCst) {
                return;
            }
            open.push(stream.try_clone().expect("a second handle"));
            scope.spawn(|| converse(stream, shared));
        }
    });
}

fn converse(mut stream: TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    while let Some(request) = read_request(&mut reader) {
        shared.received.lock().expect("no thread of it panics").push(request);
        let answer = {
            let mut answers = shared.answers.lock().expect("no thread of it panics");
            let last = answers.len() == 1;
            if last { answers[0].clone() } else { answers.pop().expect("an answer") }
        };
        let goes_on = match answer {
            Answer::Bytes(bytes) => stream.write_all(bytes.as_bytes()).is_ok(),
            Answer::BytesThenClose(bytes) => {
                let _ = stream.write_all(bytes.as_bytes());
                let _ = stream.shutdown(std::net::Shutdown::Both);
                false
            }
            Answer::EndlessBody => {
                let head = "HTTP/1.1 200 X\r\nContent-Length: 999999999999\r\n\r\n";
                let mut sent = stream.write_all(head.as_bytes());
                while sent.is_ok() {
                    sent = stream.write_all(&[b'x'; 4096]);
                }
                false
            }
            Answer::Silence => {
                // Ends when the other side, or the drop, closes.
                let _ = reader.read(&mut [0]);
                false
            }
        };
        if !goes_on {
            return;
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Received> {
    let request_line = read_line(reader)?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').expect("a header");
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().expect("a length"));
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { request_line, headers, body })
}

fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    match reader.read_line(&mut line) {
        Ok(read) if read > 0 => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
        Ok(_) | Err(_) => None,
    }
}
