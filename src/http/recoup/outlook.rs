//! `/recoup/v1/policies/try`, `/recoup/v1/forecast`, `/recoup/v1/recovery_figures`: what a policy
//! would have come to, what the days ahead bring, and how much of what failed came back.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, PayloadConfig, ServiceConfig};
use chrono::DateTime;
use utoipa::{IntoParams, OpenApi};

use super::policies::{read, wrong};
use super::responses::Refusals;
use super::{Problem, blocking, body, resource};
use crate::app::App;
use crate::app::forecast::FORECAST_DEBTS_MAX;
use crate::app::policies::{OnWhat, RATES_DAYS};
use crate::domain::time::{Span, Timestamp};
use crate::http::lago::{Caller, Query};
use crate::wire::recoup::backtest::{PolicyTrialAnswer, PolicyTrialRequest, trial};
use crate::wire::recoup::failures_csv;
use crate::wire::recoup::forecast::{ForecastAnswer, forecast};
use crate::wire::recoup::recovery_figures::{RecoveryFiguresAnswer, as_csv, recovery_figures};

/// A CSV of 100,000 failures with a few attempts each fits.
const TRIAL_BYTES_MAX: usize = 64 * 1024 * 1024;

const TRIAL_DAYS_MAX: u32 = 3_650;

/// The figures are of so many days until now, unless they are asked for by time.
const FIGURES_DAYS: u32 = 90;

/// The longest time that figures are counted over.
const FIGURES_DAYS_MAX: u32 = 366;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource("/policies/try")
                .app_data(PayloadConfig::new(TRIAL_BYTES_MAX))
                .post(try_policy),
        )
        .service(resource("/forecast").get(show_forecast))
        .service(resource("/recovery_figures").get(show_figures));
}

#[derive(OpenApi)]
#[openapi(
    paths(try_policy, show_forecast, show_figures),
    tags((name = "outlook", description = "What a policy would have come to, what the days ahead \
        bring, and how much of what failed came back."))
)]
pub struct Doc;

/// Try a policy on failures that are known
///
/// A replay: nothing is charged or kept. Where an attempt was really made at that time its answer
/// is taken; elsewhere a rate stands in, with its interval.
#[utoipa::path(
    post, path = "/policies/try", tag = "outlook", request_body = PolicyTrialRequest,
    responses((status = 200, body = PolicyTrialAnswer), Refusals)
)]
async fn try_policy(app: Data<App>, caller: Caller, text: Bytes) -> Result<HttpResponse, Problem> {
    let asked: PolicyTrialRequest = body(&text)?;
    let (_, checked) = read(&asked.policy())?;
    let Some(policy) = checked.policy else { return Err(wrong(&checked.findings)) };
    let days = asked.days.unwrap_or(RATES_DAYS);
    if !(1..=TRIAL_DAYS_MAX).contains(&days) {
        let sentence = format!("write a number from 1 to {TRIAL_DAYS_MAX}");
        return Err(Problem::of_fields(vec![("days".to_owned(), sentence)]));
    }
    let tried = blocking(move || {
        let on = match &asked.csv {
            Some(text) => OnWhat::Given(failures_csv::read(text).map_err(of_lines)?),
            None => OnWhat::Recorded { days },
        };
        Ok::<_, Problem>(app.try_policy(caller.organization_id, &policy, on)?)
    })
    .await?;
    let trial = trial(&tried.backtest, tried.is_cut, tried.rates_are_recorded);
    Ok(HttpResponse::Ok().json(PolicyTrialAnswer { trial }))
}

fn of_lines(faults: Vec<failures_csv::LineFault>) -> Problem {
    let field =
        |fault: failures_csv::LineFault| (format!("csv line {}", fault.line), fault.sentence);
    Problem::of_fields(faults.into_iter().map(field).collect())
}

/// Forecast the next 30 days
///
/// How many attempts, when, and how much money, of the debts that wait for an attempt now.
#[utoipa::path(
    get, path = "/forecast", tag = "outlook",
    responses((status = 200, body = ForecastAnswer), Refusals)
)]
async fn show_forecast(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let found = blocking(move || app.forecast(caller.organization_id)).await?;
    let forecast = forecast(&found, FORECAST_DEBTS_MAX);
    Ok(HttpResponse::Ok().json(ForecastAnswer { forecast }))
}

/// Which debts, and in which form.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: `time_of` reads them")]
struct Asked {
    /// Debts first declined from then on; without it, 90 days before `to`.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Until before then; without it, until now. At most 366 days after `from`.
    #[param(format = DateTime)]
    to: Option<String>,
    /// `json` or `csv`.
    #[param(default = "json")]
    format: Option<String>,
}

/// Show recovery figures
///
/// How much of what failed came back, by count and by money; by retry, link and what the customer
/// did kept apart. Each row says what its figures are.
#[utoipa::path(
    get, path = "/recovery_figures", tag = "outlook", params(Asked),
    responses(
        (status = 200,
         content((RecoveryFiguresAnswer = "application/json"), (String = "text/csv"))),
        Refusals
    )
)]
async fn show_figures(
    app: Data<App>,
    caller: Caller,
    query: Query,
) -> Result<HttpResponse, Problem> {
    let time = time_of(&query, app.now())?;
    let as_text = match query.text("format") {
        None | Some("json") => false,
        Some("csv") => true,
        Some(_) => return Err(field("format", "write json or csv")),
    };
    let found = blocking(move || app.recovery_figures(caller.organization_id, time)).await?;
    let recovery_figures = recovery_figures(&found.rows, time, found.is_cut);
    if !as_text {
        return Ok(HttpResponse::Ok().json(RecoveryFiguresAnswer { recovery_figures }));
    }
    let text = as_csv(&recovery_figures);
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(text))
}

fn time_of(query: &Query, now: Timestamp) -> Result<(Timestamp, Timestamp), Problem> {
    let time = |name: &str| match query.text(name) {
        None => Ok(None),
        Some(text) => match DateTime::parse_from_rfc3339(text) {
            Ok(time) => Ok(Some(Timestamp::from_utc(time.to_utc()))),
            Err(_) => Err(field(name, "write a time as 2026-01-31T10:00:00Z")),
        },
    };
    // What began in this millisecond is included.
    let to = time("to")?.unwrap_or(now.plus(Span::ms(1)));
    let from = time("from")?.unwrap_or(to.minus(Span::days(FIGURES_DAYS)));
    if from >= to || to.since(from) > Span::days(FIGURES_DAYS_MAX) {
        let sentence = format!("must be before `to`, and at most {FIGURES_DAYS_MAX} days");
        return Err(field("from", &sentence));
    }
    Ok((from, to))
}

fn field(name: &str, sentence: &str) -> Problem {
    Problem::of_fields(vec![(name.to_owned(), sentence.to_owned())])
}
