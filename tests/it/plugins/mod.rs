//! The plugins that are part of the binary, through the real host.

pub mod bench;
mod conformance;
mod log;
