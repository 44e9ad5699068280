//! Everything that is tested through the front door, in one binary. Its tree is that of `src/`.

mod collect;
mod lago;
mod outbound;
mod plugins;
mod psp;
mod world;
