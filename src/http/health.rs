//! Whether the process lives, and whether it takes work: for whatever watches over it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::{Data, ServiceConfig};
use utoipa::OpenApi;

use super::{Readiness, blocking, resource};
use crate::app::App;
use crate::store::StoreError;

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/livez").get(live)).service(resource("/readyz").get(ready));
}

#[derive(OpenApi)]
#[openapi(paths(live, ready))]
pub struct Doc;

/// Whether the process answers
#[utoipa::path(
    get, path = "/livez", tag = "operation", security(()),
    responses((status = 200, body = String, content_type = "text/plain"))
)]
async fn live() -> HttpResponse {
    text(StatusCode::OK, "ok")
}

/// Whether it takes requests, and its database can be read
#[utoipa::path(
    get, path = "/readyz", tag = "operation", security(()),
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 503, body = String, content_type = "text/plain")
    )
)]
async fn ready(app: Data<App>, readiness: Data<Readiness>) -> HttpResponse {
    if !readiness.is_ready() {
        return text(StatusCode::SERVICE_UNAVAILABLE, "shutting down");
    }
    let read = blocking(move || -> Result<_, StoreError> {
        app.store().read(|read| Ok((read.first_organization()?, read.hold()?)))
    });
    match read.await {
        // It serves all the same: taking it out of use would hide what has to be done.
        Ok(Ok((Some(_), Some(_)))) => text(StatusCode::OK, "ok, on hold: nothing is charged"),
        Ok(Ok((Some(_), None))) => text(StatusCode::OK, "ok"),
        Ok(Ok((None, _)) | Err(_)) | Err(_) => {
            text(StatusCode::SERVICE_UNAVAILABLE, "the database cannot be read")
        }
    }
}

fn text(status: StatusCode, told: &'static str) -> HttpResponse {
    HttpResponse::build(status).content_type(ContentType::plaintext()).body(told)
}
