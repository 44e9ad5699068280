//! Payment links.

use serde_json::{Value, json};

use crate::domain::customer::Customer;
use crate::domain::id::InvoiceId;

pub fn payment(customer: &Customer, provider: &str, invoice: InvoiceId, url: &str) -> Value {
    json!({
        "lago_customer_id": customer.id.to_string(),
        "external_customer_id": customer.external_id,
        "payment_provider": provider,
        "lago_invoice_id": invoice.to_string(),
        "payment_url": url,
    })
}
