//! What `billing_configuration` says of the provider.

use super::field_errors::{FieldErrors, INVALID};
use super::fields::{Fields, Given};
use crate::domain::change::Change;
use crate::domain::linking::LinkChange;

const METHOD_KINDS: &[&str] = &[
    "card",
    "sepa_debit",
    "us_bank_account",
    "bacs_debit",
    "link",
    "boleto",
    "crypto",
    "customer_balance",
];

pub fn link(billing: Fields<'_>, errors: &mut FieldErrors) -> LinkChange {
    LinkChange {
        provider: billing.text("payment_provider", errors).blank_is_null().change(),
        connection_code: billing.text("payment_provider_code", errors).blank_is_null().change(),
        provider_customer_id: billing.text("provider_customer_id", errors).blank_is_null().change(),
        sync_with_provider: billing.flag("sync_with_provider", errors).change_unless_null(),
        method_kinds: method_kinds(billing, errors),
        waits: billing.flag("sync", errors).value().unwrap_or(false),
    }
}

/// Null and an empty list: the provider's default.
fn method_kinds(billing: Fields<'_>, errors: &mut FieldErrors) -> Change<Vec<String>> {
    let key = "provider_payment_methods";
    let kinds = match billing.texts(key, errors) {
        Given::Absent => return Change::Keep,
        Given::Null => vec![],
        Given::Value(kinds) => kinds,
    };
    let has = |kind: &str| kinds.iter().any(|one| one == kind);
    let known = kinds.iter().all(|kind| METHOD_KINDS.contains(&kind.as_str()));
    let lonely_link = has("link") && !has("card");
    let crowded_balance = has("customer_balance") && kinds.len() > 1;
    if !known || lonely_link || crowded_balance {
        errors.add(key, INVALID);
        return Change::Keep;
    }
    Change::To(kinds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn errors_of(kinds: &serde_json::Value) -> FieldErrors {
        let object = json!({"provider_payment_methods": kinds});
        let mut errors = FieldErrors::default();
        link(Fields::new(object.as_object().expect("an object")), &mut errors);
        errors
    }

    #[test]
    fn kinds_of_methods_go_together_or_not() {
        let wrong = FieldErrors::one("provider_payment_methods", INVALID);
        for good in [json!(["card", "link"]), json!(["customer_balance"]), json!([]), json!(null)] {
            assert!(errors_of(&good).is_empty(), "{good}");
        }
        for bad in [
            json!(["link"]),
            json!(["customer_balance", "card"]),
            json!(["gold"]),
            json!("card"),
            json!([{"card": true}]),
        ] {
            assert_eq!(errors_of(&bad), wrong, "{bad}");
        }
    }
}
