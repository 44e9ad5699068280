//! What trying a policy on known failures came to, as our API and the command tell it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::policy::shapes::PolicyRequest;
use crate::domain::backtest::{Backtest, Estimate, Headroom, MoneyBack, TRIES_MIN};

/// The policy, and what it is tried on: what was recorded, unless a CSV is sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyTrialRequest {
    #[serde(default)]
    #[schema(example = "name = \"gentle\"\n[ladders]\nsoft = [\"3d\", \"10d\"]\n")]
    pub toml: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub policy: Option<Map<String, Value>>,
    /// The texts of the holiday files that it names.
    #[serde(default)]
    pub holiday_files: BTreeMap<String, String>,
    /// Failures from elsewhere, an attempt a line. `docs/retries.md` says which columns.
    #[serde(default)]
    pub csv: Option<String>,
    /// Failures that were recorded in so many days.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650, default = 365)]
    pub days: Option<u32>,
}

impl PolicyTrialRequest {
    pub fn policy(&self) -> PolicyRequest {
        PolicyRequest {
            toml: self.toml.clone(),
            policy: self.policy.clone(),
            holiday_files: self.holiday_files.clone(),
        }
    }
}

/// What is expected, and the ends of an interval. Whole numbers; money in minor units.
#[derive(Serialize, ToSchema)]
#[schema(as = Estimate)]
pub struct EstimateShape {
    /// Null: retries of the kind were never made, so nothing is known about them.
    pub expected: Option<i64>,
    pub low: i64,
    pub high: i64,
}

impl EstimateShape {
    pub fn of(estimate: Estimate) -> EstimateShape {
        let Estimate { expected, low, high } = estimate;
        EstimateShape { expected, low, high }
    }

    /// For people: what is certain has no interval.
    pub fn words(&self) -> String {
        let EstimateShape { expected, low, high } = self;
        match expected {
            Some(expected) if low == high => expected.to_string(),
            Some(expected) => format!("{expected} ({low} to {high})"),
            None => format!("not known ({low} to {high})"),
        }
    }
}

/// What the policy would have come to.
#[derive(Serialize, ToSchema)]
#[schema(as = PolicyTrial)]
pub struct TrialShape {
    /// Debts whose first charge was declined.
    pub failures: u64,
    /// There were more failures than are taken; these are the newest.
    pub is_cut: bool,
    /// Of them, settled by the payer or a person before the policy was through: not tried on.
    pub settled_otherwise: u64,
    /// After the first charge.
    pub attempts: EstimateShape,
    /// Attempts that were really made at about that time, and whose answers are taken as they were.
    pub attempts_observed: u64,
    /// Attempts for which a rate stands in.
    pub attempts_estimated: u64,
    /// Retries that were really made at these debts.
    pub attempts_recorded: u64,
    /// Retries that the rates were counted from.
    pub rates_from_attempts: u64,
    /// `tried_on`: from what the policy was tried on; `recorded`: it held no retries, so the rates
    /// are those of this installation.
    #[schema(example = "tried_on")]
    pub rates_from: &'static str,
    pub network: HeadroomShape,
    pub money: Vec<MoneyBackShape>,
    /// What is observed and what is estimated, in sentences.
    pub notes: Vec<String>,
}

/// How near one instrument would come to the network's limit, if all that is estimated was
/// declined.
#[derive(Serialize, ToSchema)]
#[schema(as = NetworkHeadroom)]
pub struct HeadroomShape {
    pub declines_max: u32,
    pub within_days: i64,
    pub instruments: u64,
    /// The most declines of one instrument in that time.
    pub declines_most: u32,
    /// How many more declines that instrument could have; 0 when it is at the limit or beyond.
    pub declines_left: u32,
    /// Instruments that would be beyond it. Their attempts would be held back.
    pub instruments_beyond: u64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MoneyBack)]
pub struct MoneyBackShape {
    #[schema(example = "EUR")]
    pub currency: &'static str,
    pub failures: u64,
    pub failed_amount_cents: i64,
    pub recovered_amount_cents: EstimateShape,
    /// What retries really brought.
    pub recorded_amount_cents: i64,
    /// How much had come by the end of each day since the first decline.
    pub by_day: Vec<MoneyDayShape>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MoneyDay)]
pub struct MoneyDayShape {
    /// 0: within 24 hours of the first decline.
    pub day: usize,
    pub recovered_amount_cents: EstimateShape,
}

#[derive(Serialize, ToSchema)]
pub struct PolicyTrialAnswer {
    pub trial: TrialShape,
}

pub fn trial(backtest: &Backtest, is_cut: bool, rates_are_recorded: bool) -> TrialShape {
    TrialShape {
        failures: backtest.failures,
        is_cut,
        settled_otherwise: backtest.taken_away,
        attempts: EstimateShape::of(backtest.attempts),
        attempts_observed: backtest.attempts_observed,
        attempts_estimated: backtest.attempts_estimated,
        attempts_recorded: backtest.attempts_recorded,
        rates_from_attempts: backtest.rates_from,
        rates_from: if rates_are_recorded { "recorded" } else { "tried_on" },
        network: headroom(backtest.headroom),
        money: backtest.money.iter().map(money).collect(),
        notes: notes(backtest),
    }
}

fn headroom(headroom: Headroom) -> HeadroomShape {
    HeadroomShape {
        declines_max: headroom.limit.declines_max,
        within_days: headroom.limit.within.whole_days(),
        instruments: headroom.instruments,
        declines_most: headroom.declines_most,
        declines_left: headroom.limit.declines_max.saturating_sub(headroom.declines_most),
        instruments_beyond: headroom.beyond,
    }
}

fn money(money: &MoneyBack) -> MoneyBackShape {
    let by_day = money.by_day.iter().enumerate();
    MoneyBackShape {
        currency: money.currency.code(),
        failures: money.failures,
        failed_amount_cents: money.failed,
        recovered_amount_cents: EstimateShape::of(money.recovered),
        recorded_amount_cents: money.recorded,
        by_day: by_day
            .map(|(day, so_far)| MoneyDayShape {
                day,
                recovered_amount_cents: EstimateShape::of(*so_far),
            })
            .collect(),
    }
}

/// How rates are made, in a sentence: the same beside each figure that uses them.
pub fn how_rates_are_made(retries: u64) -> String {
    match retries {
        0 => "No retry was ever recorded, so nothing is known about what retries bring: the \
              interval reaches from nothing to all."
            .to_owned(),
        count => format!(
            "The rates are counted from {count} retries that were really made, by why the charge \
             was declined and the days since the first decline; where there are fewer than \
             {TRIES_MIN} of a kind, by the reason alone, and then by nothing. The interval takes \
             every rate at the low and at the high end of its 95 % Wilson interval at once."
        ),
    }
}

fn notes(backtest: &Backtest) -> Vec<String> {
    vec![
        format!(
            "Observed: {} attempts were really made within 12 hours of the policy's time, and \
             their answers are taken as they were. Estimated: {} attempts, for which a rate \
             stands in.",
            backtest.attempts_observed, backtest.attempts_estimated
        ),
        how_rates_are_made(backtest.rates_from),
        "Not included: what payers pay by link, by transfer or with a new method. Such a debt is \
         taken as gone from that moment on. That other times of day or fewer messages may change \
         what a retry brings, no record can tell."
            .to_owned(),
    ]
}
