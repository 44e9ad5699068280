//! Collecting, through the front door: what the pretend provider's ledger says in the end is
//! what counts.

mod crashes;
mod credits;
mod declines;
mod links;
mod lost_answers;
mod requests;
mod retries;
mod top_ups;
