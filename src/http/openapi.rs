//! The description of everything we serve, made from the handlers. Each file of handlers describes
//! its own in a `Doc`; here they are put together.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{lago, metronome, recoup};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "recoup",
        description = "Collects invoices: `/api/v1` as Lago does, `/v1` as Metronome does, \
                       `/recoup/v1` in our own words."
    ),
    modifiers(&Keys),
    security(("api_key" = []))
)]
struct Whole;

/// An API key, as a bearer.
struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut Document) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("api_key", scheme);
    }
}

/// Everything, with the paths as they are on the server.
pub fn document() -> Document {
    let mut whole = Whole::openapi();
    whole.merge(lago::document());
    whole.merge(metronome::document());
    whole.merge(recoup::document());
    whole
}

pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/openapi.json").get(show));
}

/// `GET /openapi.json`
async fn show() -> HttpResponse {
    HttpResponse::Ok().json(document())
}
