//! Shapes on the wire: one folder a dialect, our own API, and printed papers. It knows what is
//! said, not how it travels: no routes, no status codes, no SQL.

pub mod lago;
pub mod metronome;
pub mod paper;
pub mod recoup;
