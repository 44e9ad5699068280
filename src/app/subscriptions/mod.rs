//! Subscriptions begin, change, end and are billed. Whoever moves one does it through `Billing`,
//! which saves the move with its event and puts what it costs on invoices.

pub mod bill_subscriptions;
mod billing;
pub mod change_subscription;
pub mod create_subscription;
mod issue_invoices;
mod switch_plan;
pub mod terminate_subscription;

pub use billing::{BillError, Billing};
pub use issue_invoices::reprice;
