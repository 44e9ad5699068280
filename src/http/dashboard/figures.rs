//! The figures of the first page. Where they take long to count they are kept for a minute, so that
//! the page is quick however many debts there are; elsewhere they are always those of this moment.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::home::{Ahead, MonthFigure};
use crate::domain::id::OrganizationId;
use crate::domain::time::{Span, Timestamp};
use crate::store::{Reader, StoreError};

/// What is counted faster is counted each time.
const QUICK: Duration = Duration::from_millis(40);
const KEPT: Span = Span::minutes(1);

#[derive(Debug, Clone)]
pub struct Counted {
    organization: OrganizationId,
    /// The month that is counted.
    since: Timestamp,
    pub month: Vec<MonthFigure>,
    pub ahead: Vec<Ahead>,
    pub at: Timestamp,
}

#[derive(Debug, Default)]
pub struct Figures(Mutex<Option<Counted>>);

impl Figures {
    /// From the beginning of the month until now, and from now on until then.
    pub fn count(
        &self,
        read: &Reader<'_>,
        organization: OrganizationId,
        (since, now, until): (Timestamp, Timestamp, Timestamp),
    ) -> Result<Counted, StoreError> {
        // Whoever comes while it is counted waits for it rather than counting too.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_good = |it: &&Counted| {
            let is_asked_for = it.organization == organization && it.since == since;
            is_asked_for && it.at <= now && now < it.at.plus(KEPT)
        };
        if let Some(good) = kept.as_ref().filter(is_good) {
            return Ok(good.clone());
        }
        let begun = Instant::now();
        let month = read.month_figures(organization, since)?;
        let ahead = read.ahead(organization, until)?;
        let counted = Counted { organization, since, month, ahead, at: now };
        *kept = (begun.elapsed() > QUICK).then(|| counted.clone());
        Ok(counted)
    }
}
