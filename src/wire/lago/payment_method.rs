//! Payment methods as they are shown.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::format::{date_time, shape};
use super::page::Meta;
use crate::domain::view::MethodView;

words!(pub MethodStateWord: "active", "inactive");

/// A card or mandate that a provider holds.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentMethod)]
pub struct MethodShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    pub is_default: bool,
    #[schema(example = "sandbox")]
    pub payment_provider_code: String,
    pub payment_provider_name: String,
    #[schema(example = "sandbox")]
    pub payment_provider_type: String,
    #[schema(example = "pm_ok")]
    pub provider_method_id: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    pub details: Details,
    #[schema(value_type = MethodStateWord)]
    pub status: &'static str,
}

/// Ours: clients ignore what they do not know.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentMethodDetails)]
pub struct Details {
    #[schema(example = "card")]
    pub r#type: String,
    #[schema(example = "visa")]
    pub brand: Option<String>,
    #[schema(example = "4242")]
    pub last4: Option<String>,
    pub expiration_month: Option<u8>,
    pub expiration_year: Option<u16>,
}

wrapped!(MethodAnswer { payment_method: MethodShape });
wrapped!(MethodList { payment_methods: Vec<MethodShape>, meta: Meta });

pub fn payment_method(view: &MethodView) -> Value {
    shape(&MethodShape::from(view))
}

impl From<&MethodView> for MethodShape {
    fn from(view: &MethodView) -> MethodShape {
        let (method, details) = (&view.method, &view.method.details);
        MethodShape {
            lago_id: method.id.to_string(),
            is_default: method.is_default,
            payment_provider_code: view.connection_code.clone(),
            payment_provider_name: view.connection_name.clone(),
            payment_provider_type: view.provider.clone(),
            provider_method_id: details.provider_method_id.clone(),
            created_at: date_time(method.created_at),
            details: Details {
                r#type: details.kind.clone(),
                brand: details.brand.clone(),
                last4: details.last4.clone(),
                expiration_month: details.expiry_month,
                expiration_year: details.expiry_year,
            },
            status: method.state.as_str(),
        }
    }
}
