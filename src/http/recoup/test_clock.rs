//! `/recoup/v1/test_clock`: the clock that is moved by hand. Only with `--test-clock`.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, ServiceConfig};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::json;
use utoipa::{OpenApi, ToSchema};

use super::responses::OfTheClock;
use super::{Problem, resource};
use crate::app::App;
use crate::http::{TestTimeline, blocking};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/test_clock").get(read))
        .service(resource("/test_clock/advance").post(advance));
}

#[derive(OpenApi)]
#[openapi(
    paths(read, advance),
    tags((name = "test-clock", description = "The clock that is moved by hand."))
)]
pub struct Doc;

/// By so many seconds, or to a time that is not past.
#[derive(Deserialize, ToSchema)]
#[serde(untagged, deny_unknown_fields)]
enum Advance {
    By {
        #[schema(example = 3600)]
        seconds: u32,
    },
    To {
        #[schema(value_type = String, format = DateTime)]
        to: DateTime<Utc>,
    },
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: bodies are made key by key")]
struct TestClockAnswer {
    test_clock: TestClock,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: bodies are made key by key")]
struct TestClock {
    #[schema(format = DateTime)]
    now: String,
}

/// Read the clock
///
/// Only with `--test-clock`.
#[utoipa::path(
    get, path = "/test_clock", tag = "test-clock", security(()),
    responses((status = 200, body = TestClockAnswer), OfTheClock)
)]
async fn read(app: Data<App>, timeline: Data<TestTimeline>) -> Result<HttpResponse, Problem> {
    of_test(&timeline)?;
    Ok(shown(&app))
}

/// Let time pass
///
/// Answered when everything that is due until then has run, in its order.
#[utoipa::path(
    post, path = "/test_clock/advance", tag = "test-clock", security(()),
    request_body = Advance, responses((status = 200, body = TestClockAnswer), OfTheClock)
)]
async fn advance(
    app: Data<App>,
    timeline: Data<TestTimeline>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    of_test(&timeline)?;
    let asked: Advance = serde_json::from_slice(&body).map_err(|_| {
        Problem::invalid("say {\"seconds\": n} or {\"to\": \"2030-01-31T10:00:00Z\"}")
    })?;
    let target_ms = match asked {
        Advance::By { seconds } => app.now().unix_ms().saturating_add(i64::from(seconds) * 1000),
        Advance::To { to } => to.timestamp_millis(),
    };
    let moved = blocking(move || match &timeline.0 {
        Some(advance) => advance(target_ms),
        None => Err("the clock of this server cannot be moved".to_owned()),
    });
    match moved.await {
        Ok(Ok(())) => Ok(shown(&app)),
        Ok(Err(message)) => Err(Problem::invalid(message)),
        Err(_) => Err(Problem::internal()),
    }
}

fn of_test(timeline: &TestTimeline) -> Result<(), Problem> {
    if timeline.0.is_some() {
        return Ok(());
    }
    Err(Problem::absent("start the server with --test-clock to move its clock"))
}

fn shown(app: &App) -> HttpResponse {
    let now = app.now().utc().to_rfc3339_opts(SecondsFormat::Millis, true);
    HttpResponse::Ok().json(json!({ "test_clock": { "now": now } }))
}
