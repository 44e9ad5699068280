//! Our own API, through the front door.

mod bulk_retries;
mod controls;
mod deliveries;
mod dunning;
mod network_budgets;
mod policies;
