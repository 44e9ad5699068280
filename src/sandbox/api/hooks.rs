//! `/v1/webhook_endpoints`, who is told of events, and `/v1/clock`, when.

use actix_web::HttpResponse;
use actix_web::error::BlockingError;
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{list, parse};
use crate::sandbox::book::{Endpoint, Entry};
use crate::sandbox::problem::Problem;
use crate::sandbox::{Sandbox, id};

const ADVANCE_MAX_S: i64 = 10 * 366 * 86_400;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/webhook_endpoints", web::post().to(create))
        .route("/webhook_endpoints", web::get().to(show_all))
        .route("/webhook_endpoints/{id}", web::delete().to(remove))
        .route("/clock", web::get().to(clock))
        .route("/clock/run_due", web::post().to(run_due))
        .route("/clock/advance", web::post().to(advance));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    url: String,
    #[serde(default)]
    secret: Option<String>,
}

/// The only answer that tells the secret.
async fn create(sandbox: Data<Sandbox>, body: Bytes) -> Result<HttpResponse, Problem> {
    let wanted: Wanted = parse(&body)?;
    let url = url::Url::parse(&wanted.url);
    if !url.is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Err(Problem::invalid("url", "must be an absolute http or https URL"));
    }
    let secret = wanted.secret.unwrap_or_else(|| id("whsec"));
    let endpoint = Endpoint { id: id("we"), url: wanted.url, secret };
    sandbox.book().record(Entry::Endpoint(endpoint.clone()))?;
    let mut view = endpoint_view(&endpoint);
    view["secret"] = endpoint.secret.into();
    Ok(HttpResponse::Ok().json(view))
}

async fn show_all(sandbox: Data<Sandbox>) -> HttpResponse {
    list(sandbox.book().endpoints().iter().map(endpoint_view).collect())
}

async fn remove(sandbox: Data<Sandbox>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let mut book = sandbox.book();
    if !book.endpoints().iter().any(|endpoint| endpoint.id == *id) {
        return Err(Problem::not_found("webhook endpoint", &id));
    }
    book.record(Entry::EndpointRemoved(id.into_inner()))?;
    Ok(HttpResponse::NoContent().finish())
}

fn endpoint_view(endpoint: &Endpoint) -> Value {
    json!({ "object": "webhook_endpoint", "id": endpoint.id, "url": endpoint.url })
}

async fn clock(sandbox: Data<Sandbox>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "now_ms": sandbox.now_ms(),
        "next_due_ms": sandbox.next_due_ms(),
    }))
}

async fn run_due(sandbox: Data<Sandbox>) -> Result<HttpResponse, Problem> {
    let worker = sandbox.clone();
    let done = web::block(move || worker.run_due()).await.map_err(stopping)?;
    Ok(HttpResponse::Ok().json(json!({ "done": done, "now_ms": sandbox.now_ms() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: i64,
}

async fn advance(sandbox: Data<Sandbox>, body: Bytes) -> Result<HttpResponse, Problem> {
    let Advance { seconds } = parse(&body)?;
    if !(0..=ADVANCE_MAX_S).contains(&seconds) {
        return Err(Problem::invalid("seconds", format!("must be 0 to {ADVANCE_MAX_S}")));
    }
    let worker = sandbox.clone();
    let done = web::block(move || worker.advance(seconds * 1_000)).await.map_err(stopping)??;
    Ok(HttpResponse::Ok().json(json!({ "done": done, "now_ms": sandbox.now_ms() })))
}

fn stopping(_: BlockingError) -> Problem {
    Problem::Unavailable
}
