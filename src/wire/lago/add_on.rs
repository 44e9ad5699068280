//! Add-ons, in and out.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::field_errors::{FieldErrors, INVALID, MANDATORY};
use super::fields::{Fields, Given};
use super::format::{date_time, shape};
use super::page::Meta;
use super::tax::NestedTax;
use crate::domain::add_on::{AddOn, AddOnChange};
use crate::domain::change::Change;
use crate::domain::tax::Tax;

/// Something that can be sold once.
#[derive(Serialize, ToSchema)]
#[schema(as = AddOn)]
pub struct AddOnShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(example = "Set-up")]
    pub name: String,
    pub invoice_display_name: Option<String>,
    #[schema(example = "setup")]
    pub code: String,
    #[schema(example = 5000)]
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub amount_currency: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    pub description: Option<String>,
    pub taxes: Vec<NestedTax>,
}

/// What a request says of an add-on. A new one needs `name`, `code`, `amount_cents` and
/// `amount_currency`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct AddOnInput {
    #[schema(example = "Set-up")]
    pub name: Option<String>,
    #[schema(example = "setup")]
    pub code: Option<String>,
    #[schema(minimum = 1, example = 5000)]
    pub amount_cents: Option<i64>,
    #[schema(example = "EUR")]
    pub amount_currency: Option<String>,
    pub invoice_display_name: Option<String>,
    pub description: Option<String>,
    pub tax_codes: Option<Vec<String>>,
}

wrapped!(AddOnRequest { add_on: AddOnInput });
wrapped!(AddOnAnswer { add_on: AddOnShape });
wrapped!(AddOnList { add_ons: Vec<AddOnShape>, meta: Meta });

pub fn add_on(add_on: &AddOn, taxes: &[Tax]) -> Value {
    shape(&AddOnShape {
        lago_id: add_on.id.to_string(),
        name: add_on.name.clone(),
        invoice_display_name: add_on.invoice_display_name.clone(),
        code: add_on.code.clone(),
        amount_cents: add_on.amount.minor_units,
        amount_currency: add_on.amount.currency.code().to_owned(),
        created_at: date_time(add_on.created_at),
        description: add_on.description.clone(),
        taxes: taxes.iter().map(NestedTax::from).collect(),
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
