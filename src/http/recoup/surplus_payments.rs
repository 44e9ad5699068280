//! `/recoup/v1/surplus_payments`: what came in beyond what was due. Given back, or kept.

use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::{IntoParams, OpenApi};

use super::refunds::order;
use super::responses::Refusals;
use super::slices::{Slicing, slice, word};
use super::{Problem, blocking, body, id, reason, resource};
use crate::app::App;
use crate::app::refunds::RefundOf;
use crate::app::surplus::KeepSurplusError;
use crate::domain::filter::SurplusFilter;
use crate::domain::id::SurplusId;
use crate::domain::surplus::{SurplusReason, SurplusStateWord};
use crate::http::lago::{Caller, Query};
use crate::wire::recoup::refund::{self, RefundRequest};
use crate::wire::recoup::slice::slice_meta;
use crate::wire::recoup::surplus::{
    KeepRequest, SurplusAnswer, SurplusList, SurplusRefundAnswer, surplus_payment,
};

const THERE_IS_NONE: &str = "there is no such surplus payment";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/surplus_payments").get(list))
        .service(resource("/surplus_payments/{id}").get(show))
        .service(resource("/surplus_payments/{id}/refund").post(give_back))
        .service(resource("/surplus_payments/{id}/keep").post(keep));
}

#[derive(OpenApi)]
#[openapi(
    paths(list, show, give_back, keep),
    tags((name = "surplus-payments", description = "What came in beyond what was due."))
)]
pub struct Doc;

/// Which surplus payments.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: the handler reads them from the query")]
struct Wanted {
    /// `open`, `refunding`, `refunded`, `refund_failed` or `kept`.
    #[param(example = "open")]
    state: Option<String>,
    /// `debt_settled`, `debt_gone` or `more_than_due`.
    reason: Option<String>,
    invoice_id: Option<String>,
    payment_id: Option<String>,
    external_customer_id: Option<String>,
}

/// List surplus payments, newest first
#[utoipa::path(
    get, path = "/surplus_payments", tag = "surplus-payments", params(Wanted, Slicing),
    responses((status = 200, body = SurplusList), Refusals)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, Problem> {
    let filter = SurplusFilter {
        state: word(&query, "state", SurplusStateWord::parse)?,
        reason: word(&query, "reason", SurplusReason::parse)?,
        invoice_id: word(&query, "invoice_id", |text| text.parse().ok())?,
        payment_id: word(&query, "payment_id", |text| text.parse().ok())?,
        external_customer_id: query.text("external_customer_id").map(str::to_owned),
    };
    let request = slice(&query)?;
    let found = blocking(move || {
        app.store().read(|read| read.surplus_payments(caller.organization_id, &filter, request))
    })
    .await?;
    let surplus_payments = found.items.iter().map(surplus_payment).collect();
    Ok(HttpResponse::Ok().json(SurplusList { surplus_payments, meta: slice_meta(&found) }))
}

/// Show a surplus payment
#[utoipa::path(
    get, path = "/surplus_payments/{id}", tag = "surplus-payments",
    params(("id" = String, Path)), responses((status = 200, body = SurplusAnswer), Refusals)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: SurplusId = id(&segment, THERE_IS_NONE)?;
    let found =
        blocking(move || app.store().read(|read| read.surplus_payment(caller.organization_id, id)))
            .await?
            .ok_or_else(|| Problem::absent(THERE_IS_NONE))?;
    Ok(HttpResponse::Ok().json(SurplusAnswer { surplus_payment: surplus_payment(&found) }))
}

/// Give a surplus payment back, or a part of it
///
/// One call: the provider is asked, and the answer says how far it has come. Asking again after a
/// lost answer with the same key asks once.
#[utoipa::path(
    post, path = "/surplus_payments/{id}/refund", tag = "surplus-payments",
    request_body = RefundRequest,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header,
            description = "Asking again with it answers the same refund")),
    responses((status = 200, body = SurplusRefundAnswer), Refusals)
)]
async fn give_back(
    app: Data<App>,
    caller: Caller,
    (segment, request): (Path<String>, HttpRequest),
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let id: SurplusId = id(&segment, THERE_IS_NONE)?;
    let asked = order(&request, &text, (caller, RefundOf::Surplus(id)))?;
    let (made, surplus) = blocking(move || -> Result<_, Problem> {
        let made = app.on_behalf_of(caller.actor()).refund(asked)?;
        let surplus = app.store().read(|read| read.surplus_payment(caller.organization_id, id))?;
        Ok((made, surplus.ok_or_else(|| Problem::absent(THERE_IS_NONE))?))
    })
    .await?;
    Ok(HttpResponse::Ok().json(SurplusRefundAnswer {
        surplus_payment: surplus_payment(&surplus),
        refund: refund::refund(&made),
    }))
}

/// Keep a surplus payment
///
/// What is left of it is not given back. The reason stands in the audit trail.
#[utoipa::path(
    post, path = "/surplus_payments/{id}/keep", tag = "surplus-payments",
    request_body = KeepRequest, params(("id" = String, Path)),
    responses((status = 200, body = SurplusAnswer), Refusals)
)]
async fn keep(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let id: SurplusId = id(&segment, THERE_IS_NONE)?;
    let asked: KeepRequest = body(&text)?;
    let reason = reason(&asked.reason)?;
    let kept = blocking(move || {
        app.on_behalf_of(caller.actor()).keep_surplus(caller.organization_id, id, reason)
    })
    .await?;
    Ok(HttpResponse::Ok().json(SurplusAnswer { surplus_payment: surplus_payment(&kept) }))
}

impl From<KeepSurplusError> for Problem {
    fn from(error: KeepSurplusError) -> Problem {
        match error {
            KeepSurplusError::NotFound => Problem::absent(THERE_IS_NONE),
            KeepSurplusError::Cannot(error) => Problem::conflict("not_open", error.to_string()),
            KeepSurplusError::Store(error) => error.into(),
        }
    }
}
