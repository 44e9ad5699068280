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

/// Whether it takes requests, and its database can be read and written
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
    let looked = blocking(move || look(&app));
    match looked.await {
        Ok(Ok(told)) => text(StatusCode::OK, told),
        Ok(Err(why)) => text(StatusCode::SERVICE_UNAVAILABLE, why),
        Err(_) => text(StatusCode::SERVICE_UNAVAILABLE, UNREADABLE),
    }
}

const UNREADABLE: &str = "the database cannot be read";
const UNWRITABLE: &str = "the database cannot be written";

fn look(app: &App) -> Result<&'static str, &'static str> {
    let read = app
        .store()
        .read(|read| -> Result<_, StoreError> { Ok((read.first_organization()?, read.hold()?)) });
    let hold = match read {
        Ok((Some(_), hold)) => hold,
        Ok((None, _)) | Err(_) => return Err(UNREADABLE),
    };
    app.store().check_writable().map_err(|error| match error {
        StoreError::DiskFull(_) => "the database cannot be written: the disk is full",
        error => {
            tracing::error!(error = &error as &dyn std::error::Error, "{UNWRITABLE}");
            UNWRITABLE
        }
    })?;
    // It serves all the same: taking it out of use would hide what has to be done.
    Ok(hold.map_or("ok", |_| "ok, on hold: nothing is charged"))
}

fn text(status: StatusCode, told: &'static str) -> HttpResponse {
    HttpResponse::build(status).content_type(ContentType::plaintext()).body(told)
}
