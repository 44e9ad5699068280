//! `/metrics`, for Prometheus: what stands open, and when each job last ran. The figures are read
//! from the database when they are asked for, so they cost nothing while nobody asks.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, middleware};
use metrics::{Unit, describe_gauge, gauge};
use metrics_exporter_prometheus::PrometheusBuilder;
use utoipa::OpenApi;

use super::lago::{LagoError, blocking, signed_in};
use super::{FigureCache, figure_cache, resource};
use crate::app::App;
use crate::domain::gauges::{Gauges, Standing};
use crate::domain::time::Timestamp;
use crate::store::StoreError;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/metrics").wrap(middleware::from_fn(signed_in)).get(scrape));
}

#[derive(OpenApi)]
#[openapi(paths(scrape))]
pub struct Doc;

/// What stands open, and when each job last ran
///
/// In the format of Prometheus. A scraper signs in with an API key, as a bearer.
#[utoipa::path(
    get, path = "/metrics", tag = "operation",
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 401, body = String, content_type = "text/plain")
    )
)]
async fn scrape(app: Data<App>, cache: Data<FigureCache>) -> Result<HttpResponse, LagoError> {
    let now = app.now();
    let told = blocking(move || {
        let (gauges, jobs, is_held) = app.store().read(|read| -> Result<_, StoreError> {
            let gauges = read.gauges_of_every_organization(now)?;
            Ok((gauges, read.job_records()?, read.hold()?.is_some()))
        })?;
        let figures = cache.figures(&app, now)?;
        Ok::<_, StoreError>(rendered(|| {
            describe();
            figure_cache::describe();
            tell(&gauges, now);
            figure_cache::tell(&figures);
            gauge!("recoup_hold").set(if is_held { 1.0 } else { 0.0 });
            for job in jobs {
                let name = job.name;
                gauge!("recoup_job_runs", "job" => name.clone()).set(f64::from(job.runs));
                if let Some(ended) = job.last_ended_at {
                    gauge!("recoup_job_last_end_timestamp_seconds", "job" => name)
                        .set(seconds(ended.unix_ms()));
                }
            }
        }))
    })
    .await?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(told))
}

/// What is recorded within, and nothing of anybody else's.
fn rendered(record: impl FnOnce()) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, record);
    recorder.handle().render()
}

fn describe() {
    for (name, text) in [
        ("recoup_attempts_open", "Attempts that have not ended, by state."),
        ("recoup_unresolved", "Attempts whose outcome nobody knows, or nobody asks for any more."),
        ("recoup_surplus_payments", "Surplus payments that nobody has refunded or kept."),
        ("recoup_surplus_minor_units", "What they come to, in minor units of the currency."),
        ("recoup_recoveries_due", "Debts whose attempt is due."),
        ("recoup_webhook_deliveries_waiting", "Webhooks that wait to be sent."),
        ("recoup_psp_events_waiting", "What providers told and is not worked out yet."),
        ("recoup_connection_out", "1 while a connection fails and its attempts wait."),
        ("recoup_connection_trouble", "Technical failures less the other answers of late."),
        ("recoup_hold", "1 while nothing is charged after a restore."),
        ("recoup_job_runs", "How often a job has run."),
    ] {
        describe_gauge!(name, text);
    }
    for (name, text) in [
        ("recoup_attempts_open_oldest_seconds", "The age of the oldest of them."),
        ("recoup_unresolved_oldest_seconds", "The age of the oldest of them."),
        ("recoup_recoveries_due_oldest_seconds", "How late the latest of them is."),
        ("recoup_webhook_deliveries_waiting_oldest_seconds", "The age of the oldest of them."),
        ("recoup_psp_events_waiting_oldest_seconds", "The age of the oldest of them."),
        ("recoup_job_last_end_timestamp_seconds", "When a job last ended, since 1970."),
    ] {
        describe_gauge!(name, Unit::Seconds, text);
    }
}

fn tell(gauges: &Gauges, now: Timestamp) {
    for (state, standing) in &gauges.open_attempts {
        gauge!("recoup_attempts_open", "state" => state.clone()).set(count(standing));
        gauge!("recoup_attempts_open_oldest_seconds", "state" => state.clone())
            .set(age(standing, now));
    }
    for (currency, payments, minor_units) in &gauges.surplus {
        let code = currency.code();
        gauge!("recoup_surplus_payments", "currency" => code).set(approximate(*payments));
        gauge!("recoup_surplus_minor_units", "currency" => code)
            .set(approximate(minor_units.unsigned_abs()));
    }
    for told in &gauges.troubles {
        let labels = [("provider", told.provider.clone()), ("connection", told.code.clone())];
        let is_out = told.trouble.outage.is_some();
        gauge!("recoup_connection_out", &labels).set(if is_out { 1.0 } else { 0.0 });
        gauge!("recoup_connection_trouble", &labels).set(f64::from(told.trouble.level));
    }
    gauge!("recoup_unresolved").set(count(&gauges.unresolved));
    gauge!("recoup_unresolved_oldest_seconds").set(age(&gauges.unresolved, now));
    gauge!("recoup_recoveries_due").set(count(&gauges.recoveries_due));
    gauge!("recoup_recoveries_due_oldest_seconds").set(age(&gauges.recoveries_due, now));
    gauge!("recoup_webhook_deliveries_waiting").set(count(&gauges.deliveries));
    gauge!("recoup_webhook_deliveries_waiting_oldest_seconds").set(age(&gauges.deliveries, now));
    gauge!("recoup_psp_events_waiting").set(count(&gauges.inbound));
    gauge!("recoup_psp_events_waiting_oldest_seconds").set(age(&gauges.inbound, now));
}

fn count(standing: &Standing) -> f64 {
    approximate(standing.count)
}

fn age(standing: &Standing, now: Timestamp) -> f64 {
    standing.since.map_or(0.0, |since| seconds(now.since(since).as_ms()))
}

/// Figures for a graph: what is beyond 2^53 loses its last digits.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
pub(super) fn approximate(figure: u64) -> f64 {
    figure as f64
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}
