//! Webhooks as an endpoint of the business sees them: over a real socket, signatures verified
//! by a library that is not ours.

pub mod receiver;
mod rendering;
mod sending;
mod snapshots;
