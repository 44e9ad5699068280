//! Metronome's shapes: members as they come in, objects as they go out, notifications. What they
//! mean, and which status goes with them, is not known here.

pub mod billing_configuration;
pub mod credit_type;
pub mod cursor;
pub mod customer;
pub mod format;
pub mod invoice;
pub mod json;
pub mod members;
pub mod notification;
pub mod page;
pub mod payment;
