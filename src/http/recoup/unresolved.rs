//! `/recoup/v1/unresolved`: charges and refunds whose outcome nobody knows, and what to do.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use utoipa::{IntoParams, OpenApi};
use uuid::Uuid;

use super::responses::Refusals;
use super::slices::{Slicing, slice, word};
use super::{Problem, blocking, body, id, reason, resource};
use crate::app::App;
use crate::app::collect::{ResolveError, Verdict};
use crate::app::refunds::ResolveRefundError;
use crate::domain::filter::UnresolvedFilter;
use crate::domain::id::{AttemptId, OrganizationId, RefundId};
use crate::domain::resolution::Finding;
use crate::domain::unresolved::Owner;
use crate::http::lago::{Caller, Query};
use crate::wire::recoup::slice::slice_meta;
use crate::wire::recoup::unresolved::{
    ResolveRequest, ResolvedAnswer, UnresolvedList, of_attempt, of_refund, unresolved,
};

const THERE_IS_NONE: &str = "there is no such payment or refund";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/unresolved").get(list))
        .service(resource("/unresolved/{id}/ask").post(ask))
        .service(resource("/unresolved/{id}/resolve").post(resolve));
}

#[derive(OpenApi)]
#[openapi(
    paths(list, ask, resolve),
    tags((name = "unresolved", description = "Outcomes that nobody knows, and who asks next."))
)]
pub struct Doc;

/// Which of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: the handler reads it from the query")]
struct Wanted {
    /// `recoup` or `person`: who does the next step.
    #[param(example = "person")]
    owner: Option<String>,
}

/// List what is unresolved, oldest first
///
/// While one stands here, nothing else is charged for its debt.
#[utoipa::path(
    get, path = "/unresolved", tag = "unresolved", params(Wanted, Slicing),
    responses((status = 200, body = UnresolvedList), Refusals)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, Problem> {
    let filter = UnresolvedFilter { owner: word(&query, "owner", Owner::parse)? };
    let request = slice(&query)?;
    let now = app.now();
    let found = blocking(move || {
        app.store().read(|read| read.unresolved(caller.organization_id, &filter, request))
    })
    .await?;
    let shown = found.items.iter().map(|it| unresolved(it, now)).collect();
    Ok(HttpResponse::Ok().json(UnresolvedList { unresolved: shown, meta: slice_meta(&found) }))
}

/// What an id of the list means.
enum Named {
    Payment(AttemptId),
    Refund(RefundId),
}

fn named(app: &App, organization: OrganizationId, id: Uuid) -> Result<Named, Problem> {
    let refund = RefundId::from_uuid(id);
    let found = app.store().read(|read| read.refund(organization, refund))?;
    Ok(match found {
        Some(_) => Named::Refund(refund),
        None => Named::Payment(AttemptId::from_uuid(id)),
    })
}

/// Ask the provider now
///
/// The same look-up as the schedule makes. A refund is sent again under its key, which answers
/// what became of it the first time.
#[utoipa::path(
    post, path = "/unresolved/{id}/ask", tag = "unresolved", params(("id" = String, Path)),
    responses((status = 200, body = ResolvedAnswer), Refusals)
)]
async fn ask(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id(&segment, THERE_IS_NONE)?;
    let resolved = blocking(move || -> Result<_, Problem> {
        let organization = caller.organization_id;
        let app = app.on_behalf_of(caller.actor());
        Ok(match named(&app, organization, id)? {
            Named::Payment(id) => of_attempt(&app.ask_about_attempt(organization, id)?),
            Named::Refund(id) => of_refund(&app.ask_about_refund(organization, id)?),
        })
    })
    .await?;
    Ok(HttpResponse::Ok().json(ResolvedAnswer { resolved }))
}

/// Say what you found at the provider
///
/// It settles the payment like an answer of the provider's, and is signed with the reason. After
/// `not_paid` nothing is charged by itself: ask for a retry. A provider that says otherwise later
/// is heard: money that came after all is counted, and a charge that never was stands here again.
#[utoipa::path(
    post, path = "/unresolved/{id}/resolve", tag = "unresolved", request_body = ResolveRequest,
    params(("id" = String, Path)), responses((status = 200, body = ResolvedAnswer), Refusals)
)]
async fn resolve(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id(&segment, THERE_IS_NONE)?;
    let asked: ResolveRequest = body(&text)?;
    let finding = Finding::parse(&asked.outcome)
        .ok_or_else(|| Problem::invalid("`outcome` is `paid` or `not_paid`"))?;
    let reason = reason(&asked.reason)?;
    let resolved = blocking(move || -> Result<_, Problem> {
        let organization = caller.organization_id;
        let app = app.on_behalf_of(caller.actor());
        Ok(match named(&app, organization, id)? {
            Named::Payment(attempt) => {
                let verdict = Verdict { organization, attempt, finding, reason };
                of_attempt(&app.resolve_by_person(verdict)?)
            }
            Named::Refund(id) => {
                of_refund(&app.resolve_refund(organization, id, (finding, reason))?)
            }
        })
    })
    .await?;
    Ok(HttpResponse::Ok().json(ResolvedAnswer { resolved }))
}

impl From<ResolveError> for Problem {
    fn from(error: ResolveError) -> Problem {
        let told = error.to_string();
        match error {
            ResolveError::NotFound => Problem::absent(THERE_IS_NONE),
            ResolveError::NotUnresolved => Problem::conflict("not_unresolved", told),
            ResolveError::CallIsOut => Problem::conflict("call_is_out", told),
            ResolveError::NotCorrectable(_) => Problem::conflict("not_correctable", told),
            ResolveError::Collect(error) => error.into(),
        }
    }
}

impl From<ResolveRefundError> for Problem {
    fn from(error: ResolveRefundError) -> Problem {
        let told = error.to_string();
        match error {
            ResolveRefundError::NotFound => Problem::absent(THERE_IS_NONE),
            ResolveRefundError::NotUnresolved => Problem::conflict("not_unresolved", told),
            ResolveRefundError::KeyTooOld => Problem::conflict("key_too_old", told),
            ResolveRefundError::Collect(error) => error.into(),
        }
    }
}
