//! Giving money back through the provider that took it: intent, call, settle, as for charges.
//! What is not known is sent again under the same key while that is safe, and then by a person.

mod request;
mod resolve;
mod send;
mod settle;

pub use request::{RefundError, RefundOf, RefundOrder};
pub use resolve::ResolveRefundError;
pub use send::RefundsSent;
