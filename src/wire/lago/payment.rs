//! Payments as they are shown.

use serde_json::{Map, Value, json};

use super::format::{date_time, joined};
use crate::domain::attempt::Action;
use crate::domain::payment::PayableId;
use crate::domain::view::{PaymentProgress, PaymentSource, PaymentView};

pub fn payment(view: &PaymentView) -> Value {
    let ids: Vec<String> = view.invoices.iter().map(|(id, _)| id.to_string()).collect();
    let numbers: Vec<&str> = view.invoices.iter().map(|(_, number)| number.as_str()).collect();
    joined([
        json!({
            "lago_id": view.id.to_string(),
            "lago_customer_id": view.customer_id.to_string(),
            "external_customer_id": view.external_customer_id,
            "invoice_ids": ids,
            "invoice_numbers": numbers,
            "lago_payable_id": view.payable.uuid().to_string(),
            "payable_type": payable_type(view.payable),
            "amount_cents": view.amount.minor_units,
            "amount_currency": view.amount.currency.code(),
            "status": if view.status.is_empty() { "pending" } else { &view.status },
            "payment_status": progress(view.progress),
        }),
        source(&view.source),
        json!({ "created_at": date_time(view.created_at) }),
    ])
}

fn payable_type(payable: PayableId) -> &'static str {
    match payable {
        PayableId::Invoice(_) => "Invoice",
        PayableId::PaymentRequest(_) => "PaymentRequest",
    }
}

fn progress(progress: PaymentProgress) -> &'static str {
    match progress {
        PaymentProgress::Pending => "pending",
        PaymentProgress::Processing => "processing",
        PaymentProgress::Succeeded => "succeeded",
        PaymentProgress::Failed => "failed",
    }
}

fn source(source: &PaymentSource) -> Value {
    match source {
        PaymentSource::Manual { reference } => json!({
            "type": "manual",
            "reference": reference,
            "payment_provider_code": null,
            "payment_provider_type": null,
            "external_payment_id": null,
            "provider_payment_id": null,
            "provider_customer_id": null,
            "next_action": {},
        }),
        PaymentSource::Provider {
            provider,
            connection_code,
            charge_id,
            provider_customer_id,
            action,
            method: _,
        } => json!({
            "type": "provider",
            // Not null: a client that wants a text would fail.
            "reference": "",
            "payment_provider_code": connection_code,
            "payment_provider_type": provider,
            "external_payment_id": charge_id,
            "provider_payment_id": charge_id,
            "provider_customer_id": provider_customer_id,
            "next_action": action.as_ref().map_or_else(|| json!({}), next_action),
        }),
    }
}

/// `{"type": "redirect_to_url", "redirect_to_url": {"url": …}}`
fn next_action(action: &Action) -> Value {
    let mut object = Map::new();
    object.insert("type".to_owned(), Value::from(action.kind.as_str()));
    if let Some(url) = &action.url {
        object.insert(action.kind.clone(), json!({ "url": url, "return_url": null }));
    }
    Value::Object(object)
}
