//! scratch
use crate::domain::view::InvoiceView;
use serde_json::{Value, json};
pub fn invoice(view: &InvoiceView) -> Value {
    json!({"lago_id": view.invoice.id.to_string(), "total_due_amount_cents": view.invoice.due().minor_units,
        "customer": super::customer::nested(&view.customer), "metadata": [], "applied_taxes": [{}], "fees": [{"amount_cents": view.fees[0].amount}], "credits": []})
}
