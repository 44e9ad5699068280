//! Whether the server lives, as Lago's own tools ask.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig};
use serde_json::json;
use utoipa::{OpenApi, ToSchema};

use super::answer;
use crate::http::{Readiness, resource};

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/health").get(health)).service(resource("/ready").get(ready));
}

#[derive(OpenApi)]
#[openapi(paths(health, ready))]
pub struct Doc;

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: bodies are made key by key")]
struct Health {
    version: String,
    github_url: String,
    #[schema(example = "Success")]
    message: String,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: bodies are made key by key")]
struct Ready {
    #[schema(example = "ok")]
    status: String,
}

/// Whether the server lives
#[utoipa::path(
    get, path = "/health", tag = "operation", security(()),
    responses((status = 200, body = Health))
)]
async fn health() -> HttpResponse {
    answer::json(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "github_url": env!("CARGO_PKG_REPOSITORY"),
        "message": "Success",
    }))
}

/// Whether the server takes work
#[utoipa::path(
    get, path = "/ready", tag = "operation", security(()),
    responses((status = 200, body = Ready), (status = 503, body = Ready))
)]
async fn ready(readiness: Data<Readiness>) -> HttpResponse {
    if readiness.is_ready() {
        answer::json(&json!({"status": "ok"}))
    } else {
        let closing = json!({"status": "shutting down"});
        answer::json_with(StatusCode::SERVICE_UNAVAILABLE, &closing)
    }
}
