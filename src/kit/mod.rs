//! The conformance kit: what every plugin promises, tried in the real host while what stands
//! between it and its provider goes wrong in every way that costs somebody money. It charges
//! nobody by itself: the provider is a script, or an address that the author names.

mod bench;
mod fault;
mod orders;
mod plan;
mod promises;
mod report;
mod script;
mod signing;

use std::path::Path;
use std::sync::Arc;

use crate::app::ports::Psps;
use crate::clock::TestClock;
use crate::psp::{HostOptions, PluginHost};

pub use plan::{Plan, PlanError};
pub use report::{Report, Told, Verdict};

use bench::Bench;

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    #[error("the plugin is refused: {0}")]
    Refused(String),
    #[error("the plugins' host does not start: {0}")]
    Host(String),
    #[error(
        "there is nobody to answer the plugin: give the address of a test server with --base-url, \
         or write [[answer]] sections into the plan"
    )]
    NoPeer,
    #[error(
        "the plugin has no setting `base_url`, so it cannot be pointed at another address: add \
         the setting, or write [[answer]] sections into the plan"
    )]
    NoBaseUrl,
    #[error("{0}")]
    Settings(String),
    #[error("the plugin cannot charge: it does not export `charging`, and there is little to try")]
    CannotCharge,
}

/// Tries every promise. `options` are those of the installation; what they say of plugins is
/// replaced by this one.
pub fn run(
    component: &Path,
    plan: &Plan,
    base_url: Option<&str>,
    options: HostOptions,
) -> Result<Report, KitError> {
    let now = options.clock.now();
    let clock = Arc::new(TestClock::at(now));
    let desk = fault::Desk::new(plan, base_url);
    let host = PluginHost::new(HostOptions {
        embedded: &[],
        files: vec![component.to_owned()],
        installed: Vec::new(),
        plugin_dir: None,
        clock: Arc::clone(&clock) as _,
        between: Some(desk.between()),
        ..options
    })
    .map_err(|error| KitError::Host(error.to_string()))?;
    if let Some(problem) = host.problems().first() {
        return Err(KitError::Refused(problem.error.to_string()));
    }
    let provider = host.providers().remove(0);
    if !provider.abilities.charging {
        return Err(KitError::CannotCharge);
    }
    if base_url.is_none() && plan.answers.is_empty() {
        return Err(KitError::NoPeer);
    }
    let connection = bench::connection(&provider, plan, base_url, now)?;
    let bench =
        Bench { host, provider, connection, plan, desk, clock, now, requests: Default::default() };
    let told = promises::all(&bench).into_iter().map(|promise| promise.tried(&bench)).collect();
    Ok(Report {
        plugin: bench.provider.name.clone(),
        version: bench.provider.version.clone(),
        sha256: bench.provider.sha256.clone(),
        against: base_url.map_or("the script of the plan".to_owned(), str::to_owned),
        told,
    })
}
