//! Metronome's dialect under `/v1`. Handlers stand in one file per resource; every error is
//! chosen in `error.rs`. Changes are made through the same use cases as everywhere.

mod billing_configurations;
mod call;
mod caller;
mod customers;
mod error;
mod invoices;
mod payments;
mod pricing_units;
mod query;
mod responses;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource, middleware};
use serde::Serialize;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use crate::wire::metronome::json;
pub use call::Call;
pub use error::MetronomeError;
pub use query::Query;

const PREFIX: &str = "/v1";

const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Runs `work` on a thread that may wait; what it says is an error becomes one of this dialect's.
pub async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, MetronomeError>
where
    T: Send + 'static,
    E: Send + 'static,
    MetronomeError: From<E>,
{
    let done = super::blocking(work).await;
    Ok(done.map_err(|_| MetronomeError::internal())??)
}

/// The routes of this dialect. The application's data must hold `Data<App>`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::scope(PREFIX)
                .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
                .wrap(middleware::from_fn(caller::authenticated))
                .configure(payments::routes)
                .configure(billing_configurations::routes)
                .configure(invoices::routes)
                .configure(customers::routes)
                .configure(pricing_units::routes)
                .default_service(web::to(unknown_route)),
        )
        .service(
            web::scope("/v2")
                .wrap(middleware::from_fn(caller::authenticated))
                .default_service(web::to(unknown_route)),
        );
}

/// The description of this dialect, without its prefix in the paths of the handlers.
pub fn document() -> Document {
    let mut dialect = payments::Doc::openapi();
    for more in [
        customers::Doc::openapi(),
        billing_configurations::Doc::openapi(),
        invoices::Doc::openapi(),
        pricing_units::Doc::openapi(),
    ] {
        super::openapi::merge(&mut dialect, more);
    }
    Prefixed::openapi().nest(PREFIX, dialect)
}

#[derive(OpenApi)]
struct Prefixed;

/// A path of this dialect. With a verb that it does not have it is as unknown as any other path.
fn resource(path: &str) -> Resource {
    super::remember(format!("{PREFIX}{path}"));
    web::resource(path).default_service(web::to(unknown_route))
}

async fn unknown_route() -> Result<HttpResponse, MetronomeError> {
    Err(MetronomeError::not_found("resource_not_found", "there is no such route"))
}

/// 200 with this shape.
fn answer(shape: &impl Serialize) -> HttpResponse {
    said(200, json::text(shape))
}

fn said(status: u16, body: String) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status)
        .unwrap_or(actix_web::http::StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).insert_header(("Content-Type", "application/json")).body(body)
}
