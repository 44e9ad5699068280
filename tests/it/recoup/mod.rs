//! Our own API, through the front door.

mod bulk_retries;
mod deliveries;
mod dunning;
mod outlook;
mod policies;
