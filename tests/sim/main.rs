//! The simulator: recoup's real domain, use cases and SQL, a year in seconds, with everything
//! going wrong that a seed can think of. Same seed, same history. `docs/correctness.md` says what
//! it proves and how a seed is replayed.

mod ears;
mod fate;
mod judge;
mod ledger;
mod people;
mod psp;
mod restore;
mod seeds;
mod world;
