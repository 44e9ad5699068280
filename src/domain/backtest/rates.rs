//! How often a retry brings the money: counted from retries that were really made, by why the
//! charge was declined and how many days ago. In whole millionths, with Wilson's interval.

use std::collections::HashMap;

use crate::domain::decline::RetryClass;
use crate::domain::failure::Failure;
use crate::domain::time::Span;

/// A rate of one: whole millionths are counted.
pub const WHOLE: u64 = 1_000_000;

/// A cell with fewer retries gives way to a wider one.
pub const TRIES_MIN: u64 = 30;

/// The first day of each stretch of days since the first decline.
pub const DAY_BANDS: [i64; 7] = [0, 1, 3, 6, 10, 15, 21];

/// 1.96 squared, in ten-thousandths: 95 of 100 intervals hold the true rate.
const Z_SQUARED: u128 = 38_416;
const Z: u128 = 196;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub tries: u64,
    pub paid: u64,
}

/// In millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// None: nothing of the kind was ever tried.
    pub estimate: Option<u64>,
    pub low: u64,
    pub high: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rates {
    cells: HashMap<(RetryClass, usize), Tally>,
    classes: HashMap<RetryClass, Tally>,
    all: Tally,
    /// Of charges that were the first at their debt.
    first: Tally,
}

impl Tally {
    pub fn count(&mut self, is_paid: bool) {
        self.tries = self.tries.saturating_add(1);
        self.paid = self.paid.saturating_add(u64::from(is_paid));
    }

    /// Wilson's interval, without continuity correction.
    pub fn rate(self) -> Rate {
        if self.tries == 0 {
            return Rate { estimate: None, low: 0, high: WHOLE };
        }
        let (tries, paid) = (u128::from(self.tries), u128::from(self.paid.min(self.tries)));
        let (whole, scale) = (u128::from(WHOLE), 10_000_u128);
        let divisor = tries * scale + Z_SQUARED;
        let centre = (paid * scale + Z_SQUARED / 2) * whole / divisor;
        let spread = paid * (tries - paid) * whole * whole / tries;
        let root = (spread + Z_SQUARED * whole * whole / scale / 4).isqrt();
        let half = Z * root * (scale / 100) / divisor;
        let millionths = |value: u128| u64::try_from(value.min(whole)).unwrap_or(WHOLE);
        Rate {
            estimate: Some(millionths(paid * whole / tries)),
            low: millionths(centre.saturating_sub(half)),
            high: millionths(centre + half),
        }
    }
}

impl Rates {
    pub fn of(failures: &[Failure]) -> Rates {
        let mut rates = Rates::default();
        for failure in failures {
            let mut before = &failure.first.decline;
            for one in failure.retries() {
                let is_paid = one.decline.is_none();
                let band = band(one.at.since(failure.first.at));
                rates.cells.entry((before.retry, band)).or_default().count(is_paid);
                rates.classes.entry(before.retry).or_default().count(is_paid);
                rates.all.count(is_paid);
                before = one.decline.as_ref().unwrap_or(before);
            }
        }
        rates
    }

    #[must_use]
    pub fn with_first(self, first: Tally) -> Rates {
        Rates { first, ..self }
    }

    /// How many retries they were counted from.
    pub fn tries(&self) -> u64 {
        self.all.tries
    }

    pub fn first(&self) -> Rate {
        self.first.rate()
    }

    /// Of a retry after such a decline, so long after the first one.
    pub fn of_retry(&self, after: RetryClass, since_first: Span) -> Rate {
        let of_class = self.classes.get(&after);
        let cells = [self.cells.get(&(after, band(since_first))), of_class];
        let enough = cells.into_iter().flatten().find(|tally| tally.tries >= TRIES_MIN);
        enough.copied().unwrap_or(self.all).rate()
    }
}

fn band(since_first: Span) -> usize {
    let days = since_first.whole_days();
    DAY_BANDS.iter().rposition(|first| days >= *first).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // Tries, paid, and both ends in thousandths, from the formula by hand.
        let rows =
            [(100, 20, 133, 289), (10, 0, 0, 278), (10, 10, 722, 1000), (1000, 500, 469, 531)];
        for (tries, paid, low, high) in rows {
            let rate = Tally { tries, paid }.rate();
            assert_eq!(rate.estimate, Some(paid * WHOLE / tries));
            assert_eq!((rate.low + 500) / 1_000, low, "{paid} of {tries}");
            assert_eq!((rate.high + 500) / 1_000, high, "{paid} of {tries}");
        }
        assert_eq!(Tally::default().rate(), Rate { estimate: None, low: 0, high: WHOLE });
    }

    #[test]
    fn days_fall_into_stretches() {
        let found = [0, 1, 2, 3, 9, 10, 20, 21, 300].map(|days| band(Span::days(days)));
        assert_eq!(found, [0, 1, 1, 2, 3, 4, 5, 6, 6]);
    }
}
