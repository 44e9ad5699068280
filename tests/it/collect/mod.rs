//! Collecting, through the front door: what the pretend provider's ledger says in the end is
//! what counts.

mod crashes;
mod declines;
mod links;
mod lost_answers;
mod requests;
mod retries;
