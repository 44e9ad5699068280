//! The wasm host: loads plugins, limits them, translates their interface into our words, and
//! makes their requests. It knows nothing of debts, of SQL and of the dialects.

mod cache;
mod call;
mod description;
mod embedded;
mod engine;
mod error;
mod host;
mod http;
mod imports;
mod limits;
mod mask;
mod meter;
mod outgoing;
mod plugin;
mod providers;
mod record;
mod shelf;
mod state;
mod v1;
mod verdict;

pub use embedded::EMBEDDED;
pub use error::{HostError, PluginError, PluginProblem};
pub use host::{HostOptions, PluginHost};
pub use http::{Incoming, Outgoing, SendError};
pub use limits::CallLimits;
pub use outgoing::{Between, Passing};
pub use record::{Exchange, ExchangeEnd, Recorder};
