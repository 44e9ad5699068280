//! `/recoup/v1/hold`: after a restore nothing is charged until the providers were asked, or a
//! person ends it.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::responses::Refusals;
use super::{Problem, blocking, body, id, resource};
use crate::app::App;
use crate::app::hold::{HELD_DEBTS_MAX, HoldError, WhichDebts};
use crate::domain::id::OrganizationId;
use crate::http::lago::Caller;
use crate::wire::recoup::hold::{
    self, HoldAnswer, ReconcileAnswer, ReconciliationShape, ReleaseDebtsAnswer, ReleaseRequest,
};

/// In events, where a person is named.
const THROUGH_THE_API: &str = "somebody with an API key";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/hold").get(show))
        .service(resource("/hold/reconcile").post(reconcile))
        .service(resource("/hold/release").post(release))
        .service(resource("/hold/debts/release").post(release_debts))
        .service(resource("/hold/debts/{id}/release").post(release_debt));
}

#[derive(OpenApi)]
#[openapi(
    paths(show, reconcile, release, release_debts, release_debt),
    tags((name = "hold", description = "After a restore: what was charged is found out first."))
)]
pub struct Doc;

/// Show whether charges are made, and which debts are held
#[utoipa::path(
    get, path = "/hold", tag = "hold", responses((status = 200, body = HoldAnswer), Refusals)
)]
async fn show(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let shown = blocking(move || shown(&app, caller.organization_id)).await?;
    Ok(HttpResponse::Ok().json(shown))
}

fn shown(app: &App, organization: OrganizationId) -> Result<HoldAnswer, Problem> {
    app.store().read(|read| {
        let debts = read.held_debts(organization, HELD_DEBTS_MAX)?;
        Ok(HoldAnswer { hold: hold::hold(read.hold()?.as_ref(), &debts) })
    })
}

/// Ask the providers about every open debt, and end the hold
///
/// Charges that the database does not know become payments. Nothing is charged by asking.
#[utoipa::path(
    post, path = "/hold/reconcile", tag = "hold",
    responses((status = 200, body = ReconcileAnswer), Refusals)
)]
async fn reconcile(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let app = app.on_behalf_of(caller.actor());
    let run = blocking(move || app.reconcile(THROUGH_THE_API)).await?;
    let reconciliation = ReconciliationShape {
        debts: run.debts,
        found: run.found,
        held: run.held,
        too_early: run.too_early,
        ended: run.ended,
    };
    Ok(HttpResponse::Ok().json(ReconcileAnswer { reconciliation }))
}

/// End the hold without asking the providers
///
/// What was charged since the backup may be charged again: look at the providers first.
#[utoipa::path(
    post, path = "/hold/release", tag = "hold", request_body = ReleaseRequest,
    responses((status = 200, body = HoldAnswer), Refusals)
)]
async fn release(app: Data<App>, caller: Caller, text: Bytes) -> Result<HttpResponse, Problem> {
    let app = app.on_behalf_of(caller.actor());
    let asked: ReleaseRequest = body(&text)?;
    let shown = blocking(move || -> Result<_, Problem> {
        app.release_hold(THROUGH_THE_API, &asked.reason)?;
        shown(&app, caller.organization_id)
    })
    .await?;
    Ok(HttpResponse::Ok().json(shown))
}

/// Let all held debts be charged again
#[utoipa::path(
    post, path = "/hold/debts/release", tag = "hold", request_body = ReleaseRequest,
    responses((status = 200, body = ReleaseDebtsAnswer), Refusals)
)]
async fn release_debts(
    app: Data<App>,
    caller: Caller,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked: ReleaseRequest = body(&text)?;
    released(app, caller, WhichDebts::All, asked).await
}

/// Let a held debt be charged again
///
/// By the id of its invoice or payment request.
#[utoipa::path(
    post, path = "/hold/debts/{id}/release", tag = "hold", params(("id" = String, Path)),
    request_body = ReleaseRequest,
    responses((status = 200, body = ReleaseDebtsAnswer), Refusals)
)]
async fn release_debt(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let debt: uuid::Uuid = id(&segment, THERE_IS_NONE)?;
    let asked: ReleaseRequest = body(&text)?;
    released(app, caller, WhichDebts::One(debt), asked).await
}

async fn released(
    app: Data<App>,
    caller: Caller,
    which: WhichDebts,
    asked: ReleaseRequest,
) -> Result<HttpResponse, Problem> {
    let organization = caller.organization_id;
    let released = blocking(move || {
        app.release_held_debts(organization, which, (THROUGH_THE_API, &asked.reason))
    })
    .await?;
    Ok(HttpResponse::Ok().json(ReleaseDebtsAnswer { released }))
}

const THERE_IS_NONE: &str = "there is no such held debt";

impl From<HoldError> for Problem {
    fn from(error: HoldError) -> Problem {
        let message = error.to_string();
        match error {
            HoldError::NotHeld => Problem::conflict("not_held", message),
            HoldError::NeedsPerson(_) => Problem::conflict("needs_person", message),
            HoldError::NoSuchDebt => Problem::absent(THERE_IS_NONE),
            HoldError::ReasonMissing => Problem::of_fields(vec![("reason".to_owned(), message)]),
            HoldError::Collect(error) => error.into(),
        }
    }
}
