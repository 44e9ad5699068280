//! Fees over all invoices: listed and read. What they are made from changes them, nobody else.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::{IntoParams, OpenApi};

use super::query::Paging;
use super::responses::Reading;
use super::{Caller, LagoError, Query, answer, blocking, id, resource};
use crate::app::App;
use crate::domain::filter::FeeFilter;
use crate::domain::id::FeeId;
use crate::wire::lago::fee::{FeeAnswer, FeeList};
use crate::wire::lago::format::parse_time;
use crate::wire::lago::{fee, page};

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/fees").get(list)).service(resource("/fees/{lago_id}").get(show));
}

#[derive(OpenApi)]
#[openapi(
    paths(list, show),
    tags((name = "fees", description = "The lines of invoices."))
)]
pub struct Doc;

/// Which fees; what makes no sense reads as absent.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: `filter` reads them")]
struct Wanted {
    external_customer_id: Option<String>,
    external_subscription_id: Option<String>,
    #[param(example = "EUR")]
    currency: Option<String>,
    /// `add_on`, `subscription` or `credit`.
    fee_type: Option<String>,
    billable_metric_code: Option<String>,
    /// `pending`, `succeeded` or `failed`.
    payment_status: Option<String>,
    /// Inclusive, like all of these.
    created_at_from: Option<String>,
    created_at_to: Option<String>,
    succeeded_at_from: Option<String>,
    succeeded_at_to: Option<String>,
    failed_at_from: Option<String>,
    failed_at_to: Option<String>,
}

fn filter(query: &Query) -> FeeFilter {
    let text = |key: &str| query.text(key).map(|value| value.trim().to_owned());
    let time = |key: &str| query.text(key).and_then(parse_time);
    FeeFilter {
        external_customer_id: query.text("external_customer_id").map(str::to_owned),
        external_subscription_id: query.text("external_subscription_id").map(str::to_owned),
        currency: text("currency"),
        fee_type: text("fee_type"),
        billable_metric_code: text("billable_metric_code"),
        payment_status: text("payment_status"),
        created_from: time("created_at_from"),
        created_to: time("created_at_to"),
        succeeded_from: time("succeeded_at_from"),
        succeeded_to: time("succeeded_at_to"),
        failed_from: time("failed_at_from"),
        failed_to: time("failed_at_to"),
    }
}

/// List fees, newest first
#[utoipa::path(
    get, path = "/fees", tag = "fees", params(Wanted, Paging),
    responses((status = 200, body = FeeList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    let (filter, request) = (filter(&query), query.page());
    let found = blocking(move || {
        app.store().read(|read| read.fee_views(caller.organization_id, &filter, request))
    })
    .await?;
    Ok(answer::text(page::list("fees", &found, |view| fee::fee(&view.fee, &view.customer))))
}

/// Show a fee
#[utoipa::path(
    get, path = "/fees/{lago_id}", tag = "fees", params(("lago_id" = String, Path)),
    responses((status = 200, body = FeeAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let fee_id: FeeId = id(&segment, "fee")?;
    let organization = caller.organization_id;
    let found = blocking(move || app.store().read(|read| read.fee_view(organization, fee_id)))
        .await?
        .ok_or(LagoError::NotFound("fee"))?;
    Ok(answer::object("fee", fee::fee(&found.fee, &found.customer)))
}
