//! `/recoup/v1/test_clock`: the clock that is moved by hand. Only with `--test-clock`.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::json;

use super::Problem;
use crate::app::App;
use crate::http::{TestTimeline, blocking};

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Advance {
    By { seconds: u32 },
    To { to: DateTime<Utc> },
}

/// `GET /recoup/v1/test_clock`
pub async fn read(app: Data<App>, timeline: Data<TestTimeline>) -> Result<HttpResponse, Problem> {
    of_test(&timeline)?;
    Ok(shown(&app))
}

/// `POST /recoup/v1/test_clock/advance`: answered when everything due until then has run.
pub async fn advance(
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
