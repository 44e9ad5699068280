//! How customers are charged, in both generations of calls: they read and write one list.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::customers::of_path;
use super::responses::Refusals;
use super::{Call, MetronomeError, answer, blocking, resource};
use crate::app::App;
use crate::app::configure_billing::{ConfigureError, Others};
use crate::domain::billing_configuration::BillingConfiguration;
use crate::domain::id::{BillingConfigurationId, ConnectionId, CustomerId, OrganizationId};
use crate::http::lago::Caller;
use crate::store::Reader;
use crate::wire::metronome::billing_configuration::{
    self, ArchiveInput, Archived, Configuration, ConfigurationsInput, OfCustomerInput,
    OlderConfiguration, OlderInput,
};
use crate::wire::metronome::page::Data as Wrapped;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/setCustomerBillingProviderConfigurations").post(set))
        .service(resource("/getCustomerBillingProviderConfigurations").post(list))
        .service(resource("/archiveCustomerBillingProviderConfigurations").post(archive))
        .service(
            resource("/customers/{id}/billing-config/{provider}")
                .post(create)
                .get(show)
                .delete(delete),
        );
}

#[derive(OpenApi)]
#[openapi(
    paths(set, list, archive, create, show, delete),
    tags((
        name = "metronome billing configurations",
        description = "How customers are charged: through which connection, and whether by itself."
    ))
)]
pub struct Doc;

/// Add billing configurations
///
/// All of them or none.
#[utoipa::path(
    post, path = "/setCustomerBillingProviderConfigurations",
    tag = "metronome billing configurations", request_body = ConfigurationsInput,
    responses((status = 200, body = Wrapped<Vec<Configuration>>), Refusals)
)]
async fn set(app: Data<App>, call: Call) -> Result<HttpResponse, MetronomeError> {
    let asked = billing_configuration::many(call.members())?;
    let organization = call.organization();
    call.once(app, move |app| {
        let made = app.configure_billing(organization, asked, Others::Keep)?;
        Ok(Wrapped { data: app.store().read(|read| shapes(read, organization, &made))? })
    })
    .await
}

/// List the billing configurations of a customer, newest first
#[utoipa::path(
    post, path = "/getCustomerBillingProviderConfigurations",
    tag = "metronome billing configurations", request_body = OfCustomerInput,
    responses((status = 200, body = Wrapped<Vec<Configuration>>), Refusals)
)]
async fn list(app: Data<App>, call: Call) -> Result<HttpResponse, MetronomeError> {
    let customer: CustomerId = call.members().id("customer_id")?;
    let archived_too = call.members().flag("include_archived")?.unwrap_or(false);
    let organization = call.organization();
    call.once(app, move |app| {
        app.store().read(|read| -> Result<_, MetronomeError> {
            known(read, organization, customer)?;
            let mut found = read.billing_configurations(customer)?;
            found.retain(|found| archived_too || found.archived_at.is_none());
            Ok(Wrapped { data: shapes(read, organization, &found)? })
        })
    })
    .await
}

/// Archive billing configurations of a customer
///
/// All of them or none.
#[utoipa::path(
    post, path = "/archiveCustomerBillingProviderConfigurations",
    tag = "metronome billing configurations", request_body = ArchiveInput,
    responses((status = 200, body = Wrapped<Archived>), Refusals)
)]
async fn archive(app: Data<App>, call: Call) -> Result<HttpResponse, MetronomeError> {
    let customer: CustomerId = call.members().id("customer_id")?;
    let ids: Vec<BillingConfigurationId> =
        call.members().ids("customer_billing_provider_configuration_ids")?;
    let organization = call.organization();
    call.once(app, move |app| {
        app.archive_configurations(organization, customer, ids.clone())?;
        let archived = Archived {
            customer_id: customer.uuid().into(),
            customer_billing_provider_configuration_ids: ids
                .into_iter()
                .map(|id| id.uuid().into())
                .collect(),
        };
        Ok(Wrapped { data: archived })
    })
    .await
}

/// Set how a customer is charged
///
/// It takes the place of what was set before.
#[utoipa::path(
    post, path = "/customers/{id}/billing-config/{provider}",
    tag = "metronome billing configurations",
    params(("id" = String, Path), ("provider" = String, Path)),
    request_body = OlderInput, responses((status = 200, body = Object), Refusals)
)]
async fn create(
    app: Data<App>,
    path: Path<(String, String)>,
    call: Call,
) -> Result<HttpResponse, MetronomeError> {
    let customer = of_path(&path.0)?;
    let new = billing_configuration::of_type(&path.1, call.members())?;
    let organization = call.organization();
    call.once(app, move |app| {
        app.configure_billing(organization, vec![(customer, new)], Others::Replace)?;
        Ok(serde_json::Map::new())
    })
    .await
}

/// Show how a customer is charged
#[utoipa::path(
    get, path = "/customers/{id}/billing-config/{provider}",
    tag = "metronome billing configurations",
    params(("id" = String, Path), ("provider" = String, Path)),
    responses((status = 200, body = Wrapped<OlderConfiguration>), Refusals)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, MetronomeError> {
    let customer = of_path(&path.0)?;
    billing_configuration::check_provider("billing_provider_type", &path.1)?;
    let organization = caller.organization_id;
    let found = blocking(move || {
        app.store().read(|read| -> Result<_, MetronomeError> {
            known(read, organization, customer)?;
            let found = read.billing_configuration(customer)?;
            Ok(found.ok_or(ConfigureError::ConfigurationNotFound)?)
        })
    });
    Ok(answer(&Wrapped { data: billing_configuration::older(&found.await?) }))
}

/// Archive how a customer is charged
#[utoipa::path(
    delete, path = "/customers/{id}/billing-config/{provider}",
    tag = "metronome billing configurations",
    params(("id" = String, Path), ("provider" = String, Path)),
    responses((status = 200, body = Object), Refusals)
)]
async fn delete(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, MetronomeError> {
    let customer = of_path(&path.0)?;
    billing_configuration::check_provider("billing_provider_type", &path.1)?;
    blocking(move || app.archive_all_configurations(caller.organization_id, customer)).await?;
    Ok(answer(&serde_json::Map::new()))
}

fn known(
    read: &Reader<'_>,
    organization: OrganizationId,
    customer: CustomerId,
) -> Result<(), MetronomeError> {
    let found = read.customer(organization, customer)?;
    found.map(|_| ()).ok_or_else(|| ConfigureError::CustomerNotFound.into())
}

fn shapes(
    read: &Reader<'_>,
    organization: OrganizationId,
    found: &[BillingConfiguration],
) -> Result<Vec<Configuration>, MetronomeError> {
    let connections = read.connections(organization)?;
    let codes: HashMap<ConnectionId, String> =
        connections.into_iter().map(|connection| (connection.id, connection.code)).collect();
    let shaped = found.iter().map(|one| {
        let code = codes.get(&one.connection_id).map(String::as_str).unwrap_or_default();
        billing_configuration::configuration(one, code)
    });
    Ok(shaped.collect())
}
