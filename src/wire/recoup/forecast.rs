//! The days ahead, as our API tells them.

use serde::Serialize;
use utoipa::ToSchema;

use super::backtest::{EstimateShape, how_rates_are_made};
use crate::domain::forecast::{Day, Forecast};
use crate::wire::lago::format::date_time;

#[derive(Serialize, ToSchema)]
pub struct ForecastAnswer {
    pub forecast: ForecastShape,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Forecast)]
pub struct ForecastShape {
    #[schema(format = DateTime)]
    pub from: String,
    /// Debts that wait for an attempt in this time.
    pub debts: u64,
    /// There are more debts than are looked at; these are due first.
    pub is_cut: bool,
    /// Retries that the rates were counted from.
    pub rates_from_attempts: u64,
    pub days: Vec<ForecastDayShape>,
    /// What is planned and what is estimated, in sentences.
    pub notes: Vec<String>,
}

/// 24 hours.
#[derive(Serialize, ToSchema)]
#[schema(as = ForecastDay)]
pub struct ForecastDayShape {
    #[schema(format = DateTime)]
    pub begins_at: String,
    /// Attempts that have their time already.
    pub attempts_planned: u64,
    /// Those included, and the ones that follow where they are declined.
    pub attempts: EstimateShape,
    pub money: Vec<ForecastMoneyShape>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ForecastMoney)]
pub struct ForecastMoneyShape {
    #[schema(example = "EUR")]
    pub currency: &'static str,
    /// What the attempts of this day are likely to bring.
    pub amount_cents: EstimateShape,
}

pub fn forecast(forecast: &Forecast, debts_max: u32) -> ForecastShape {
    ForecastShape {
        from: date_time(forecast.from),
        debts: forecast.debts,
        is_cut: forecast.debts >= u64::from(debts_max),
        rates_from_attempts: forecast.rates_from,
        days: forecast.days.iter().map(day).collect(),
        notes: vec![
            "Planned attempts have their time. What follows after a decline is estimated: as if \
             it was declined for the same reason again, by the policy that the debt goes by."
                .to_owned(),
            how_rates_are_made(forecast.rates_from),
            "Not included: invoices that do not exist yet, what follows a first charge that is \
             declined, and what payers pay by link, by transfer or with a new method."
                .to_owned(),
        ],
    }
}

fn day(day: &Day) -> ForecastDayShape {
    let money = day.money.iter().map(|(currency, amount)| ForecastMoneyShape {
        currency: currency.code(),
        amount_cents: EstimateShape::of(*amount),
    });
    ForecastDayShape {
        begins_at: date_time(day.begins_at),
        attempts_planned: day.planned,
        attempts: EstimateShape::of(day.attempts),
        money: money.collect(),
    }
}
