//! Payment requests: made, listed, read.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::{IntoParams, OpenApi};

use super::query::Paging;
use super::responses::{Reading, Writing};
use super::{
    Body, Caller, LagoError, Query, answer, blocking, id, invoice_filter, resource, whose,
};
use crate::app::App;
use crate::app::create_payment_request::{PaymentAsked, RequestPaymentError};
use crate::domain::filter::PaymentRequestFilter;
use crate::domain::id::{OrganizationId, PaymentRequestId};
use crate::domain::payment_request::CannotRequest;
use crate::domain::view::PageRequest;
use crate::store::Reader;
use crate::wire::lago::fields::Fields;
use crate::wire::lago::page;
use crate::wire::lago::payment_request::{
    self, PaymentRequestAnswer, PaymentRequestBody, PaymentRequestList,
};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/payment_requests").post(create).get(list))
        .service(resource("/payment_requests/{lago_id}").get(show))
        .service(resource("/customers/{external_id}/payment_requests").get(list_of_customer));
}

#[derive(OpenApi)]
#[openapi(
    paths(create, list, show, list_of_customer),
    tags((name = "payment-requests", description = "One charge for several overdue invoices."))
)]
pub struct Doc;

/// What a list of requests can be narrowed by.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: `filter` reads them")]
struct Narrowing {
    /// Deleted customers included.
    external_customer_id: Option<String>,
    /// `pending`, `succeeded` or `failed`; several as `payment_status[]`.
    #[param(example = "pending")]
    payment_status: Option<String>,
    #[param(example = "EUR")]
    currency: Option<String>,
    #[param(rename = "billing_entity_codes[]")]
    billing_entity_codes: Option<Vec<String>>,
}

/// Ask for overdue invoices with one charge
///
/// The customer's default method is charged for all of them at once. Until that charge has an end
/// none of the invoices is charged alone.
#[utoipa::path(
    post, path = "/payment_requests", tag = "payment-requests",
    request_body = PaymentRequestBody,
    responses((status = 200, body = PaymentRequestAnswer), Writing)
)]
async fn create(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root("payment_request")?;
    let asked = payment_request::asked(Fields::new(&root));
    let asked = PaymentAsked {
        external_customer_id: asked.external_customer_id,
        email: asked.email,
        invoice_ids: asked.invoice_ids.iter().filter_map(|id| id.parse().ok()).collect(),
    };
    let made = blocking(move || app.create_payment_request(caller.organization_id, asked)).await?;
    Ok(answer::object("payment_request", payment_request::payment_request(&made)))
}

/// List payment requests, newest first
#[utoipa::path(
    get, path = "/payment_requests", tag = "payment-requests", params(Narrowing, Paging),
    responses((status = 200, body = PaymentRequestList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    whose::list(app, move |read| {
        let filter = filter(read, caller.organization_id, &query)?;
        listed(read, caller.organization_id, &filter, query.page())
    })
    .await
}

/// List the payment requests of a customer, newest first
#[utoipa::path(
    get, path = "/customers/{external_id}/payment_requests", tag = "payment-requests",
    params(("external_id" = String, Path), Narrowing, Paging),
    responses((status = 200, body = PaymentRequestList), Reading)
)]
async fn list_of_customer(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    query: Query,
) -> Result<HttpResponse, LagoError> {
    whose::list_of_customer(app, caller, external_id, move |read, customer| {
        let filter = PaymentRequestFilter {
            external_customer_id: Some(customer.external_id),
            ..filter(read, caller.organization_id, &query)?
        };
        listed(read, caller.organization_id, &filter, query.page())
    })
    .await
}

fn filter(
    read: &Reader<'_>,
    organization: OrganizationId,
    query: &Query,
) -> Result<PaymentRequestFilter, LagoError> {
    let filter = PaymentRequestFilter {
        external_customer_id: query.text("external_customer_id").map(str::to_owned),
        payment_statuses: invoice_filter::payment_statuses(query)?,
        currency: query.text("currency").map(|code| code.trim().to_owned()),
    };
    whose::check_billing_entities(read, organization, query)?;
    Ok(filter)
}

fn listed(
    read: &Reader<'_>,
    organization: OrganizationId,
    filter: &PaymentRequestFilter,
    request: PageRequest,
) -> Result<String, LagoError> {
    let found = read.payment_request_views(organization, filter, request)?;
    Ok(page::list("payment_requests", &found, payment_request::payment_request))
}

/// Show a payment request
#[utoipa::path(
    get, path = "/payment_requests/{lago_id}", tag = "payment-requests",
    params(("lago_id" = String, Path)),
    responses((status = 200, body = PaymentRequestAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let request: PaymentRequestId = id(&segment, "payment_request")?;
    let organization = caller.organization_id;
    let found =
        blocking(move || app.store().read(|read| read.payment_request_view(organization, request)))
            .await?
            .ok_or(LagoError::NotFound("payment_request"))?;
    Ok(answer::object("payment_request", payment_request::payment_request(&found)))
}

impl From<RequestPaymentError> for LagoError {
    fn from(error: RequestPaymentError) -> LagoError {
        match error {
            RequestPaymentError::CustomerNotFound => LagoError::NotFound("customer"),
            RequestPaymentError::InvoiceNotFound => LagoError::NotFound("invoice"),
            RequestPaymentError::Unsuitable(CannotRequest::NotOverdue) => {
                LagoError::NotAllowed("invoices_not_overdue")
            }
            RequestPaymentError::Unsuitable(CannotRequest::DifferentCurrencies) => {
                LagoError::NotAllowed("invoices_have_different_currencies")
            }
            RequestPaymentError::Unsuitable(CannotRequest::TooMuch) => {
                LagoError::field("lago_invoice_ids", "value_is_out_of_range")
            }
            RequestPaymentError::NotReady => {
                LagoError::NotAllowed("invoices_not_ready_for_payment_processing")
            }
            RequestPaymentError::Store(error) => error.into(),
        }
    }
}
