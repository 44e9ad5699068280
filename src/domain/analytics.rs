//! What became of debts whose first charge was declined, counted in the ways that people ask for:
//! how many came back and by what, at which attempt, after how many days, why they were declined
//! and at what time of the week retries work. Whole numbers; rates in millionths.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Timelike};

use super::backtest::{Rate, Tally};
use super::currency::Currency;
use super::decline::DeclineClass;
use super::failure::{Failure, SettledOtherwise, Way};
use super::id::ConnectionId;
use super::money::Money;
use super::time::Timestamp;

/// Attempts beyond this number are counted with it.
pub const ATTEMPT_NUMBER_MAX: u32 = 12;

/// The curve ends so many days after the first decline.
pub const CURVE_DAYS: usize = 30;

/// A rate of one.
const WHOLE: u64 = 1_000_000;

/// So many debts, and how much they come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    pub count: u64,
    pub money: BTreeMap<Currency, i64>,
}

impl Part {
    fn add(&mut self, amount: Money) {
        self.count += 1;
        let sum = self.money.entry(amount.currency).or_default();
        // A sum that no figure holds stays at the largest that one does.
        *sum = sum.saturating_add(amount.minor_units);
    }
}

/// From what failed to what came back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Funnel {
    pub failed: Part,
    /// A charge was made again, on any method.
    pub tried_again: Part,
    pub recovered: Part,
    /// Of those, by what.
    pub by: Vec<(Way, Part)>,
    /// Voided, or ended without money.
    pub gone: Part,
    pub owed: Part,
}

/// Debts that were first declined for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub class: DeclineClass,
    pub failed: Part,
    pub recovered: Part,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfFailures {
    pub funnel: Funnel,
    /// By the number of the attempt, from the second on.
    pub by_attempt: Vec<(u32, Tally)>,
    /// What share had come back so many days after the first decline, day by day: an estimate that
    /// counts debts that are not that old yet for as long as they have been followed.
    pub by_day: Vec<u64>,
    /// The most frequent first.
    pub reasons: Vec<Reason>,
    /// Retries by day of the week, Monday first, and hour, where the payer is.
    pub week: Vec<[Tally; 24]>,
}

impl OfFailures {
    pub fn of(failures: &[Failure], now: Timestamp) -> OfFailures {
        OfFailures {
            funnel: funnel(failures),
            by_attempt: by_attempt(failures),
            by_day: by_day(failures, now),
            reasons: reasons(failures),
            week: week(failures),
        }
    }
}

fn funnel(failures: &[Failure]) -> Funnel {
    let mut funnel = Funnel {
        by: Way::ALL.iter().map(|way| (*way, Part::default())).collect(),
        ..Funnel::default()
    };
    for failure in failures {
        funnel.failed.add(failure.amount);
        if !failure.tries.is_empty() {
            funnel.tried_again.add(failure.amount);
        }
        match failure.way() {
            Some(way) => {
                funnel.recovered.add(failure.amount);
                let by = funnel.by.iter_mut().filter(|(known, _)| *known == way);
                by.for_each(|(_, part)| part.add(failure.amount));
            }
            None if failure.settled_otherwise.is_some() => funnel.gone.add(failure.amount),
            None => funnel.owed.add(failure.amount),
        }
    }
    funnel
}

fn by_attempt(failures: &[Failure]) -> Vec<(u32, Tally)> {
    let mut tallies: BTreeMap<u32, Tally> = BTreeMap::new();
    for one in failures.iter().flat_map(|failure| &failure.tries) {
        let number = one.number.min(ATTEMPT_NUMBER_MAX);
        tallies.entry(number).or_default().count(one.decline.is_none());
    }
    tallies.into_iter().collect()
}

/// When a debt was not owed any more, and whether money came.
fn ended(failure: &Failure) -> Option<(Timestamp, bool)> {
    if let Some((_, paid)) = failure.recovered() {
        return Some((paid.at, true));
    }
    let (how, at) = failure.settled_otherwise?;
    Some((at, how != SettledOtherwise::Gone))
}

/// Kaplan's and Meier's estimate, in whole millionths.
fn by_day(failures: &[Failure], now: Timestamp) -> Vec<u64> {
    let mut recovered = [0_u64; CURVE_DAYS + 1];
    let mut followed = [0_u64; CURVE_DAYS + 1];
    for failure in failures {
        let (until, came_back) = ended(failure).unwrap_or((now, false));
        let day = usize::try_from(until.since(failure.first.at).whole_days()).unwrap_or(0);
        if came_back && day <= CURVE_DAYS {
            recovered[day] += 1;
        }
        followed[day.min(CURVE_DAYS)] += 1;
    }
    let mut at_risk: u64 = followed.iter().sum();
    let mut owed = u128::from(WHOLE);
    let mut curve = Vec::with_capacity(CURVE_DAYS + 1);
    for day in 0..=CURVE_DAYS {
        if at_risk > 0 {
            owed = owed * u128::from(at_risk - recovered[day]) / u128::from(at_risk);
        }
        curve.push(WHOLE.saturating_sub(u64::try_from(owed).unwrap_or(WHOLE)));
        at_risk -= followed[day];
    }
    curve
}

fn reasons(failures: &[Failure]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = vec![];
    for failure in failures {
        let class = failure.first.decline.class;
        let place = reasons.iter().position(|reason| reason.class == class).unwrap_or_else(|| {
            let nothing = Part::default;
            reasons.push(Reason { class, failed: nothing(), recovered: nothing() });
            reasons.len() - 1
        });
        reasons[place].failed.add(failure.amount);
        if failure.way().is_some() {
            reasons[place].recovered.add(failure.amount);
        }
    }
    reasons.sort_by_key(|reason| (std::cmp::Reverse(reason.failed.count), reason.class.as_str()));
    reasons
}

fn week(failures: &[Failure]) -> Vec<[Tally; 24]> {
    let mut week = vec![[Tally::default(); 24]; 7];
    for failure in failures {
        for one in failure.retries() {
            let at = one.at.utc().with_timezone(&failure.zone);
            let day = usize::try_from(at.weekday().num_days_from_monday()).unwrap_or(0);
            let hour = usize::try_from(at.hour()).unwrap_or(0);
            week[day][hour].count(one.decline.is_none());
        }
    }
    week
}

/// How long unpaid debts have been due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    NotDue,
    UpTo30,
    UpTo60,
    UpTo90,
    Older,
}

impl Age {
    pub const ALL: [Age; 5] = [Age::NotDue, Age::UpTo30, Age::UpTo60, Age::UpTo90, Age::Older];
}

/// Unpaid debts of one currency and age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aged {
    pub age: Age,
    pub invoices: u64,
    pub due: Money,
}

/// How charges of one day went at one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionDay {
    pub connection: ConnectionId,
    pub day: NaiveDate,
    pub paid: u64,
    pub declined: u64,
    /// They did not reach the provider, or nobody knows what came of them.
    pub disturbed: u64,
    /// No answer yet.
    pub open: u64,
}

/// Of a share of `part` in `whole`, with its interval.
pub fn rate(tries: u64, paid: u64) -> Rate {
    Tally { tries, paid }.rate()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attempt::Origin;
    use crate::domain::decline::{Decline, RetryClass};
    use crate::domain::failure::{FirstDecline, MadeOn, Try};
    use crate::domain::id::RecoveryId;
    use crate::domain::samples::at;
    use crate::domain::time::Span;

    fn decline() -> Decline {
        Decline {
            class: DeclineClass::InsufficientFunds,
            retry: RetryClass::Soft,
            code: "51".into(),
            network_code: None,
            advice_code: None,
            retry_after: None,
            message: String::new(),
        }
    }

    fn on(instrument: &str) -> MadeOn {
        let instrument = instrument.to_owned();
        MadeOn { provider: "sandbox".into(), method: "card".into(), instrument }
    }

    /// Declined first at zero; tried so many days after, paid the last time or not.
    fn failure(days: &[u32], is_paid: bool) -> Failure {
        let amount = Money::new(100, Currency::EUR);
        let tries = days.iter().enumerate().map(|(place, day)| Try {
            number: u32::try_from(place).expect("few") + 2,
            at: at(0).plus(Span::days(*day)),
            origin: Origin::Schedule,
            amount,
            made_on: on("a"),
            decline: (!is_paid || place + 1 < days.len()).then(decline),
        });
        Failure {
            recovery: RecoveryId::at(at(0)),
            amount,
            zone: chrono_tz::Tz::UTC,
            first: FirstDecline { at: at(0), decline: decline(), made_on: on("a") },
            tries: tries.collect(),
            settled_otherwise: None,
        }
    }

    #[test]
    fn what_failed_is_recovered_gone_or_owed() {
        let by_hand = (SettledOtherwise::ByHand, at(9));
        let gone = (SettledOtherwise::Gone, at(9));
        let failures = [
            failure(&[1, 3], true),
            failure(&[1], false),
            Failure { settled_otherwise: Some(by_hand), ..failure(&[], false) },
            Failure { settled_otherwise: Some(gone), ..failure(&[1], false) },
        ];
        let told = OfFailures::of(&failures, at(0).plus(Span::days(40)));
        let counts = [
            &told.funnel.failed,
            &told.funnel.tried_again,
            &told.funnel.recovered,
            &told.funnel.gone,
            &told.funnel.owed,
        ]
        .map(|part| part.count);
        assert_eq!(counts, [4, 3, 2, 1, 1]);
        assert_eq!(told.funnel.recovered.money[&Currency::EUR], 200);
        let by: Vec<(&str, u64)> =
            told.funnel.by.iter().map(|(way, part)| (way.as_str(), part.count)).collect();
        assert_eq!(by, [("retry", 1), ("link", 0), ("own_action", 1), ("request", 0)]);
        let tries: Vec<(u32, u64, u64)> =
            told.by_attempt.iter().map(|(number, it)| (*number, it.tries, it.paid)).collect();
        assert_eq!(tries, [(2, 3, 0), (3, 1, 1)]);
        assert_eq!((told.reasons[0].failed.count, told.reasons[0].recovered.count), (4, 2));
    }

    #[test]
    fn debts_that_are_young_count_for_as_long_as_they_were_followed() {
        // Two days old: one came back on the first day, one is owed. Beside them an old one.
        let young = at(0).plus(Span::days(2));
        let failures = [failure(&[1], true), failure(&[1], false)];
        let curve = OfFailures::of(&failures, young).by_day;
        assert_eq!((curve[0], curve[1], curve[2], curve[30]), (0, 500_000, 500_000, 500_000));
        assert!(curve.is_sorted(), "it never falls");
        assert_eq!(OfFailures::of(&[], young).by_day, vec![0; 31]);
    }

    #[test]
    fn retries_are_counted_where_the_payer_is() {
        // The first moment of 1970 was a Thursday.
        let week = OfFailures::of(&[failure(&[1], true)], at(0)).week;
        assert_eq!(week[4][0], Tally { tries: 1, paid: 1 });
        let tokyo = Failure { zone: chrono_tz::Tz::Asia__Tokyo, ..failure(&[1], true) };
        assert_eq!(OfFailures::of(&[tokyo], at(0)).week[4][9].paid, 1);
    }
}
