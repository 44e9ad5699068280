//! scratch
use crate::domain::view::PaymentView;
use serde_json::{Value, json};
pub fn payment(view: &PaymentView) -> Value {
    json!({"lago_id": view.id.to_string(), "invoice_ids": [view.invoices[0].0.to_string()], "provider_payment_id": "pi_1"})
}
