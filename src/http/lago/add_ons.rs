//! Add-ons. Their codes may hold any characters, so the rest of the path is one.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::query::Paging;
use super::responses::{Reading, Writing};
use super::{Body, Caller, LagoError, Query, answer, blocking, resource};
use crate::app::App;
use crate::app::add_ons::AddOnError;
use crate::domain::view::Page;
use crate::wire::lago::add_on::{AddOnAnswer, AddOnList, AddOnRequest};
use crate::wire::lago::field_errors::TAKEN;
use crate::wire::lago::fields::Fields;
use crate::wire::lago::{add_on, page};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/add_ons").post(create).get(list))
        .service(resource("/add_ons/{code:.+}").get(show).put(update).delete(delete));
}

#[derive(OpenApi)]
#[openapi(
    paths(create, list, show, update, delete),
    tags((name = "add-ons", description = "What can be sold once."))
)]
pub struct Doc;

/// Make an add-on
#[utoipa::path(
    post, path = "/add_ons", tag = "add-ons", request_body = AddOnRequest,
    responses((status = 200, body = AddOnAnswer), Writing)
)]
async fn create(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root("add_on")?;
    let change = add_on::change(Fields::new(&root))?;
    let change = add_on::missing(&change).or(change)?;
    let (made, taxes) = blocking(move || app.create_add_on(caller.organization_id, change)).await?;
    Ok(answer::object("add_on", add_on::add_on(&made, &taxes)))
}

/// List add-ons, newest first
#[utoipa::path(
    get, path = "/add_ons", tag = "add-ons", params(Paging),
    responses((status = 200, body = AddOnList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    let found = blocking(move || {
        app.store().read(|read| -> Result<_, LagoError> {
            let found = read.add_ons(caller.organization_id, query.page())?;
            let mut items = Vec::with_capacity(found.items.len());
            for add_on in found.items {
                let taxes = read.taxes_by_id(caller.organization_id, &add_on.tax_ids)?;
                items.push((add_on, taxes));
            }
            Ok(Page { items, total: found.total, request: found.request })
        })
    })
    .await?;
    let shown = page::list("add_ons", &found, |(found, taxes)| add_on::add_on(found, taxes));
    Ok(answer::text(shown))
}

/// Show an add-on
#[utoipa::path(
    get, path = "/add_ons/{code}", tag = "add-ons",
    params(("code" = String, Path, example = "setup")),
    responses((status = 200, body = AddOnAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let (found, taxes) = blocking(move || {
        app.store().read(|read| -> Result<_, LagoError> {
            let found = read
                .add_on_by_code(caller.organization_id, &code)?
                .ok_or(LagoError::NotFound("add_on"))?;
            let taxes = read.taxes_by_id(caller.organization_id, &found.tax_ids)?;
            Ok((found, taxes))
        })
    })
    .await?;
    Ok(answer::object("add_on", add_on::add_on(&found, &taxes)))
}

/// Change an add-on
///
/// Only what the request names changes.
#[utoipa::path(
    put, path = "/add_ons/{code}", tag = "add-ons",
    params(("code" = String, Path, example = "setup")),
    request_body = AddOnRequest, responses((status = 200, body = AddOnAnswer), Writing)
)]
async fn update(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
    body: Body,
) -> Result<HttpResponse, LagoError> {
    let root = body.root("add_on")?;
    let change = add_on::change(Fields::new(&root))?;
    let (changed, taxes) =
        blocking(move || app.update_add_on(caller.organization_id, &code, change)).await?;
    Ok(answer::object("add_on", add_on::add_on(&changed, &taxes)))
}

/// Delete an add-on
///
/// Invoices keep what was billed.
#[utoipa::path(
    delete, path = "/add_ons/{code}", tag = "add-ons",
    params(("code" = String, Path, example = "setup")),
    responses((status = 200, body = AddOnAnswer), Writing)
)]
async fn delete(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let (deleted, taxes) =
        blocking(move || app.delete_add_on(caller.organization_id, &code)).await?;
    Ok(answer::object("add_on", add_on::add_on(&deleted, &taxes)))
}

impl From<AddOnError> for LagoError {
    fn from(error: AddOnError) -> LagoError {
        match error {
            AddOnError::NotFound => LagoError::NotFound("add_on"),
            AddOnError::CodeTaken => LagoError::field("code", TAKEN),
            AddOnError::TaxNotFound => LagoError::NotFound("tax"),
            AddOnError::Store(error) => error.into(),
        }
    }
}
