//! `/recoup/v1`: our own API, for what the dialects have no words for.

mod api_keys;
mod audit_log;
mod backup_methods;
mod bulk_retries;
mod caller;
mod client_key;
mod controls;
mod deliveries;
mod dunning_campaigns;
mod hold;
mod network_budgets;
mod notification_endpoints;
mod outlook;
mod policies;
mod problem;
mod recoveries;
mod refunds;
pub mod responses;
mod slices;
mod surplus_payments;
mod test_clock;
mod unresolved;

use std::str::FromStr;

use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, middleware};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
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
        notification_endpoints::Doc::openapi(),
        backup_methods::Doc::openapi(),
        bulk_retries::Doc::openapi(),
        deliveries::Doc::openapi(),
        dunning_campaigns::Doc::openapi(),
        hold::Doc::openapi(),
        outlook::Doc::openapi(),
        policies::Doc::openapi(),
        recoveries::Doc::openapi(),
        controls::Doc::openapi(),
        network_budgets::Doc::openapi(),
        api_keys::Doc::openapi(),
        surplus_payments::Doc::openapi(),
        refunds::Doc::openapi(),
        unresolved::Doc::openapi(),
        audit_log::Doc::openapi(),
        test_clock::Doc::openapi(),
    ] {
        merge(&mut ours, more);
    }
    Prefixed::openapi().nest(PREFIX, ours)
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

/// What a person gives as the reason of what they do, for the audit trail.
fn reason(text: &str) -> Result<String, Problem> {
    const CHARS_MAX: usize = 1000;
    let text = text.trim();
    if text.is_empty() || text.chars().count() > CHARS_MAX {
        let told = format!("say why, in 1 to {CHARS_MAX} characters");
        return Err(Problem::invalid("it needs a reason").with_field("reason", &told));
    }
    Ok(text.to_owned())
}

/// A path of our own API.
fn resource(path: &str) -> Resource {
    super::remember(format!("{PREFIX}{path}"));
    web::resource(path)
}

/// What needs an API key. Each resource adds its `routes` here and its `Doc` in `document`.
fn resources(config: &mut ServiceConfig) {
    config
        .configure(api_keys::routes)
        .configure(audit_log::routes)
        .configure(backup_methods::routes)
        .configure(bulk_retries::routes)
        .configure(deliveries::routes)
        .configure(dunning_campaigns::routes)
        .configure(hold::routes)
        .configure(notification_endpoints::routes)
        .configure(outlook::routes)
        .configure(policies::routes)
        .configure(recoveries::routes)
        .configure(refunds::routes)
        .configure(surplus_payments::routes)
        .configure(unresolved::routes)
        .configure(controls::routes)
        .configure(network_budgets::routes)
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
