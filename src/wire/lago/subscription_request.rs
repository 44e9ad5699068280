//! Requests about subscriptions: a new one, a change of one.

use serde_json::Value;
use utoipa::ToSchema;

use super::field_errors::{FieldErrors, INVALID, MANDATORY, TOO_LONG, UNSUPPORTED};
use super::fields::{Fields, Given, TEXT_CHARS_MAX};
use super::format::parse_time;
use super::{method_reference, plan};
use crate::domain::billing_period::BillingTime;
use crate::domain::change::Change;
use crate::domain::payment_method::MethodReference;
use crate::domain::plan::PlanChange;
use crate::domain::subscription::{
    CreditNoteWish, FinalInvoice, NewSubscription, SubscriptionChange,
};
use crate::domain::time::Timestamp;

const DATE: &str = "invalid_date";

/// A new subscription, or another plan for the one of this `external_id`. Needs
/// `external_customer_id`, `plan_code` and `external_id`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct NewSubscriptionInput {
    /// One who is not known is made.
    #[schema(example = "ada")]
    pub external_customer_id: Option<String>,
    #[schema(example = "premium")]
    pub plan_code: Option<String>,
    #[schema(example = "ada-premium")]
    pub external_id: Option<String>,
    pub name: Option<String>,
    /// `calendar` or `anniversary`.
    #[schema(example = "calendar")]
    pub billing_time: Option<String>,
    #[schema(format = DateTime)]
    pub subscription_at: Option<String>,
    #[schema(format = DateTime)]
    pub ending_at: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub payment_method: Option<Value>,
    /// May share an invoice with others; true unless said otherwise.
    pub consolidate_invoice: Option<bool>,
    pub purchase_order_number: Option<String>,
    /// `generate` or `skip`.
    pub on_termination_invoice: Option<String>,
    pub on_termination_credit_note: Option<String>,
    /// What is different from the plan for this subscription: `amount_cents`, `amount_currency`,
    /// `name`, `invoice_display_name`, `description`, `trial_period`, `tax_codes`.
    #[schema(value_type = Option<Object>)]
    pub plan_overrides: Option<Value>,
    pub billing_entity_code: Option<String>,
}

/// What is not named stays as it is.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct SubscriptionInput {
    pub name: Option<String>,
    #[schema(format = DateTime)]
    pub ending_at: Option<String>,
    /// Only of one that has not started.
    #[schema(format = DateTime)]
    pub subscription_at: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub payment_method: Option<Value>,
    pub consolidate_invoice: Option<bool>,
    pub purchase_order_number: Option<String>,
    pub on_termination_invoice: Option<String>,
    pub on_termination_credit_note: Option<String>,
}

wrapped!(NewSubscriptionRequest { subscription: NewSubscriptionInput });
wrapped!(SubscriptionRequest { subscription: SubscriptionInput });

/// What could be read of it, and what is wrong with the rest. A customer's id that is missing is
/// told before anything else.
pub fn new_subscription(fields: Fields<'_>) -> Result<(NewSubscription, FieldErrors), FieldErrors> {
    let mut errors = FieldErrors::default();
    let customer = named(fields, "external_customer_id", &mut errors);
    let external_customer_id = std::mem::take(&mut errors).or(customer)?;
    let external_id = named(fields, "external_id", &mut errors);
    let shared = shared(fields, &mut errors);
    refuse_rules(fields, &mut errors);
    let new = NewSubscription {
        external_customer_id,
        plan_code: fields.text("plan_code", &mut errors).value().unwrap_or_default(),
        external_id,
        name: shared.name.new_value().flatten(),
        billing_time: fields
            .text("billing_time", &mut errors)
            .parse_with(BillingTime::parse, ("billing_time", INVALID), &mut errors)
            .value(),
        subscription_at: time(fields, "subscription_at", &mut errors).value(),
        ending_at: shared.ending_at.new_value().flatten(),
        method: shared.method.new_value(),
        consolidates: shared.consolidates.new_value(),
        purchase_order_number: shared.purchase_order_number.new_value().flatten(),
        final_invoice: shared.final_invoice.new_value(),
        credit_note_wish: shared.credit_note_wish.new_value().flatten(),
        billing_entity_code: fields
            .text("billing_entity_code", &mut errors)
            .blank_is_null()
            .value(),
        overrides: overrides(fields, &mut errors),
    };
    Ok((new, errors))
}

pub fn change(fields: Fields<'_>) -> Result<SubscriptionChange, FieldErrors> {
    let mut errors = FieldErrors::default();
    let change = shared(fields, &mut errors);
    let subscription_at = time(fields, "subscription_at", &mut errors).change_unless_null();
    if has_content(fields, "plan_overrides") {
        errors.add("plan_overrides", UNSUPPORTED);
    }
    refuse_rules(fields, &mut errors);
    errors.or(SubscriptionChange { subscription_at, ..change })
}

/// What both requests may name.
fn shared(fields: Fields<'_>, errors: &mut FieldErrors) -> SubscriptionChange {
    let order = fields.text("purchase_order_number", errors).map(|text| text.trim().to_owned());
    let order = order.blank_is_null();
    if matches!(&order, Given::Value(text) if text.chars().count() > TEXT_CHARS_MAX) {
        errors.add("purchase_order_number", TOO_LONG);
    }
    let final_invoice = fields.text("on_termination_invoice", errors).parse_with(
        FinalInvoice::parse,
        ("on_termination_invoice", INVALID),
        errors,
    );
    let wish = fields.text("on_termination_credit_note", errors).parse_with(
        CreditNoteWish::parse,
        ("on_termination_credit_note", INVALID),
        errors,
    );
    SubscriptionChange {
        name: fields.text("name", errors).change(),
        ending_at: time(fields, "ending_at", errors).change(),
        subscription_at: Change::Keep,
        method: method(fields),
        consolidates: fields.flag("consolidate_invoice", errors).change_unless_null(),
        purchase_order_number: order.change(),
        final_invoice: final_invoice.change_unless_null(),
        credit_note_wish: wish.change(),
    }
}

/// Null is as good as nothing: clients send it for what they do not set.
fn method(fields: Fields<'_>) -> Change<MethodReference> {
    match fields.raw("payment_method") {
        None | Some(Value::Null) => Change::Keep,
        Some(_) => Change::To(method_reference::method_reference(fields)),
    }
}

fn named(fields: Fields<'_>, key: &'static str, errors: &mut FieldErrors) -> String {
    match fields.text(key, errors).blank_is_null() {
        Given::Value(text) if text.chars().count() > TEXT_CHARS_MAX => {
            errors.add(key, TOO_LONG);
            text
        }
        Given::Value(text) => text,
        Given::Absent | Given::Null => {
            if errors.is_empty() {
                errors.add(key, MANDATORY);
            }
            String::new()
        }
    }
}

fn time(fields: Fields<'_>, key: &'static str, errors: &mut FieldErrors) -> Given<Timestamp> {
    match fields.raw(key) {
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            errors.add(key, DATE);
            Given::Absent
        }
        None | Some(Value::Null | Value::String(_)) => {
            fields.text(key, errors).parse_with(parse_time, (key, DATE), errors)
        }
    }
}

fn has_content(fields: Fields<'_>, key: &str) -> bool {
    match fields.raw(key) {
        None | Some(Value::Null) => false,
        Some(Value::Object(object)) => !object.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => true,
    }
}

/// A start that waits for a payment is not to be taken for one that does not.
fn refuse_rules(fields: Fields<'_>, errors: &mut FieldErrors) {
    if has_content(fields, "activation_rules") {
        errors.add("activation_rules", UNSUPPORTED);
    }
}

fn overrides(fields: Fields<'_>, errors: &mut FieldErrors) -> Option<PlanChange> {
    if !has_content(fields, "plan_overrides") {
        return None;
    }
    let inner = fields.object("plan_overrides", errors).value()?;
    let unsupported = ["charges", "fixed_charges", "minimum_commitment", "usage_thresholds"];
    if unsupported.iter().any(|key| has_content(inner, key)) {
        errors.add("plan_overrides", UNSUPPORTED);
        return None;
    }
    match plan::change(inner) {
        // These are what makes it the plan that it is.
        Ok(change) => Some(PlanChange {
            code: Change::Keep,
            interval: Change::Keep,
            pay_when: Change::Keep,
            bill_charges_monthly: Change::Keep,
            ..change
        }),
        Err(wrong) => {
            errors.add_all(wrong);
            None
        }
    }
}
