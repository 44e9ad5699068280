//! Plans. Their codes may hold any characters, so the rest of the path is one.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::query::Paging;
use super::responses::{Reading, Writing};
use super::{Body, Caller, LagoError, Query, answer, blocking, resource};
use crate::app::App;
use crate::app::plans::PlanError;
use crate::wire::lago::field_errors::TAKEN;
use crate::wire::lago::fields::Fields;
use crate::wire::lago::plan::{PlanAnswer, PlanList, PlanRequest};
use crate::wire::lago::{page, plan};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/plans").post(create).get(list))
        .service(resource("/plans/{code:.+}").get(show).put(update).delete(delete));
}

#[derive(OpenApi)]
#[openapi(
    paths(create, list, show, update, delete),
    tags((name = "plans", description = "What is sold by the month, the year …"))
)]
pub struct Doc;

/// Make a plan
#[utoipa::path(
    post, path = "/plans", tag = "plans", request_body = PlanRequest,
    responses((status = 200, body = PlanAnswer), Writing)
)]
async fn create(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root("plan")?;
    let change = plan::change(Fields::new(&root))?;
    let change = plan::missing(&change).or(change)?;
    let made = blocking(move || app.create_plan(caller.organization_id, change)).await?;
    Ok(answer::object("plan", plan::plan(&made)))
}

/// List plans, newest first
#[utoipa::path(
    get, path = "/plans", tag = "plans", params(Paging),
    responses((status = 200, body = PlanList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    let found = blocking(move || {
        app.store().read(|read| read.plan_views(caller.organization_id, query.page()))
    })
    .await?;
    Ok(answer::text(page::list("plans", &found, plan::plan)))
}

/// Show a plan
#[utoipa::path(
    get, path = "/plans/{code}", tag = "plans", params(("code" = String, Path)),
    responses((status = 200, body = PlanAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let found = blocking(move || {
        app.store().read(|read| -> Result<_, LagoError> {
            let found = read
                .plan_by_code(caller.organization_id, &code)?
                .ok_or(LagoError::NotFound("plan"))?;
            Ok(read.beside_plan(found)?)
        })
    })
    .await?;
    Ok(answer::object("plan", plan::plan(&found)))
}

/// Change a plan
///
/// Only what the request names changes, from the next invoice on. While somebody has the plan,
/// its interval, its currency and when it is paid stay as they are.
#[utoipa::path(
    put, path = "/plans/{code}", tag = "plans", params(("code" = String, Path)),
    request_body = PlanRequest, responses((status = 200, body = PlanAnswer), Writing)
)]
async fn update(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
    body: Body,
) -> Result<HttpResponse, LagoError> {
    let root = body.root("plan")?;
    let change = plan::change(Fields::new(&root))?;
    let changed = blocking(move || app.update_plan(caller.organization_id, &code, change)).await?;
    Ok(answer::object("plan", plan::plan(&changed)))
}

/// Delete a plan
///
/// Its subscriptions end soon after. Invoices keep what was billed.
#[utoipa::path(
    delete, path = "/plans/{code}", tag = "plans", params(("code" = String, Path)),
    responses((status = 200, body = PlanAnswer), Writing)
)]
async fn delete(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let deleted = blocking(move || app.delete_plan(caller.organization_id, &code)).await?;
    Ok(answer::object("plan", plan::plan(&deleted)))
}

impl From<PlanError> for LagoError {
    fn from(error: PlanError) -> LagoError {
        match error {
            PlanError::NotFound => LagoError::NotFound("plan"),
            PlanError::CodeTaken => LagoError::field("code", TAKEN),
            PlanError::TaxNotFound => LagoError::NotFound("tax"),
            PlanError::InUse => LagoError::base("plan_has_subscriptions"),
            PlanError::Store(error) => error.into(),
        }
    }
}
