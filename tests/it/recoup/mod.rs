//! Our own API, through the front door.

mod audit_log;
mod backup_methods;
mod bulk_retries;
mod collectors;
mod controls;
mod deliveries;
mod dunning;
mod endings;
pub mod money;
mod network_budgets;
mod outages;
mod outlook;
mod policies;
mod psp_webhooks;
mod refunds;
mod surplus_payments;
mod unresolved;
mod vetoes;
