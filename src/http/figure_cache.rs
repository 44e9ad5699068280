//! Recovery figures for `/metrics`. Counting them reads every failure of a month, so it is done at
//! most once in a while, however often somebody scrapes.

use std::sync::{Arc, Mutex, PoisonError};

use metrics::{describe_gauge, gauge};

use super::metrics::approximate;
use crate::app::App;
use crate::domain::failure::Way;
use crate::domain::recovery_figures::{Amount, Figure, Split};
use crate::domain::time::{Span, Timestamp};
use crate::store::StoreError;

/// So old the figures may be.
const KEPT: Span = Span::minutes(5);

/// Of debts first declined so long ago or later.
const BACK: Span = Span::days(30);

/// What was counted last, and when.
#[derive(Default)]
pub struct FigureCache(Mutex<Option<(Timestamp, Arc<Vec<Figure>>)>>);

impl FigureCache {
    /// Who asks while somebody counts waits for that.
    pub fn figures(&self, app: &App, now: Timestamp) -> Result<Arc<Vec<Figure>>, StoreError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, figures)) = &*kept
            && now.since(*at) < KEPT
            && *at <= now
        {
            return Ok(Arc::clone(figures));
        }
        let organization = app.store().read(|read| read.first_organization())?;
        let rows = match organization {
            Some(found) => {
                let time = (now.minus(BACK), now.plus(Span::ms(1)));
                app.recovery_figures(found.id, time)?.rows
            }
            None => vec![],
        };
        let by_class = rows.into_iter().filter(|row| row.split == Split::DeclineClass);
        let figures = Arc::new(by_class.collect());
        *kept = Some((now, Arc::clone(&figures)));
        Ok(figures)
    }
}

pub fn describe() {
    for (name, text) in [
        ("recoup_recovery_failed", "Debts first declined in the last 30 days."),
        ("recoup_recovery_failed_minor_units", "What they come to, in minor units."),
        ("recoup_recovery_recovered", "Those of them that are paid by now, by what brought it."),
        ("recoup_recovery_recovered_minor_units", "What they come to, in minor units."),
    ] {
        describe_gauge!(name, text);
    }
}

pub fn tell(figures: &[Figure]) {
    for row in figures {
        let labels = || {
            vec![("decline_class", row.key.clone()), ("currency", row.currency.code().to_owned())]
        };
        gauge!("recoup_recovery_failed", &labels()).set(approximate(row.failed.count));
        gauge!("recoup_recovery_failed_minor_units", &labels()).set(minor_units(row.failed));
        for (way, amount) in [
            (Way::Retry, row.retry),
            (Way::Link, row.link),
            (Way::OwnAction, row.own_action),
            (Way::Request, row.request),
        ] {
            let mut labels = labels();
            labels.push(("way", way.as_str().to_owned()));
            gauge!("recoup_recovery_recovered", &labels).set(approximate(amount.count));
            gauge!("recoup_recovery_recovered_minor_units", &labels).set(minor_units(amount));
        }
    }
}

fn minor_units(amount: Amount) -> f64 {
    approximate(amount.minor_units.unsigned_abs())
}
