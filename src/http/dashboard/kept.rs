//! Figures that take long to count are kept for a while, so that a page is quick however many debts
//! there are. What is counted quickly is always of this moment.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::app::App;
use crate::domain::time::{Span, Timestamp};
use crate::store::{Reader, StoreError};

/// What is counted faster is counted each time.
const QUICK: Duration = Duration::from_millis(40);

/// Figures that are older than they should be are shown once more, and counted anew meanwhile;
/// not those that are older than this.
const SHOWN_AGAIN_FOR: Span = Span::hours(24);

/// So many are kept at once, of all organizations.
const KEPT_MAX: usize = 64;

/// By what they are counted of.
pub struct Kept<K, V> {
    fresh_for: Span,
    quick: Duration,
    found: Mutex<HashMap<K, Found<V>>>,
}

struct Found<V> {
    figures: Counted<V>,
    is_being_counted: bool,
}

/// Figures, and of when they are.
pub struct Counted<V> {
    pub figures: Arc<V>,
    pub at: Timestamp,
}

impl<V> Clone for Counted<V> {
    fn clone(&self) -> Self {
        Counted { figures: Arc::clone(&self.figures), at: self.at }
    }
}

/// What to do about a page that asks.
enum Plan<V> {
    Show(Counted<V>),
    ShowAndCount(Counted<V>),
    Count,
}

impl<K: Clone + Eq + Hash + Send + Sync, V: Send + Sync> Kept<K, V> {
    pub fn fresh_for(fresh_for: Span) -> Kept<K, V> {
        Kept { fresh_for, quick: QUICK, found: Mutex::default() }
    }

    /// `count` reads them: here and now, or in a thread of its own where older ones are shown.
    pub fn get(
        &'static self,
        (app, read): (&App, &Reader<'_>),
        key: &K,
        count: impl Fn(&Reader<'_>) -> Result<V, StoreError> + Send + 'static,
    ) -> Result<Counted<V>, StoreError> {
        let now = app.now();
        match self.plan(key, now) {
            Plan::Show(found) => Ok(found),
            Plan::ShowAndCount(found) => {
                let (app, key) = (app.clone(), key.clone());
                std::thread::spawn(move || self.count_anew(&app, &key, count));
                Ok(found)
            }
            Plan::Count => self.count((key, now), || count(read)),
        }
    }

    fn plan(&self, key: &K, now: Timestamp) -> Plan<V> {
        let mut kept = self.kept();
        let Some(found) = kept.get_mut(key) else { return Plan::Count };
        let figures = found.figures.clone();
        // A clock can be set back.
        if now < figures.at || now >= figures.at.plus(SHOWN_AGAIN_FOR) {
            return Plan::Count;
        }
        if now < figures.at.plus(self.fresh_for) || found.is_being_counted {
            return Plan::Show(figures);
        }
        found.is_being_counted = true;
        Plan::ShowAndCount(figures)
    }

    fn count_anew(&self, app: &App, key: &K, count: impl Fn(&Reader<'_>) -> Result<V, StoreError>) {
        let counted = self.count((key, app.now()), || app.store().read(|read| count(read)));
        if let Err(error) = counted {
            tracing::warn!(%error, "figures of a page could not be counted anew");
            // Who comes next tries again.
            self.kept().remove(key);
        }
    }

    fn count(
        &self,
        (key, at): (&K, Timestamp),
        count: impl FnOnce() -> Result<V, StoreError>,
    ) -> Result<Counted<V>, StoreError> {
        let begun = Instant::now();
        let counted = Counted { figures: Arc::new(count()?), at };
        let mut kept = self.kept();
        kept.remove(key);
        if begun.elapsed() > self.quick {
            if kept.len() >= KEPT_MAX {
                kept.retain(|_, it| at < it.figures.at.plus(self.fresh_for));
            }
            if kept.len() < KEPT_MAX {
                let figures = counted.clone();
                kept.insert(key.clone(), Found { figures, is_being_counted: false });
            }
        }
        Ok(counted)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<K, Found<V>>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(quick: Duration) -> Kept<u32, u32> {
        Kept { quick, ..Kept::fresh_for(Span::minutes(5)) }
    }

    fn shown(kept: &Kept<u32, u32>, at: Timestamp) -> (u32, &'static str) {
        match kept.plan(&7, at) {
            Plan::Show(found) => (*found.figures, "shown"),
            Plan::ShowAndCount(found) => (*found.figures, "counted meanwhile"),
            Plan::Count => (0, "counted"),
        }
    }

    #[test]
    fn what_takes_long_is_shown_again_and_counted_anew_meanwhile() {
        let kept = kept(Duration::ZERO);
        let at = |minutes| Timestamp::from_unix_ms(0).plus(Span::minutes(minutes));
        assert_eq!(shown(&kept, at(1)), (0, "counted"));
        kept.count((&7, at(1)), || Ok(1)).expect("it counts");
        assert_eq!(shown(&kept, at(0)), (0, "counted"), "the clock was set back");
        assert_eq!(shown(&kept, at(5)), (1, "shown"));
        assert_eq!(shown(&kept, at(6)), (1, "counted meanwhile"));
        assert_eq!(shown(&kept, at(7)), (1, "shown"), "somebody counts already");
        kept.count((&7, at(8)), || Ok(2)).expect("it counts");
        assert_eq!(shown(&kept, at(12)), (2, "shown"));
        assert_eq!(shown(&kept, at(8 + 24 * 60)), (0, "counted"), "too old to be shown");
    }

    #[test]
    fn what_is_quick_is_of_this_moment() {
        let kept = kept(Duration::MAX);
        kept.count((&7, Timestamp::from_unix_ms(0)), || Ok(1)).expect("it counts");
        assert_eq!(shown(&kept, Timestamp::from_unix_ms(0)), (0, "counted"));
    }
}
