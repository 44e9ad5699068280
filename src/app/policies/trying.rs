//! A policy is tried on failures that are known, those that were recorded or those of another
//! system: nothing is charged and nothing is kept.

use crate::app::App;
use crate::domain::backtest::{Backtest, Rates, replay};
use crate::domain::failure::Failure;
use crate::domain::id::OrganizationId;
use crate::domain::policy::Policy;
use crate::domain::time::Span;
use crate::store::StoreError;

/// Of more failures the newest are taken.
pub const FAILURES_MAX: u32 = 100_000;

/// Rates are counted from the failures of so many days.
pub const RATES_DAYS: u32 = 365;

/// What a policy is tried on.
pub enum OnWhat {
    /// What was recorded in so many days until now.
    Recorded {
        days: u32,
    },
    Given(Vec<Failure>),
}

pub struct Tried {
    pub backtest: Backtest,
    /// There were more failures than are taken.
    pub is_cut: bool,
    /// What was given holds no retry, so the rates are those of what was recorded.
    pub rates_are_recorded: bool,
}

impl App {
    pub fn try_policy(
        &self,
        organization: OrganizationId,
        policy: &Policy,
        on: OnWhat,
    ) -> Result<Tried, StoreError> {
        let limit = self.rules.network_limit;
        let failures = match on {
            OnWhat::Recorded { days } => self.recorded_failures(organization, days)?,
            OnWhat::Given(failures) => {
                let own = Rates::of(&failures);
                if own.tries() == 0 {
                    let recorded = self.recorded_rates(organization)?;
                    let backtest = replay(policy, &failures, &recorded, limit);
                    return Ok(Tried { backtest, is_cut: false, rates_are_recorded: true });
                }
                failures
            }
        };
        let backtest = replay(policy, &failures, &Rates::of(&failures), limit);
        let is_cut = backtest.failures >= u64::from(FAILURES_MAX);
        Ok(Tried { backtest, is_cut, rates_are_recorded: false })
    }

    pub fn recorded_rates(&self, organization: OrganizationId) -> Result<Rates, StoreError> {
        let failures = self.recorded_failures(organization, RATES_DAYS)?;
        let first = self.store.read(|read| read.first_charges(organization))?;
        Ok(Rates::of(&failures).with_first(first))
    }

    fn recorded_failures(
        &self,
        organization: OrganizationId,
        days: u32,
    ) -> Result<Vec<Failure>, StoreError> {
        let now = self.clock.now();
        let time = (now.minus(Span::days(days)), now.plus(Span::ms(1)));
        self.store.read(|read| read.failures(organization, time, FAILURES_MAX))
    }
}
