//! The tests that go through the front door, in one binary. Its tree is that of `src/`.

mod plugins;
mod psp;
