//! The tests that go through the front door, in one binary. Its tree is that of `src/`.

#![allow(clippy::unwrap_used)]

mod plugins;
mod psp;
