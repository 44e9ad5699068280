//! The plugins that are part of the binary, through the real host.

mod conformance;
mod log;
