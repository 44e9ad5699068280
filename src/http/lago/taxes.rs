//! Taxes. Their codes may hold any characters, so the rest of the path is one.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::query::Paging;
use super::responses::{Reading, Writing};
use super::{Body, Caller, LagoError, Query, answer, blocking, resource};
use crate::app::App;
use crate::app::taxes::TaxError;
use crate::domain::tax::Tax;
use crate::wire::lago::field_errors::TAKEN;
use crate::wire::lago::fields::Fields;
use crate::wire::lago::tax::{TaxAnswer, TaxList, TaxRequest};
use crate::wire::lago::{page, tax};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/taxes").post(create).get(list))
        .service(resource("/taxes/{code:.+}").get(show).put(update).delete(delete));
}

#[derive(OpenApi)]
#[openapi(
    paths(create, list, show, update, delete),
    tags((name = "taxes", description = "Rates that fees are taxed with."))
)]
pub struct Doc;

/// Make a tax
#[utoipa::path(
    post, path = "/taxes", tag = "taxes", request_body = TaxRequest,
    responses((status = 200, body = TaxAnswer), Writing)
)]
async fn create(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root("tax")?;
    let change = tax::change(Fields::new(&root))?;
    let change = tax::missing(&change).or(change)?;
    answered(app, caller, move |app| app.create_tax(caller.organization_id, change)).await
}

/// List taxes, newest first
#[utoipa::path(
    get, path = "/taxes", tag = "taxes", params(Paging),
    responses((status = 200, body = TaxList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    let (found, organization) = blocking(move || {
        app.store().read(|read| -> Result<_, LagoError> {
            let found = read.taxes(caller.organization_id, query.page())?;
            Ok((found, read.organization(caller.organization_id)?))
        })
    })
    .await?;
    Ok(answer::text(page::list("taxes", &found, |found| tax::tax(found, &organization))))
}

/// Show a tax
#[utoipa::path(
    get, path = "/taxes/{code}", tag = "taxes", params(("code" = String, Path, example = "vat")),
    responses((status = 200, body = TaxAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
) -> Result<HttpResponse, LagoError> {
    answered(app, caller, move |app| {
        app.store()
            .read(|read| read.tax_by_code(caller.organization_id, &code))?
            .ok_or(TaxError::NotFound)
    })
    .await
}

/// Change a tax
///
/// Only what the request names changes; invoices keep the rate they were issued with.
#[utoipa::path(
    put, path = "/taxes/{code}", tag = "taxes", params(("code" = String, Path, example = "vat")),
    request_body = TaxRequest, responses((status = 200, body = TaxAnswer), Writing)
)]
async fn update(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
    body: Body,
) -> Result<HttpResponse, LagoError> {
    let root = body.root("tax")?;
    let change = tax::change(Fields::new(&root))?;
    answered(app, caller, move |app| app.update_tax(caller.organization_id, &code, change)).await
}

/// Delete a tax
///
/// Invoices keep what was taxed.
#[utoipa::path(
    delete, path = "/taxes/{code}", tag = "taxes", params(("code" = String, Path, example = "vat")),
    responses((status = 200, body = TaxAnswer), Writing)
)]
async fn delete(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
) -> Result<HttpResponse, LagoError> {
    answered(app, caller, move |app| app.delete_tax(caller.organization_id, &code)).await
}

async fn answered(
    app: Data<App>,
    caller: Caller,
    act: impl FnOnce(&App) -> Result<Tax, TaxError> + Send + 'static,
) -> Result<HttpResponse, LagoError> {
    let (found, organization) = blocking(move || -> Result<_, LagoError> {
        let found = act(&app)?;
        let id = caller.organization_id;
        Ok((found, app.store().read(|read| read.organization(id))?))
    })
    .await?;
    Ok(answer::object("tax", tax::tax(&found, &organization)))
}

impl From<TaxError> for LagoError {
    fn from(error: TaxError) -> LagoError {
        match error {
            TaxError::NotFound => LagoError::NotFound("tax"),
            TaxError::CodeTaken => LagoError::field("code", TAKEN),
            TaxError::Store(error) => error.into(),
        }
    }
}
