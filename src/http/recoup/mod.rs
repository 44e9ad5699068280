//! `/recoup/v1`: our own API, for what the dialects have no words for.

mod api_keys;
mod caller;
mod dunning_campaigns;
mod notification_endpoints;
mod problem;
pub mod responses;
mod test_clock;

use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, middleware};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use super::openapi::merge;
pub use problem::Problem;

const PREFIX: &str = "/recoup/v1";

pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::scope(PREFIX)
            .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
            .configure(test_clock::routes)
            .service(
                web::scope("")
                    .wrap(middleware::from_fn(caller::authenticated))
                    .configure(resources),
            ),
    );
}

/// The description of our own API, without its prefix in the paths of the handlers.
pub fn document() -> Document {
    let mut ours = responses::Doc::openapi();
    for more in [
        dunning_campaigns::Doc::openapi(),
        notification_endpoints::Doc::openapi(),
        api_keys::Doc::openapi(),
        test_clock::Doc::openapi(),
    ] {
        merge(&mut ours, more);
    }
    Prefixed::openapi().nest(PREFIX, ours)
}

#[derive(OpenApi)]
struct Prefixed;

/// A path of our own API.
fn resource(path: &str) -> Resource {
    super::remember(format!("{PREFIX}{path}"));
    web::resource(path)
}

/// What needs an API key. Each resource adds its `routes` here and its `Doc` in `document`.
fn resources(config: &mut ServiceConfig) {
    config
        .configure(api_keys::routes)
        .configure(dunning_campaigns::routes)
        .configure(notification_endpoints::routes)
        .default_service(web::to(|| async { Problem::not_found("there is no such route") }));
}

/// A body may be so long: far more than any of ours.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Runs `work` on a thread that may wait.
pub async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Send + 'static,
    Problem: From<E>,
{
    Ok(super::blocking(work).await.map_err(|_| Problem::internal())??)
}
