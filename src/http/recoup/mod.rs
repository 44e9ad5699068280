//! `/recoup/v1`: our own API, for what the dialects have no words for.

mod bulk_retries;
mod caller;
mod deliveries;
mod dunning_campaigns;
mod problem;
mod test_clock;

use std::str::FromStr;

use actix_web::middleware;
use actix_web::web::{self, ServiceConfig};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
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
        .configure(bulk_retries::routes)
        .configure(deliveries::routes)
        .configure(dunning_campaigns::routes)
        .default_service(web::to(|| async { Problem::not_found("there is no such route") }));
}

/// The description of our own API, without its prefix in the paths of the handlers.
pub fn document() -> Document {
    let mut own = bulk_retries::Doc::openapi();
    for more in [deliveries::Doc::openapi(), dunning_campaigns::Doc::openapi()] {
        own.merge(more);
    }
    Prefixed::openapi().nest("/recoup/v1", own)
}

#[derive(OpenApi)]
struct Prefixed;

/// An id from a path. What is not an id is as unknown as an id of nothing.
fn id<T: FromStr>(segment: &str, otherwise: &'static str) -> Result<T, Problem> {
    segment.parse().map_err(|_| Problem::absent(otherwise))
}

/// The body of a request: an object. (A list would be read as the fields in their order.)
fn body<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let object: Result<Map<String, Value>, _> = serde_json::from_slice(text);
    let read = object.and_then(|object| serde_json::from_value(Value::Object(object)));
    read.map_err(|error| Problem::invalid(error.to_string()))
}

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
