//! What the host knows while one call runs.

use std::sync::Arc;

use crate::app::ports::Clock;
use crate::domain::id::ConnectionId;

use super::http::{HostPattern, HttpClient};
use super::limits::{CallLimits, Growth};
use super::mask::Mask;
use super::meter::Meter;
use super::outgoing::Between;
use super::record::Recorder;

/// What every call shares.
pub(super) struct Outside {
    pub http: HttpClient,
    pub clock: Arc<dyn Clock>,
    pub recorder: Option<Recorder>,
    pub between: Option<Between>,
}

/// The state of one call; it ends with it.
pub(super) struct CallState {
    pub outside: Arc<Outside>,
    /// The plugin's name, or its file while it is not known.
    pub provider: Arc<str>,
    pub function: &'static str,
    /// Ours, of the attempt or session.
    pub reference: Option<String>,
    pub mask: Arc<Mask>,
    /// None: a pure function, which reaches nothing.
    pub reach: Option<CallReach>,
    pub meter: Meter,
    pub growth: Growth,
    pub traces: Traces,
}

/// Where a call may send to, and for whom.
pub(super) struct CallReach {
    pub connection_id: ConnectionId,
    pub hosts: Arc<[HostPattern]>,
    /// As the operator set it.
    pub base_url: Option<String>,
    pub private_network: bool,
}

/// What the provider can have seen of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Traces {
    /// Some request may have left.
    pub sent: bool,
    /// A request may have left, and no later one was answered: whatever the plugin concludes,
    /// it cannot know.
    pub unanswered: bool,
}

impl CallState {
    pub fn new(
        outside: Arc<Outside>,
        provider: Arc<str>,
        function: &'static str,
        limits: CallLimits,
    ) -> CallState {
        CallState {
            outside,
            provider,
            function,
            reference: None,
            mask: Arc::default(),
            reach: None,
            growth: Growth::up_to(limits.memory_bytes_max),
            meter: Meter::start(limits),
            traces: Traces::default(),
        }
    }
}
