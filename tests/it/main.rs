//! Everything that is tested through the front door, in one binary. Its tree is that of `src/`.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod billing;
mod collect;
mod dashboard;
mod disk;
mod faults;
mod hold;
mod http;
mod lago;
mod metronome;
mod outbound;
mod pay;
mod plugins;
mod proofs;
mod psp;
mod recoup;
mod world;
