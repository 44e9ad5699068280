//! Payment methods as they are shown.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::format::{date_time, shape};
use crate::domain::view::MethodView;

/// A reference to an instrument that a provider holds.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentMethod)]
pub struct PaymentMethodShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    pub is_default: bool,
    #[schema(example = "stripe_1")]
    pub payment_provider_code: String,
    pub payment_provider_name: String,
    #[schema(example = "stripe")]
    pub payment_provider_type: String,
    #[schema(example = "pm_1")]
    pub provider_method_id: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    pub details: MethodDetailsShape,
    /// `inactive` ones cannot be selected.
    #[schema(example = "active")]
    pub status: &'static str,
}

/// What the provider tells of an instrument. Ours: Lago does not show it.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentMethodDetails)]
pub struct MethodDetailsShape {
    #[serde(rename = "type")]
    #[schema(example = "card")]
    pub kind: String,
    #[schema(example = "visa")]
    pub brand: Option<String>,
    #[schema(example = "4242")]
    pub last4: Option<String>,
    #[schema(example = 12)]
    pub expiration_month: Option<u8>,
    #[schema(example = 2030)]
    pub expiration_year: Option<u16>,
}

wrapped!(PaymentMethodAnswer { payment_method: PaymentMethodShape });

pub fn payment_method(view: &MethodView) -> Value {
    let (method, details) = (&view.method, &view.method.details);
    shape(&PaymentMethodShape {
        lago_id: method.id.to_string(),
        is_default: method.is_default,
        payment_provider_code: view.connection_code.clone(),
        payment_provider_name: view.connection_name.clone(),
        payment_provider_type: view.provider.clone(),
        provider_method_id: details.provider_method_id.clone(),
        created_at: date_time(method.created_at),
        details: MethodDetailsShape {
            kind: details.kind.clone(),
            brand: details.brand.clone(),
            last4: details.last4.clone(),
            expiration_month: details.expiry_month,
            expiration_year: details.expiry_year,
        },
        status: method.state.as_str(),
    })
}
