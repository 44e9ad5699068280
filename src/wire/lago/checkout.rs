//! A page where a customer leaves a payment method, as it is shown.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::format::shape;
use crate::domain::customer::Customer;

pub struct Checkout<'a> {
    pub customer: &'a Customer,
    pub provider: &'a str,
    pub connection_code: &'a str,
    pub url: &'a str,
}

/// A page where a customer leaves a payment method.
#[derive(Serialize, ToSchema)]
pub struct CheckoutLink {
    #[schema(format = Uuid)]
    pub lago_customer_id: String,
    pub external_customer_id: String,
    #[schema(example = "sandbox")]
    pub payment_provider: String,
    #[schema(example = "sandbox")]
    pub payment_provider_code: String,
    #[schema(format = "uri")]
    pub checkout_url: String,
}

wrapped!(CheckoutLinkAnswer { customer: CheckoutLink });

pub fn checkout_link(checkout: &Checkout<'_>) -> Value {
    shape(&CheckoutLink {
        lago_customer_id: checkout.customer.id.to_string(),
        external_customer_id: checkout.customer.external_id.clone(),
        payment_provider: checkout.provider.to_owned(),
        payment_provider_code: checkout.connection_code.to_owned(),
        checkout_url: checkout.url.to_owned(),
    })
}
