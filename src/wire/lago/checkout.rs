//! A page where a customer leaves a payment method, as it is shown.

use serde_json::{Value, json};

use crate::domain::customer::Customer;

pub struct Checkout<'a> {
    pub customer: &'a Customer,
    pub provider: &'a str,
    pub connection_code: &'a str,
    pub url: &'a str,
}

pub fn checkout_link(checkout: &Checkout<'_>) -> Value {
    json!({
        "lago_customer_id": checkout.customer.id.to_string(),
        "external_customer_id": checkout.customer.external_id,
        "payment_provider": checkout.provider,
        "payment_provider_code": checkout.connection_code,
        "checkout_url": checkout.url,
    })
}
