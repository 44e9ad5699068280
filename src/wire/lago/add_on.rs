//! Add-ons, in and out.

use serde_json::{Value, json};

use super::field_errors::{FieldErrors, INVALID, MANDATORY};
use super::fields::{Fields, Given};
use super::format::date_time;
use super::tax;
use crate::domain::add_on::{AddOn, AddOnChange};
use crate::domain::change::Change;
use crate::domain::tax::Tax;

pub fn add_on(add_on: &AddOn, taxes: &[Tax]) -> Value {
    let taxes: Vec<Value> = taxes.iter().map(tax::nested).collect();
    json!({
        "lago_id": add_on.id.to_string(),
        "name": add_on.name,
        "invoice_display_name": add_on.invoice_display_name,
        "code": add_on.code,
        "amount_cents": add_on.amount.minor_units,
        "amount_currency": add_on.amount.currency.code(),
        "created_at": date_time(add_on.created_at),
        "description": add_on.description,
        "taxes": taxes,
    })
}

pub fn change(fields: Fields<'_>) -> Result<AddOnChange, FieldErrors> {
    let mut errors = FieldErrors::default();
    let name = fields.mandatory_text("name", &mut errors);
    let code = fields.mandatory_text("code", &mut errors);
    let amount = fields.whole("amount_cents", 1..=i64::MAX, &mut errors);
    if amount == Given::Null {
        errors.add("amount_cents", MANDATORY);
    }
    let currency = fields.text("amount_currency", &mut errors).parse_with(
        |text| text.parse().ok(),
        ("amount_currency", INVALID),
        &mut errors,
    );
    if currency == Given::Null {
        errors.add("amount_currency", MANDATORY);
    }
    let change = AddOnChange {
        code,
        name,
        invoice_display_name: fields.text("invoice_display_name", &mut errors).change(),
        description: fields.text("description", &mut errors).change(),
        amount: amount.change_unless_null(),
        currency: currency.change_unless_null(),
        tax_codes: fields.texts("tax_codes", &mut errors).change_unless_null(),
    };
    errors.or(change)
}

/// What a new add-on cannot do without.
pub fn missing(change: &AddOnChange) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let absent = [
        ("name", change.name.is_kept()),
        ("code", change.code.is_kept()),
        ("amount_cents", matches!(change.amount, Change::Keep)),
        ("amount_currency", matches!(change.currency, Change::Keep)),
    ];
    for (field, _) in absent.iter().filter(|(_, is_absent)| *is_absent) {
        errors.add(*field, MANDATORY);
    }
    errors
}
