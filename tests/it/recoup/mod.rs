//! Our own API, through the front door.

mod audit_log;
mod bulk_retries;
mod collectors;
mod deliveries;
mod dunning;
mod money;
mod policies;
mod psp_webhooks;
mod refunds;
mod surplus_payments;
mod unresolved;
