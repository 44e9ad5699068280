//! The dashboard, as a browser without scripts sees it: against the real server.

mod billing;
mod connections;
mod developers;
mod invoices;
mod people;
mod policies;
mod system;
mod users;
