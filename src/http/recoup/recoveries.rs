//! `/recoup/v1/recoveries`: how the collecting of each debt stands, and why; and the codes of
//! providers that nobody knows yet.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::{IntoParams, OpenApi};

use super::responses::Refusals;
use super::{Problem, blocking, id, resource};
use crate::app::App;
use crate::domain::filter::RecoveryFilter;
use crate::domain::id::RecoveryId;
use crate::domain::view::RecoveryView;
use crate::http::lago::{Caller, Query};
use crate::wire::recoup::recovery::{
    ExplanationAnswer, RecoveryAnswer, RecoveryList, UnmappedList, explanation, recovery, unmapped,
    with_attempts,
};

const PAGE_DEFAULT: i64 = 50;
const PAGE_MAX: i64 = 200;

/// So many codes are listed.
const UNMAPPED_MAX: u32 = 1_000;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/recoveries").get(list))
        .service(resource("/recoveries/{id}").get(show))
        .service(resource("/recoveries/{id}/explain").get(explain))
        .service(resource("/unmapped_declines").get(list_unmapped));
}

#[derive(OpenApi)]
#[openapi(
    paths(list, show, explain, list_unmapped),
    tags((name = "recoveries", description = "The collecting of debts: what comes next, and why."))
)]
pub struct Doc;

/// Which recoveries, and how many.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: `filter` reads them")]
struct Listing {
    /// `waiting`, `charging`, `idle`, `recovered` or `cancelled`.
    state: Option<String>,
    /// Why it waits or rests, such as `retry` or `exhausted`.
    reason: Option<String>,
    external_customer_id: Option<String>,
    /// The code of a policy of the business.
    policy: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// List recoveries, newest first
#[utoipa::path(
    get, path = "/recoveries", tag = "recoveries", params(Listing),
    responses((status = 200, body = RecoveryList), Refusals)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, Problem> {
    let (filter, limit) = filter(&query)?;
    let found = blocking(move || {
        let organization = caller.organization_id;
        app.store().read(|read| read.recovery_page(organization, &filter, limit))
    })
    .await?;
    let recoveries = found.views.iter().map(recovery).collect();
    let next = found.next.map(|id| id.to_string());
    Ok(HttpResponse::Ok().json(RecoveryList { recoveries, next }))
}

fn filter(query: &Query) -> Result<(RecoveryFilter, u32), Problem> {
    let text = |key: &str| query.text(key).map(str::to_owned);
    let after = match query.text("after") {
        Some(after) => {
            let sentence = "give the `next` of the page before".to_owned();
            let wrong = |_| Problem::of_fields(vec![("after".to_owned(), sentence)]);
            Some(after.parse().map_err(wrong)?)
        }
        None => None,
    };
    let filter = RecoveryFilter {
        state: text("state"),
        reason: text("reason"),
        external_customer_id: text("external_customer_id"),
        policy: text("policy"),
        after,
    };
    let limit = query.number("limit").unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    Ok((filter, u32::try_from(limit).unwrap_or(1)))
}

/// Show a recovery with its attempts
#[utoipa::path(
    get, path = "/recoveries/{id}", tag = "recoveries", params(("id" = String, Path)),
    responses((status = 200, body = RecoveryAnswer), Refusals)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let view = view(app, caller, &segment).await?;
    Ok(HttpResponse::Ok().json(RecoveryAnswer { recovery: with_attempts(&view) }))
}

/// Explain a recovery
///
/// What comes next and why, or why nothing does: the rule that decided, what it looked at, and
/// the version of the policy.
#[utoipa::path(
    get, path = "/recoveries/{id}/explain", tag = "recoveries", params(("id" = String, Path)),
    responses((status = 200, body = ExplanationAnswer), Refusals)
)]
async fn explain(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let view = view(app, caller, &segment).await?;
    Ok(HttpResponse::Ok().json(ExplanationAnswer { explanation: explanation(&view) }))
}

async fn view(app: Data<App>, caller: Caller, segment: &str) -> Result<RecoveryView, Problem> {
    let none = "there is no such recovery";
    let id: RecoveryId = id(segment, none)?;
    let found =
        blocking(move || app.store().read(|read| read.recovery_view(caller.organization_id, id)))
            .await?;
    found.ok_or_else(|| Problem::absent(none))
}

/// List codes of providers that nobody knows, the most frequent first
///
/// A line under `[declines.map]` in the settings says what one means.
#[utoipa::path(
    get, path = "/unmapped_declines", tag = "recoveries",
    responses((status = 200, body = UnmappedList), Refusals)
)]
async fn list_unmapped(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let found = blocking(move || {
        app.store().read(|read| read.unmapped_declines(caller.organization_id, UNMAPPED_MAX))
    })
    .await?;
    let unmapped_declines = found.iter().map(unmapped).collect();
    Ok(HttpResponse::Ok().json(UnmappedList { unmapped_declines }))
}
