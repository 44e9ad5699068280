//! The wasm host with real components and real sockets.

pub mod guest;
mod hostile;
mod http;
mod loading;
pub mod peer;
pub mod stage;
