//! The money path: intent, call, settle. Whoever charges — the schedule, a person, many at once —
//! comes through here.

mod ask_payer;
mod asked;
mod attempt_now;
mod attempt_payment;
mod backup_methods;
mod cancel_attempt;
mod choose_method;
mod clear_the_way;
mod exhaust;
mod in_time;
mod intent;
mod network_budget;
mod outage;
mod policy_in_use;
mod request_retry;
mod resolve_by_person;
mod resolve_unknown;
mod retry_due;
mod settle_attempt;
mod settle_invoice;
mod settle_request;
mod veto;

use super::Rules;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError, Tx};

pub use asked::{AskError, Asked};
pub use attempt_payment::Attempted;
pub(super) use choose_method::{NO_METHOD, NO_PROVIDER, connection_of};
pub(super) use network_budget::budget;
pub use request_retry::RetryError;
pub(super) use request_retry::{ask, can_be_asked, tell_impossible};
pub use resolve_by_person::{ResolveError, Verdict};
pub use resolve_unknown::Resolved;
pub(super) use resolve_unknown::query;
pub use retry_due::RetryRun;
pub(super) use settle_attempt::{Source, settle_loaded};
pub(super) use veto::{Answer, heed};

/// Why the money path stopped. A decline or an unknown outcome is an answer, not one of these.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CollectError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{what} is missing, though a row names it")]
    Missing { what: &'static str },
}

/// What every step inside a transaction works with.
#[derive(Clone, Copy)]
pub(super) struct Within<'a, 'c> {
    pub tx: &'a Tx<'c>,
    pub rules: &'a Rules,
    pub now: Timestamp,
}

/// What a step needs that only looks.
#[derive(Clone, Copy)]
pub(super) struct Looking<'a, 'c> {
    pub read: &'a Reader<'c>,
    pub rules: &'a Rules,
    pub now: Timestamp,
}

impl<'a, 'c> Within<'a, 'c> {
    pub fn looking(&self) -> Looking<'a, 'c> {
        Looking { read: self.tx, rules: self.rules, now: self.now }
    }
}
