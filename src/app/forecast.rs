//! What the days ahead are likely to bring, of the debts that wait for an attempt now.

use std::collections::HashMap;

use super::App;
use crate::domain::forecast::{Forecast, Forecasting};
use crate::domain::id::{OrganizationId, PolicyVersionId};
use crate::domain::policy::Policy;
use crate::domain::time::Span;
use crate::store::StoreError;

/// The days that are looked at.
pub const FORECAST_DAYS: u32 = 30;

/// Of more debts those are taken that are due first.
pub const FORECAST_DEBTS_MAX: u32 = 100_000;

impl App {
    pub fn forecast(&self, organization: OrganizationId) -> Result<Forecast, StoreError> {
        let rates = self.recorded_rates(organization)?;
        let now = self.clock.now();
        let until = now.plus(Span::days(FORECAST_DAYS));
        let mut forecasting = Forecasting::new(&rates, now, FORECAST_DAYS);
        let mut versions: HashMap<PolicyVersionId, Policy> = HashMap::new();
        self.store.read(|read| {
            read.planned(organization, (until, FORECAST_DEBTS_MAX), |debt, version| {
                let Some(id) = version else {
                    forecasting.add(debt, &self.rules.policy);
                    return Ok(());
                };
                if !versions.contains_key(&id)
                    && let Some(found) = read.policy_version_of_every_organization(id)?
                {
                    versions.insert(id, found.policy);
                }
                forecasting.add(debt, versions.get(&id).unwrap_or(&self.rules.policy));
                Ok::<_, StoreError>(())
            })
        })?;
        Ok(forecasting.done())
    }
}
