//! Invoices: made, read, listed, changed, voided. Collecting on demand is in `collecting.rs`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::invoice_filter::{InvoiceFilterParams, invoice_filter};
use super::query::Paging;
use super::responses::{Reading, Writing};
use super::{Body, Caller, LagoError, Query, answer, blocking, id, resource, whose};
use crate::app::App;
use crate::app::create_invoice::CreateInvoiceError;
use crate::app::finalize_invoices::DraftError;
use crate::app::lose_dispute::LoseDisputeError;
use crate::app::update_invoice::{Touches, UpdateInvoiceError};
use crate::app::void_invoice::VoidInvoiceError;
use crate::domain::filter::InvoiceFilter;
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::view::{InvoiceView, PageRequest};
use crate::store::Reader;
use crate::wire::lago::fields::Fields;
use crate::wire::lago::invoice::{InvoiceAnswer, InvoiceList};
use crate::wire::lago::invoice_request::{
    InvoiceRequest, InvoiceUpdateRequest, VoidInvoiceRequest,
};
use crate::wire::lago::{invoice, invoice_request, page};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/invoices").get(list).post(create))
        .service(resource("/customers/{external_id}/invoices").get(list_of_customer))
        .service(resource("/invoices/{lago_id}").get(show).put(update).delete(delete_draft))
        .service(resource("/invoices/{lago_id}/refresh").put(refresh))
        .service(resource("/invoices/{lago_id}/finalize").put(finalize))
        .service(resource("/invoices/{lago_id}/void").post(void))
        .service(resource("/invoices/{lago_id}/lose_dispute").post(lose_dispute).put(lose_dispute))
        .service(resource("/invoices/{lago_id}/retry").post(retry));
}

#[derive(OpenApi)]
#[openapi(
    paths(
        create, list, list_of_customer, show, update, delete_draft, refresh, finalize, void,
        lose_dispute, retry
    ),
    tags((name = "invoices", description = "What customers owe."))
)]
pub struct Doc;

/// Make an invoice of what is sold once
///
/// It is collected at once, unless it says otherwise.
#[utoipa::path(
    post, path = "/invoices", tag = "invoices", request_body = InvoiceRequest,
    responses((status = 200, body = InvoiceAnswer), Writing)
)]
async fn create(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root("invoice")?;
    let (new, errors) = invoice_request::new_invoice(Fields::new(&root));
    let organization = caller.organization_id;
    let made = blocking(move || {
        if !errors.is_empty() {
            app.check_what_invoice_names(organization, &new)?;
            return Err(LagoError::Invalid(errors));
        }
        Ok(app.create_invoice(organization, new)?)
    })
    .await?;
    Ok(shown(&made))
}

/// List invoices, the latest first
#[utoipa::path(
    get, path = "/invoices", tag = "invoices",
    params(("external_customer_id" = Option<String>, Query), InvoiceFilterParams, Paging),
    responses((status = 200, body = InvoiceList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    let organization = caller.organization_id;
    whose::list(app, move |read| {
        let filter = invoice_filter(&query)?;
        whose::check_billing_entities(read, organization, &query)?;
        listed(read, organization, &filter, query.page())
    })
    .await
}

/// List the invoices of a customer, the latest first
#[utoipa::path(
    get, path = "/customers/{external_id}/invoices", tag = "invoices",
    params(("external_id" = String, Path, example = "acme"), InvoiceFilterParams, Paging),
    responses((status = 200, body = InvoiceList), Reading)
)]
async fn list_of_customer(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    query: Query,
) -> Result<HttpResponse, LagoError> {
    whose::list_of_customer(app, caller, external_id, move |read, customer| {
        let external_customer_id = Some(customer.external_id);
        let filter = InvoiceFilter { external_customer_id, ..invoice_filter(&query)? };
        listed(read, caller.organization_id, &filter, query.page())
    })
    .await
}

fn listed(
    read: &Reader<'_>,
    organization: OrganizationId,
    filter: &InvoiceFilter,
    request: PageRequest,
) -> Result<String, LagoError> {
    let found = read.invoice_views(organization, filter, request)?;
    Ok(page::list("invoices", &found, invoice::listed))
}

/// Show an invoice
#[utoipa::path(
    get, path = "/invoices/{lago_id}", tag = "invoices", params(("lago_id" = String, Path)),
    responses((status = 200, body = InvoiceAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    Ok(shown(&visible(app, caller, &segment).await?))
}

/// Change an invoice
///
/// Saying that it is paid, or is not, and metadata.
#[utoipa::path(
    put, path = "/invoices/{lago_id}", tag = "invoices", params(("lago_id" = String, Path)),
    request_body = InvoiceUpdateRequest, responses((status = 200, body = InvoiceAnswer), Writing)
)]
async fn update(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    body: Body,
) -> Result<HttpResponse, LagoError> {
    let invoice_id: InvoiceId = id(&segment, "invoice")?;
    let root = body.root("invoice")?;
    let request = invoice_request::update(Fields::new(&root));
    let organization = caller.organization_id;
    let updated = blocking(move || {
        if !request.errors.is_empty() {
            let touches =
                if request.names_metadata { Touches::Metadata } else { Touches::NoMetadata };
            app.check_invoice_takes_changes(organization, invoice_id, touches)?;
            return Err(LagoError::Invalid(request.errors));
        }
        Ok(app.on_behalf_of(caller.actor()).update_invoice(
            organization,
            invoice_id,
            request.update,
        )?)
    })
    .await?;
    Ok(shown(&updated))
}

/// Delete a draft
///
/// Nothing else can be deleted: void it instead.
#[utoipa::path(
    delete, path = "/invoices/{lago_id}", tag = "invoices", params(("lago_id" = String, Path)),
    responses((status = 200, body = InvoiceAnswer), Writing)
)]
async fn delete_draft(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let invoice_id: InvoiceId = id(&segment, "invoice")?;
    let deleted = blocking(move || {
        let deleted = app.delete_draft(caller.organization_id, invoice_id);
        deleted.map_err(|error| match error {
            DraftError::NotADraft => LagoError::NotAllowed("not_deletable"),
            error => error.into(),
        })
    })
    .await?;
    Ok(shown(&deleted))
}

/// Work a draft out again
///
/// What is not a draft stays as it is.
#[utoipa::path(
    put, path = "/invoices/{lago_id}/refresh", tag = "invoices",
    params(("lago_id" = String, Path)),
    responses((status = 200, body = InvoiceAnswer), Writing)
)]
async fn refresh(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let invoice_id: InvoiceId = id(&segment, "invoice")?;
    let refreshed =
        blocking(move || app.refresh_invoice(caller.organization_id, invoice_id)).await?;
    Ok(shown(&refreshed))
}

/// Issue a draft
///
/// Only drafts are found here.
#[utoipa::path(
    put, path = "/invoices/{lago_id}/finalize", tag = "invoices",
    params(("lago_id" = String, Path)),
    responses((status = 200, body = InvoiceAnswer), Writing)
)]
async fn finalize(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let invoice_id: InvoiceId = id(&segment, "invoice")?;
    let finalized =
        blocking(move || app.finalize_invoice(caller.organization_id, invoice_id)).await?;
    Ok(shown(&finalized))
}

/// Void an invoice
///
/// It is not collected any more.
#[utoipa::path(
    post, path = "/invoices/{lago_id}/void", tag = "invoices",
    params(("lago_id" = String, Path)), request_body = Option<VoidInvoiceRequest>,
    responses((status = 200, body = InvoiceAnswer), Writing)
)]
async fn void(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    body: Body,
) -> Result<HttpResponse, LagoError> {
    let invoice_id: InvoiceId = id(&segment, "invoice")?;
    if invoice_request::wants_credit_note(Fields::new(&body.keys()?)) {
        visible(app, caller, &segment).await?;
        return Err(LagoError::Forbidden("feature_unavailable"));
    }
    let app = app.on_behalf_of(caller.actor());
    let voided = blocking(move || app.void_invoice(caller.organization_id, invoice_id)).await?;
    Ok(shown(&voided))
}

/// Say that a dispute over an invoice was lost
///
/// Clients use either verb.
#[utoipa::path(
    method(post, put), path = "/invoices/{lago_id}/lose_dispute", tag = "invoices",
    params(("lago_id" = String, Path)),
    responses((status = 200, body = InvoiceAnswer), Writing)
)]
async fn lose_dispute(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let invoice_id: InvoiceId = id(&segment, "invoice")?;
    let app = app.on_behalf_of(caller.actor());
    let lost = blocking(move || app.lose_dispute(caller.organization_id, invoice_id)).await?;
    Ok(shown(&lost))
}

/// Make an invoice again that could not be made
///
/// Making an invoice never fails half-way here, so there is none.
#[utoipa::path(
    post, path = "/invoices/{lago_id}/retry", tag = "invoices",
    params(("lago_id" = String, Path)),
    responses((status = 200, body = InvoiceAnswer), Writing)
)]
async fn retry(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    visible(app, caller, &segment).await?;
    Err(LagoError::NotAllowed("invalid_status"))
}

fn shown(view: &InvoiceView) -> HttpResponse {
    answer::object("invoice", invoice::invoice(view))
}

async fn visible(app: Data<App>, caller: Caller, segment: &str) -> Result<InvoiceView, LagoError> {
    let id: InvoiceId = id(segment, "invoice")?;
    let organization = caller.organization_id;
    let found =
        blocking(move || app.store().read(|read| read.invoice_view(organization, id))).await?;
    found.filter(|view| view.invoice.status.is_visible()).ok_or(LagoError::NotFound("invoice"))
}

impl From<CreateInvoiceError> for LagoError {
    fn from(error: CreateInvoiceError) -> LagoError {
        match error {
            CreateInvoiceError::CustomerNotFound => LagoError::NotFound("customer"),
            CreateInvoiceError::FeesMissing => LagoError::NotFound("fees"),
            CreateInvoiceError::AddOnNotFound => LagoError::NotFound("add_on"),
            CreateInvoiceError::InvalidPaymentMethod => {
                LagoError::field("payment_method", "invalid_payment_method")
            }
            CreateInvoiceError::BillingEntityNotFound => LagoError::NotFound("billing_entity"),
            CreateInvoiceError::CurrencyMissing => {
                LagoError::field("currency", "value_is_mandatory")
            }
            CreateInvoiceError::AmountTooLarge => LagoError::field("fees", "value_is_out_of_range"),
            CreateInvoiceError::DueDateTooFar => {
                LagoError::field("net_payment_term", "value_is_out_of_range")
            }
            CreateInvoiceError::Store(error) => error.into(),
        }
    }
}

impl From<UpdateInvoiceError> for LagoError {
    fn from(error: UpdateInvoiceError) -> LagoError {
        match error {
            UpdateInvoiceError::NotFound => LagoError::NotFound("invoice"),
            UpdateInvoiceError::Voided => LagoError::NotAllowed("update_on_voided_invoice"),
            UpdateInvoiceError::MetadataOnDraft => {
                LagoError::NotAllowed("metadata_on_draft_invoice")
            }
            UpdateInvoiceError::PaymentStatusOnDraft => {
                LagoError::NotAllowed("payment_status_update_on_draft_invoice")
            }
            UpdateInvoiceError::Store(error) => error.into(),
        }
    }
}

impl From<DraftError> for LagoError {
    fn from(error: DraftError) -> LagoError {
        match error {
            DraftError::NotFound | DraftError::NotADraft => LagoError::NotFound("invoice"),
            DraftError::NotOfSubscriptions => LagoError::Forbidden("feature_unavailable"),
            DraftError::Bill(error) => error.into(),
            DraftError::Store(error) => error.into(),
        }
    }
}

impl From<VoidInvoiceError> for LagoError {
    fn from(error: VoidInvoiceError) -> LagoError {
        match error {
            VoidInvoiceError::NotFound => LagoError::NotFound("invoice"),
            VoidInvoiceError::NotVoidable(_) => LagoError::NotAllowed("not_voidable"),
            VoidInvoiceError::Store(error) => error.into(),
        }
    }
}

impl From<LoseDisputeError> for LagoError {
    fn from(error: LoseDisputeError) -> LagoError {
        match error {
            LoseDisputeError::NotFound => LagoError::NotFound("invoice"),
            LoseDisputeError::NotDisputable(_) => LagoError::NotAllowed("not_disputable"),
            LoseDisputeError::Store(error) => error.into(),
        }
    }
}
