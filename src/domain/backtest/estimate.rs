//! Chances that shrink with each try, and the money that they are worth: whole billionths, once
//! as it is expected, once with every rate at its low end and once at its high end.

use super::rates::{Rate, WHOLE};

/// A chance of one: whole billionths are counted.
const CERTAIN: u64 = 1_000_000_000;

/// A value as it is expected, and both ends of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// None: something of it was never tried before.
    pub expected: Option<i64>,
    pub low: i64,
    pub high: i64,
}

/// How likely it is that a debt is still owed, by each set of rates.
#[derive(Debug, Clone, Copy)]
pub struct StillOwed {
    expected: u64,
    low_rates: u64,
    high_rates: u64,
    is_known: bool,
}

/// A sum of chances, or of money that comes by chance.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    expected: i128,
    low_rates: i128,
    high_rates: i128,
    unknown: bool,
}

impl StillOwed {
    pub const CERTAINLY: StillOwed =
        StillOwed { expected: CERTAIN, low_rates: CERTAIN, high_rates: CERTAIN, is_known: true };

    /// What a try at it brings in, and how likely it is owed after.
    pub fn tried(self, rate: Rate) -> (StillOwed, StillOwed) {
        let brought = StillOwed {
            expected: part(self.expected, rate.estimate.unwrap_or(0)),
            low_rates: part(self.low_rates, rate.low),
            high_rates: part(self.high_rates, rate.high),
            is_known: self.is_known && rate.estimate.is_some(),
        };
        let left = StillOwed {
            expected: self.expected.saturating_sub(brought.expected),
            low_rates: self.low_rates.saturating_sub(brought.low_rates),
            high_rates: self.high_rates.saturating_sub(brought.high_rates),
            is_known: brought.is_known,
        };
        (brought, left)
    }
}

fn part(chance: u64, rate: u64) -> u64 {
    let product = u128::from(chance) * u128::from(rate) / u128::from(WHOLE);
    u64::try_from(product).unwrap_or(chance)
}

impl Sum {
    /// So many, each of them with this chance.
    pub fn add(&mut self, count: i64, chance: StillOwed) {
        let count = i128::from(count);
        self.expected += count * i128::from(chance.expected);
        self.low_rates += count * i128::from(chance.low_rates);
        self.high_rates += count * i128::from(chance.high_rates);
        self.unknown |= !chance.is_known;
    }

    pub fn plus(&mut self, other: Sum) {
        self.expected += other.expected;
        self.low_rates += other.low_rates;
        self.high_rates += other.high_rates;
        self.unknown |= other.unknown;
    }

    /// Rounded to whole ones.
    pub fn estimate(self) -> Estimate {
        let (one, other) = (rounded(self.low_rates), rounded(self.high_rates));
        Estimate {
            expected: (!self.unknown).then(|| rounded(self.expected)),
            low: one.min(other),
            high: one.max(other),
        }
    }
}

fn rounded(billionths: i128) -> i64 {
    let certain = i128::from(CERTAIN);
    i64::try_from((billionths + certain / 2).div_euclid(certain)).unwrap_or(i64::MAX)
}
