//! A loaded plugin: compiled, linked, checked. What it can do is which interfaces it exports.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use wasmtime::Store;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, HasSelf, InstancePre, Linker};

use crate::domain::connection::{Abilities, Provider};
use crate::domain::plugin::{Asks, Rights};

use super::cache::{CompiledCache, hex};
use super::call;
use super::description;
use super::engine::Machine;
use super::error::PluginError;
use super::http::HostPattern;
use super::limits::CallLimits;
use super::state::{CallState, Outside};
use super::v1;
use super::v1::exports::recoup::psp as exported;

/// Ready to be called from many threads; every call makes an instance of its own.
pub(super) struct Plugin {
    pub provider: Provider,
    pub name: Arc<str>,
    pub hosts: Arc<[HostPattern]>,
    /// Where it came from, for people.
    pub file: String,
    /// What one call of it may use.
    pub limits: CallLimits,
    /// None: it was not installed.
    pub rights: Option<Rights>,
    pub linked: InstancePre<CallState>,
    pub exports: Exports,
}

/// The functions to call, found once. None: the interface is not exported.
#[derive(Clone, Copy)]
pub(super) struct Exports {
    pub gateway: Gateway,
    pub charging: Option<Charging>,
    pub customers: Option<Customers>,
    pub methods: Option<Methods>,
    pub checkout: Option<Checkout>,
    pub refunds: Option<Refunds>,
    pub webhooks: Option<Webhooks>,
}

/// The exported functions of one interface.
macro_rules! functions {
    ($name:ident, $interface:literal, $($field:ident = $function:literal),+ $(,)?) => {
        #[derive(Clone, Copy)]
        pub(super) struct $name { $(pub $field: ComponentExportIndex),+ }

        impl $name {
            fn find(component: &Component) -> Option<$name> {
                let interface = format!("{}{}{}", v1::PACKAGE, $interface, v1::VERSION);
                let interface = component.get_export_index(None, &interface)?;
                Some($name {
                    $($field: component.get_export_index(Some(&interface), $function)?),+
                })
            }
        }
    };
}

functions!(Gateway, "gateway", describe = "describe", mode_of = "mode-of", check = "check");
functions!(
    Charging,
    "charging",
    charge = "charge",
    find_charge = "find-charge",
    cancel_charge = "cancel-charge"
);
functions!(
    Customers,
    "customers",
    create_customer = "create-customer",
    update_customer = "update-customer"
);
functions!(
    Methods,
    "methods",
    list_methods = "list-methods",
    default_method = "default-method",
    set_default_method = "set-default-method"
);
functions!(
    Checkout,
    "checkout",
    start_setup = "start-setup",
    start_payment = "start-payment",
    find_session = "find-session",
    expire_session = "expire-session"
);
functions!(Refunds, "refunds", refund = "refund");
functions!(Webhooks, "webhooks", translate = "translate");

/// What an installed plugin must turn out to be.
pub(super) struct Pinned<'a> {
    pub name: &'a str,
    pub sha256: &'a str,
    /// As a person approved it.
    pub asks: &'a Asks,
    pub rights: Rights,
    pub limits: CallLimits,
}

/// Loads plugins: one for all of them.
pub(super) struct Loader<'a> {
    pub machine: &'a Machine,
    pub cache: &'a CompiledCache,
    pub outside: &'a Arc<Outside>,
    pub limits: CallLimits,
    linker: Linker<CallState>,
}

impl<'a> Loader<'a> {
    pub fn new(
        machine: &'a Machine,
        cache: &'a CompiledCache,
        outside: &'a Arc<Outside>,
        limits: CallLimits,
    ) -> wasmtime::Result<Loader<'a>> {
        let mut linker = Linker::new(machine.engine());
        v1::FullPlugin::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
        Ok(Loader { machine, cache, outside, limits, linker })
    }

    pub fn load_built_in(&self, name: &str, wasm: &[u8]) -> Result<Plugin, PluginError> {
        let mut plugin = self.load(name, wasm, None)?;
        plugin.provider.built_in = true;
        Ok(plugin)
    }

    /// `file` is only told to people. What is pinned is held to it.
    pub fn load(
        &self,
        file: &str,
        wasm: &[u8],
        pinned: Option<&Pinned<'_>>,
    ) -> Result<Plugin, PluginError> {
        let sha256 = hex(&Sha256::digest(wasm));
        if let Some(pinned) = pinned
            && pinned.sha256 != sha256
        {
            return Err(PluginError::Tampered { approved: pinned.sha256.to_owned(), sha256 });
        }
        // `\0asm`, then the version: 1 is a core module.
        if wasm.starts_with(b"\0asm\x01\0\0\0") {
            return Err(PluginError::CoreModule);
        }
        let component = self
            .cache
            .component(self.machine.engine(), wasm)
            .map_err(|error| PluginError::Invalid(format!("{error:#}")))?;
        self.check_imports(&component)?;
        let abilities = self.abilities(&component)?;
        let linked = self
            .linker
            .instantiate_pre(&component)
            .map_err(|error| PluginError::Invalid(format!("{error:#}")))?;
        let exports = Exports {
            gateway: Gateway::find(&component).ok_or(PluginError::NoGateway)?,
            charging: Charging::find(&component),
            customers: Customers::find(&component),
            methods: Methods::find(&component),
            checkout: Checkout::find(&component),
            refunds: Refunds::find(&component),
            webhooks: Webhooks::find(&component),
        };
        let name: Arc<str> = file.into();
        self.check_shapes(&name, &linked, abilities)?;
        let described = self.describe(&name, &linked, &exports.gateway)?;
        let facts = description::Facts { abilities, sha256 };
        let (provider, hosts) =
            description::check(described, facts).map_err(PluginError::Description)?;
        if let Some(pinned) = pinned {
            hold_to(pinned, &provider)?;
        }
        Ok(Plugin {
            name: provider.name.as_str().into(),
            provider,
            hosts: hosts.into(),
            file: file.to_owned(),
            limits: pinned.map_or(self.limits, |pinned| pinned.limits),
            rights: pinned.map(|pinned| pinned.rights),
            linked,
            exports,
        })
    }

    fn check_imports(&self, component: &Component) -> Result<(), PluginError> {
        let engine = self.machine.engine();
        for (import, _) in component.component_type().imports(engine) {
            if import.starts_with("wasi:") {
                return Err(PluginError::Wasi(import.to_owned()));
            }
            if let Some(version) = other_version(import) {
                return Err(PluginError::OtherVersion(version.to_owned()));
            }
            let is_offered = interface_name(import)
                .is_some_and(|interface| v1::HOST_INTERFACES.contains(&interface));
            if !is_offered {
                return Err(PluginError::UnknownImport(import.to_owned()));
            }
        }
        Ok(())
    }

    /// The exports are the abilities; there is no list beside them.
    fn abilities(&self, component: &Component) -> Result<Abilities, PluginError> {
        let engine = self.machine.engine();
        let mut abilities = Abilities::default();
        let mut has_gateway = false;
        for (export, item) in component.component_type().exports(engine) {
            // Languages export things of their own; only instances of our package are ours.
            let ours = export.starts_with(v1::PACKAGE)
                && matches!(item.ty, ComponentItem::ComponentInstance(_));
            if !ours {
                continue;
            }
            if let Some(version) = other_version(export) {
                return Err(PluginError::OtherVersion(version.to_owned()));
            }
            match interface_name(export) {
                Some("gateway") => has_gateway = true,
                Some("charging") => abilities.charging = true,
                Some("customers") => abilities.customers = true,
                Some("methods") => abilities.methods = true,
                Some("checkout") => abilities.checkout = true,
                Some("refunds") => abilities.refunds = true,
                Some("webhooks") => abilities.webhooks = true,
                Some("types") => {}
                Some(_) | None => return Err(PluginError::UnknownExport(export.to_owned())),
            }
        }
        if has_gateway { Ok(abilities) } else { Err(PluginError::NoGateway) }
    }

    fn state(&self, name: &Arc<str>) -> CallState {
        CallState::new(self.outside.clone(), name.clone(), "describe", self.limits)
    }

    /// Every exported function has the parameters and results of the interface: found out now,
    /// not at the first charge.
    fn check_shapes(
        &self,
        name: &Arc<str>,
        linked: &InstancePre<CallState>,
        abilities: Abilities,
    ) -> Result<(), PluginError> {
        let mut store = call::store(self.machine.engine(), self.state(name));
        let instance = linked
            .instantiate(&mut store)
            .map_err(|error| PluginError::Invalid(format!("{error:#}")))?;
        let store: &mut Store<CallState> = &mut store;
        macro_rules! check {
            ($interface:ident) => {
                exported::$interface::GuestIndices::new(linked)
                    .and_then(|found| found.load(&mut *store, &instance).map(|_| ()))
                    .map_err(|error| PluginError::Misfit {
                        interface: stringify!($interface).to_owned(),
                        reason: format!("{error:#}"),
                    })?
            };
        }
        check!(gateway);
        if abilities.charging {
            check!(charging);
        }
        if abilities.customers {
            check!(customers);
        }
        if abilities.methods {
            check!(methods);
        }
        if abilities.checkout {
            check!(checkout);
        }
        if abilities.refunds {
            check!(refunds);
        }
        if abilities.webhooks {
            check!(webhooks);
        }
        Ok(())
    }

    fn describe(
        &self,
        name: &Arc<str>,
        linked: &InstancePre<CallState>,
        gateway: &Gateway,
    ) -> Result<exported::gateway::Description, PluginError> {
        let called = call::run(self.machine, linked, &gateway.describe, self.state(name), ());
        match called.answer {
            Ok((description,)) => Ok(description),
            Err(reason) => Err(PluginError::Describe(reason)),
        }
    }
}

/// A component that describes itself in another way each time gets no further than the first.
fn hold_to(pinned: &Pinned<'_>, provider: &Provider) -> Result<(), PluginError> {
    if provider.name != pinned.name {
        let (is, was) = (&provider.name, pinned.name);
        return Err(PluginError::Description(format!("it was installed as `{was}` and is `{is}`")));
    }
    let more = provider.asks().beyond(pinned.asks);
    if more.is_empty() { Ok(()) } else { Err(PluginError::AsksMore(more.join("; "))) }
}

/// `@0.2.0` of `recoup:psp/charging@0.2.0`. None: it is of our version, or not of our package.
fn other_version(name: &str) -> Option<&str> {
    let ours = name.strip_prefix(v1::PACKAGE)?;
    let version = ours.find('@').map(|at| &ours[at..])?;
    (version != v1::VERSION).then_some(version)
}

/// `charging` of `recoup:psp/charging@0.1.0`. None: of another package or version.
fn interface_name(name: &str) -> Option<&str> {
    name.strip_prefix(v1::PACKAGE)?.strip_suffix(v1::VERSION)
}
