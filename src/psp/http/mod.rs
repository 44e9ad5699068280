//! The plugins' only way out: requests that the host makes for them. One request is one exchange:
//! no redirect is followed, nothing is repeated, no proxy is asked. An error always says whether
//! the provider can have seen the request.

mod address;
mod allow;
mod exchange;

use std::io::Read;
use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;
use ureq::http::{HeaderName, HeaderValue, Method, Request, Response};
use ureq::tls::{RootCerts, TlsConfig};
use url::Url;

use address::{AddressDenied, CheckedResolver, Reach};
use exchange::{Progress, WatchedConnector};

pub(super) use allow::{Allowed, HostPattern};

/// What is sent for a plugin.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

/// A whole answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// Against the rules. Nothing was sent.
    Denied(String),
    /// Nothing was sent.
    NotSent(String),
    /// The provider may have seen the request.
    MaybeSent(String),
}

/// The time and the size that one exchange may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExchangeLimits {
    pub total: Duration,
    pub connect: Duration,
    pub request_body_bytes_max: usize,
    pub response_body_bytes_max: usize,
}

/// Keeps connections open between exchanges. One for all plugins and threads.
pub(super) struct HttpClient {
    /// One per reach, so that a connection made for one is never used by another.
    public: Agent,
    public_or_private: Agent,
    private: Agent,
}

/// Of all headers of a request together, and of an answer.
const HEADER_BYTES_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 64;

/// Shorter than the other sides keep theirs, so that few have been closed when they are used.
const IDLE_MAX: Duration = Duration::from_secs(15);
const IDLE_CONNECTIONS_MAX: usize = 512;

/// These are the host's: a plugin that set them could smuggle a second request.
const HOST_HEADERS: [&str; 9] = [
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "expect",
];

impl HttpClient {
    pub fn new() -> HttpClient {
        let agent = |reach| {
            Agent::with_parts(config(), WatchedConnector::default(), CheckedResolver::new(reach))
        };
        HttpClient {
            public: agent(Reach::Public),
            public_or_private: agent(Reach::PublicOrPrivate),
            private: agent(Reach::Private),
        }
    }

    fn agent(&self, reach: Reach) -> &Agent {
        match reach {
            Reach::Public => &self.public,
            Reach::PublicOrPrivate => &self.public_or_private,
            Reach::Private => &self.private,
        }
    }

    /// One exchange. Blocks until the whole answer is there or a limit ends it.
    pub fn send(
        &self,
        outgoing: Outgoing,
        allowed: &Allowed<'_>,
        limits: &ExchangeLimits,
    ) -> Result<Incoming, SendError> {
        let reach = allowed.check(&outgoing.url).map_err(SendError::Denied)?;
        let request = request(outgoing, limits).map_err(SendError::Denied)?;
        let agent = self.agent(reach);
        let (answer, progress) = exchange::run(limits.total, limits.connect, || {
            let response = run(agent, request)?;
            read(response, limits.response_body_bytes_max)
        });
        match answer {
            // Without a length the answer ends where the connection does; a broken one may
            // have been longer.
            Ok(answer) if progress.broken && !answer.is_framed => {
                Err(SendError::MaybeSent("the answer was cut".into()))
            }
            Ok(answer) => Ok(answer.incoming),
            Err(error) => Err(judge(error, progress)),
        }
    }
}

/// The rules that a request is held to before it is sent.
pub(super) fn check(
    outgoing: &Outgoing,
    allowed: &Allowed<'_>,
    limits: &ExchangeLimits,
) -> Result<(), SendError> {
    allowed.check(&outgoing.url).map_err(SendError::Denied)?;
    request(outgoing.clone(), limits).map(|_| ()).map_err(SendError::Denied)
}

/// The answer, if it is not too large.
pub(super) fn in_size(answer: Incoming, limits: &ExchangeLimits) -> Result<Incoming, SendError> {
    let max = limits.response_body_bytes_max;
    if answer.body.len() > max { Err(too_large(max)) } else { Ok(answer) }
}

fn too_large(max: usize) -> SendError {
    SendError::MaybeSent(format!("the answer is over the limit of {max} bytes"))
}

fn config() -> Config {
    Config::builder()
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("recoup/", env!("CARGO_PKG_VERSION")))
        .max_response_header_size(2 * HEADER_BYTES_MAX)
        .input_buffer_size(2 * HEADER_BYTES_MAX)
        .output_buffer_size(2 * HEADER_BYTES_MAX)
        .max_idle_connections(IDLE_CONNECTIONS_MAX)
        .max_idle_connections_per_host(IDLE_CONNECTIONS_MAX)
        .max_idle_age(IDLE_MAX)
        .tls_config(TlsConfig::builder().root_certs(RootCerts::WebPki).build())
        .build()
}

/// The request, checked. Bodies that are empty have their length told where one is expected.
fn request(
    outgoing: Outgoing,
    limits: &ExchangeLimits,
) -> Result<Request<Option<Vec<u8>>>, String> {
    let takes_body = matches!(outgoing.method, Method::POST | Method::PUT | Method::PATCH);
    let body = match outgoing.body {
        Some(body) if body.len() > limits.request_body_bytes_max => {
            let max = limits.request_body_bytes_max;
            return Err(format!("the body is over the limit of {max} bytes"));
        }
        Some(body) => Some(body),
        None => takes_body.then(Vec::new),
    };
    if outgoing.headers.len() > HEADERS_MAX {
        return Err(format!("there are more than {HEADERS_MAX} headers"));
    }
    let mut url = outgoing.url;
    url.set_fragment(None);
    let mut bytes = url.as_str().len();
    let mut request = Request::builder().method(outgoing.method).uri(url.as_str());
    for (name, value) in &outgoing.headers {
        let (checked_name, checked_value) = header(name, value)?;
        bytes += name.len() + value.len();
        request = request.header(checked_name, checked_value);
    }
    if bytes > HEADER_BYTES_MAX {
        return Err(format!("address and headers are over the limit of {HEADER_BYTES_MAX} bytes"));
    }
    request.body(body).map_err(|_| "the address is malformed".to_owned())
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let checked: HeaderName =
        name.parse().map_err(|_| "a header has a malformed name".to_owned())?;
    let text = checked.as_str();
    if HOST_HEADERS.contains(&text) || text.starts_with("proxy-") {
        return Err(format!("the header `{checked}` belongs to the host"));
    }
    // Line ends would begin a header of the plugin's own making.
    let value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| format!("the header `{checked}` has a malformed value"))?;
    Ok((checked, value))
}

fn run(
    agent: &Agent,
    request: Request<Option<Vec<u8>>>,
) -> Result<Response<ureq::Body>, ureq::Error> {
    let (parts, body) = request.into_parts();
    match body {
        Some(body) => agent.run(Request::from_parts(parts, body)),
        None => agent.run(Request::from_parts(parts, ())),
    }
}

struct Answer {
    incoming: Incoming,
    /// It said how long it is.
    is_framed: bool,
}

enum ReadError {
    Http(ureq::Error),
    TooLarge(usize),
}

impl From<ureq::Error> for ReadError {
    fn from(error: ureq::Error) -> ReadError {
        ReadError::Http(error)
    }
}

fn read(response: Response<ureq::Body>, bytes_max: usize) -> Result<Answer, ReadError> {
    let (parts, body) = response.into_parts();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let length = body.content_length();
    let is_framed = length.is_some()
        || parts.headers.contains_key("transfer-encoding")
        || matches!(parts.status.as_u16(), 204 | 304);
    let expected = length.and_then(|length| usize::try_from(length).ok());
    if expected.is_some_and(|expected| expected > bytes_max) {
        return Err(ReadError::TooLarge(bytes_max));
    }
    let mut bytes = Vec::with_capacity(expected.unwrap_or(0));
    let one_more = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    body.into_reader().take(one_more).read_to_end(&mut bytes).map_err(ureq::Error::from)?;
    if bytes.len() > bytes_max {
        return Err(ReadError::TooLarge(bytes_max));
    }
    Ok(Answer {
        incoming: Incoming { status: parts.status.as_u16(), headers, body: bytes },
        is_framed,
    })
}

/// Only what happened before the first byte is certain.
fn judge(error: ReadError, progress: Progress) -> SendError {
    let error = match error {
        ReadError::TooLarge(max) => {
            return too_large(max);
        }
        ReadError::Http(error) => error,
    };
    if progress.sent {
        return SendError::MaybeSent(error.to_string());
    }
    match error {
        ureq::Error::Other(other) if other.is::<AddressDenied>() => {
            SendError::Denied(other.to_string())
        }
        error => SendError::NotSent(error.to_string()),
    }
}
