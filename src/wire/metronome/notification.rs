//! Notifications: one envelope for every event. The same event has the same id at every try.

use serde::Serialize;

use super::format::{Id, contract_id, time};
use super::json;
use super::payment::{GatewayError, PaymentGateway, gateway, reason};
use crate::domain::attempt::AttemptState;
use crate::domain::id::{CustomerId, InvoiceId};
use crate::domain::notification::{NotificationName, notification};
use crate::domain::view::Snapshot;

/// Ordinary invoices are told of as what is collected for a gate elsewhere.
const WORKFLOW: &str = "invoice_payment";

#[derive(Serialize)]
struct Envelope<T> {
    id: Id,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<T>,
}

#[derive(Serialize)]
struct InvoiceFinalized {
    invoice_id: Id,
    customer_id: Id,
    invoice_finalized_date: String,
}

#[derive(Serialize)]
struct ProviderError<'a> {
    invoice_id: Id,
    customer_id: Id,
    billing_provider: &'static str,
    billing_provider_error: &'a str,
}

#[derive(Serialize)]
struct PaymentNews {
    workflow_type: &'static str,
    customer_id: Id,
    contract_id: Id,
    invoice_id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_provider: Option<PaymentGateway>,
}

/// None: the event has no notification, or what it is about does not exist any more.
pub fn payload(snapshot: &Snapshot) -> Option<String> {
    let name = notification(&snapshot.event)?;
    Some(match name {
        NotificationName::Test => enveloped::<()>(snapshot, name, None),
        NotificationName::InvoiceFinalized => {
            let (invoice, customer) = about(snapshot)?;
            let finalized = InvoiceFinalized {
                invoice_id: invoice.uuid().into(),
                customer_id: customer.uuid().into(),
                invoice_finalized_date: time(snapshot.event.at),
            };
            enveloped(snapshot, name, Some(finalized))
        }
        NotificationName::InvoiceBillingProviderError => {
            let (invoice, customer) = about(snapshot)?;
            let error = ProviderError {
                invoice_id: invoice.uuid().into(),
                customer_id: customer.uuid().into(),
                billing_provider: "STRIPE",
                billing_provider_error: said(snapshot),
            };
            enveloped(snapshot, name, Some(error))
        }
        NotificationName::PaymentStatus => enveloped(snapshot, name, Some(settled(snapshot)?)),
        NotificationName::PaymentPendingActionRequired => {
            enveloped(snapshot, name, Some(needs_payer(snapshot)?))
        }
    })
}

fn enveloped<T: Serialize>(
    snapshot: &Snapshot,
    name: NotificationName,
    properties: Option<T>,
) -> String {
    let id = snapshot.event.id.uuid().into();
    json::text(&Envelope { id, r#type: name.as_str(), properties })
}

fn about(snapshot: &Snapshot) -> Option<(InvoiceId, CustomerId)> {
    let invoice = &snapshot.invoice.as_ref()?.invoice;
    Some((invoice.id, invoice.customer_id))
}

/// The provider's words, else our code.
fn said(snapshot: &Snapshot) -> &str {
    let event = &snapshot.event;
    let message = event.message.as_deref().filter(|message| !message.is_empty());
    message.or(event.code.as_deref()).unwrap_or("the invoice could not be charged")
}

fn news(snapshot: &Snapshot) -> Option<PaymentNews> {
    let (invoice, customer) = about(snapshot)?;
    Some(PaymentNews {
        workflow_type: WORKFLOW,
        customer_id: customer.uuid().into(),
        contract_id: contract_id(customer),
        invoice_id: invoice.uuid().into(),
        payment_status: None,
        timestamp: None,
        error_message: None,
        billing_provider: snapshot.attempt.as_ref().and_then(gateway),
    })
}

fn settled(snapshot: &Snapshot) -> Option<PaymentNews> {
    let failed = snapshot.event.kind == crate::domain::event::EventKind::AttemptFailed;
    let mut news = news(snapshot)?;
    news.payment_status = Some(if failed { "failed" } else { "paid" });
    news.timestamp = Some(time(snapshot.event.at));
    if failed {
        news.error_message = Some(said(snapshot).to_owned());
        if let Some(error) = news.billing_provider.as_mut().and_then(|it| it.stripe.error.as_mut())
        {
            *error = GatewayError { message: Some(said(snapshot).to_owned()), ..error.clone() };
        }
    }
    Some(news)
}

fn needs_payer(snapshot: &Snapshot) -> Option<PaymentNews> {
    let attempt = snapshot.attempt.as_ref();
    let action = attempt.and_then(|attempt| match &attempt.state {
        AttemptState::NeedsAction { action, .. } => Some(action.kind.clone()),
        AttemptState::Declined { .. } => reason(attempt),
        AttemptState::Charging { .. }
        | AttemptState::Pending { .. }
        | AttemptState::Unknown { .. }
        | AttemptState::NotSent { .. }
        | AttemptState::Paid { .. }
        | AttemptState::Cancelled { .. } => None,
    });
    let mut news = news(snapshot)?;
    news.error_message = Some(action.unwrap_or_else(|| "payer_action_required".to_owned()));
    Some(news)
}
