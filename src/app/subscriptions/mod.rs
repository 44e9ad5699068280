//! Subscriptions begin, change, end and are billed. Whoever moves one does it through `Billing`,
//! which saves the move with its event and puts what it costs on invoices.

pub mod bill_subscriptions;
mod billing;
pub mod change_subscription;
pub mod create_subscription;
mod end_unpaid;
mod issue_invoices;
mod switch_plan;
pub mod terminate_subscription;

pub use billing::{BillError, Billing};
pub(in crate::app) use end_unpaid::end_subscriptions_of;
pub use issue_invoices::reprice;
