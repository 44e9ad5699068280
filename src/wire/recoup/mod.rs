//! The shapes of our own API: objects with a root key, lists with `meta`, ids called `id`.

pub mod audit;
pub mod backtest;
pub mod backup_methods;
pub mod bulk_retry;
pub mod control;
pub mod csv;
pub mod delivery;
pub mod dunning;
pub mod failures_csv;
pub mod forecast;
pub mod hold;
pub mod ledger;
pub mod network_budget;
pub mod network_rules;
pub mod outage;
pub mod policy;
pub mod recovery;
pub mod recovery_figures;
pub mod refund;
pub mod slice;
pub mod surplus;
pub mod unresolved;
pub mod veto;
