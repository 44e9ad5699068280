//! What a request says of a wallet: a new one, or a change of one.

use serde_json::Value;
use utoipa::ToSchema;

use super::field_errors::{FieldErrors, INVALID, MANDATORY, OUT_OF_RANGE, TAKEN, TOO_LONG};
use super::fields::{Fields, Given, TEXT_CHARS_MAX};
use super::format::parse_time;
use super::method_reference::{PaymentMethodReferenceInput, method_reference};
use super::wallet_fields::{credits, name, pairs, priority};
use super::wallet_rule_request::{FIELD as RULES, INVALID_RULE, RuleInput, rules};
use super::wallet_transaction_request::PairInput;
use crate::domain::change::Change;
use crate::domain::time::Timestamp;
use crate::domain::wallet::credits::Rate;
use crate::domain::wallet::request::{CreditsFault, Fault, NewWallet, WalletSettings};
use crate::domain::wallet::{FeeType, PRIORITY_DEFAULT, PairOfMetadata};

/// On the initial transactions.
const TRANSACTION_METADATA_MAX: usize = 5;
const METADATA_MAX: usize = 50;
const METADATA_CHARS_MAX: usize = 255;

/// What a request says of a wallet. A new one needs `rate_amount`, and a currency where the
/// customer has none.
#[derive(ToSchema)]
#[schema(as = WalletInput)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct WalletInput {
    /// Not where the path names the customer.
    pub external_customer_id: Option<String>,
    /// Money for one credit. Only of a new one.
    #[schema(example = "1.0")]
    pub rate_amount: Option<String>,
    /// Only of a new one.
    #[schema(example = "EUR")]
    pub currency: Option<String>,
    pub name: Option<String>,
    /// Made from the name unless it is given.
    pub code: Option<String>,
    #[schema(minimum = 1, maximum = 50, default = 50)]
    pub priority: Option<u8>,
    /// Only of a new one: to be paid for.
    #[schema(example = "10.0")]
    pub paid_credits: Option<String>,
    /// Only of a new one: for nothing.
    #[schema(example = "0.0")]
    pub granted_credits: Option<String>,
    #[schema(format = DateTime)]
    pub expiration_at: Option<String>,
    pub invoice_requires_successful_payment: Option<bool>,
    #[schema(minimum = 1)]
    pub paid_top_up_min_amount_cents: Option<i64>,
    #[schema(minimum = 1)]
    pub paid_top_up_max_amount_cents: Option<i64>,
    pub ignore_paid_top_up_limits_on_creation: Option<bool>,
    pub transaction_name: Option<String>,
    pub transaction_metadata: Option<Vec<PairInput>>,
    pub transaction_priority: Option<u8>,
    pub payment_method: Option<PaymentMethodReferenceInput>,
    /// At most one.
    pub recurring_transaction_rules: Option<Vec<RuleInput>>,
    #[schema(value_type = Option<Object>)]
    pub applies_to: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Value>,
    pub purchase_order_number: Option<String>,
    pub billing_entity_code: Option<String>,
}

wrapped!(WalletRequest { wallet: WalletInput });

/// What was asked for, as far as it could be read, and what was wrong with its form.
pub fn new_wallet(
    fields: Fields<'_>,
    external_customer_id: Option<String>,
) -> (NewWallet, FieldErrors) {
    let mut errors = FieldErrors::default();
    let from_body = fields.text("external_customer_id", &mut errors).value();
    let rate = rate(fields, &mut errors);
    let currency = fields
        .text("currency", &mut errors)
        .parse_with(|text| text.parse().ok(), ("currency", INVALID), &mut errors)
        .value();
    let new = NewWallet {
        external_customer_id: external_customer_id.or(from_body),
        rate,
        currency,
        paid: credits(fields, "paid_credits", "invalid_paid_credits", &mut errors),
        granted: credits(fields, "granted_credits", "invalid_granted_credits", &mut errors),
        ignores_limits: fields
            .flag("ignore_paid_top_up_limits_on_creation", &mut errors)
            .value()
            .unwrap_or(false),
        transaction_name: name(fields, "transaction_name", &mut errors).value(),
        transaction_metadata: transaction_metadata(fields, &mut errors),
        transaction_priority: priority(fields, "transaction_priority", &mut errors)
            .unwrap_or(PRIORITY_DEFAULT),
        settings: settings_of(fields, &mut errors),
    };
    (new, errors)
}

pub fn settings(fields: Fields<'_>) -> (WalletSettings, FieldErrors) {
    let mut errors = FieldErrors::default();
    let settings = settings_of(fields, &mut errors);
    (settings, errors)
}

fn rate(fields: Fields<'_>, errors: &mut FieldErrors) -> Option<Rate> {
    let key = "rate_amount";
    let mut unreadable = FieldErrors::default();
    match fields.decimal(key, &mut unreadable) {
        Given::Value(rate) => {
            let rate = Rate::new(rate);
            if rate.is_none() {
                errors.add(key, OUT_OF_RANGE);
            }
            rate
        }
        Given::Null => {
            errors.add(key, MANDATORY);
            None
        }
        Given::Absent => {
            errors.add(key, if unreadable.is_empty() { MANDATORY } else { OUT_OF_RANGE });
            None
        }
    }
}

fn settings_of(fields: Fields<'_>, errors: &mut FieldErrors) -> WalletSettings {
    let has_method = fields.raw("payment_method").is_some_and(|value| !value.is_null());
    WalletSettings {
        name: short(fields, "name", errors),
        code: short(fields, "code", errors).flattened().new_value(),
        priority: priority(fields, "priority", errors).map_or(Change::Keep, Change::To),
        expiration_at: expiration(fields, errors),
        invoice_requires_successful_payment: fields
            .flag("invoice_requires_successful_payment", errors)
            .change_unless_null(),
        top_up_min: fields.whole("paid_top_up_min_amount_cents", 1..=i64::MAX, errors).change(),
        top_up_max: fields.whole("paid_top_up_max_amount_cents", 1..=i64::MAX, errors).change(),
        purchase_order_number: short(fields, "purchase_order_number", errors),
        method: if has_method { Change::To(method_reference(fields)) } else { Change::Keep },
        fee_types: fee_types(fields, errors),
        metadata: metadata(fields, errors),
        rule: rules(fields, errors),
        billing_entity_code: fields.text("billing_entity_code", errors).blank_is_null().value(),
    }
}

fn short(
    fields: Fields<'_>,
    key: &'static str,
    errors: &mut FieldErrors,
) -> Change<Option<String>> {
    let given = fields.text(key, errors).blank_is_null().map(|text| text.trim().to_owned());
    if matches!(&given, Given::Value(text) if text.chars().count() > TEXT_CHARS_MAX) {
        errors.add(key, TOO_LONG);
    }
    given.change()
}

fn expiration(fields: Fields<'_>, errors: &mut FieldErrors) -> Change<Option<Timestamp>> {
    let key = "expiration_at";
    let mut unreadable = FieldErrors::default();
    let given = fields.text(key, &mut unreadable).parse_with(
        parse_time,
        (key, INVALID_DATE),
        &mut unreadable,
    );
    if !unreadable.is_empty() {
        errors.add(key, INVALID_DATE);
    }
    given.change()
}

const INVALID_DATE: &str = "invalid_date";

fn transaction_metadata(fields: Fields<'_>, errors: &mut FieldErrors) -> Vec<PairOfMetadata> {
    let read = match fields.raw("transaction_metadata") {
        None | Some(Value::Null) => return vec![],
        Some(value) => pairs(value, TRANSACTION_METADATA_MAX),
    };
    match read {
        Ok(pairs) => pairs,
        Err(code) => {
            errors.add("metadata", code);
            vec![]
        }
    }
}

/// An object of texts.
fn metadata(fields: Fields<'_>, errors: &mut FieldErrors) -> Change<Vec<PairOfMetadata>> {
    let object = match fields.raw("metadata") {
        None | Some(Value::Null) => return Change::Keep,
        Some(Value::Object(object)) => object,
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            errors.add("metadata", "invalid_type");
            return Change::Keep;
        }
    };
    if object.len() > METADATA_MAX {
        errors.add("metadata", "too_many_keys");
    }
    let mut read = Vec::with_capacity(object.len());
    for (key, value) in object {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null => String::new(),
            Value::Array(_) | Value::Object(_) => {
                errors.add("metadata", "nested_structure_not_allowed");
                continue;
            }
        };
        if key.chars().count() > METADATA_CHARS_MAX {
            errors.add("metadata", "key_too_long");
        }
        if value.chars().count() > METADATA_CHARS_MAX {
            errors.add("metadata", "value_too_long");
        }
        read.push(PairOfMetadata { key: key.clone(), value });
    }
    Change::To(read)
}

/// Nothing is metered here, so every code of a metric is unknown.
fn fee_types(fields: Fields<'_>, errors: &mut FieldErrors) -> Change<Vec<FeeType>> {
    let key = "applies_to";
    let mut wrong = FieldErrors::default();
    let Some(object) = fields.object(key, &mut wrong).value() else {
        if !wrong.is_empty() {
            errors.add(key, INVALID_LIMITATIONS);
        }
        return Change::Keep;
    };
    let metrics = object.texts("billable_metric_codes", &mut wrong).value().unwrap_or_default();
    let words = object.texts("fee_types", &mut wrong).value().unwrap_or_default();
    let known: Option<Vec<FeeType>> = words.iter().map(|word| FeeType::parse(word)).collect();
    match known {
        Some(known) if wrong.is_empty() && metrics.is_empty() => Change::To(known),
        Some(_) | None => {
            errors.add(key, INVALID_LIMITATIONS);
            Change::Keep
        }
    }
}

const INVALID_LIMITATIONS: &str = "invalid_limitations";

/// The field and the code of what is wrong with a request beyond its form.
pub fn add_faults(faults: &[Fault], errors: &mut FieldErrors) {
    for fault in faults {
        let (field, code) = match fault {
            Fault::CustomerNotFound => ("customer", "customer_not_found"),
            Fault::TooManyWallets => ("customer", "wallet_limit_reached"),
            Fault::WalletNotFound => ("wallet_id", "wallet_not_found"),
            Fault::WalletTerminated => ("wallet_id", "wallet_is_terminated"),
            Fault::CodeTaken => ("code", TAKEN),
            Fault::CurrencyMissing => ("currency", INVALID),
            Fault::ExpirationPassed => ("expiration_at", INVALID_DATE),
            Fault::MaximumBelowMinimum => {
                ("paid_top_up_max_amount_cents", "must_be_greater_than_or_equal_min")
            }
            Fault::MethodInvalid => ("payment_method", "invalid_payment_method"),
            Fault::RuleInvalid => (RULES, INVALID_RULE),
            Fault::Paid(fault) => ("paid_credits", credits_code(*fault)),
            Fault::Granted(fault) => ("granted_credits", credits_code(*fault)),
            Fault::Voided(fault) => ("voided_credits", credits_code(*fault)),
        };
        errors.add(field, code);
    }
}

fn credits_code(fault: CreditsFault) -> &'static str {
    match fault {
        CreditsFault::RoundsToZero => "amount_rounds_to_zero",
        CreditsFault::TooLarge => "invalid_amount",
        CreditsFault::BelowMinimum => "amount_below_minimum",
        CreditsFault::AboveMaximum => "amount_above_maximum",
        CreditsFault::Insufficient => "insufficient_credits",
    }
}
