//! Customers: made, read, listed, renamed, archived. They are the same customers as in every
//! other dialect.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::query::Paging;
use super::responses::Refusals;
use super::{Call, MetronomeError, Query, answer, blocking, resource};
use crate::app::App;
use crate::app::collect::AskError;
use crate::domain::customer::Customer;
use crate::domain::filter::CustomerChoice;
use crate::domain::id::{CustomerId, OrganizationId};
use crate::http::lago::Caller;
use crate::store::Reader;
use crate::wire::metronome::cursor::ListId;
use crate::wire::metronome::customer::{
    self, AliasesInput, CustomerDetail, CustomerShape, NameInput, Named, NewCustomerInput,
};
use crate::wire::metronome::members::{InvalidRequest, broken_cursor, id};
use crate::wire::metronome::page::{Data as Wrapped, Page};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/customers").post(create).get(list))
        .service(resource("/customers/archive").post(archive))
        .service(resource("/customers/{id}").get(show))
        .service(resource("/customers/{id}/setName").post(set_name))
        .service(resource("/customers/{id}/setIngestAliases").post(set_aliases));
}

#[derive(OpenApi)]
#[openapi(
    paths(create, list, show, archive, set_name, set_aliases),
    tags((
        name = "metronome customers",
        description = "The same customers as in every other dialect."
    ))
)]
pub struct Doc;

/// Make a customer
///
/// With its billing configurations, or not at all.
#[utoipa::path(
    post, path = "/customers", tag = "metronome customers",
    request_body = NewCustomerInput,
    responses((status = 200, body = Wrapped<CustomerShape>), Refusals)
)]
async fn create(app: Data<App>, call: Call) -> Result<HttpResponse, MetronomeError> {
    let new = customer::new_customer(call.members())?;
    let organization = call.organization();
    call.once(app, move |app| {
        let id = app.introduce_customer(organization, new)?;
        shown(app, organization, id)
    })
    .await
}

/// List customers, newest first
#[utoipa::path(
    get, path = "/customers", tag = "metronome customers",
    params(
        Paging,
        ("customer_ids" = Option<String>, Query, description = "At most 100, commas between"),
        ("ingest_alias" = Option<String>, Query),
        ("only_archived" = Option<bool>, Query, description = "Else only those that are not"),
    ),
    responses((status = 200, body = Page<CustomerDetail>), Refusals)
)]
async fn list(
    app: Data<App>,
    caller: Caller,
    query: Query,
) -> Result<HttpResponse, MetronomeError> {
    let organization = caller.organization_id;
    let limit = query.limit()?;
    let mut choice = CustomerChoice {
        ids: query.ids("customer_ids")?,
        alias: query.text("ingest_alias").map(str::to_owned),
        only_deleted: query.flag("only_archived")?,
        after: None,
        limit: limit + 1,
    };
    let list = list_id(organization, &choice);
    if let Some(cursor) = query.text("next_page") {
        let last = list.read(cursor).ok_or_else(broken_cursor)?;
        choice.after = Some(CustomerId::from_uuid(last));
    }
    let page = blocking(move || {
        app.store().read(|read| -> Result<_, MetronomeError> {
            let mut found = Vec::new();
            for customer in read.customers_chosen(organization, &choice)? {
                let others = read.customer_aliases(customer.id)?;
                found.push(customer::detail(&customer, &others));
            }
            Ok(Page::of(found, limit as usize, list, |detail| detail.customer.id.0))
        })
    });
    Ok(answer(&page.await?))
}

fn list_id(organization: OrganizationId, choice: &CustomerChoice) -> ListId {
    let mut ids: Vec<String> = choice.ids.iter().map(ToString::to_string).collect();
    ids.sort();
    ListId::of(&[
        "customers",
        &organization.to_string(),
        &ids.join(","),
        choice.alias.as_deref().unwrap_or_default(),
        if choice.only_deleted { "archived" } else { "active" },
    ])
}

/// Show a customer, also an archived one
#[utoipa::path(
    get, path = "/customers/{id}", tag = "metronome customers",
    params(("id" = String, Path)),
    responses((status = 200, body = Wrapped<CustomerDetail>), Refusals)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, MetronomeError> {
    let wanted = of_path(&segment)?;
    let organization = caller.organization_id;
    let detail = blocking(move || {
        app.store().read(|read| -> Result<_, MetronomeError> {
            let (found, others) = named(read, organization, wanted)?;
            Ok(customer::detail(&found, &others))
        })
    });
    Ok(answer(&Wrapped { data: detail.await? }))
}

/// Archive a customer
///
/// What is not paid is voided. There is no way back.
#[utoipa::path(
    post, path = "/customers/archive", tag = "metronome customers", request_body = Named,
    responses((status = 200, body = Wrapped<Named>), Refusals)
)]
async fn archive(app: Data<App>, call: Call) -> Result<HttpResponse, MetronomeError> {
    let id: CustomerId = call.members().id("id")?;
    let organization = call.organization();
    call.once(app, move |app| {
        app.archive_customer(organization, id)?;
        Ok(Wrapped { data: Named { id: id.uuid().into() } })
    })
    .await
}

/// Change the name of a customer
#[utoipa::path(
    post, path = "/customers/{id}/setName",
    tag = "metronome customers", params(("id" = String, Path)),
    request_body = NameInput, responses((status = 200, body = Wrapped<CustomerShape>), Refusals)
)]
async fn set_name(
    app: Data<App>,
    segment: Path<String>,
    call: Call,
) -> Result<HttpResponse, MetronomeError> {
    let id = of_path(&segment)?;
    let name = customer::name(call.members())?;
    let organization = call.organization();
    call.once(app, move |app| {
        app.rename_customer(organization, id, name)?;
        shown(app, organization, id)
    })
    .await
}

/// Replace the aliases of a customer
///
/// The first one is its external id.
#[utoipa::path(
    post, path = "/customers/{id}/setIngestAliases",
    tag = "metronome customers", params(("id" = String, Path)),
    request_body = AliasesInput, responses((status = 200, body = Object), Refusals)
)]
async fn set_aliases(
    app: Data<App>,
    segment: Path<String>,
    call: Call,
) -> Result<HttpResponse, MetronomeError> {
    let id = of_path(&segment)?;
    let aliases = customer::aliases(call.members(), true)?;
    let organization = call.organization();
    call.once(app, move |app| {
        app.replace_aliases(organization, id, aliases)?;
        Ok(serde_json::Map::new())
    })
    .await
}

pub fn of_path(segment: &str) -> Result<CustomerId, InvalidRequest> {
    id("customer_id", segment)
}

fn named(
    read: &Reader<'_>,
    organization: OrganizationId,
    id: CustomerId,
) -> Result<(Customer, Vec<String>), MetronomeError> {
    let found = read.customer(organization, id)?.ok_or(AskError::CustomerNotFound)?;
    let others = read.customer_aliases(id)?;
    Ok((found, others))
}

fn shown(
    app: &App,
    organization: OrganizationId,
    id: CustomerId,
) -> Result<Wrapped<CustomerShape>, MetronomeError> {
    let (found, others) = app.store().read(|read| named(read, organization, id))?;
    Ok(Wrapped { data: customer::customer(&found, &others) })
}
