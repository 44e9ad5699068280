//! What a policy would have come to with the failures that were recorded, as tables.

use super::super::parts::{Amount, COUNTED_MAX, Facts, Html, count};
use crate::app::policies::Tried;
use crate::domain::backtest::{Estimate, MoneyBack};
use crate::domain::money::Money;
use crate::wire::recoup::backtest::{EstimateShape, trial};

/// Days after the first decline at which the sum so far is shown.
const DAYS: &[usize] = &[0, 1, 3, 7, 14, 21, 28, 45, 60, 90];

pub struct Trial {
    pub failures: u64,
    pub facts: Facts,
    pub money: Vec<TrialMoney>,
    pub notes: Vec<String>,
}

pub struct TrialMoney {
    pub failed: Amount,
    pub recovered: String,
    pub recorded: Amount,
    pub by_day: Vec<(usize, String)>,
}

impl Trial {
    pub fn of(tried: &Tried) -> Trial {
        let told = trial(&tried.backtest, tried.is_cut, tried.rates_are_recorded);
        let network = &told.network;
        let text = |text: String| Html::text(&text);
        let headroom = format!(
            "at most {} declines of one instrument in {} days, of {} that are allowed; {} \
             instruments would be held back",
            network.declines_most,
            network.within_days,
            network.declines_max,
            network.instruments_beyond
        );
        let facts = Facts::default()
            .with("Declined first charges", text(shown(told.failures)))
            .with("Retries it makes", text(told.attempts.words()))
            .with("Retries really made", text(shown(told.attempts_recorded)))
            .with("Settled otherwise", text(shown(told.settled_otherwise)))
            .with("Network", text(headroom));
        let mut notes = told.notes;
        if told.is_cut {
            notes.push("There were more failures than are taken; these are the newest.".to_owned());
        }
        let money = tried.backtest.money.iter().map(TrialMoney::of).collect();
        Trial { failures: told.failures, facts, money, notes }
    }
}

fn shown(number: u64) -> String {
    count(number.min(COUNTED_MAX + 1))
}

impl TrialMoney {
    fn of(money: &MoneyBack) -> TrialMoney {
        let amount = |units: i64| Amount::of(Money::new(units, money.currency));
        let by_day = DAYS.iter().filter_map(|day| {
            let so_far = money.by_day.get(*day)?;
            Some((*day, words(*so_far, money)))
        });
        TrialMoney {
            failed: amount(money.failed),
            recovered: words(money.recovered, money),
            recorded: amount(money.recorded),
            by_day: by_day.collect(),
        }
    }
}

/// What is certain has no interval.
fn words(estimate: Estimate, money: &MoneyBack) -> String {
    let amount = |units: i64| crate::http::pay::grouped(Money::new(units, money.currency));
    let EstimateShape { expected, low, high } = EstimateShape::of(estimate);
    match expected {
        Some(expected) if low == high => amount(expected),
        Some(expected) => {
            format!("{} ({} to {})", amount(expected), amount(low), amount(high))
        }
        None => format!("not known ({} to {})", amount(low), amount(high)),
    }
}
