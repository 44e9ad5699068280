//! `/docs`: the description of the API as a page. Everything it loads is in the binary, and its
//! browser is told to load nothing else.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::web::{Path, ServiceConfig};
use utoipa::OpenApi;
use utoipa_swagger_ui::Config;

use super::resource;

/// The page sets styles and draws pictures from its own text; it asks no one but us.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; \
    style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; object-src 'none'";

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/docs").get(entrance)).service(resource("/docs/{file:.*}").get(file));
}

#[derive(OpenApi)]
#[openapi(paths(entrance, file))]
pub struct Doc;

/// The page that shows this description
#[utoipa::path(
    get, path = "/docs", tag = "operation", security(()),
    responses((status = 308, description = "It is at `/docs/`"))
)]
async fn entrance() -> HttpResponse {
    // Relative, so that it holds behind a proxy that puts something before the path.
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "docs/")).finish()
}

/// A file of the page; without a name, the page itself
#[utoipa::path(
    get, path = "/docs/{file}", tag = "operation", security(()), params(("file" = String, Path)),
    responses(
        (status = 200, body = String, content_type = "text/html"),
        (status = 404, description = "There is no such file")
    )
)]
async fn file(name: Path<String>) -> HttpResponse {
    let config = Config::from("../openapi.json").validator_url("none");
    match utoipa_swagger_ui::serve(&name, Arc::new(config)) {
        Ok(Some(file)) => {
            let mut answer = HttpResponse::Ok();
            answer
                .content_type(file.content_type)
                .insert_header((CONTENT_SECURITY_POLICY, POLICY))
                .insert_header(("X-Content-Type-Options", "nosniff"));
            if file.gzpipped {
                answer.insert_header((CONTENT_ENCODING, "gzip"));
            }
            answer.body(file.bytes.into_owned())
        }
        Ok(None) => HttpResponse::NotFound().finish(),
        Err(error) => {
            tracing::error!(%error, "the page of the description cannot be made");
            HttpResponse::InternalServerError().finish()
        }
    }
}
