//! The dashboard, as a browser without scripts sees it: against the real server.

mod analytics;
mod customers;
mod invoices;
mod payments;
mod people;
mod resends;
