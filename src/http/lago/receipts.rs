//! Receipts of payments. What is not found is called an invoice: clients expect it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::{IntoParams, OpenApi};

use super::query::Paging;
use super::responses::Reading;
use super::{Caller, LagoError, Query, answer, blocking, id, resource};
use crate::app::App;
use crate::domain::id::{InvoiceId, ReceiptId};
use crate::domain::view::Page;
use crate::store::StoreError;
use crate::wire::lago::receipt::{ReceiptAnswer, ReceiptList};
use crate::wire::lago::{page, receipt};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/payment_receipts").get(list))
        .service(resource("/payment_receipts/{lago_id}").get(show));
}

#[derive(OpenApi)]
#[openapi(
    paths(list, show),
    tags((name = "payment-receipts", description = "The proof of each payment."))
)]
pub struct Doc;

/// Which receipts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: the handler reads it from the query")]
struct OfInvoice {
    invoice_id: Option<String>,
}

/// List receipts, newest first
#[utoipa::path(
    get, path = "/payment_receipts", tag = "payment-receipts", params(OfInvoice, Paging),
    responses((status = 200, body = ReceiptList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    let request = query.page();
    let invoice: Option<Result<InvoiceId, LagoError>> =
        query.text("invoice_id").map(|text| id(text.trim(), "invoice"));
    let invoice = invoice.transpose()?;
    let organization = caller.organization_id;
    let found = blocking(move || -> Result<_, StoreError> {
        let found = app.store().read(|read| read.receipt_views(organization, invoice, request))?;
        let linked = found.items.into_iter().map(|view| app.with_file_url(view));
        let items = linked.collect::<Result<Vec<_>, _>>()?;
        Ok(Page { items, total: found.total, request: found.request })
    })
    .await?;
    Ok(answer::text(page::list("payment_receipts", &found, receipt::receipt)))
}

/// Show a receipt
#[utoipa::path(
    get, path = "/payment_receipts/{lago_id}", tag = "payment-receipts",
    params(("lago_id" = String, Path)),
    responses((status = 200, body = ReceiptAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let receipt_id: ReceiptId = id(&segment, "invoice")?;
    let organization = caller.organization_id;
    let found = blocking(move || -> Result<_, LagoError> {
        let found = app.store().read(|read| read.receipt_view(organization, receipt_id))?;
        Ok(app.with_file_url(found.ok_or(LagoError::NotFound("invoice"))?)?)
    })
    .await?;
    Ok(answer::object("payment_receipt", receipt::receipt(&found)))
}
