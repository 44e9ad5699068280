//! What we tell the business: one envelope for every event, and in it the object that the event
//! is about. How the bytes are escaped, signed and sent is not known here.

use serde_json::{Map, Value, json};

use super::format::shape;
use super::{
    customer, invoice, payment, payment_method, payment_request, receipt, subscription, wallet,
    wallet_transaction,
};
use crate::domain::customer::ProviderLink;
use crate::domain::event::{Event, WebhookName};
use crate::domain::invoice::Invoice;
use crate::domain::view::{CustomerView, PaymentSource, PaymentView, Snapshot};
use crate::wire::recoup::outage;
use crate::wire::recoup::recovery;
use crate::wire::recoup::refund::refund;
use crate::wire::recoup::surplus::surplus_payment;

/// What an invoice has beside its plain fields; a webhook carries some of it.
const PARTS: &[&str] = &[
    "customer",
    "metadata",
    "applied_taxes",
    "subscriptions",
    "billing_periods",
    "fees",
    "credits",
    "error_details",
    "applied_invoice_custom_sections",
];
const ISSUED: &[&str] = &["customer", "fees", "applied_taxes"];
const WITH_PERIODS: &[&str] =
    &["customer", "subscriptions", "billing_periods", "fees", "credits", "applied_taxes"];
const DRAFTED: &[&str] = &[
    "customer",
    "subscriptions",
    "billing_periods",
    "fees",
    "credits",
    "applied_taxes",
    "error_details",
];
const STATUS: &[&str] = &["customer", "fees"];
const DISPUTED: &[&str] = &["customer"];

/// None: the event has no webhook, or what it is about is not in the snapshot.
pub fn payload(snapshot: &Snapshot) -> Option<Value> {
    let name = snapshot.event.kind.webhook()?;
    let (object_type, object) = told(name, snapshot)?;
    let mut envelope = Map::new();
    envelope.insert("webhook_type".to_owned(), name.as_str().into());
    envelope.insert("object_type".to_owned(), object_type.into());
    envelope.insert("organization_id".to_owned(), snapshot.organization.id.to_string().into());
    envelope.insert(object_type.to_owned(), object);
    Some(Value::Object(envelope))
}

/// The type of the object, which is also its key, and the object.
fn told(name: WebhookName, snapshot: &Snapshot) -> Option<(&'static str, Value)> {
    use WebhookName as Name;
    Some(match name {
        Name::CustomerCreated | Name::CustomerUpdated | Name::CustomerPaymentProviderCreated => {
            ("customer", customer::nested(customer_of(snapshot)?))
        }
        Name::CustomerPaymentProviderError => {
            ("payment_provider_customer_error", customer_error(snapshot)?)
        }
        Name::CustomerCheckoutUrlGenerated => {
            ("payment_provider_customer_checkout_url", checkout_url(snapshot)?)
        }
        Name::InvoiceOneOffCreated | Name::InvoicePaidCreditAdded | Name::InvoicePaymentOverdue => {
            ("invoice", invoice_with(snapshot, ISSUED)?)
        }
        Name::InvoiceCreated | Name::InvoiceVoided | Name::InvoiceDeleted => {
            ("invoice", invoice_with(snapshot, WITH_PERIODS)?)
        }
        Name::InvoiceDrafted => ("invoice", invoice_with(snapshot, DRAFTED)?),
        Name::InvoicePaymentStatusUpdated => {
            shown_invoice(snapshot)?;
            ("invoice", invoice_with(snapshot, STATUS)?)
        }
        Name::InvoicePaymentDisputeLost => ("payment_dispute_lost", dispute(snapshot)?),
        Name::InvoicePaymentFailure => {
            ("payment_provider_invoice_payment_error", payment_failure(snapshot)?)
        }
        Name::PaymentSucceeded => ("payment", succeeded(snapshot.payment.as_ref()?)),
        Name::PaymentRequiresAction => ("payment", payment::payment(snapshot.payment.as_ref()?)),
        Name::SubscriptionStarted
        | Name::SubscriptionUpdated
        | Name::SubscriptionTerminated
        | Name::SubscriptionCanceled => {
            ("subscription", subscription::told(snapshot.subscription.as_ref()?))
        }
        Name::WalletCreated | Name::WalletUpdated | Name::WalletTerminated => {
            ("wallet", wallet::told(snapshot.wallet.as_ref()?))
        }
        Name::WalletTransactionCreated | Name::WalletTransactionUpdated => {
            ("wallet_transaction", wallet_transaction_with_wallet(snapshot)?)
        }
        Name::WalletTransactionPaymentFailure => {
            ("payment_provider_wallet_transaction_payment_error", top_up_failure(snapshot)?)
        }
        Name::PaymentRequestCreated | Name::PaymentRequestPaymentStatusUpdated => {
            let request = snapshot.payment_request.as_ref()?;
            ("payment_request", payment_request::payment_request(request))
        }
        Name::PaymentRequestPaymentFailure => {
            ("payment_provider_payment_request_payment_error", request_failure(snapshot)?)
        }
        Name::DunningCampaignFinished => ("dunning_campaign", dunning_finished(snapshot)?),
        Name::PaymentReceiptCreated | Name::PaymentReceiptGenerated => {
            ("payment_receipt", receipt::receipt(snapshot.receipt.as_ref()?))
        }
        Name::RecoveryStarted
        | Name::RecoveryWaiting
        | Name::RecoveryRecovered
        | Name::RecoveryExhausted
        | Name::RecoveryPaused
        | Name::RecoveryStopped
        | Name::RecoveryAttemptDue => {
            ("recovery", recovery::told(snapshot.recovery.as_ref()?, &snapshot.event))
        }
        Name::ConnectionOutageBegan | Name::ConnectionOutageEnded => ("connection", out(snapshot)?),
        Name::PaymentSurplus => ("surplus_payment", surplus(snapshot)?),
        Name::RefundSucceeded | Name::RefundFailed => ("refund", refunded(snapshot)?),
        Name::PaymentUnresolved | Name::PaymentContradicted => ("payment", in_doubt(snapshot)?),
        Name::PaymentProviderError => ("payment_provider_error", provider_error(snapshot)?),
    })
}

fn dunning_finished(snapshot: &Snapshot) -> Option<Value> {
    let (customer, code) = (customer_of(snapshot)?, snapshot.event.code.as_deref());
    Some(payment_request::dunning_finished(customer, code, &snapshot.overdue))
}

fn surplus(snapshot: &Snapshot) -> Option<Value> {
    Some(shape(&surplus_payment(snapshot.surplus.as_ref()?)))
}

fn out(snapshot: &Snapshot) -> Option<Value> {
    Some(outage::told(snapshot.connection.as_ref()?, &snapshot.event))
}

fn refunded(snapshot: &Snapshot) -> Option<Value> {
    Some(shape(&refund(snapshot.refund.as_ref()?)))
}

/// The payment, and why somebody has to look at it.
fn in_doubt(snapshot: &Snapshot) -> Option<Value> {
    let payment = payment::payment(snapshot.payment.as_ref()?);
    Some(json!({ "payment": payment, "reason": snapshot.event.message }))
}

fn customer_of(snapshot: &Snapshot) -> Option<&CustomerView> {
    let owner = || snapshot.invoice.as_ref().map(|invoice| &invoice.customer);
    snapshot.customer.as_ref().or_else(owner)
}

fn customer_error(snapshot: &Snapshot) -> Option<Value> {
    let customer = &customer_of(snapshot)?.customer;
    let place = Place::of(snapshot);
    Some(json!({
        "lago_customer_id": customer.id.to_string(),
        "external_customer_id": customer.external_id,
        "payment_provider": place.provider,
        "payment_provider_code": place.connection_code,
        "provider_error": {
            "message": snapshot.event.message,
            "error_code": snapshot.event.code,
        },
    }))
}

fn checkout_url(snapshot: &Snapshot) -> Option<Value> {
    let customer = &customer_of(snapshot)?.customer;
    let place = Place::of(snapshot);
    Some(json!({
        "lago_customer_id": customer.id.to_string(),
        "external_customer_id": customer.external_id,
        "payment_provider": place.provider,
        "payment_provider_code": place.connection_code,
        "checkout_url": snapshot.event.message.as_ref()?,
    }))
}

fn invoice_with(snapshot: &Snapshot, parts: &[&str]) -> Option<Value> {
    let mut object = invoice::invoice(snapshot.invoice.as_ref()?);
    if let Value::Object(fields) = &mut object {
        fields.retain(|key, _| parts.contains(&key.as_str()) || !PARTS.contains(&key.as_str()));
    }
    Some(object)
}

fn dispute(snapshot: &Snapshot) -> Option<Value> {
    let mut object = json!({ "invoice": invoice_with(snapshot, DISPUTED)? });
    // What a person recorded has no provider behind it.
    if let Some(reason) = &snapshot.event.message {
        object["provider_error"] = reason.as_str().into();
    }
    Some(object)
}

fn wallet_transaction_with_wallet(snapshot: &Snapshot) -> Option<Value> {
    let transaction = snapshot.wallet_transaction.as_ref()?;
    let entity = &snapshot.organization.billing_entity_code;
    let mut object = wallet_transaction::transaction(transaction, entity);
    object["wallet"] = wallet::told(snapshot.wallet.as_ref()?);
    Some(object)
}

fn top_up_failure(snapshot: &Snapshot) -> Option<Value> {
    let transaction = snapshot.wallet_transaction.as_ref()?;
    let customer = &customer_of(snapshot)?.customer;
    let place = Place::of(snapshot);
    let (provider_error, _) = failure(&snapshot.event);
    Some(json!({
        "lago_wallet_transaction_id": transaction.id.to_string(),
        "lago_customer_id": customer.id.to_string(),
        "external_customer_id": customer.external_id,
        "provider_customer_id": place.provider_customer_id,
        "payment_provider": place.provider,
        "payment_provider_code": place.connection_code,
        "provider_error": provider_error,
    }))
}

/// How an invoice is paid that is not shown nobody hears.
fn shown_invoice(snapshot: &Snapshot) -> Option<&Invoice> {
    let invoice = &snapshot.invoice.as_ref()?.invoice;
    invoice.status.is_visible().then_some(invoice)
}

fn payment_failure(snapshot: &Snapshot) -> Option<Value> {
    let invoice = shown_invoice(snapshot)?;
    let customer = &customer_of(snapshot)?.customer;
    let place = Place::of(snapshot);
    let (provider_error, error_details) = failure(&snapshot.event);
    Some(json!({
        "lago_invoice_id": invoice.id.to_string(),
        "lago_customer_id": customer.id.to_string(),
        "external_customer_id": customer.external_id,
        "provider_customer_id": place.provider_customer_id,
        "payment_provider": place.provider,
        "payment_provider_code": place.connection_code,
        "provider_error": provider_error,
        "error_details": error_details,
    }))
}

fn request_failure(snapshot: &Snapshot) -> Option<Value> {
    let view = snapshot.payment_request.as_ref()?;
    let customer = &view.customer.customer;
    let place = Place::of(snapshot);
    let (provider_error, error_details) = failure(&snapshot.event);
    let invoices: Vec<String> = view.invoices.iter().map(|it| it.id.to_string()).collect();
    Some(json!({
        "lago_payment_request_id": view.request.id.to_string(),
        "lago_invoice_ids": invoices,
        "lago_customer_id": customer.id.to_string(),
        "external_customer_id": customer.external_id,
        "provider_customer_id": place.provider_customer_id,
        "payment_provider": place.provider,
        "payment_provider_code": place.connection_code,
        "provider_error": provider_error,
        "error_details": error_details,
    }))
}

/// `provider_error` and `error_details`. A provider, or the way to it, says why in words; where
/// there was nothing to ask a provider for, there is only a code of ours.
fn failure(event: &Event) -> (Value, Value) {
    match (&event.code, &event.message) {
        (code, Some(message)) => (
            json!({ "message": message, "error_code": code }),
            json!({ "code": code, "message": message }),
        ),
        (Some(code), None) => (Value::Null, json!({ "code": code })),
        (None, None) => (Value::Null, json!({})),
    }
}

fn succeeded(payment: &PaymentView) -> Value {
    let mut object = payment::payment(payment);
    // The key is there also when the payer used a method that is not kept.
    object["payment_method"] = match &payment.source {
        PaymentSource::Provider { method: Some(method), .. } => {
            payment_method::payment_method(method)
        }
        PaymentSource::Provider { method: None, .. } | PaymentSource::Manual { .. } => Value::Null,
    };
    object
}

fn provider_error(snapshot: &Snapshot) -> Option<Value> {
    let connection = snapshot.connection.as_ref()?;
    Some(json!({
        "lago_payment_provider_id": connection.id.to_string(),
        "payment_provider_code": connection.code,
        "payment_provider_name": connection.name,
        "source": connection.provider,
        "action": "payment_provider.charge",
        "provider_error": {
            "message": snapshot.event.message,
            "code": snapshot.event.code,
        },
    }))
}

/// Where something happened at a provider: as the payment says, else the event's connection,
/// else the one that the customer is linked to.
#[derive(Default)]
struct Place<'a> {
    provider: Option<&'a str>,
    connection_code: Option<&'a str>,
    provider_customer_id: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(snapshot: &'a Snapshot) -> Place<'a> {
        let payment = snapshot.payment.as_ref().map(|payment| &payment.source);
        if let Some(PaymentSource::Provider {
            provider,
            connection_code,
            provider_customer_id,
            ..
        }) = payment
        {
            return Place {
                provider: Some(provider),
                connection_code: Some(connection_code),
                provider_customer_id: provider_customer_id.as_deref(),
            };
        }
        let linked = customer_of(snapshot).and_then(|view| view.customer.link.as_ref());
        let linked = linked.map_or_else(Place::default, Place::linked);
        match &snapshot.connection {
            Some(connection) => Place {
                provider: Some(&connection.provider),
                connection_code: Some(&connection.code),
                // The link's id means something at the link's connection only.
                provider_customer_id: linked
                    .provider_customer_id
                    .filter(|_| linked.connection_code == Some(connection.code.as_str())),
            },
            None => linked,
        }
    }

    fn linked(link: &'a ProviderLink) -> Place<'a> {
        let account = link.account.as_ref();
        Place {
            provider: Some(&link.provider),
            connection_code: Some(link.connection_code.as_str()).filter(|code| !code.is_empty()),
            provider_customer_id: account.and_then(|it| it.provider_customer_id.as_deref()),
        }
    }
}
