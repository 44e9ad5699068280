//! `/recoup/v1/payments/{id}/refund` and `/recoup/v1/refunds`: money that is given back, and what
//! has moved of a payment.

use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::{IntoParams, OpenApi};

use super::client_key::client_key;
use super::responses::Refusals;
use super::slices::{Slicing, slice, word};
use super::{Problem, blocking, body, id, resource};
use crate::app::App;
use crate::app::refunds::{RefundError, RefundOf, RefundOrder};
use crate::domain::filter::{LedgerFilter, RefundFilter};
use crate::domain::id::{AttemptId, OrganizationId, RefundId};
use crate::domain::refund::{CannotRefund, RefundReason, RefundStateWord};
use crate::domain::view::SliceRequest;
use crate::http::lago::{Caller, Query};
use crate::wire::recoup::ledger::{self, PaymentBooksAnswer};
use crate::wire::recoup::refund::{self, RefundAnswer, RefundList, RefundRequest};
use crate::wire::recoup::slice::slice_meta;

const NO_PAYMENT: &str = "there is no such payment";
const NO_REFUND: &str = "there is no such refund";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/payments/{id}").get(payment))
        .service(resource("/payments/{id}/refund").post(give_back))
        .service(resource("/refunds").get(list))
        .service(resource("/refunds/{id}").get(show));
}

#[derive(OpenApi)]
#[openapi(
    paths(payment, give_back, list, show),
    tags((name = "refunds", description = "Money that is given back through its provider."))
)]
pub struct Doc;

/// Show what has moved of a payment
#[utoipa::path(
    get, path = "/payments/{id}", tag = "refunds", params(("id" = String, Path)),
    responses((status = 200, body = PaymentBooksAnswer), Refusals)
)]
async fn payment(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: AttemptId = id(&segment, NO_PAYMENT)?;
    let shown = blocking(move || books(&app, caller.organization_id, id)).await?;
    Ok(HttpResponse::Ok().json(PaymentBooksAnswer { payment: shown }))
}

fn books(
    app: &App,
    organization: OrganizationId,
    id: AttemptId,
) -> Result<ledger::PaymentBooks, Problem> {
    app.store().read(|read| {
        let attempt = read
            .attempt_of_every_organization(id)?
            .filter(|attempt| attempt.organization_id == organization)
            .ok_or_else(|| Problem::absent(NO_PAYMENT))?;
        let surplus = read.surplus_of_payment(id)?;
        let refunds = read.refunds_of_payment(id)?;
        let filter = LedgerFilter { payment_id: Some(id), ..LedgerFilter::default() };
        let all = SliceRequest { after: None, limit: SliceRequest::LIMIT_MAX };
        let entries = read.ledger_entries(organization, &filter, all)?.items;
        Ok(ledger::payment(&attempt, &surplus, &refunds, &entries))
    })
}

/// Give a payment back, or a part of it
///
/// Never more than it brought, and not its surplus, which is refunded by itself. The invoice stays
/// paid: a refund makes nothing due again.
#[utoipa::path(
    post, path = "/payments/{id}/refund", tag = "refunds", request_body = RefundRequest,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header,
            description = "Asking again with it answers the same refund")),
    responses((status = 200, body = RefundAnswer), Refusals)
)]
async fn give_back(
    app: Data<App>,
    caller: Caller,
    (segment, request): (Path<String>, HttpRequest),
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let id: AttemptId = id(&segment, NO_PAYMENT)?;
    let asked = order(&request, &text, (caller, RefundOf::Payment(id)))?;
    let made = blocking(move || app.on_behalf_of(caller.actor()).refund(asked)).await?;
    Ok(HttpResponse::Ok().json(RefundAnswer { refund: refund::refund(&made) }))
}

/// What a request asks for. No body at all means: all that is left.
pub fn order(
    request: &HttpRequest,
    text: &[u8],
    (caller, of): (Caller, RefundOf),
) -> Result<RefundOrder, Problem> {
    let asked: RefundRequest = if text.is_empty() { RefundRequest::default() } else { body(text)? };
    let reason = match &asked.reason {
        Some(text) => RefundReason::parse(text).ok_or_else(|| {
            let words: Vec<&str> = RefundReason::ALL.iter().map(|it| it.as_str()).collect();
            Problem::invalid(format!("`{text}` is no reason: say one of {}", words.join(", ")))
        })?,
        None => match of {
            RefundOf::Payment(_) => RefundReason::RequestedByCustomer,
            RefundOf::Surplus(_) => RefundReason::Duplicate,
        },
    };
    Ok(RefundOrder {
        organization: caller.organization_id,
        of,
        amount: asked.amount_cents,
        reason,
        note: asked.note,
        client_key: client_key(request, asked.key)?,
    })
}

/// Which refunds.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: the handler reads them from the query")]
struct Wanted {
    /// `sending`, `not_sent`, `unknown`, `pending`, `succeeded` or `failed`.
    #[param(example = "succeeded")]
    state: Option<String>,
    payment_id: Option<String>,
    surplus_payment_id: Option<String>,
}

/// List refunds, newest first
#[utoipa::path(
    get, path = "/refunds", tag = "refunds", params(Wanted, Slicing),
    responses((status = 200, body = RefundList), Refusals)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, Problem> {
    let filter = RefundFilter {
        state: word(&query, "state", RefundStateWord::parse)?,
        payment_id: word(&query, "payment_id", |text| text.parse().ok())?,
        surplus_id: word(&query, "surplus_payment_id", |text| text.parse().ok())?,
    };
    let request = slice(&query)?;
    let found = blocking(move || {
        app.store().read(|read| read.refunds(caller.organization_id, &filter, request))
    })
    .await?;
    let refunds = found.items.iter().map(refund::refund).collect();
    Ok(HttpResponse::Ok().json(RefundList { refunds, meta: slice_meta(&found) }))
}

/// Show a refund
#[utoipa::path(
    get, path = "/refunds/{id}", tag = "refunds", params(("id" = String, Path)),
    responses((status = 200, body = RefundAnswer), Refusals)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: RefundId = id(&segment, NO_REFUND)?;
    let found = blocking(move || app.store().read(|read| read.refund(caller.organization_id, id)))
        .await?
        .ok_or_else(|| Problem::absent(NO_REFUND))?;
    Ok(HttpResponse::Ok().json(RefundAnswer { refund: refund::refund(&found) }))
}

impl From<RefundError> for Problem {
    fn from(error: RefundError) -> Problem {
        let told = error.to_string();
        match error {
            RefundError::PaymentNotFound => Problem::absent(NO_PAYMENT),
            RefundError::SurplusNotFound => Problem::absent(told),
            RefundError::NotPositive => {
                Problem::invalid(told).with_field("amount_cents", "say 1 or more, or leave it out")
            }
            RefundError::Cannot(CannotRefund::MoreThanLeft(left)) => Problem::invalid(told)
                .with_field("amount_cents", &format!("at most {}", left.minor_units)),
            RefundError::Cannot(CannotRefund::NotPaid) => Problem::conflict("not_paid", told),
            RefundError::Cannot(CannotRefund::NoCharge) => Problem::conflict("no_charge", told),
            RefundError::Cannot(CannotRefund::NothingLeft) => {
                Problem::conflict("nothing_left", told)
            }
            RefundError::Cannot(CannotRefund::RefundOpen) => {
                Problem::conflict("refund_unresolved", told)
            }
            RefundError::Disputed => Problem::conflict("disputed", told),
            RefundError::HasSurplus(_) => Problem::conflict("has_surplus", told),
            RefundError::KeyReused => Problem::conflict("key_reused", told),
            RefundError::Unable => Problem::conflict("provider_cannot_refund", told),
            RefundError::LiveInTestMode => Problem::conflict("live_in_test_mode", told),
            RefundError::Collect(error) => error.into(),
        }
    }
}
