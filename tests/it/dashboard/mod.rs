//! The dashboard, as a browser without scripts sees it: against the real server.

mod analytics;
mod billing;
mod connections;
mod customers;
mod developers;
mod invoices;
mod payments;
mod people;
mod policies;
mod resends;
mod system;
mod users;
