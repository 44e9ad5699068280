//! Plans, in and out. What is not sold here (charges by use, commitments) is refused when asked
//! for, and shown as empty.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::field_errors::{FieldErrors, INVALID, MANDATORY, UNSUPPORTED};
use super::fields::{Fields, Given};
use super::format::{date_time, rate, shape};
use super::page::Meta;
use super::tax::NestedTax;
use crate::domain::billing_period::Interval;
use crate::domain::change::Change;
use crate::domain::plan::{PayWhen, PlanChange};
use crate::domain::view::PlanView;

/// Something that is sold again and again, at a flat price.
#[derive(Serialize, ToSchema)]
#[schema(as = Plan)]
pub struct PlanShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(example = "Premium")]
    pub name: String,
    pub invoice_display_name: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(example = "premium")]
    pub code: String,
    #[schema(example = "monthly")]
    pub interval: &'static str,
    pub description: Option<String>,
    #[schema(example = 4900)]
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub amount_currency: String,
    /// Days.
    #[schema(value_type = Option<f64>, example = 14.0)]
    pub trial_period: Value,
    pub pay_in_advance: bool,
    pub bill_charges_monthly: Option<bool>,
    pub bill_fixed_charges_monthly: Option<bool>,
    pub customers_count: u64,
    pub active_subscriptions_count: u64,
    pub draft_invoices_count: u64,
    /// Of a variation that is made for one subscription: the plan that it is of.
    #[schema(format = Uuid)]
    pub parent_id: Option<String>,
    pub pending_deletion: bool,
    #[schema(value_type = Vec<Object>)]
    pub charges: [Value; 0],
    #[schema(value_type = Vec<Object>)]
    pub fixed_charges: [Value; 0],
    #[schema(value_type = Vec<Object>)]
    pub entitlements: [Value; 0],
    #[schema(value_type = Vec<Object>)]
    pub usage_thresholds: [Value; 0],
    #[schema(value_type = Vec<Object>)]
    pub applicable_usage_thresholds: [Value; 0],
    pub taxes: Vec<NestedTax>,
    /// Only when it was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
}

/// What a request says of a plan. A new one needs `name`, `code`, `interval`, `amount_cents`,
/// `amount_currency` and `pay_in_advance`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct PlanInput {
    #[schema(example = "Premium")]
    pub name: Option<String>,
    #[schema(example = "premium")]
    pub code: Option<String>,
    /// `weekly`, `monthly`, `quarterly`, `semiannual` or `yearly`.
    #[schema(example = "monthly")]
    pub interval: Option<String>,
    #[schema(minimum = 0, example = 4900)]
    pub amount_cents: Option<i64>,
    #[schema(example = "EUR")]
    pub amount_currency: Option<String>,
    pub pay_in_advance: Option<bool>,
    /// Whole days.
    #[schema(minimum = 0)]
    pub trial_period: Option<u32>,
    pub invoice_display_name: Option<String>,
    pub description: Option<String>,
    pub tax_codes: Option<Vec<String>>,
    pub bill_charges_monthly: Option<bool>,
    /// Texts.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Value>,
}

wrapped!(PlanRequest { plan: PlanInput });
wrapped!(PlanAnswer { plan: PlanShape });
wrapped!(PlanList { plans: Vec<PlanShape>, meta: Meta });

impl From<&PlanView> for PlanShape {
    fn from(view: &PlanView) -> PlanShape {
        let (plan, counts) = (&view.plan, view.counts);
        let pairs = |pairs: &Vec<(String, String)>| {
            pairs.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect()
        };
        PlanShape {
            lago_id: plan.id.to_string(),
            name: plan.name.clone(),
            invoice_display_name: plan.invoice_display_name.clone(),
            created_at: date_time(plan.created_at),
            code: plan.code.clone(),
            interval: plan.interval.as_str(),
            description: plan.description.clone(),
            amount_cents: plan.amount.minor_units,
            amount_currency: plan.amount.currency.code().to_owned(),
            trial_period: plan.trial_days.map_or(Value::Null, |days| rate(days.into())),
            pay_in_advance: plan.pay_when == PayWhen::InAdvance,
            bill_charges_monthly: plan.bill_charges_monthly,
            bill_fixed_charges_monthly: None,
            customers_count: counts.customers,
            active_subscriptions_count: counts.active_subscriptions,
            draft_invoices_count: counts.draft_invoices,
            parent_id: plan.parent_id.map(|id| id.to_string()),
            pending_deletion: plan.deleted_at.is_some(),
            charges: [],
            fixed_charges: [],
            entitlements: [],
            usage_thresholds: [],
            applicable_usage_thresholds: [],
            taxes: view.taxes.iter().map(NestedTax::from).collect(),
            metadata: plan.metadata.as_ref().map(pairs),
        }
    }
}

pub fn plan(view: &PlanView) -> Value {
    shape(&PlanShape::from(view))
}

/// Larger prices are a slip of the keyboard, and would not fit when many are added up.
const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// A hundred years.
const TRIAL_DAYS_MAX: i64 = 36_525;

pub fn change(fields: Fields<'_>) -> Result<PlanChange, FieldErrors> {
    let mut errors = FieldErrors::default();
    let name = fields.mandatory_text("name", &mut errors);
    let code = fields.mandatory_text("code", &mut errors);
    let interval = fields.text("interval", &mut errors).parse_with(
        Interval::parse,
        ("interval", INVALID),
        &mut errors,
    );
    let amount = fields.whole("amount_cents", 0..=AMOUNT_MAX, &mut errors);
    let currency = fields.text("amount_currency", &mut errors).parse_with(
        |text| text.parse().ok(),
        ("amount_currency", INVALID),
        &mut errors,
    );
    let in_advance = fields.flag("pay_in_advance", &mut errors);
    for (field, is_null, code) in [
        ("interval", interval == Given::Null, INVALID),
        ("amount_cents", amount == Given::Null, MANDATORY),
        ("amount_currency", currency == Given::Null, MANDATORY),
        ("pay_in_advance", in_advance == Given::Null, INVALID),
    ] {
        if is_null {
            errors.add(field, code);
        }
    }
    let trial = fields.whole("trial_period", 0..=TRIAL_DAYS_MAX, &mut errors);
    refuse_what_is_not_sold(fields, &mut errors);
    let pay_when = in_advance.map(|yes| if yes { PayWhen::InAdvance } else { PayWhen::InArrears });
    let change = PlanChange {
        code,
        name,
        invoice_display_name: fields.text("invoice_display_name", &mut errors).change(),
        description: fields.text("description", &mut errors).change(),
        interval: interval.change_unless_null(),
        amount: amount.change_unless_null(),
        currency: currency.change_unless_null(),
        pay_when: pay_when.change_unless_null(),
        trial_days: trial.map(|days| u32::try_from(days).unwrap_or(0)).change(),
        bill_charges_monthly: fields.flag("bill_charges_monthly", &mut errors).change(),
        metadata: metadata(fields, &mut errors),
        tax_codes: fields.texts("tax_codes", &mut errors).change_unless_null(),
    };
    errors.or(change)
}

fn metadata(fields: Fields<'_>, errors: &mut FieldErrors) -> Change<Option<Vec<(String, String)>>> {
    match fields.raw("metadata") {
        None => Change::Keep,
        Some(Value::Null) => Change::To(None),
        Some(Value::Object(pairs)) => {
            let texts = pairs.iter().map(|(key, value)| match value {
                Value::String(text) => Some((key.clone(), text.clone())),
                Value::Null => Some((key.clone(), String::new())),
                Value::Number(number) => Some((key.clone(), number.to_string())),
                Value::Bool(flag) => Some((key.clone(), flag.to_string())),
                Value::Array(_) | Value::Object(_) => None,
            });
            let texts: Option<Vec<(String, String)>> = texts.collect();
            if texts.is_none() {
                errors.add("metadata", INVALID);
            }
            Change::To(texts)
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            errors.add("metadata", INVALID);
            Change::Keep
        }
    }
}

fn refuse_what_is_not_sold(fields: Fields<'_>, errors: &mut FieldErrors) {
    for field in ["charges", "fixed_charges", "minimum_commitment", "usage_thresholds"] {
        let is_nothing = match fields.raw(field) {
            None | Some(Value::Null) => true,
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Object(object)) => object.is_empty(),
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => false,
        };
        if !is_nothing {
            errors.add(field, UNSUPPORTED);
        }
    }
}

/// What a new plan cannot do without.
pub fn missing(change: &PlanChange) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let absent = [
        ("name", change.name.is_kept(), MANDATORY),
        ("code", change.code.is_kept(), MANDATORY),
        ("interval", change.interval.is_kept(), INVALID),
        ("amount_cents", change.amount.is_kept(), MANDATORY),
        ("amount_currency", change.currency.is_kept(), MANDATORY),
        ("pay_in_advance", change.pay_when.is_kept(), INVALID),
    ];
    for (field, _, code) in absent.into_iter().filter(|(_, is_absent, _)| *is_absent) {
        errors.add(field, code);
    }
    errors
}
