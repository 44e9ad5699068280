//! Collecting on demand: another attempt now, or a page to pay on.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::{OpenApi, ToSchema};

use super::responses::Writing;
use super::{Body, Caller, LagoError, answer, blocking, id, resource};
use crate::app::App;
use crate::app::collect::RetryError;
use crate::app::links::PaymentLinkError;
use crate::domain::id::InvoiceId;
use crate::wire::lago::fields::Fields;
use crate::wire::lago::links::PaymentLinkAnswer;
use crate::wire::lago::method_reference::PaymentMethodReferenceInput;
use crate::wire::lago::{links, method_reference};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/invoices/{lago_id}/retry_payment").post(retry_payment))
        .service(resource("/invoices/{lago_id}/payment_url").post(payment_url));
}

#[derive(OpenApi)]
#[openapi(paths(retry_payment, payment_url))]
pub struct Doc;

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
struct RetryPaymentRequest {
    payment_method: Option<PaymentMethodReferenceInput>,
}

/// Try to collect an invoice again now
///
/// The attempt follows; the answer has no body. Without a body the invoice's own method is charged.
#[utoipa::path(
    post, path = "/invoices/{lago_id}/retry_payment", tag = "invoices",
    params(("lago_id" = String, Path)), request_body = Option<RetryPaymentRequest>,
    responses((status = 200, description = "It will be tried"), Writing)
)]
async fn retry_payment(
    app: Data<App>,
    caller: Caller,
    invoice: Path<String>,
    body: Body,
) -> Result<HttpResponse, LagoError> {
    let invoice: InvoiceId = id(&invoice, "invoice")?;
    let keys = body.keys()?;
    let fields = Fields::new(&keys);
    let named = fields.raw("payment_method").is_some_and(|value| !value.is_null());
    let reference = named.then(|| method_reference::method_reference(fields));
    blocking(move || {
        let app = app.on_behalf_of(caller.actor());
        app.request_retry(caller.organization_id, invoice, reference)
    })
    .await?;
    Ok(HttpResponse::Ok().finish())
}

/// Make a page on which the customer can pay an invoice
#[utoipa::path(
    post, path = "/invoices/{lago_id}/payment_url", tag = "invoices",
    params(("lago_id" = String, Path)),
    responses((status = 200, body = PaymentLinkAnswer), Writing)
)]
async fn payment_url(
    app: Data<App>,
    caller: Caller,
    invoice: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let invoice: InvoiceId = id(&invoice, "invoice")?;
    let link = blocking(move || app.payment_link(caller.organization_id, invoice)).await?;
    let details = links::payment(&link.customer, &link.provider, invoice, &link.url);
    Ok(answer::object("invoice_payment_details", details))
}

impl From<RetryError> for LagoError {
    fn from(error: RetryError) -> LagoError {
        match error {
            RetryError::NotFound => LagoError::NotFound("invoice"),
            RetryError::WrongStatus => LagoError::NotAllowed("invalid_status"),
            RetryError::AttemptOpen => LagoError::NotAllowed(BEING_HANDLED),
            RetryError::InvalidMethod => {
                LagoError::field("payment_method", "invalid_payment_method")
            }
            RetryError::Collect(error) => error.into(),
        }
    }
}

const BEING_HANDLED: &str = "payment_processor_is_currently_handling_payment";

impl From<PaymentLinkError> for LagoError {
    fn from(error: PaymentLinkError) -> LagoError {
        match error {
            PaymentLinkError::NotFound => LagoError::NotFound("invoice"),
            PaymentLinkError::NoLinkedProvider => LagoError::base("no_linked_payment_provider"),
            PaymentLinkError::UnsuitableProvider => LagoError::base("invalid_payment_provider"),
            PaymentLinkError::WrongStatus => {
                LagoError::base("invalid_invoice_status_or_payment_status")
            }
            PaymentLinkError::NoConnection => LagoError::base("missing_payment_provider"),
            PaymentLinkError::NoProviderCustomer => {
                LagoError::base("missing_payment_provider_customer")
            }
            PaymentLinkError::OnHold => LagoError::NotAllowed("charging_on_hold"),
            PaymentLinkError::AttemptOpen => LagoError::NotAllowed(BEING_HANDLED),
            PaymentLinkError::Provider { provider, error } => {
                LagoError::of_provider(provider, &error)
            }
            PaymentLinkError::Collect(error) => error.into(),
        }
    }
}
