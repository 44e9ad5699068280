//! The interface in `wit/`, as Rust. Generated, but for the joining: every
//! ability shares one set of `types` with the host's interfaces.

/// What the host offers, and the words shared by the abilities.
pub mod host {
    wit_bindgen::generate!({
        path: ["../../wit", "wit"],
        world: "recoup:sdk/host",
        additional_derives: [PartialEq],
        generate_all,
    });
}

/// A module per ability. `generated` is public only for `export!`.
macro_rules! ability {
    ($(#[$doc:meta])* $name:ident, $world:tt) => {
        $(#[$doc])*
        pub mod $name {
            pub use generated::export;
            pub use generated::exports::recoup::psp::$name::*;

            #[doc(hidden)]
            pub mod generated {
                wit_bindgen::generate!({
                    path: ["../../wit", "wit"],
                    world: $world,
                    with: { "recoup:psp/types@0.1.0": crate::types },
                    additional_derives: [PartialEq],
                    pub_export_macro: true,
                    export_macro_name: "export",
                });
            }
        }
    };
}

ability!(
    /// Every plugin has this one: what it is, and whether its credentials work.
    gateway,
    "recoup:sdk/gateway"
);
ability!(
    /// Charging a stored method without the payer.
    charging,
    "recoup:sdk/charging"
);
ability!(
    /// Customer objects at the PSP.
    customers,
    "recoup:sdk/customers"
);
ability!(
    /// Stored methods.
    methods,
    "recoup:sdk/methods"
);
ability!(
    /// Pages hosted by the PSP.
    checkout,
    "recoup:sdk/checkout"
);
ability!(
    /// Giving money back.
    refunds,
    "recoup:sdk/refunds"
);
ability!(
    /// What the PSP tells us by itself.
    webhooks,
    "recoup:sdk/webhooks"
);
