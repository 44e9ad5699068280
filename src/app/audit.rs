//! The audit: whether the rules of collecting hold, in the database and, when asked, at the
//! providers. It changes nothing.

use super::App;
use super::collect::{CollectError, query};
use super::ports::ChargeFinding;
use crate::domain::audit::{Violation, against_provider};
use crate::domain::time::Span;
use crate::store::StoreError;

/// How much is compared with the providers.
#[derive(Debug, Clone, Copy)]
pub struct Comparing {
    /// Attempts that began so long ago or later.
    pub back: Span,
    /// The newest so many of them.
    pub attempts_max: u32,
}

/// What came of comparing.
#[derive(Debug, Clone, Default)]
pub struct Compared {
    pub asked: u64,
    /// The provider, or its plugin, could not tell.
    pub untold: u64,
    pub violations: Vec<Violation>,
}

impl App {
    /// Everything that is wrong in the database.
    pub fn audit(&self) -> Result<Vec<Violation>, StoreError> {
        let limit = self.rules.network_limit;
        self.store.read(|read| read.audit(limit))
    }

    /// Asks the providers what they know of attempts that have ended.
    pub fn compare_with_providers(&self, comparing: Comparing) -> Result<Compared, CollectError> {
        let since = self.clock.now().minus(comparing.back);
        let attempts = self.store.read(|read| -> Result<_, StoreError> {
            read.ended_attempts_of_every_organization(since, comparing.attempts_max)
        })?;
        let mut compared = Compared::default();
        for attempt in attempts {
            let connection = self
                .store
                .read(|read| read.connection(attempt.organization_id, attempt.connection_id))?
                .ok_or(CollectError::Missing { what: "the connection of an attempt" })?;
            compared.asked += 1;
            let told = match self.psps.find_charge(&connection, &query(&attempt)) {
                ChargeFinding::Found(answer) => Some(answer),
                ChargeFinding::Absent => None,
                ChargeFinding::CannotTell(_) => {
                    compared.untold += 1;
                    continue;
                }
            };
            compared.violations.extend(against_provider(&attempt, told.as_ref()));
        }
        Ok(compared)
    }
}
