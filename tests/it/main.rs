//! Everything that is tested through the front door, in one binary. Its tree is that of `src/`.

mod outbound;
