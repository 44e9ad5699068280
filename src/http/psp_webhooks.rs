//! `POST /webhooks/{provider}/{connection code}`: providers call us. Lago's form, with the
//! organization's id and `?code=`, works too.

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::{Bytes, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};

use super::{blocking, resource};
use crate::app::ports::InboundWebhook;
use crate::app::{Addressee, App, ReceiveError};

/// Larger than any provider's event.
const BODY_BYTES_MAX: usize = 1 << 20;

pub fn routes(config: &mut ServiceConfig) {
    config.service(
        resource("/webhooks/{provider}/{addressee}")
            .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
            .post(receive),
    );
}

#[derive(OpenApi)]
#[openapi(
    paths(receive),
    tags((name = "providers", description = "What payment providers call. Each signs in its way."))
)]
pub struct Doc;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Named {
    /// Which connection, where the address names the organization.
    code: Option<String>,
}

/// Tell us what happened at a provider
///
/// The body is the provider's own. Anything but a 200 means: tell it again later.
#[utoipa::path(
    post, path = "/webhooks/{provider}/{addressee}", tag = "providers", security(()),
    params(
        ("provider" = String, Path, description = "The name of a plugin."),
        ("addressee" = String, Path, description = "The connection's code, or the organization."),
        Named
    ),
    request_body(content = String, content_type = "application/json"),
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 400, body = String, content_type = "text/plain"),
        (status = 413, description = "The body is too long"),
        (status = 503, description = "Not now")
    )
)]
async fn receive(
    app: Data<App>,
    path: Path<(String, String)>,
    named: Query<Named>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let (provider, addressee) = path.into_inner();
    let addressee = match addressee.parse() {
        Ok(id) => Addressee::Organization { id, code: named.into_inner().code },
        Err(_) => Addressee::Code(addressee),
    };
    let headers = request
        .headers()
        .iter()
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect();
    let inbound = InboundWebhook { headers, body: body.to_vec() };
    let heard = blocking(move || app.receive_webhook(&provider, &addressee, &inbound)).await;
    match heard {
        Ok(Ok(reply)) => text(StatusCode::OK, reply),
        Ok(Err(error)) => refused(&error),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

/// Providers try again after anything but a success, so what can never be accepted says 400.
fn refused(error: &ReceiveError) -> HttpResponse {
    tracing::warn!(%error, "a provider's webhook was not accepted");
    match error {
        ReceiveError::UnknownConnection | ReceiveError::Refused(_) => {
            text(StatusCode::BAD_REQUEST, error.to_string())
        }
        ReceiveError::Store(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

fn text(status: StatusCode, told: String) -> HttpResponse {
    HttpResponse::build(status).content_type(ContentType::plaintext()).body(told)
}
