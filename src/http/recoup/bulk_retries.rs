//! `/recoup/v1/bulk_retries`: many unpaid invoices asked for at once.

use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::{IntoParams, OpenApi};

use super::client_key::client_key;
use super::responses::Refusals;
use super::{Problem, blocking, body, id, resource};
use crate::app::App;
use crate::app::bulk_retry::{CancelBulkRetryError, StartBulkRetryError, Started};
use crate::domain::bulk_retry::{BulkFilter, BulkResult, BulkRetry};
use crate::domain::id::BulkRetryId;
use crate::http::lago::{Caller, Paging, Query};
use crate::wire::lago::page::meta;
use crate::wire::recoup::bulk_retry::{
    self, BulkInvoiceList, BulkRetryAnswer, BulkRetryList, BulkRetryRequest, NotStartedAnswer,
    PreviewAnswer, RefusedInvoice,
};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/bulk_retries").post(start).get(list))
        .service(resource("/bulk_retries/{id}").get(show))
        .service(resource("/bulk_retries/{id}/invoices").get(invoices))
        .service(resource("/bulk_retries/{id}/cancel").post(cancel));
}

#[derive(OpenApi)]
#[openapi(
    paths(start, list, show, invoices, cancel),
    tags((name = "bulk-retries", description = "Many unpaid invoices asked for at once."))
)]
pub struct Doc;

/// Retry many invoices, or say what that would do
///
/// Every unpaid, finalized invoice that the filter means is asked for once, or refused with a
/// code; one that is refused does not stop the others. What it covers is settled when it starts.
/// With `dry_run` nothing is changed and the answer is a preview.
#[utoipa::path(
    post, path = "/bulk_retries", tag = "bulk-retries", request_body = BulkRetryRequest,
    params(("Idempotency-Key" = Option<String>, Header,
            description = "Asking again with it answers the same bulk retry")),
    responses(
        (status = 200, body = NotStartedAnswer,
         description = "What it would do. With a key that was used before: the bulk retry itself"),
        (status = 201, body = BulkRetryAnswer, description = "It has started"),
        Refusals
    )
)]
async fn start(
    app: Data<App>,
    caller: Caller,
    request: HttpRequest,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked: BulkRetryRequest = body(&text)?;
    let key = client_key(&request, asked.key)?;
    let filter = bulk_retry::filter(asked.filter).map_err(Problem::invalid)?;
    if asked.dry_run {
        return preview(app, caller, filter).await;
    }
    let organization = caller.organization_id;
    let (started, shown) = blocking(move || -> Result<_, Problem> {
        let app = app.on_behalf_of(caller.actor());
        let started = app.start_bulk_retry(organization, filter, key)?;
        let (Started::Now(bulk) | Started::Before(bulk)) = &started;
        let shown = shown(&app, bulk)?;
        Ok((started, shown))
    })
    .await?;
    Ok(match started {
        Started::Now(_) => HttpResponse::Created().json(shown),
        Started::Before(_) => HttpResponse::Ok().json(NotStartedAnswer::StartedBefore(shown)),
    })
}

async fn preview(
    app: Data<App>,
    caller: Caller,
    filter: BulkFilter,
) -> Result<HttpResponse, Problem> {
    let seen = blocking(move || app.preview_bulk_retry(caller.organization_id, &filter)).await?;
    let refused = seen.refused.into_iter().map(|refused| RefusedInvoice {
        invoice_id: refused.invoice_id.to_string(),
        invoice_number: refused.invoice_number,
        external_customer_id: refused.external_customer_id,
        code: refused.code.to_owned(),
        amount_cents: refused.due.minor_units,
        currency: refused.due.currency.code().to_owned(),
    });
    let preview = bulk_retry::preview(&seen.counts, refused.collect());
    Ok(HttpResponse::Ok().json(NotStartedAnswer::Preview(PreviewAnswer { preview })))
}

/// List bulk retries, newest first
#[utoipa::path(
    get, path = "/bulk_retries", tag = "bulk-retries", params(Paging),
    responses((status = 200, body = BulkRetryList), Refusals)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, Problem> {
    let request = query.page();
    let found = blocking(move || {
        app.store().read(|read| read.bulk_retries(caller.organization_id, request))
    })
    .await?;
    let bulk_retries = found.items.iter().map(|bulk| bulk_retry::bulk_retry(bulk, None)).collect();
    Ok(HttpResponse::Ok().json(BulkRetryList { bulk_retries, meta: meta(&found) }))
}

/// Show a bulk retry and how far it has come
#[utoipa::path(
    get, path = "/bulk_retries/{id}", tag = "bulk-retries", params(("id" = String, Path)),
    responses((status = 200, body = BulkRetryAnswer), Refusals)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: BulkRetryId = id(&segment, THERE_IS_NONE)?;
    let shown = blocking(move || -> Result<_, Problem> {
        let found = app.store().read(|read| read.bulk_retry(caller.organization_id, id))?;
        shown(&app, &found.ok_or_else(|| Problem::absent(THERE_IS_NONE))?)
    })
    .await?;
    Ok(HttpResponse::Ok().json(shown))
}

const THERE_IS_NONE: &str = "there is no such bulk retry";

fn shown(app: &App, bulk: &BulkRetry) -> Result<BulkRetryAnswer, Problem> {
    let counts = app.store().read(|read| read.bulk_counts(bulk.id))?;
    Ok(BulkRetryAnswer { bulk_retry: bulk_retry::bulk_retry(bulk, Some(&counts)) })
}

/// Which of its invoices.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: the handler reads it from the query")]
struct OfResult {
    /// Only those that have come to this result.
    #[param(example = "refused")]
    result: Option<String>,
}

/// List the invoices of a bulk retry, with what has become of each
#[utoipa::path(
    get, path = "/bulk_retries/{id}/invoices", tag = "bulk-retries",
    params(("id" = String, Path), OfResult, Paging),
    responses((status = 200, body = BulkInvoiceList), Refusals)
)]
async fn invoices(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    query: Query,
) -> Result<HttpResponse, Problem> {
    let id: BulkRetryId = id(&segment, THERE_IS_NONE)?;
    let result = match query.text("result") {
        Some(word) => {
            let unknown = || Problem::invalid(format!("`{word}` is no result of a bulk retry"));
            Some(BulkResult::parse(word).ok_or_else(unknown)?)
        }
        None => None,
    };
    let request = query.page();
    let found = blocking(move || {
        app.store().read(|read| -> Result<_, Problem> {
            let bulk = read.bulk_retry(caller.organization_id, id)?;
            let bulk = bulk.ok_or_else(|| Problem::absent(THERE_IS_NONE))?;
            Ok(read.bulk_invoice_views(bulk.id, result, request)?)
        })
    })
    .await?;
    let invoices = found.items.iter().map(bulk_retry::bulk_invoice).collect();
    Ok(HttpResponse::Ok().json(BulkInvoiceList { invoices, meta: meta(&found) }))
}

/// Take a bulk retry back
///
/// What has not begun is planned as it was before; what is being charged goes on.
#[utoipa::path(
    post, path = "/bulk_retries/{id}/cancel", tag = "bulk-retries", params(("id" = String, Path)),
    responses((status = 200, body = BulkRetryAnswer), Refusals)
)]
async fn cancel(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: BulkRetryId = id(&segment, THERE_IS_NONE)?;
    let shown = blocking(move || -> Result<_, Problem> {
        let app = app.on_behalf_of(caller.actor());
        let bulk = app.cancel_bulk_retry(caller.organization_id, id)?;
        shown(&app, &bulk)
    })
    .await?;
    Ok(HttpResponse::Ok().json(shown))
}

impl From<StartBulkRetryError> for Problem {
    fn from(error: StartBulkRetryError) -> Problem {
        match error {
            StartBulkRetryError::KeyReused => Problem::conflict(
                "key_reused",
                "a bulk retry with another filter was started with this key",
            ),
            StartBulkRetryError::Collect(error) => error.into(),
        }
    }
}

impl From<CancelBulkRetryError> for Problem {
    fn from(error: CancelBulkRetryError) -> Problem {
        match error {
            CancelBulkRetryError::NotFound => Problem::absent(THERE_IS_NONE),
            CancelBulkRetryError::Collect(error) => error.into(),
        }
    }
}
