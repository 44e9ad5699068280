//! Our own API, through the front door.

mod audit_log;
mod bulk_retries;
mod collectors;
mod controls;
mod deliveries;
mod dunning;
pub mod money;
mod network_budgets;
mod outlook;
mod policies;
mod psp_webhooks;
mod refunds;
mod surplus_payments;
mod unresolved;
