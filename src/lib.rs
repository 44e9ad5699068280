//! recoup collects a business's invoices. This file only lists the layers;
//! `docs/architecture.md` says what each may know of the others.

pub mod app;
pub mod clock;
pub mod commands;
pub mod config;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod kit;
pub mod outbound;
pub mod psp;
pub mod sandbox;
pub mod startup;
pub mod store;
pub mod wire;
