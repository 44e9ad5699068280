//! Stories through a real port on loopback, with a clock that stands still until it is set.

mod charges;
mod checkout;
mod customers;
mod documentation;
mod ledger;
mod webhooks;
mod world;
