//! Lago's shapes: fields as they come in, objects as they go out. Key order is part of a shape.

pub mod add_on;
pub mod checkout;
pub mod checks;
pub mod customer;
pub mod customer_request;
pub mod field_errors;
pub mod fields;
pub mod format;
mod link_request;
pub mod links;
mod metadata_request;
pub mod method_reference;
pub mod organization;
pub mod page;
pub mod payment_method;
pub mod tax;
pub mod webhook_endpoint;
pub mod webhooks;
pub mod invoice;
pub mod payment;
mod webhook_names;
