//! `http.send`: a plugin's request, checked, sent, recorded.

use std::sync::Arc;
use std::time::Duration;

use ureq::http::Method;
use url::Url;

use super::http::{self as client, Allowed, ExchangeLimits, Incoming, Outgoing, SendError};
use super::record::{Exchange, ExchangeEnd};
use super::state::{CallReach, CallState, Outside};
use super::v1::recoup::psp::http;

/// Asked in the provider's place: what was to be sent, in which time, and how to send it on.
/// What it answers is taken for the provider's answer.
pub type Between = Arc<dyn Fn(&Passing<'_>) -> Result<Incoming, SendError> + Send + Sync>;

/// A request on its way, held up by what stands between.
pub struct Passing<'a> {
    pub outgoing: &'a Outgoing,
    pub timeout: Duration,
    on: &'a dyn Fn() -> Result<Incoming, SendError>,
}

impl Passing<'_> {
    /// Really sends it.
    pub fn on(&self) -> Result<Incoming, SendError> {
        (self.on)()
    }
}

impl Outside {
    /// One exchange by the rules, with the provider or with what stands in its place.
    fn exchange(
        &self,
        outgoing: Outgoing,
        allowed: &Allowed<'_>,
        limits: &ExchangeLimits,
    ) -> Result<Incoming, SendError> {
        let Some(between) = &self.between else {
            return self.http.send(outgoing, allowed, limits);
        };
        client::check(&outgoing, allowed, limits)?;
        let on = || self.http.send(outgoing.clone(), allowed, limits);
        let passing = Passing { outgoing: &outgoing, timeout: limits.total, on: &on };
        client::in_size(between(&passing)?, limits)
    }
}

/// How much of an error of ours a plugin is told.
const REASON_BYTES_MAX: usize = 500;

impl http::Host for CallState {
    fn send(
        &mut self,
        request: http::Request,
    ) -> wasmtime::Result<Result<http::Response, http::Error>> {
        self.meter.count_host_call()?;
        self.meter.count_http_request()?;
        let Some(reach) = &self.reach else {
            let reason = format!("`{}` is pure: it sends nothing", self.function);
            return Ok(Err(http::Error::Denied(reason)));
        };
        let url = Url::parse(&request.url).ok();
        let mut exchange = self.begin(reach, &request, url.as_ref());
        let limits = self.exchange_limits(request.timeout_ms);
        let (answer, duration) = match url {
            Some(url) => {
                let (outside, allowed) = (&self.outside, reach.allowed());
                let outgoing = outgoing(request, url);
                self.meter.waiting(|| outside.exchange(outgoing, &allowed, &limits))
            }
            None => {
                let malformed = "the address is malformed".to_owned();
                (Err(SendError::Denied(malformed)), Duration::ZERO)
            }
        };
        self.traces.note(&answer);
        exchange.duration = duration;
        exchange.end = self.end(&answer);
        exchange.log();
        if let Some(recorder) = &self.outside.recorder {
            recorder(&exchange);
        }
        // Time spent waiting may have been the last there was.
        self.meter.check_time()?;
        Ok(answer.map(response).map_err(|error| self.error(error)))
    }
}

impl CallState {
    fn begin(&self, reach: &CallReach, request: &http::Request, url: Option<&Url>) -> Exchange {
        Exchange {
            provider: self.provider.to_string(),
            connection_id: reach.connection_id,
            function: self.function,
            reference: self.reference.clone(),
            method: method_name(request.method),
            url: url.map_or_else(|| "(malformed)".to_owned(), |url| self.mask.url(url)),
            request_headers: self.masked_headers(&request.headers),
            request_bytes: request.body.as_ref().map_or(0, Vec::len),
            // Until it is known better.
            end: ExchangeEnd::MaybeSent(String::new()),
            duration: Duration::ZERO,
        }
    }

    /// Only for a recorder; the log does not show them.
    fn masked_headers(&self, headers: &[(String, String)]) -> Vec<(String, String)> {
        if self.outside.recorder.is_none() {
            return Vec::new();
        }
        headers
            .iter()
            .map(|(name, value)| {
                let name = name.to_ascii_lowercase();
                let value = self.mask.header(&name, value);
                (name, value)
            })
            .collect()
    }

    fn exchange_limits(&self, timeout_ms: Option<u32>) -> ExchangeLimits {
        let limits = self.meter.limits();
        ExchangeLimits {
            total: limits.http_timeout(timeout_ms).min(self.meter.wall_left()),
            connect: limits.connect_timeout(),
            request_body_bytes_max: limits.request_body_bytes_max,
            response_body_bytes_max: limits.response_body_bytes_max,
        }
    }

    fn reason(&self, reason: &str) -> String {
        self.mask.text(reason, REASON_BYTES_MAX)
    }

    fn end(&self, answer: &Result<Incoming, SendError>) -> ExchangeEnd {
        match answer {
            Ok(incoming) => {
                ExchangeEnd::Answered { status: incoming.status, bytes: incoming.body.len() }
            }
            Err(SendError::Denied(reason)) => ExchangeEnd::Denied(self.reason(reason)),
            Err(SendError::NotSent(reason)) => ExchangeEnd::NotSent(self.reason(reason)),
            Err(SendError::MaybeSent(reason)) => ExchangeEnd::MaybeSent(self.reason(reason)),
        }
    }

    fn error(&self, error: SendError) -> http::Error {
        match error {
            SendError::Denied(reason) => http::Error::Denied(self.reason(&reason)),
            SendError::NotSent(reason) => http::Error::NotSent(self.reason(&reason)),
            SendError::MaybeSent(reason) => http::Error::MaybeSent(self.reason(&reason)),
        }
    }
}

impl super::state::Traces {
    fn note(&mut self, answer: &Result<Incoming, SendError>) {
        match answer {
            Ok(_) => {
                self.sent = true;
                self.unanswered = false;
            }
            Err(SendError::MaybeSent(_)) => {
                self.sent = true;
                self.unanswered = true;
            }
            Err(SendError::Denied(_) | SendError::NotSent(_)) => {}
        }
    }
}

impl CallReach {
    fn allowed(&self) -> Allowed<'_> {
        Allowed {
            hosts: &self.hosts,
            base_url: self.base_url.as_deref(),
            private_network: self.private_network,
        }
    }
}

fn outgoing(request: http::Request, url: Url) -> Outgoing {
    Outgoing { method: method(request.method), url, headers: request.headers, body: request.body }
}

fn response(incoming: Incoming) -> http::Response {
    http::Response { status: incoming.status, headers: incoming.headers, body: incoming.body }
}

fn method(method: http::Method) -> Method {
    match method {
        http::Method::Get => Method::GET,
        http::Method::Post => Method::POST,
        http::Method::Put => Method::PUT,
        http::Method::Patch => Method::PATCH,
        http::Method::Delete => Method::DELETE,
    }
}

const fn method_name(method: http::Method) -> &'static str {
    match method {
        http::Method::Get => "GET",
        http::Method::Post => "POST",
        http::Method::Put => "PUT",
        http::Method::Patch => "PATCH",
        http::Method::Delete => "DELETE",
    }
}
