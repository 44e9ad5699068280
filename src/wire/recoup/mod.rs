//! The shapes of our own API: objects with a root key, lists with `meta`, ids called `id`.

pub mod audit;
pub mod bulk_retry;
pub mod delivery;
pub mod dunning;
pub mod hold;
pub mod ledger;
pub mod policy;
pub mod recovery;
pub mod refund;
pub mod slice;
pub mod surplus;
pub mod unresolved;
