//! What a policy would have done with failures that are known: a replay. Where the same attempt
//! was really made, its answer is taken; elsewhere a rate stands in for it.

mod climb;
mod estimate;
mod headroom;
mod rates;

use std::collections::BTreeMap;

use super::currency::Currency;
use super::failure::{Failure, Try, Way};
use super::policy::{DAYS_MAX, NetworkLimit, Policy};
use super::time::{Span, Timestamp};
pub use climb::{Climb, declined_first};
pub use estimate::{Estimate, StillOwed, Sum};
pub use headroom::Headroom;
use headroom::Instruments;
pub use rates::{Rate, Rates, TRIES_MIN, Tally};

/// An attempt of the replay is one that was really made if it is no further from it.
pub const SAME_ATTEMPT: Span = Span::hours(12);

/// What a policy would have come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backtest {
    pub failures: u64,
    /// Failures that the payer, or a person, settled before the replay was through.
    pub taken_away: u64,
    /// After the first charge.
    pub attempts: Estimate,
    /// Attempts of the replay that were really made, and whose answers are known.
    pub attempts_observed: u64,
    pub attempts_estimated: u64,
    /// Retries that were really made.
    pub attempts_recorded: u64,
    pub headroom: Headroom,
    pub money: Vec<MoneyBack>,
    /// How many retries the rates were counted from.
    pub rates_from: u64,
}

/// Of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyBack {
    pub currency: Currency,
    pub failures: u64,
    pub failed: i64,
    pub recovered: Estimate,
    /// What retries really brought.
    pub recorded: i64,
    /// How much had come by the end of each day since the first decline, from day 0.
    pub by_day: Vec<Estimate>,
}

pub fn replay(
    policy: &Policy,
    failures: &[Failure],
    rates: &Rates,
    limit: NetworkLimit,
) -> Backtest {
    let mut count = Count::default();
    let mut instruments = Instruments::default();
    for failure in failures {
        count.failure(failure, policy, rates, &mut instruments);
    }
    Backtest {
        failures: u64::try_from(failures.len()).unwrap_or(u64::MAX),
        taken_away: count.taken_away,
        attempts: count.attempts.estimate(),
        attempts_observed: count.observed,
        attempts_estimated: count.estimated,
        attempts_recorded: count.recorded,
        headroom: instruments.headroom(limit),
        money: count.money.into_iter().map(|(currency, sums)| sums.told(currency)).collect(),
        rates_from: rates.tries(),
    }
}

#[derive(Default)]
struct Count {
    taken_away: u64,
    attempts: Sum,
    observed: u64,
    estimated: u64,
    recorded: u64,
    money: BTreeMap<Currency, MoneySums>,
}

#[derive(Default)]
struct MoneySums {
    failures: u64,
    failed: i64,
    recorded: i64,
    /// What came on each day.
    days: Vec<Sum>,
}

impl Count {
    fn failure<'f>(
        &mut self,
        failure: &'f Failure,
        policy: &Policy,
        rates: &Rates,
        instruments: &mut Instruments<'f>,
    ) {
        let sums = self.money.entry(failure.amount.currency).or_default();
        sums.failures += 1;
        sums.failed = sums.failed.saturating_add(failure.amount.minor_units);
        if let Some((Way::Retry, _)) = failure.recovered() {
            sums.recorded = sums.recorded.saturating_add(failure.amount.minor_units);
        }
        let really: Vec<&Try> = failure.retries().collect();
        self.recorded += u64::try_from(really.len()).unwrap_or(0);
        let instrument = failure.first.made_on.instrument.as_str();
        instruments.declined(instrument, failure.first.at);
        let mut owed = StillOwed::CERTAINLY;
        let mut seen = 0;
        let mut climb = declined_first(failure);
        while let Some(at) = climb.next(policy) {
            if failure.taken_away_at().is_some_and(|away| away <= at) {
                self.taken_away += 1;
                break;
            }
            self.attempts.add(1, owed);
            let same = really.iter().skip(seen).position(|one| is_same(one.at, at));
            let Some(place) = same else {
                self.estimated += 1;
                instruments.declined(instrument, at);
                let rate = rates.of_retry(climb.decline().retry, at.since(failure.first.at));
                let (brought, left) = owed.tried(rate);
                sums.came(failure, at, brought);
                owed = left;
                climb.declined(None, at);
                continue;
            };
            self.observed += 1;
            seen += place + 1;
            let one = really[seen - 1];
            let Some(decline) = &one.decline else {
                sums.came(failure, at, owed);
                break;
            };
            instruments.declined(instrument, at);
            climb.declined(Some(decline), at);
        }
    }
}

impl MoneySums {
    fn came(&mut self, failure: &Failure, at: Timestamp, chance: StillOwed) {
        let day = usize::try_from(at.since(failure.first.at).whole_days()).unwrap_or(0);
        let day = day.min(usize::try_from(DAYS_MAX).unwrap_or(0));
        if self.days.len() <= day {
            self.days.resize(day + 1, Sum::default());
        }
        self.days[day].add(failure.amount.minor_units, chance);
    }

    fn told(self, currency: Currency) -> MoneyBack {
        let mut so_far = Sum::default();
        let mut by_day = Vec::with_capacity(self.days.len());
        for day in self.days {
            so_far.plus(day);
            by_day.push(so_far.estimate());
        }
        MoneyBack {
            currency,
            failures: self.failures,
            failed: self.failed,
            recovered: so_far.estimate(),
            recorded: self.recorded,
            by_day,
        }
    }
}

fn is_same(one: Timestamp, other: Timestamp) -> bool {
    one.since(other).max(other.since(one)) <= SAME_ATTEMPT
}

#[cfg(test)]
mod tests;
