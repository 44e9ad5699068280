//! What recoup does: one use case, one file.

pub mod ports;
