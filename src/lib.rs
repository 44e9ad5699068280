//! recoup collects a business's invoices. This file only lists the layers;
//! `docs/architecture.md` says what each may know of the others.

pub mod app;
pub mod domain;
pub mod http;
pub mod outbound;
pub mod sandbox;
pub mod store;
pub mod wire;
