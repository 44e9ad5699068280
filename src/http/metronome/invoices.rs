//! Invoices of one customer: listed, shown, voided. They are made elsewhere.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;
use uuid::Uuid;

use super::customers::of_path;
use super::query::Paging;
use super::responses::Refusals;
use super::{Call, MetronomeError, Query, answer, blocking, resource};
use crate::app::App;
use crate::app::collect::AskError;
use crate::domain::filter::{InvoiceChoice, IssueOrder};
use crate::domain::id::{CustomerId, InvoiceId, OrganizationId};
use crate::domain::payment::PayableId;
use crate::domain::view::InvoiceView;
use crate::http::lago::Caller;
use crate::store::Reader;
use crate::wire::metronome::credit_type::currency_of;
use crate::wire::metronome::cursor::ListId;
use crate::wire::metronome::customer::Named;
use crate::wire::metronome::format::contract_id;
use crate::wire::metronome::invoice::{self, InvoiceShape, Told, status_of};
use crate::wire::metronome::members::{InvalidRequest, broken_cursor, id};
use crate::wire::metronome::page::{Data as Wrapped, Page};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/customers/{id}/invoices").get(list))
        .service(resource("/customers/{id}/invoices/{invoice_id}").get(show))
        .service(resource("/invoices/void").post(void));
}

#[derive(OpenApi)]
#[openapi(
    paths(list, show, void),
    tags((name = "metronome invoices", description = "Made elsewhere; shown and voided here."))
)]
pub struct Doc;

/// List the invoices of a customer, oldest first
#[utoipa::path(
    get, path = "/customers/{id}/invoices", tag = "metronome invoices",
    params(
        ("id" = String, Path),
        Paging,
        ("status" = Option<String>, Query, description = "DRAFT, FINALIZED or VOID"),
        ("type" = Option<String>, Query, description = "SCHEDULED: the others find nothing"),
        ("sort" = Option<String>, Query, description = "date_asc or date_desc"),
        ("credit_type_id" = Option<String>, Query),
        ("contract_id" = Option<String>, Query),
        ("starting_on" = Option<String>, Query, description = "Their period begins then or later"),
        ("ending_before" = Option<String>, Query, description = "Their period ends before"),
        ("skip_zero_qty_line_items" = Option<bool>, Query),
    ),
    responses((status = 200, body = Page<InvoiceShape>), Refusals)
)]
async fn list(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    query: Query,
) -> Result<HttpResponse, MetronomeError> {
    let customer = of_path(&segment)?;
    let organization = caller.organization_id;
    let limit = query.limit()? as usize;
    let skips_zero = query.flag("skip_zero_qty_line_items")?;
    let list = list_id(organization, customer, &query);
    let after = match query.text("next_page") {
        None => None,
        Some(cursor) => Some(InvoiceId::from_uuid(list.read(cursor).ok_or_else(broken_cursor)?)),
    };
    let choice = choice(customer, &query)?;
    let page = blocking(move || {
        app.store().read(|read| -> Result<_, MetronomeError> {
            read.customer(organization, customer)?.ok_or(AskError::CustomerNotFound)?;
            let found = match choice {
                None => vec![],
                Some(choice) => {
                    let limit = u32::try_from(limit + 1).unwrap_or(u32::MAX);
                    let choice = InvoiceChoice { after, limit, ..choice };
                    read.invoices_chosen(organization, &choice)?
                }
            };
            let mut shapes = Vec::with_capacity(found.len());
            for view in &found {
                shapes.push(shape(read, view, skips_zero)?);
            }
            Ok(Page::of(shapes, limit, list, |invoice| invoice.id.0))
        })
    });
    Ok(answer(&page.await?))
}

/// None: nothing can fit.
fn choice(customer: CustomerId, query: &Query) -> Result<Option<InvoiceChoice>, InvalidRequest> {
    let order = match query.text("sort") {
        None | Some("date_asc") => IssueOrder::OldestFirst,
        Some("date_desc") => IssueOrder::NewestFirst,
        Some(_) => return Err(InvalidRequest::of("sort", "`date_asc` or `date_desc`")),
    };
    let fits_type = match query.text("type") {
        None | Some("SCHEDULED") => true,
        Some("USAGE" | "USAGE_CONSOLIDATED") => false,
        Some(_) => {
            let known = "`SCHEDULED`, `USAGE` or `USAGE_CONSOLIDATED`";
            return Err(InvalidRequest::of("type", known));
        }
    };
    let contract: Option<Uuid> = query.id("contract_id")?;
    let fits_contract = contract.is_none_or(|id| id == contract_id(customer).0);
    let credit_type: Option<Uuid> = query.id("credit_type_id")?;
    let currency = credit_type.map(currency_of);
    let status = query.text("status").map(status_of);
    let (from, until) = (query.time("starting_on")?, query.time("ending_before")?);
    if !fits_type || !fits_contract || currency == Some(None) || status == Some(None) {
        return Ok(None);
    }
    Ok(Some(InvoiceChoice {
        customer_id: customer,
        status: status.flatten(),
        currency: currency.flatten(),
        from,
        until,
        order,
        after: None,
        limit: 0,
    }))
}

fn list_id(organization: OrganizationId, customer: CustomerId, query: &Query) -> ListId {
    let text = |name| query.text(name).unwrap_or_default();
    ListId::of(&[
        "invoices",
        &organization.to_string(),
        &customer.to_string(),
        text("status"),
        text("type"),
        text("sort"),
        text("credit_type_id"),
        text("contract_id"),
        text("starting_on"),
        text("ending_before"),
    ])
}

/// Show an invoice
#[utoipa::path(
    get, path = "/customers/{id}/invoices/{invoice_id}", tag = "metronome invoices",
    params(
        ("id" = String, Path), ("invoice_id" = String, Path),
        ("skip_zero_qty_line_items" = Option<bool>, Query),
    ),
    responses((status = 200, body = Wrapped<InvoiceShape>), Refusals)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    query: Query,
) -> Result<HttpResponse, MetronomeError> {
    let customer = of_path(&path.0)?;
    let wanted: InvoiceId = id("invoice_id", &path.1)?;
    let skips_zero = query.flag("skip_zero_qty_line_items")?;
    let organization = caller.organization_id;
    let found = blocking(move || {
        app.store().read(|read| -> Result<_, MetronomeError> {
            read.customer(organization, customer)?.ok_or(AskError::CustomerNotFound)?;
            let view = read.invoice_view(organization, wanted)?;
            let own = |view: &InvoiceView| {
                view.invoice.customer_id == customer && view.invoice.status.is_visible()
            };
            let view = view.filter(own).ok_or(AskError::InvoiceNotFound)?;
            shape(read, &view, skips_zero)
        })
    });
    Ok(answer(&Wrapped { data: found.await? }))
}

fn shape(
    read: &Reader<'_>,
    view: &InvoiceView,
    skips_zero: bool,
) -> Result<InvoiceShape, MetronomeError> {
    let invoice = &view.invoice;
    let recovery = read.recovery_of(PayableId::Invoice(invoice.id))?;
    let payments = read.standing_payments(invoice.organization_id, invoice.id)?;
    let told = Told { view, recovery: recovery.as_ref(), payments: &payments, skips_zero };
    Ok(invoice::invoice(&told))
}

/// Void an invoice that is not paid
///
/// What is under way for it is cancelled first; where that cannot be, the invoice stays.
#[utoipa::path(
    post, path = "/invoices/void", tag = "metronome invoices",
    request_body = Named, responses((status = 200, body = Wrapped<Named>), Refusals)
)]
async fn void(app: Data<App>, call: Call) -> Result<HttpResponse, MetronomeError> {
    let id: InvoiceId = call.members().id("id")?;
    let organization = call.organization();
    call.once(app, move |app| {
        app.void_unpaid_invoice(organization, id)?;
        Ok(Wrapped { data: Named { id: id.uuid().into() } })
    })
    .await
}
