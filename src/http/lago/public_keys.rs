//! The key that receivers check our webhooks with: the base64 of its PEM.

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use utoipa::{OpenApi, ToSchema};

use super::responses::Reading;
use super::{Caller, LagoError, answer, blocking, resource};
use crate::app::App;
use crate::app::signing_keys::PublicKeyError;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/webhooks/json_public_key").get(json_public_key))
        .service(resource("/webhooks/public_key").get(public_key));
}

#[derive(OpenApi)]
#[openapi(paths(json_public_key, public_key))]
pub struct Doc;

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: bodies are made key by key")]
struct PublicKeyAnswer {
    webhook: PublicKey,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: bodies are made key by key")]
struct PublicKey {
    /// The base64 of its PEM.
    public_key: String,
}

/// Show the key that `jwt` webhooks are checked with
#[utoipa::path(
    get, path = "/webhooks/json_public_key", tag = "webhook-endpoints",
    responses((status = 200, body = PublicKeyAnswer), Reading)
)]
async fn json_public_key(app: Data<App>, caller: Caller) -> Result<HttpResponse, LagoError> {
    let key = encoded(app, caller).await?;
    Ok(answer::object("webhook", json!({ "public_key": key })))
}

/// Show the key that `jwt` webhooks are checked with, as text
///
/// The base64 of its PEM. The only answer that is no JSON.
#[utoipa::path(
    get, path = "/webhooks/public_key", tag = "webhook-endpoints",
    responses((status = 200, body = String, content_type = "text/plain"), Reading)
)]
async fn public_key(app: Data<App>, caller: Caller) -> Result<HttpResponse, LagoError> {
    let key = encoded(app, caller).await?;
    Ok(HttpResponse::Ok().insert_header(("Content-Type", "text/plain; charset=utf-8")).body(key))
}

async fn encoded(app: Data<App>, caller: Caller) -> Result<String, LagoError> {
    let pem = blocking(move || app.webhook_public_key_pem(caller.organization_id)).await?;
    Ok(STANDARD.encode(pem))
}

impl From<PublicKeyError> for LagoError {
    fn from(error: PublicKeyError) -> LagoError {
        match error {
            PublicKeyError::Store(error) => error.into(),
            PublicKeyError::Invalid(error) => {
                tracing::error!(%error, "the signing key is of no use");
                LagoError::Internal
            }
        }
    }
}
