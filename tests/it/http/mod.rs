//! What holds for every dialect: who gets in, and the description of it all.

mod access;
mod described;
mod docs;
mod metrics;
