//! `/recoup/v1/notification_endpoints`: where notifications in Metronome's words go. That dialect
//! has no call for it.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::responses::Refusals;
use super::{Problem, blocking, resource};
use crate::app::App;
use crate::app::notification_endpoints::NewNotificationEndpoint;
use crate::app::webhook_endpoints::EndpointError;
use crate::domain::id::WebhookEndpointId;
use crate::domain::notification::NotificationName;
use crate::domain::secret::Secret;
use crate::domain::webhook::{Dialect, WebhookEndpoint};
use crate::http::lago::Caller;
use crate::wire::metronome::format::time;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/notification_endpoints").get(list).post(create))
        .service(resource("/notification_endpoints/{id}").delete(delete))
        .service(resource("/notification_endpoints/{id}/test").post(test));
}

#[derive(OpenApi)]
#[openapi(
    paths(list, create, delete, test),
    tags((name = "notifications", description = "Where notifications in Metronome's words go."))
)]
pub struct Doc;

#[derive(Deserialize, ToSchema)]
struct NotificationEndpointRequest {
    #[schema(example = "https://billing.example/metronome")]
    url: String,
    /// What the receiver checks signatures with. One is made when there is none.
    secret: Option<String>,
    /// Names of notifications; all when it is missing.
    event_types: Option<Vec<String>>,
}

#[derive(Serialize, ToSchema)]
struct NotificationEndpoint {
    id: String,
    url: String,
    event_types: Option<Vec<String>>,
    /// Only when it has just been made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
    created_at: String,
}

#[derive(Serialize, ToSchema)]
struct NotificationEndpointAnswer {
    notification_endpoint: NotificationEndpoint,
}

#[derive(Serialize, ToSchema)]
struct NotificationEndpointList {
    notification_endpoints: Vec<NotificationEndpoint>,
}

/// List the endpoints of notifications
#[utoipa::path(
    get, path = "/notification_endpoints", tag = "notifications",
    responses((status = 200, body = NotificationEndpointList), Refusals)
)]
async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let found = blocking(move || app.notification_endpoints(caller.organization_id)).await?;
    let notification_endpoints = found.iter().map(|found| shape(found, None)).collect();
    Ok(HttpResponse::Ok().json(NotificationEndpointList { notification_endpoints }))
}

/// Add an endpoint of notifications
///
/// Its secret is in the answer, and cannot be read again.
#[utoipa::path(
    post, path = "/notification_endpoints",
    tag = "notifications", request_body = NotificationEndpointRequest,
    responses((status = 200, body = NotificationEndpointAnswer), Refusals)
)]
async fn create(app: Data<App>, caller: Caller, body: Bytes) -> Result<HttpResponse, Problem> {
    let asked: NotificationEndpointRequest = serde_json::from_slice(&body).map_err(|_| {
        Problem::invalid("say {\"url\": \"https://…\"}, and perhaps a `secret` and `event_types`")
    })?;
    let is_http = url::Url::parse(&asked.url)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_http {
        return Err(Problem::invalid("`url` must be an http or https address"));
    }
    if asked.secret.as_ref().is_some_and(|secret| secret.is_empty()) {
        return Err(Problem::invalid("`secret` must not be empty"));
    }
    let unknown =
        asked.event_types.iter().flatten().find(|name| NotificationName::parse(name).is_none());
    if let Some(unknown) = unknown {
        return Err(Problem::invalid(format!("there is no notification `{unknown}`")));
    }
    let new = NewNotificationEndpoint {
        url: asked.url,
        secret: asked.secret.map(Secret::new),
        event_types: asked.event_types,
    };
    let app = app.on_behalf_of(caller.actor());
    let made =
        blocking(move || app.create_notification_endpoint(caller.organization_id, new)).await?;
    let secret = match &made.dialect {
        Dialect::Metronome { secret } => Some(secret.reveal().to_owned()),
        Dialect::Lago => None,
    };
    let notification_endpoint = shape(&made, secret);
    Ok(HttpResponse::Ok().json(NotificationEndpointAnswer { notification_endpoint }))
}

/// Remove an endpoint of notifications
#[utoipa::path(
    delete, path = "/notification_endpoints/{id}",
    tag = "notifications", params(("id" = String, Path)),
    responses((status = 204), Refusals)
)]
async fn delete(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id(&segment)?;
    let app = app.on_behalf_of(caller.actor());
    blocking(move || app.delete_notification_endpoint(caller.organization_id, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Try whether an endpoint hears
///
/// It is sent a `webhooks.test`.
#[utoipa::path(
    post, path = "/notification_endpoints/{id}/test",
    tag = "notifications", params(("id" = String, Path)),
    responses((status = 202), Refusals)
)]
async fn test(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id(&segment)?;
    let app = app.on_behalf_of(caller.actor());
    blocking(move || app.test_notification_endpoint(caller.organization_id, id)).await?;
    Ok(HttpResponse::Accepted().finish())
}

fn id(segment: &str) -> Result<WebhookEndpointId, Problem> {
    segment.parse().map_err(|_| EndpointError::NotFound.into())
}

fn shape(found: &WebhookEndpoint, secret: Option<String>) -> NotificationEndpoint {
    NotificationEndpoint {
        id: found.id.to_string(),
        url: found.url.clone(),
        event_types: found.event_types.clone(),
        secret,
        created_at: time(found.created_at),
    }
}

impl From<EndpointError> for Problem {
    fn from(error: EndpointError) -> Problem {
        let message = error.to_string();
        match error {
            EndpointError::NotFound => Problem::absent(message),
            EndpointError::UrlTaken => Problem::conflict("url_taken", message),
            EndpointError::TooMany => Problem::conflict("too_many_endpoints", message),
            EndpointError::Store(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a request failed");
                Problem::internal()
            }
        }
    }
}
