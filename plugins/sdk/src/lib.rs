//! What a recoup plugin is written with.
//!
//! A plugin is a library that implements one trait per ability and names them
//! in [`export!`]. Exporting an ability is having it; there is no other list:
//!
//! ```
//! use recoup_plugin::gateway::{Description, Idempotency, Mode, Setting};
//! use recoup_plugin::http::Request;
//! use recoup_plugin::types::{Failure, Settings};
//! use recoup_plugin::{gateway, settings};
//!
//! struct Acme;
//!
//! impl gateway::Guest for Acme {
//!     fn describe() -> Description {
//!         Description {
//!             name: "acme".to_owned(),
//!             title: "Acme Pay".to_owned(),
//!             version: env!("CARGO_PKG_VERSION").to_owned(),
//!             settings: vec![Setting::secret("api_key", "The secret API key.").required()],
//!             hosts: vec!["api.acme.example".to_owned()],
//!             idempotency: Idempotency {
//!                 key_lifetime_s: 24 * 60 * 60,
//!                 replays_declines: true,
//!                 finds_by_reference: false,
//!             },
//!             has_customers: false,
//!         }
//!     }
//!
//!     fn mode_of(settings: Settings) -> Mode {
//!         match settings::text(&settings, "api_key") {
//!             Some(key) if key.starts_with("live_") => Mode::Live,
//!             Some(_) | None => Mode::Test,
//!         }
//!     }
//!
//!     fn check(settings: Settings) -> Result<(), Failure> {
//!         let key = settings::required(&settings, "api_key")?;
//!         let answer = Request::get("https://api.acme.example/me").bearer(key).send()?;
//!         match answer.status {
//!             200 => Ok(()),
//!             401 => Err(Failure::misconfigured("401", "the API key is not valid")),
//!             status => Err(Failure::Unknown(format!("HTTP {status}"))),
//!         }
//!     }
//! }
//!
//! recoup_plugin::export!(Acme: gateway);
//! # fn main() {}
//! ```
//!
//! The crate is built with `crate-type = ["cdylib", "rlib"]`: the component is
//! made from the first, unit tests run natively on the second. Inside recoup's
//! repository a crate folder `plugins/NAME` with the package name
//! `recoup-plugin-NAME` is built and embedded without further ado.
//!
//! In unit tests [`testing`] stands in for the host.
//!
//! The words of this crate are those of `wit/psp.wit`, which says what every
//! field and every answer means. Read there before you write an `unknown`.

mod bindings;
pub mod clock;
pub mod crypto;
pub mod declines;
pub mod form;
pub mod http;
pub mod log;
#[cfg(not(target_arch = "wasm32"))]
pub mod openapi;
#[doc(hidden)]
pub mod panics;
pub mod random;
pub mod settings;
mod shorthand;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

/// The words that the abilities share, as in `wit/psp.wit`.
pub use bindings::host::recoup::psp::types;
pub use bindings::{charging, checkout, customers, gateway, methods, refunds, webhooks};
pub use form::Form;

/// Exports a type's abilities: `export!(Acme: gateway, charging);`.
///
/// Natively this only checks that the traits are there.
#[macro_export]
macro_rules! export {
    ($plugin:ident: $($ability:ident),+ $(,)?) => {
        const _: () = {
            const fn has_the_traits<T: $($crate::$ability::Guest +)+>() {}
            has_the_traits::<$plugin>();
        };

        #[cfg(target_arch = "wasm32")]
        mod exported {
            use super::$plugin;

            $($crate::$ability::export!($plugin with_types_in $crate::$ability::generated);)+

            // Run before the first call: the bindings run constructors once.
            #[used]
            #[unsafe(link_section = ".init_array")]
            static LOG_PANICS: extern "C" fn() = $crate::panics::log_panics;
        }
    };
}
