//! Endpoints of the business that hear of events.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::query::Paging;
use super::responses::{Reading, Writing};
use super::{Body, Caller, LagoError, Query, answer, blocking, id, resource};
use crate::app::App;
use crate::app::webhook_endpoints::EndpointError;
use crate::domain::webhook::WebhookEndpoint;
use crate::wire::lago::field_errors::TAKEN;
use crate::wire::lago::fields::Fields;
use crate::wire::lago::webhook_endpoint::{
    WebhookEndpointAnswer, WebhookEndpointList, WebhookEndpointRequest,
};
use crate::wire::lago::{page, webhook_endpoint};

const RESOURCE: &str = "webhook_endpoint";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/webhook_endpoints").post(create).get(list))
        .service(resource("/webhook_endpoints/{lago_id}").get(show).put(update).delete(delete));
}

#[derive(OpenApi)]
#[openapi(
    paths(create, list, show, update, delete),
    tags((name = "webhook-endpoints", description = "Where the business hears of events."))
)]
pub struct Doc;

/// Make an endpoint
#[utoipa::path(
    post, path = "/webhook_endpoints", tag = "webhook-endpoints",
    request_body = WebhookEndpointRequest,
    responses((status = 200, body = WebhookEndpointAnswer), Writing)
)]
async fn create(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root(RESOURCE)?;
    let change = webhook_endpoint::change(Fields::new(&root))?;
    let change = webhook_endpoint::missing(&change).or(change)?;
    let app = app.on_behalf_of(caller.actor());
    let made =
        blocking(move || app.create_webhook_endpoint(caller.organization_id, change)).await?;
    Ok(answer::object(RESOURCE, webhook_endpoint::webhook_endpoint(&made)))
}

/// List endpoints, newest first
#[utoipa::path(
    get, path = "/webhook_endpoints", tag = "webhook-endpoints", params(Paging),
    responses((status = 200, body = WebhookEndpointList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    let found = blocking(move || {
        let organization = caller.organization_id;
        app.store().read(|read| read.webhook_endpoints(organization, query.page()))
    })
    .await?;
    let shown = page::list("webhook_endpoints", &found, webhook_endpoint::webhook_endpoint);
    Ok(answer::text(shown))
}

/// Show an endpoint
#[utoipa::path(
    get, path = "/webhook_endpoints/{lago_id}", tag = "webhook-endpoints",
    params(("lago_id" = String, Path)),
    responses((status = 200, body = WebhookEndpointAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let id = id(&path, RESOURCE)?;
    let found = blocking(move || {
        let found = app.store().read(|read| read.webhook_endpoint(caller.organization_id, id))?;
        Ok::<_, LagoError>(found.filter(WebhookEndpoint::is_of_lago))
    })
    .await?;
    let found = found.ok_or(LagoError::NotFound(RESOURCE))?;
    Ok(answer::object(RESOURCE, webhook_endpoint::webhook_endpoint(&found)))
}

/// Change an endpoint
///
/// Only what the request names changes.
#[utoipa::path(
    put, path = "/webhook_endpoints/{lago_id}", tag = "webhook-endpoints",
    params(("lago_id" = String, Path)), request_body = WebhookEndpointRequest,
    responses((status = 200, body = WebhookEndpointAnswer), Writing)
)]
async fn update(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    body: Body,
) -> Result<HttpResponse, LagoError> {
    let id = id(&path, RESOURCE)?;
    let root = body.root(RESOURCE)?;
    let change = webhook_endpoint::change(Fields::new(&root))?;
    let app = app.on_behalf_of(caller.actor());
    let changed =
        blocking(move || app.update_webhook_endpoint(caller.organization_id, id, change)).await?;
    Ok(answer::object(RESOURCE, webhook_endpoint::webhook_endpoint(&changed)))
}

/// Delete an endpoint
#[utoipa::path(
    delete, path = "/webhook_endpoints/{lago_id}", tag = "webhook-endpoints",
    params(("lago_id" = String, Path)),
    responses((status = 200, body = WebhookEndpointAnswer), Writing)
)]
async fn delete(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let id = id(&path, RESOURCE)?;
    let app = app.on_behalf_of(caller.actor());
    let deleted = blocking(move || app.delete_webhook_endpoint(caller.organization_id, id)).await?;
    Ok(answer::object(RESOURCE, webhook_endpoint::webhook_endpoint(&deleted)))
}

impl From<EndpointError> for LagoError {
    fn from(error: EndpointError) -> LagoError {
        match error {
            EndpointError::NotFound => LagoError::NotFound(RESOURCE),
            EndpointError::UrlTaken => LagoError::field("webhook_url", TAKEN),
            EndpointError::TooMany => {
                LagoError::base("Maximum number of webhook endpoints was reached")
            }
            EndpointError::Store(error) => error.into(),
        }
    }
}
