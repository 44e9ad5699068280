//! How much of what failed came back, and by what.

use super::App;
use super::policies::FAILURES_MAX;
use crate::domain::id::OrganizationId;
use crate::domain::recovery_figures::{Figure, figures};
use crate::domain::time::Timestamp;
use crate::store::StoreError;

pub struct Figures {
    pub rows: Vec<Figure>,
    /// There were more failures than are counted.
    pub is_cut: bool,
}

impl App {
    /// Of the debts first declined from one time until before another.
    pub fn recovery_figures(
        &self,
        organization: OrganizationId,
        time: (Timestamp, Timestamp),
    ) -> Result<Figures, StoreError> {
        let (failures, zone) = self.store.read(|read| {
            let zone = read.organization(organization)?.timezone;
            Ok::<_, StoreError>((read.failures(organization, time, FAILURES_MAX)?, zone))
        })?;
        let is_cut = failures.len() >= usize::try_from(FAILURES_MAX).unwrap_or(usize::MAX);
        Ok(Figures { rows: figures(&failures, zone), is_cut })
    }
}
