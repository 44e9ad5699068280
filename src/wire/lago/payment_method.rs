//! Payment methods as they are shown.

use serde_json::{Value, json};

use super::format::date_time;
use crate::domain::view::MethodView;

pub fn payment_method(view: &MethodView) -> Value {
    let (method, details) = (&view.method, &view.method.details);
    json!({
        "lago_id": method.id.to_string(),
        "is_default": method.is_default,
        "payment_provider_code": view.connection_code,
        "payment_provider_name": view.connection_name,
        "payment_provider_type": view.provider,
        "provider_method_id": details.provider_method_id,
        "created_at": date_time(method.created_at),
        // Ours: clients ignore what they do not know.
        "details": {
            "type": details.kind,
            "brand": details.brand,
            "last4": details.last4,
            "expiration_month": details.expiry_month,
            "expiration_year": details.expiry_year,
        },
        "status": method.state.as_str(),
    })
}
