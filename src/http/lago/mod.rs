//! Lago's dialect under `/api/v1`. Handlers stand in one file per resource; every error is
//! chosen in `error.rs`.

mod add_ons;
mod answer;
mod body;
mod caller;
mod collecting;
mod customer_filter;
mod customers;
mod error;
mod fees;
mod health;
mod invoice_filter;
mod invoices;
mod method_states;
mod organizations;
mod payment_requests;
mod payments;
mod plans;
mod portal;
mod public_keys;
mod query;
mod receipts;
pub mod responses;
mod subscriptions;
mod taxes;
mod wallet_transactions;
mod wallets;
mod webhook_endpoints;
mod whose;

use std::str::FromStr;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource, middleware};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

pub use body::Body;
pub use caller::{Caller, signed_in};
pub use error::LagoError;
pub use query::{Paging, Query};

const PREFIX: &str = "/api/v1";

/// Runs `work` on a thread that may wait; what it says is an error becomes one of Lago's.
pub async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, LagoError>
where
    T: Send + 'static,
    E: Send + 'static,
    LagoError: From<E>,
{
    Ok(super::blocking(work).await??)
}

/// The routes of this dialect. The application's data must hold `Data<App>` and
/// `Data<Readiness>`.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(health::routes).service(
        web::scope(PREFIX)
            .app_data(web::PayloadConfig::new(body::BODY_BYTES_MAX))
            .wrap(middleware::from_fn(caller::authenticated))
            .configure(resources)
            .default_service(web::to(unknown_route)),
    );
}

fn resources(config: &mut ServiceConfig) {
    config
        .configure(invoices::routes)
        .configure(payments::routes)
        .configure(receipts::routes)
        .configure(fees::routes)
        .configure(payment_requests::routes)
        .configure(collecting::routes)
        .configure(customers::routes)
        .configure(method_states::routes)
        .configure(portal::routes)
        .configure(add_ons::routes)
        .configure(taxes::routes)
        .configure(plans::routes)
        .configure(subscriptions::routes)
        .configure(organizations::routes)
        .configure(webhook_endpoints::routes)
        .configure(wallets::routes)
        .configure(wallet_transactions::routes)
        .configure(public_keys::routes);
}

/// The description of this dialect, without its prefix in the paths of the handlers.
pub fn document() -> Document {
    let mut dialect = responses::Doc::openapi();
    for more in [
        receipts::Doc::openapi(),
        fees::Doc::openapi(),
        invoices::Doc::openapi(),
        payments::Doc::openapi(),
        payment_requests::Doc::openapi(),
        wallets::Doc::openapi(),
        wallet_transactions::Doc::openapi(),
        method_states::Doc::openapi(),
        portal::Doc::openapi(),
        plans::Doc::openapi(),
        subscriptions::Doc::openapi(),
        collecting::Doc::openapi(),
        customers::Doc::openapi(),
        add_ons::Doc::openapi(),
        taxes::Doc::openapi(),
        organizations::Doc::openapi(),
        webhook_endpoints::Doc::openapi(),
        public_keys::Doc::openapi(),
    ] {
        super::openapi::merge(&mut dialect, more);
    }
    health::Doc::openapi().nest(PREFIX, dialect)
}

/// A path of this dialect. With a verb that it does not have it is as unknown as any other path.
fn resource(path: &str) -> Resource {
    super::remember(format!("{PREFIX}{path}"));
    web::resource(path).default_service(web::to(unknown_route))
}

async fn unknown_route() -> Result<HttpResponse, LagoError> {
    Err(LagoError::NotFound("resource"))
}

/// An id from a path. What is not an id is as unknown as an id of nothing.
pub fn id<T: FromStr>(segment: &str, resource: &'static str) -> Result<T, LagoError> {
    segment.parse().map_err(|_| LagoError::NotFound(resource))
}
