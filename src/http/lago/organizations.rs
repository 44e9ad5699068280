//! The caller's organization, and the one billing entity that it has.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::responses::{Reading, Writing};
use super::{Body, Caller, LagoError, answer, blocking, resource};
use crate::app::App;
use crate::domain::webhook::WebhookEndpoint;
use crate::store::{Reader, StoreError};
use crate::wire::lago::fields::Fields;
use crate::wire::lago::organization::{
    self, BillingEntityAnswer, BillingEntityList, OrganizationAnswer, OrganizationRequest,
};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/organizations").get(show).put(update))
        .service(resource("/billing_entities").get(list_entities))
        .service(resource("/billing_entities/{code}").get(show_entity));
}

#[derive(OpenApi)]
#[openapi(
    paths(show, update, list_entities, show_entity),
    tags((name = "organization", description = "The business that collects."))
)]
pub struct Doc;

/// Show the organization of the key
#[utoipa::path(
    get, path = "/organizations", tag = "organization",
    responses((status = 200, body = OrganizationAnswer), Reading)
)]
async fn show(app: Data<App>, caller: Caller) -> Result<HttpResponse, LagoError> {
    let shown = blocking(move || app.store().read(|read| shown(read, caller))).await?;
    Ok(answer::object("organization", shown))
}

/// Change the organization
#[utoipa::path(
    put, path = "/organizations", tag = "organization", request_body = OrganizationRequest,
    responses((status = 200, body = OrganizationAnswer), Writing)
)]
async fn update(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root("organization")?;
    let change = organization::change(Fields::new(&root))?;
    let app = app.on_behalf_of(caller.actor());
    let shown = blocking(move || {
        app.update_organization(caller.organization_id, change)?;
        app.store().read(|read| shown(read, caller))
    })
    .await?;
    Ok(answer::object("organization", shown))
}

/// List the billing entities
///
/// There is one, so there are no pages.
#[utoipa::path(
    get, path = "/billing_entities", tag = "organization",
    responses((status = 200, body = BillingEntityList), Reading)
)]
async fn list_entities(app: Data<App>, caller: Caller) -> Result<HttpResponse, LagoError> {
    let (_, shown) = entity(app, caller).await?;
    Ok(answer::json(&json!({ "billing_entities": [shown] })))
}

/// Show a billing entity
#[utoipa::path(
    get, path = "/billing_entities/{code}", tag = "organization",
    params(("code" = String, Path, example = "default")),
    responses((status = 200, body = BillingEntityAnswer), Reading)
)]
async fn show_entity(
    app: Data<App>,
    caller: Caller,
    asked: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let (code, shown) = entity(app, caller).await?;
    if *asked != code {
        return Err(LagoError::NotFound("billing_entity"));
    }
    Ok(answer::object("billing_entity", shown))
}

async fn entity(app: Data<App>, caller: Caller) -> Result<(String, Value), LagoError> {
    blocking(move || {
        app.store().read(|read| -> Result<_, StoreError> {
            let found = read.organization(caller.organization_id)?;
            let taxes = read.taxes_applied_to_organization(caller.organization_id)?;
            let shown = organization::billing_entity(&found, &taxes);
            Ok((found.billing_entity_code, shown))
        })
    })
    .await
}

fn shown(read: &Reader<'_>, caller: Caller) -> Result<Value, StoreError> {
    let found = read.organization(caller.organization_id)?;
    let mut endpoints = read.all_webhook_endpoints(caller.organization_id)?;
    endpoints.retain(WebhookEndpoint::is_of_lago);
    let taxes = read.taxes_applied_to_organization(caller.organization_id)?;
    Ok(organization::organization(&found, &endpoints, &taxes))
}
