//! Payments: listed, read, and recorded by hand.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::{IntoParams, OpenApi};

use super::query::Paging;
use super::responses::{Reading, Writing};
use super::{Body, Caller, LagoError, Query, answer, blocking, id, resource, whose};
use crate::app::App;
use crate::app::record_payment::RecordPaymentError;
use crate::domain::filter::PaymentFilter;
use crate::domain::id::{AttemptId, InvoiceId, OrganizationId};
use crate::domain::invoice_change::ReceivedMoney;
use crate::domain::view::PageRequest;
use crate::store::Reader;
use crate::wire::lago::field_errors::INVALID;
use crate::wire::lago::fields::Fields;
use crate::wire::lago::payment::{PaymentAnswer, PaymentList};
use crate::wire::lago::received_money::ReceivedMoneyRequest;
use crate::wire::lago::{page, payment, received_money};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/payments").get(list).post(record))
        .service(resource("/payments/{lago_id}").get(show))
        .service(resource("/customers/{external_id}/payments").get(list_of_customer));
}

#[derive(OpenApi)]
#[openapi(
    paths(record, list, show, list_of_customer),
    tags((name = "payments", description = "Tries at collecting, and money recorded by hand."))
)]
pub struct Doc;

/// What a list of payments can be narrowed by.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: `Query` reads them")]
struct Filter {
    external_customer_id: Option<String>,
    #[param(format = Uuid)]
    invoice_id: Option<String>,
}

/// Record money that came in another way
#[utoipa::path(
    post, path = "/payments", tag = "payments", request_body = ReceivedMoneyRequest,
    responses((status = 200, body = PaymentAnswer), Writing)
)]
async fn record(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root("payment")?;
    let request = received_money::payment(Fields::new(&root))?;
    let invoice_id: InvoiceId = id(&request.invoice_id, "invoice")?;
    let organization = caller.organization_id;
    let recorded = blocking(move || {
        let rest = match request.rest {
            Ok(rest) => rest,
            Err(errors) => {
                app.check_invoice_takes_payments(organization, invoice_id)?;
                return Err(LagoError::Invalid(errors));
            }
        };
        let received = ReceivedMoney {
            invoice_id,
            amount: request.amount,
            reference: rest.reference,
            paid_at: rest.paid_at,
        };
        Ok(app.on_behalf_of(caller.actor()).record_payment(organization, received)?)
    })
    .await?;
    Ok(answer::object("payment", payment::payment(&recorded)))
}

/// List payments, newest first
#[utoipa::path(
    get, path = "/payments", tag = "payments", params(Filter, Paging),
    responses((status = 200, body = PaymentList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    let filter = PaymentFilter {
        external_customer_id: query.text("external_customer_id").map(str::to_owned),
        invoice_id: invoice_id(&query)?,
    };
    whose::list(app, move |read| listed(read, caller.organization_id, &filter, query.page())).await
}

/// List the payments of a customer, newest first
#[utoipa::path(
    get, path = "/customers/{external_id}/payments", tag = "payments",
    params(
        ("external_id" = String, Path, example = "acme"),
        ("invoice_id" = Option<Uuid>, Query),
        Paging
    ),
    responses((status = 200, body = PaymentList), Reading)
)]
async fn list_of_customer(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    query: Query,
) -> Result<HttpResponse, LagoError> {
    whose::list_of_customer(app, caller, external_id, move |read, customer| {
        let external_customer_id = Some(customer.external_id);
        let filter = PaymentFilter { external_customer_id, invoice_id: invoice_id(&query)? };
        listed(read, caller.organization_id, &filter, query.page())
    })
    .await
}

fn invoice_id(query: &Query) -> Result<Option<InvoiceId>, LagoError> {
    let Some(text) = query.text("invoice_id") else { return Ok(None) };
    text.trim().parse().map(Some).map_err(|_| LagoError::field("invoice_id", INVALID))
}

fn listed(
    read: &Reader<'_>,
    organization: OrganizationId,
    filter: &PaymentFilter,
    request: PageRequest,
) -> Result<String, LagoError> {
    let found = read.payment_views(organization, filter, request)?;
    Ok(page::list("payments", &found, payment::listed))
}

/// Show a payment
#[utoipa::path(
    get, path = "/payments/{lago_id}", tag = "payments", params(("lago_id" = String, Path)),
    responses((status = 200, body = PaymentAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let payment_id: AttemptId = id(&segment, "payment")?;
    let organization = caller.organization_id;
    let found =
        blocking(move || app.store().read(|read| read.payment_view(organization, payment_id)))
            .await?
            .ok_or(LagoError::NotFound("payment"))?;
    Ok(answer::object("payment", payment::payment(&found)))
}

impl From<RecordPaymentError> for LagoError {
    fn from(error: RecordPaymentError) -> LagoError {
        match error {
            RecordPaymentError::InvoiceNotFound => LagoError::NotFound("invoice"),
            RecordPaymentError::InvoiceNotPayable => LagoError::Forbidden("feature_unavailable"),
            RecordPaymentError::MoreThanDue => {
                LagoError::field("amount_cents", "value_is_out_of_range")
            }
            RecordPaymentError::NotInFull => LagoError::field("amount_cents", "invalid_amount"),
            RecordPaymentError::PaidByRequest => {
                LagoError::base("payment_request_is_already_succeeded")
            }
            RecordPaymentError::Store(error) => error.into(),
        }
    }
}
