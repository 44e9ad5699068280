//! `/recoup/v1/webhook_deliveries`: what became of each webhook, and sending it again.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use utoipa::{IntoParams, OpenApi};

use super::responses::Refusals;
use super::{Problem, blocking, body, id, resource};
use crate::app::App;
use crate::app::resend_webhooks::ResendError;
use crate::domain::filter::DeliveryFilter;
use crate::domain::id::{DeliveryId, WebhookEndpointId};
use crate::domain::webhook::{DeliveryState, ToldName};
use crate::http::lago::{Caller, Paging, Query};
use crate::wire::lago::page::meta;
use crate::wire::recoup::delivery::{
    self, DeliveryAnswer, DeliveryList, RetryFailedAnswer, RetryFailedRequest,
};

const NO_DELIVERY: &str = "there is no such webhook delivery";
const NO_ENDPOINT: &str = "there is no such webhook endpoint";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/webhook_deliveries").get(list))
        .service(resource("/webhook_deliveries/retry_failed").post(retry_failed))
        .service(resource("/webhook_deliveries/{id}").get(show))
        .service(resource("/webhook_deliveries/{id}/retry").post(retry));
}

#[derive(OpenApi)]
#[openapi(
    paths(list, show, retry, retry_failed),
    tags((name = "webhook-deliveries", description = "What became of each webhook."))
)]
pub struct Doc;

/// Which deliveries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: the handler reads them from the query")]
struct Wanted {
    /// `pending`, `retrying`, `succeeded` or `failed`.
    #[param(example = "failed")]
    state: Option<String>,
    webhook_endpoint_id: Option<String>,
    #[param(example = "invoice.payment_failure")]
    event_type: Option<String>,
}

/// List webhook deliveries, newest first
#[utoipa::path(
    get, path = "/webhook_deliveries", tag = "webhook-deliveries", params(Wanted, Paging),
    responses((status = 200, body = DeliveryList), Refusals)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, Problem> {
    let filter = filter(&query)?;
    let request = query.page();
    let found = blocking(move || {
        app.store().read(|read| read.deliveries(caller.organization_id, &filter, request))
    })
    .await?;
    let webhook_deliveries = found.items.iter().map(delivery::delivery).collect();
    Ok(HttpResponse::Ok().json(DeliveryList { webhook_deliveries, meta: meta(&found) }))
}

fn filter(query: &Query) -> Result<DeliveryFilter, Problem> {
    fn one<T>(
        query: &Query,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = query.text(key) else { return Ok(None) };
        let unknown = || Problem::invalid(format!("`{text}` is no {key}"));
        parse(text.trim()).map(Some).ok_or_else(unknown)
    }
    Ok(DeliveryFilter {
        state: one(query, "state", DeliveryState::parse)?,
        endpoint_id: one(query, "webhook_endpoint_id", |text| text.parse().ok())?,
        webhook: one(query, "event_type", ToldName::parse)?,
    })
}

/// Show a webhook delivery and the body that is sent
#[utoipa::path(
    get, path = "/webhook_deliveries/{id}", tag = "webhook-deliveries",
    params(("id" = String, Path)), responses((status = 200, body = DeliveryAnswer), Refusals)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: DeliveryId = id(&segment, NO_DELIVERY)?;
    let found =
        blocking(move || app.store().read(|read| read.delivery(caller.organization_id, id)))
            .await?
            .ok_or_else(|| Problem::absent(NO_DELIVERY))?;
    let webhook_delivery = delivery::with_payload(&found);
    Ok(HttpResponse::Ok().json(DeliveryAnswer { webhook_delivery }))
}

/// Send a webhook again
///
/// The same bytes under the same key, whether it failed or succeeded.
#[utoipa::path(
    post, path = "/webhook_deliveries/{id}/retry", tag = "webhook-deliveries",
    params(("id" = String, Path)), responses((status = 200, body = DeliveryAnswer), Refusals)
)]
async fn retry(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: DeliveryId = id(&segment, NO_DELIVERY)?;
    let app = app.on_behalf_of(caller.actor());
    let planned = blocking(move || app.resend_webhook(caller.organization_id, id)).await?;
    let webhook_delivery = delivery::with_payload(&planned);
    Ok(HttpResponse::Ok().json(DeliveryAnswer { webhook_delivery }))
}

/// Send all webhooks again that failed at one endpoint
#[utoipa::path(
    post, path = "/webhook_deliveries/retry_failed", tag = "webhook-deliveries",
    request_body = RetryFailedRequest,
    responses((status = 200, body = RetryFailedAnswer), Refusals)
)]
async fn retry_failed(
    app: Data<App>,
    caller: Caller,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked: RetryFailedRequest = body(&text)?;
    let endpoint: WebhookEndpointId = id(&asked.webhook_endpoint_id, NO_ENDPOINT)?;
    let app = app.on_behalf_of(caller.actor());
    let retried =
        blocking(move || app.resend_failed_webhooks(caller.organization_id, endpoint)).await?;
    Ok(HttpResponse::Ok().json(RetryFailedAnswer { retried }))
}

impl From<ResendError> for Problem {
    fn from(error: ResendError) -> Problem {
        match error {
            ResendError::NoDelivery => Problem::absent(NO_DELIVERY),
            ResendError::NoEndpoint => Problem::absent(NO_ENDPOINT),
            ResendError::StillPending(error) => Problem::conflict("pending", error.to_string()),
            ResendError::Store(error) => error.into(),
        }
    }
}
