//! The days ahead: which attempts come when, and how much money they are likely to bring.

use std::collections::BTreeMap;

use super::backtest::{Climb, Estimate, Rates, StillOwed, Sum};
use super::currency::Currency;
use super::money::Money;
use super::policy::Policy;
use super::time::{Span, Timestamp};

/// A debt that waits for its next attempt.
#[derive(Debug, Clone)]
pub struct Planned {
    pub owed: Money,
    pub next_attempt_at: Timestamp,
    /// How it was declined so far. None: nothing was, so this is its first charge.
    pub so_far: Option<Climb<'static>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    pub from: Timestamp,
    pub debts: u64,
    /// How many retries the rates were counted from.
    pub rates_from: u64,
    pub days: Vec<Day>,
}

/// 24 hours, the first from now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub begins_at: Timestamp,
    /// Attempts that have their time already.
    pub planned: u64,
    /// Those included, and the ones that follow where they are declined.
    pub attempts: Estimate,
    pub money: Vec<(Currency, Estimate)>,
}

/// Of one day.
#[derive(Default, Clone)]
struct Sums {
    planned: u64,
    attempts: Sum,
    money: BTreeMap<Currency, Sum>,
}

/// Takes debts one after the other, so that they need not all be held.
pub struct Forecasting<'r> {
    rates: &'r Rates,
    now: Timestamp,
    debts: u64,
    days: Vec<Sums>,
}

impl<'r> Forecasting<'r> {
    pub fn new(rates: &'r Rates, now: Timestamp, days: u32) -> Forecasting<'r> {
        let days = vec![Sums::default(); usize::try_from(days).unwrap_or(0)];
        Forecasting { rates, now, debts: 0, days }
    }

    pub fn add(&mut self, debt: Planned, policy: &Policy) {
        self.debts += 1;
        // What is overdue is made at once.
        let mut at = debt.next_attempt_at.max(self.now);
        if let Some(day) = self.day(at) {
            day.planned += 1;
        }
        let Some(mut climb) = debt.so_far else {
            let (brought, _) = StillOwed::CERTAINLY.tried(self.rates.first());
            self.attempt(at, debt.owed, (StillOwed::CERTAINLY, brought));
            return;
        };
        let mut owed = StillOwed::CERTAINLY;
        loop {
            let since_first = at.since(climb.history.first_declined_at);
            let (brought, left) =
                owed.tried(self.rates.of_retry(climb.decline().retry, since_first));
            if !self.attempt(at, debt.owed, (owed, brought)) {
                return;
            }
            owed = left;
            climb.declined(None, at);
            match climb.next(policy) {
                Some(next) => at = next,
                None => return,
            }
        }
    }

    /// False: it is later than what is asked for.
    fn attempt(
        &mut self,
        at: Timestamp,
        owed: Money,
        (made, brought): (StillOwed, StillOwed),
    ) -> bool {
        let Some(day) = self.day(at) else { return false };
        day.attempts.add(1, made);
        day.money.entry(owed.currency).or_default().add(owed.minor_units, brought);
        true
    }

    fn day(&mut self, at: Timestamp) -> Option<&mut Sums> {
        let day = usize::try_from(at.since(self.now).whole_days()).ok()?;
        self.days.get_mut(day)
    }

    pub fn done(self) -> Forecast {
        let starts = (0..).map(|day| self.now.plus(Span::days(day)));
        let told = |(begins_at, sums): (Timestamp, Sums)| Day {
            begins_at,
            planned: sums.planned,
            attempts: sums.attempts.estimate(),
            money: sums.money.into_iter().map(|(cur, sum)| (cur, sum.estimate())).collect(),
        };
        Forecast {
            from: self.now,
            debts: self.debts,
            rates_from: self.rates.tries(),
            days: starts.zip(self.days).map(told).collect(),
        }
    }
}
