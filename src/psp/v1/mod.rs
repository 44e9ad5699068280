//! The released interface `recoup:psp@0.1.0`. Its types stop in this folder; the next version
//! gets a folder of its own beside it.

mod from_domain;
mod to_domain;

pub(super) use from_domain::{
    charge_query, charge_request, customer, inbound, link_request, refund_request, setup_request,
    unix_ms,
};
pub(super) use to_domain::{Words, method, mode, span};

wasmtime::component::bindgen!({
    path: "wit",
    world: "full-plugin",
    imports: { default: trappable },
});

/// The package's name in front of every interface of it.
pub(super) const PACKAGE: &str = "recoup:psp/";

/// The whole of it, as operators are told it.
pub(super) const INTERFACE: &str = "recoup:psp@0.1.0";

/// What stands behind every interface's name.
pub(super) const VERSION: &str = "@0.1.0";

/// What a component may import. `types` holds no functions.
pub(super) const HOST_INTERFACES: [&str; 6] = ["http", "log", "clock", "random", "crypto", "types"];
