//! Payments of one invoice: listed, attempted, cancelled. An attempt is answered within a few
//! seconds, however long the provider takes.

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use utoipa::OpenApi;

use super::responses::Refusals;
use super::{Call, MetronomeError, resource};
use crate::app::App;
use crate::app::collect::{AskError, Asked};
use crate::domain::id::{AttemptId, InvoiceId, OrganizationId};
use crate::domain::idempotent_request::CallKind;
use crate::store::Reader;
use crate::wire::metronome::cursor::ListId;
use crate::wire::metronome::members::broken_cursor;
use crate::wire::metronome::page::{Data as Wrapped, Page};
use crate::wire::metronome::payment::{
    self, Payment, PaymentCallInput, PaymentList, PaymentListInput,
};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/payments/list").post(list))
        .service(resource("/payments/attempt").post(attempt))
        .service(resource("/payments/cancel").post(cancel));
}

#[derive(OpenApi)]
#[openapi(
    paths(list, attempt, cancel),
    tags((
        name = "metronome payments",
        description = "Charges of one invoice: asked for, cancelled, listed."
    ))
)]
pub struct Doc;

/// List the payments of an invoice, newest first
#[utoipa::path(
    post, path = "/payments/list", tag = "metronome payments",
    request_body = PaymentListInput, responses((status = 200, body = Page<Payment>), Refusals)
)]
async fn list(app: Data<App>, call: Call) -> Result<HttpResponse, MetronomeError> {
    let wanted = payment::list(call.members())?;
    let organization = call.organization();
    call.once(app, move |app| app.store().read(|read| page(read, organization, &wanted))).await
}

/// Charge an invoice now
///
/// What is under way for it is cancelled first. A client may send it again without harm.
#[utoipa::path(
    post, path = "/payments/attempt", tag = "metronome payments",
    request_body = PaymentCallInput, responses((status = 200, body = Wrapped<Payment>), Refusals)
)]
async fn attempt(app: Data<App>, call: Call) -> Result<HttpResponse, MetronomeError> {
    let asked = asked(&call, CallKind::Attempt)?;
    let (organization, invoice) = (asked.organization, asked.invoice);
    call.once(app, move |app| {
        let id = app.attempt_now(asked)?;
        shown(app, organization, invoice, id)
    })
    .await
}

/// Cancel the payment of an invoice that still counts
///
/// Nothing is tried by itself afterwards, until the next attempt is asked for.
#[utoipa::path(
    post, path = "/payments/cancel", tag = "metronome payments",
    request_body = PaymentCallInput, responses((status = 200, body = Wrapped<Payment>), Refusals)
)]
async fn cancel(app: Data<App>, call: Call) -> Result<HttpResponse, MetronomeError> {
    let asked = asked(&call, CallKind::Cancel)?;
    let (organization, invoice) = (asked.organization, asked.invoice);
    call.once(app, move |app| {
        let id = app.cancel_payment(asked)?;
        shown(app, organization, invoice, id)
    })
    .await
}

fn asked(call: &Call, kind: CallKind) -> Result<Asked, MetronomeError> {
    let (customer, invoice) = payment::call(call.members())?;
    let organization = call.organization();
    Ok(Asked { organization, customer, invoice, mark: call.mark(kind) })
}

fn shown(
    app: &App,
    organization: OrganizationId,
    invoice: InvoiceId,
    id: AttemptId,
) -> Result<Wrapped<Payment>, MetronomeError> {
    let all = app.store().read(|read| read.standing_payments(organization, invoice))?;
    let found = all.iter().find(|payment| payment.id() == id);
    let found = found.ok_or_else(MetronomeError::internal)?;
    Ok(Wrapped { data: payment::payment(found, invoice) })
}

fn page(
    read: &Reader<'_>,
    organization: OrganizationId,
    wanted: &PaymentList,
) -> Result<Page<Payment>, MetronomeError> {
    let customer = read.customer(organization, wanted.customer)?;
    let customer = customer.ok_or(AskError::CustomerNotFound)?;
    let invoice = read.invoice(organization, wanted.invoice)?;
    let own = |id, visible: bool| id == customer.id && visible;
    let invoice = invoice.filter(|invoice| own(invoice.customer_id, invoice.status.is_visible()));
    let invoice = invoice.ok_or(AskError::InvoiceNotFound)?;
    let mut parts = vec!["payments".to_owned(), organization.to_string(), invoice.id.to_string()];
    let mut words: Vec<String> =
        wanted.standings.iter().map(|standing| standing.as_str().to_owned()).collect();
    words.sort();
    words.dedup();
    parts.extend(words);
    let list = ListId::of(&parts.iter().map(String::as_str).collect::<Vec<_>>());
    let after = match &wanted.cursor {
        None => None,
        Some(cursor) => Some(AttemptId::from_uuid(list.read(cursor).ok_or_else(broken_cursor)?)),
    };
    let payments = read.standing_payments(organization, invoice.id)?;
    let fitting = payments.iter().filter(|payment| {
        let asked = wanted.standings.is_empty() || wanted.standings.contains(&payment.standing());
        asked && after.is_none_or(|after| payment.id() < after)
    });
    let limit = wanted.limit as usize;
    let shapes = fitting.take(limit + 1).map(|found| payment::payment(found, invoice.id));
    Ok(Page::of(shapes.collect(), limit, list, |payment| payment.id.0))
}
