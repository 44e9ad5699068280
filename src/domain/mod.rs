//! What is true, whoever asks: money, states, retry rules. Pure values and functions. Nothing
//! here knows SQL, HTTP, wasm, JSON or the clock; time comes in as `now`.

pub mod add_on;
pub mod api_key;
pub mod attempt;
pub mod change;
pub mod connection;
pub mod currency;
pub mod customer;
pub mod customer_change;
pub mod customer_sync;
pub mod decline;
pub mod dunning;
pub mod event;
pub mod filter;
pub mod id;
pub mod idempotency;
pub mod inbound;
pub mod invoice;
pub mod invoice_change;
pub mod linking;
pub mod money;
pub mod organization;
pub mod payment;
pub mod payment_method;
pub mod payment_request;
pub mod policy;
pub mod pricing;
pub mod recovery;
pub mod secret;
pub mod session;
pub mod settle;
pub mod tax;
pub mod time;
pub mod view;
pub mod wallet;
pub mod webhook;
