//! One try at handing a webhook to an endpoint: no redirect is followed, no proxy is asked,
//! nothing is repeated. Repeating is up to the outbox.

use std::io::{self, Read};
use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;

use super::WebhookOptions;
use crate::domain::webhook::{DeliveryAnswer, Heard};
use crate::wire::recoup::veto;

/// Each webhook has a connection of its own: one that is kept may be closed by the other side
/// at the moment it is used again, and that would cost a try.
const IDLE_CONNECTIONS_MAX: usize = 0;
/// A veto is not longer than this.
const VETO_BYTES_MAX: u64 = 4 * 1024;
const ANSWER_HEADER_BYTES_MAX: usize = 64 * 1024;
/// A line of the head has to fit: for most tokens. Longer ones get a buffer of their own.
const HEAD_LINE_BYTES: usize = 128 * 1024;
const HEAD_NAME_BYTES_MAX: usize = 1024;

pub struct Sender {
    agent: Agent,
    timeout: Duration,
    answer_bytes_max: u64,
}

/// Of an answer so much is kept.
const KEPT_BYTES_MAX: usize = 2_000;

/// None: it is no text, or there is none.
fn text(mut bytes: Vec<u8>) -> Option<String> {
    bytes.truncate(KEPT_BYTES_MAX);
    let whole = std::str::from_utf8(&bytes).map_or_else(|error| error.valid_up_to(), str::len);
    // A sign that was cut through at the end is left out; anything else that is odd is no text.
    if bytes.len() - whole > 3 {
        return None;
    }
    bytes.truncate(whole);
    let text = String::from_utf8(bytes).ok()?.replace('\0', "");
    Some(text).filter(|text| !text.trim().is_empty())
}

/// A webhook ready to leave.
pub struct Signed<'a> {
    pub url: &'a str,
    /// What proves that it was us, and whatever stands beside it.
    pub headers: Vec<(&'static str, String)>,
    /// Which statuses mean that it has arrived.
    pub accepts: fn(u16) -> bool,
    pub body: &'a str,
}

impl Sender {
    pub fn new(options: &WebhookOptions) -> Sender {
        let config = Config::builder()
            .timeout_global(Some(options.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(&options.user_agent)
            .max_response_header_size(ANSWER_HEADER_BYTES_MAX)
            .output_buffer_size(HEAD_LINE_BYTES)
            .max_idle_connections(IDLE_CONNECTIONS_MAX)
            .build();
        Sender {
            agent: config.new_agent(),
            timeout: options.timeout,
            answer_bytes_max: options.answer_bytes_max,
        }
    }

    pub fn send(&self, webhook: &Signed<'_>) -> Heard {
        let mut request = self.agent.post(webhook.url).header("Content-Type", "application/json");
        for (name, value) in &webhook.headers {
            request = request.header(*name, value);
        }
        let longest = webhook.headers.iter().map(|(_, value)| value.len()).max().unwrap_or(0);
        let line_bytes = longest.saturating_add(HEAD_NAME_BYTES_MAX);
        if line_bytes > HEAD_LINE_BYTES {
            request = request.config().output_buffer_size(line_bytes).build();
        }
        match request.send(webhook.body) {
            Ok(response) => {
                let status = response.status().as_u16();
                let begins = self.drain(response.into_body());
                let answer = match (webhook.accepts)(status) {
                    true => match veto::read(&begins) {
                        Some(veto) => DeliveryAnswer::Vetoed { status, veto },
                        None => DeliveryAnswer::Accepted { status },
                    },
                    false => DeliveryAnswer::Refused { status },
                };
                Heard { answer, text: text(begins) }
            }
            Err(error) => DeliveryAnswer::Unreachable { reason: self.reason(&error) }.into(),
        }
    }

    /// Answers what the body begins with; the rest is read only so that the connection is closed
    /// in peace.
    fn drain(&self, body: ureq::Body) -> Vec<u8> {
        let mut body = body.into_reader().take(self.answer_bytes_max);
        let mut begins = Vec::new();
        // What goes wrong here changes nothing: the connection is closed then.
        let _ = body.by_ref().take(VETO_BYTES_MAX).read_to_end(&mut begins);
        let _ = io::copy(&mut body, &mut io::sink());
        begins
    }

    /// For operators. Never holds the URL: it may have a password in it.
    fn reason(&self, error: &ureq::Error) -> String {
        match error {
            ureq::Error::Timeout(_) => format!("no answer within {:?}", self.timeout),
            ureq::Error::HostNotFound => "the name of the host is not known".to_owned(),
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::Other => {
                "the connection failed".to_owned()
            }
            ureq::Error::Io(error) => error.kind().to_string(),
            ureq::Error::ConnectionFailed => "the connection failed".to_owned(),
            ureq::Error::Rustls(error) => format!("no secure connection: {error}"),
            ureq::Error::Tls(text) => format!("no secure connection: {text}"),
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => "the URL cannot be used".to_owned(),
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
                "the answer is not HTTP as it should be".to_owned()
            }
            // The library may add causes.
            _ => "the request failed".to_owned(),
        }
    }
}
