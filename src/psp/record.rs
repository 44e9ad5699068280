//! What is written down of each exchange with a provider: enough to find a fault, nothing that
//! must not be seen. Bodies are never kept: they hold personal data.

use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, warn};

use crate::domain::id::ConnectionId;

/// One request that a plugin made, secrets masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    pub provider: String,
    pub connection_id: ConnectionId,
    /// The plugin's function that made it, such as `charge`.
    pub function: &'static str,
    /// Ours, of the attempt or the session, where the call has one.
    pub reference: Option<String>,
    pub method: &'static str,
    /// Without the values of its query.
    pub url: String,
    pub request_headers: Vec<(String, String)>,
    pub request_bytes: usize,
    pub end: ExchangeEnd,
    pub duration: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExchangeEnd {
    Answered { status: u16, bytes: usize },
    Denied(String),
    NotSent(String),
    MaybeSent(String),
}

/// Is told every exchange, on the thread that made it.
pub type Recorder = Arc<dyn Fn(&Exchange) + Send + Sync>;

impl Exchange {
    pub(super) fn log(&self) {
        let (provider, function) = (self.provider.as_str(), self.function);
        let (method, url) = (self.method, self.url.as_str());
        let connection = self.connection_id;
        let reference = self.reference.as_deref().unwrap_or_default();
        let duration_ms = u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX);
        match &self.end {
            ExchangeEnd::Answered { status, bytes } => debug!(
                provider,
                ?connection,
                function,
                reference,
                method,
                url,
                status,
                bytes,
                request_bytes = self.request_bytes,
                duration_ms,
                "provider answered"
            ),
            ExchangeEnd::Denied(reason) => warn!(
                provider,
                ?connection,
                function,
                reference,
                method,
                url,
                reason,
                "request denied"
            ),
            ExchangeEnd::NotSent(reason) => warn!(
                provider,
                ?connection,
                function,
                reference,
                method,
                url,
                reason,
                duration_ms,
                "provider not reached"
            ),
            ExchangeEnd::MaybeSent(reason) => warn!(
                provider,
                ?connection,
                function,
                reference,
                method,
                url,
                reason,
                duration_ms,
                "no whole answer from the provider"
            ),
        }
    }
}
