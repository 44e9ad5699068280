//! Misbehaving providers against every operation of the plugins: what recoup makes of each, and
//! what becomes of the debt afterwards.

mod behaviours;
mod operations;
mod table;
mod then;
