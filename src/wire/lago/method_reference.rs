//! The `payment_method` reference: which method an object is to be paid with.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::fields::Fields;
use crate::domain::payment_method::{MethodChoice, MethodReference};

/// Reads the key `payment_method`. What contradicts itself is `Impossible`: the caller says so
/// once it is that field's turn.
pub fn method_reference(fields: Fields<'_>) -> MethodReference {
    match fields.raw("payment_method") {
        None | Some(Value::Null) => MethodReference::Default,
        Some(Value::Object(object)) => reference(
            object.get("payment_method_type").unwrap_or(&Value::Null),
            object.get("payment_method_id").unwrap_or(&Value::Null),
        ),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            MethodReference::Impossible
        }
    }
}

fn reference(kind: &Value, id: &Value) -> MethodReference {
    let (Ok(kind), Ok(id)) = (text(kind), text(id)) else { return MethodReference::Impossible };
    match (kind, id) {
        (None | Some("provider"), None) => MethodReference::Default,
        (Some("manual"), None) => MethodReference::Manual,
        (Some("provider"), Some(id)) => {
            id.parse().map_or(MethodReference::Impossible, MethodReference::Specific)
        }
        (None | Some(_), Some(_)) | (Some(_), None) => MethodReference::Impossible,
    }
}

/// None for null and blank; an error for what is no text.
fn text(value: &Value) -> Result<Option<&str>, ()> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Err(()),
    }
}

words!(pub MethodReferenceWord: "provider", "manual");

/// Which method an object is paid with: `provider` with an id, `provider` without one for the
/// customer's default, `manual` for none.
#[derive(Serialize, ToSchema)]
pub struct PaymentMethodReference {
    #[schema(format = Uuid)]
    pub payment_method_id: Option<String>,
    #[schema(value_type = MethodReferenceWord)]
    pub payment_method_type: &'static str,
}

/// The same in a request.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct PaymentMethodReferenceInput {
    #[schema(format = Uuid)]
    pub payment_method_id: Option<String>,
    #[schema(value_type = Option<MethodReferenceWord>)]
    pub payment_method_type: Option<String>,
}

/// How an object shows what it is paid with.
pub fn shown(choice: MethodChoice) -> Value {
    super::format::shape(&PaymentMethodReference::from(choice))
}

impl From<MethodChoice> for PaymentMethodReference {
    fn from(choice: MethodChoice) -> PaymentMethodReference {
        let (payment_method_id, payment_method_type) = match choice {
            MethodChoice::Default => (None, "provider"),
            MethodChoice::Specific(id) => (Some(id.to_string()), "provider"),
            MethodChoice::Manual => (None, "manual"),
        };
        PaymentMethodReference { payment_method_id, payment_method_type }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(reference: &Value) -> MethodReference {
        let object = json!({ "payment_method": reference });
        method_reference(Fields::new(object.as_object().expect("an object")))
    }

    #[test]
    fn every_row_of_the_table_reads_as_it_says() {
        let id = "0195c6a2-7d3b-7000-8000-000000000001";
        let known = MethodReference::Specific(id.parse().expect("an id"));
        let rows = [
            (json!(null), MethodReference::Default),
            (json!({}), MethodReference::Default),
            (json!({"payment_method_type": "", "payment_method_id": ""}), MethodReference::Default),
            (json!({"payment_method_type": "provider"}), MethodReference::Default),
            (json!({"payment_method_type": "provider", "payment_method_id": id}), known),
            (json!({"payment_method_type": "manual"}), MethodReference::Manual),
            (
                json!({"payment_method_type": "manual", "payment_method_id": id}),
                MethodReference::Impossible,
            ),
            (json!({"payment_method_id": id}), MethodReference::Impossible),
            (
                json!({"payment_method_type": "provider", "payment_method_id": "pm_1"}),
                MethodReference::Impossible,
            ),
            (json!({"payment_method_type": "gift"}), MethodReference::Impossible),
            (json!({"payment_method_type": 1}), MethodReference::Impossible),
            (json!("provider"), MethodReference::Impossible),
        ];
        for (reference, expected) in rows {
            assert_eq!(read(&reference), expected, "{reference}");
        }
    }
}
