//! The shapes of our own API: objects with a root key, lists with `meta`, ids called `id`.

pub mod dunning;
