//! Taxes, in and out.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::field_errors::{FieldErrors, MANDATORY, OUT_OF_RANGE};
use super::fields::Fields;
use super::format::{date_time, rate, shape};
use super::page::Meta;
use crate::domain::change::Change;
use crate::domain::organization::Organization;
use crate::domain::tax::{Tax, TaxChange};

/// A rate that fees are taxed with.
#[derive(Serialize, ToSchema)]
#[schema(as = Tax)]
pub struct TaxShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(example = "VAT")]
    pub name: String,
    #[schema(example = "vat")]
    pub code: String,
    /// Percent.
    #[schema(value_type = f64, example = 20.0)]
    pub rate: Value,
    pub description: Option<String>,
    /// Whether it is taken where nothing else says which.
    pub applied_to_organization: bool,
    pub applied_to_billing_entities_codes: Vec<String>,
    pub add_ons_count: u64,
    pub customers_count: u64,
    pub plans_count: u64,
    pub charges_count: u64,
    pub commitments_count: u64,
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// What a request says of a tax. A new one needs `name`, `code` and `rate`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct TaxInput {
    #[schema(example = "VAT")]
    pub name: Option<String>,
    #[schema(example = "vat")]
    pub code: Option<String>,
    /// Percent, from 0 to 1000. A number or a text.
    #[schema(example = "20.0")]
    pub rate: Option<String>,
    pub description: Option<String>,
    pub applied_to_organization: Option<bool>,
}

wrapped!(TaxRequest { tax: TaxInput });
wrapped!(TaxAnswer { tax: TaxShape });
wrapped!(TaxList { taxes: Vec<TaxShape>, meta: Meta });

/// On routes of taxes.
pub fn tax(tax: &Tax, organization: &Organization) -> Value {
    let entity = organization.billing_entity_code.clone();
    shape(&TaxShape {
        lago_id: tax.id.to_string(),
        name: tax.name.clone(),
        code: tax.code.clone(),
        rate: rate(tax.rate),
        description: tax.description.clone(),
        applied_to_organization: tax.applied_to_organization,
        applied_to_billing_entities_codes: tax
            .applied_to_organization
            .then_some(entity)
            .into_iter()
            .collect(),
        add_ons_count: 0,
        customers_count: 0,
        plans_count: 0,
        charges_count: 0,
        commitments_count: 0,
        created_at: date_time(tax.created_at),
    })
}

/// A tax, inside customers, add-ons and the organization.
#[derive(Serialize, ToSchema)]
pub struct NestedTax {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(example = "VAT")]
    pub name: String,
    #[schema(example = "vat")]
    pub code: String,
    /// Percent.
    #[schema(value_type = f64, example = 20.0)]
    pub rate: Value,
    pub description: Option<String>,
    pub applied_to_organization: bool,
    pub add_ons_count: u64,
    pub customers_count: u64,
    pub plans_count: u64,
    pub charges_count: u64,
    pub commitments_count: u64,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<&Tax> for NestedTax {
    fn from(tax: &Tax) -> NestedTax {
        NestedTax {
            lago_id: tax.id.to_string(),
            name: tax.name.clone(),
            code: tax.code.clone(),
            rate: rate(tax.rate),
            description: tax.description.clone(),
            applied_to_organization: tax.applied_to_organization,
            add_ons_count: 0,
            customers_count: 0,
            plans_count: 0,
            charges_count: 0,
            commitments_count: 0,
            created_at: date_time(tax.created_at),
        }
    }
}

pub fn nested(tax: &Tax) -> Value {
    shape(&NestedTax::from(tax))
}

/// Percent: more than a thousand times the price is a slip of the keyboard.
const RATE_MAX: Decimal = Decimal::from_parts(100_000, 0, 0, false, 0);

pub fn change(fields: Fields<'_>) -> Result<TaxChange, FieldErrors> {
    let mut errors = FieldErrors::default();
    let code = fields.mandatory_text("code", &mut errors);
    let name = fields.mandatory_text("name", &mut errors);
    let rate = fields.decimal("rate", &mut errors).change();
    match &rate {
        Change::To(None) => errors.add("rate", MANDATORY),
        Change::To(Some(rate)) if rate.is_sign_negative() || *rate > RATE_MAX => {
            errors.add("rate", OUT_OF_RANGE);
        }
        Change::To(Some(_)) | Change::Keep => {}
    }
    let change = TaxChange {
        code,
        name,
        rate: rate.flattened(),
        description: fields.text("description", &mut errors).change(),
        applied_to_organization: fields
            .flag("applied_to_organization", &mut errors)
            .change_unless_null(),
    };
    errors.or(change)
}

/// What a new tax cannot do without.
pub fn missing(change: &TaxChange) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let absent = [
        ("name", change.name.is_kept()),
        ("code", change.code.is_kept()),
        ("rate", change.rate.is_kept()),
    ];
    for (field, _) in absent.iter().filter(|(_, is_absent)| *is_absent) {
        errors.add(*field, MANDATORY);
    }
    errors
}
