//! `/recoup/v1`: our own API, for what the dialects have no words for.

mod caller;
mod dunning_campaigns;
mod notification_endpoints;
mod problem;
mod test_clock;

use actix_web::middleware;
use actix_web::web::{self, ServiceConfig};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

pub use problem::Problem;

pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::scope("/recoup/v1")
            .service(web::resource("/test_clock").get(test_clock::read))
            .service(web::resource("/test_clock/advance").post(test_clock::advance))
            .service(
                web::scope("")
                    .wrap(middleware::from_fn(caller::authenticated))
                    .configure(resources),
            ),
    );
}

/// What needs an API key. Each resource adds its `routes` here and its `Doc` in `openapi.rs`.
fn resources(config: &mut ServiceConfig) {
    config
        .configure(dunning_campaigns::routes)
        .configure(notification_endpoints::routes)
        .default_service(web::to(|| async { Problem::not_found("there is no such route") }));
}

/// The description of our own API, without its prefix in the paths of the handlers.
pub fn document() -> Document {
    let mut ours = dunning_campaigns::Doc::openapi();
    ours.merge(notification_endpoints::Doc::openapi());
    Prefixed::openapi().nest("/recoup/v1", ours)
}

#[derive(OpenApi)]
struct Prefixed;

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
