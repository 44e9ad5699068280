//! The plugins that are part of the binary, through the real host.

pub mod bench;
mod conformance;
mod documented;
mod installing;
mod log;
mod trying;
mod workshop;
mod writing;
