//! Payment links.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::format::shape;
use crate::domain::customer::Customer;
use crate::domain::id::InvoiceId;

/// A page on which one invoice can be paid.
#[derive(Serialize, ToSchema)]
pub struct PaymentLink {
    #[schema(format = Uuid)]
    pub lago_customer_id: String,
    pub external_customer_id: String,
    #[schema(example = "sandbox")]
    pub payment_provider: String,
    #[schema(format = Uuid)]
    pub lago_invoice_id: String,
    #[schema(format = "uri")]
    pub payment_url: String,
}

wrapped!(PaymentLinkAnswer { invoice_payment_details: PaymentLink });

pub fn payment(customer: &Customer, provider: &str, invoice: InvoiceId, url: &str) -> Value {
    shape(&PaymentLink {
        lago_customer_id: customer.id.to_string(),
        external_customer_id: customer.external_id.clone(),
        payment_provider: provider.to_owned(),
        lago_invoice_id: invoice.to_string(),
        payment_url: url.to_owned(),
    })
}
