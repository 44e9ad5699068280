//! How collecting has gone: read and counted in one go, so that all figures are of one moment.

use chrono_tz::Tz;

use super::policies::FAILURES_MAX;
use crate::domain::analytics::{Aged, ConnectionDay, OfFailures};
use crate::domain::id::OrganizationId;
use crate::domain::time::{Span, Timestamp};
use crate::store::{Reader, StoreError};

/// How charges went is told of so many days.
pub const HEALTH_DAYS: u32 = 14;

#[derive(Debug, Clone)]
pub struct Analytics {
    pub made_at: Timestamp,
    pub zone: Tz,
    pub of_failures: OfFailures,
    /// There were more failures than are counted.
    pub is_cut: bool,
    pub aged: Vec<Aged>,
    pub health: Vec<ConnectionDay>,
}

impl Analytics {
    /// Of the debts that were first declined in so many days until now.
    pub fn read(
        read: &Reader<'_>,
        organization: OrganizationId,
        days: u32,
        now: Timestamp,
    ) -> Result<Analytics, StoreError> {
        let time = (now.minus(Span::days(days)), now.plus(Span::ms(1)));
        let zone = read.organization(organization)?.timezone;
        let failures = read.failures(organization, time, FAILURES_MAX)?;
        let since = now.minus(Span::days(HEALTH_DAYS));
        Ok(Analytics {
            made_at: now,
            zone,
            of_failures: OfFailures::of(&failures, now),
            is_cut: failures.len() >= usize::try_from(FAILURES_MAX).unwrap_or(usize::MAX),
            aged: read.aged_debts(organization, now.date_in(zone))?,
            health: read.connection_days(organization, since, zone)?,
        })
    }
}
