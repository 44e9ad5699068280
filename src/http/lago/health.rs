//! Whether the server lives, as Lago's own tools ask.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde_json::json;

use super::answer;
use crate::http::Readiness;

/// `GET /health`
pub async fn health() -> HttpResponse {
    answer::json(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "github_url": env!("CARGO_PKG_REPOSITORY"),
        "message": "Success",
    }))
}

/// `GET /ready`
pub async fn ready(readiness: Data<Readiness>) -> HttpResponse {
    if readiness.is_ready() {
        answer::json(&json!({"status": "ok"}))
    } else {
        let closing = json!({"status": "shutting down"});
        answer::json_with(StatusCode::SERVICE_UNAVAILABLE, &closing)
    }
}
