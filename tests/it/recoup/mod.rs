//! Our own API.

mod dunning;
