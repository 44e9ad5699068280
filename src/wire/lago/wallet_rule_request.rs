//! What a request wants to top a wallet up by itself. Whatever is wrong with a rule has one code.

use serde_json::Value;
use utoipa::ToSchema;

use super::field_errors::FieldErrors;
use super::fields::{Fields, Given};
use super::format::parse_time;
use super::method_reference::{PaymentMethodReferenceInput, method_reference};
use super::wallet_fields::{lenient_credits, pairs};
use super::wallet_transaction_request::PairInput;
use crate::domain::change::Change;
use crate::domain::time::Timestamp;
use crate::domain::wallet::calendar::Interval;
use crate::domain::wallet::credits::Credits;
use crate::domain::wallet::request::RuleRequest;
use crate::domain::wallet::rule::{TopUpMethod, Trigger};

pub const INVALID_RULE: &str = "invalid_recurring_rule";
pub const FIELD: &str = "recurring_transaction_rules";
const METADATA_MAX: usize = 5;

/// What a request says of a rule.
#[derive(ToSchema)]
#[schema(as = RecurringTransactionRuleInput)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct RuleInput {
    /// One that is there, to be changed.
    #[schema(format = Uuid)]
    pub lago_id: Option<String>,
    /// `interval` or `threshold`.
    #[schema(example = "interval")]
    pub trigger: String,
    /// `weekly`, `monthly`, `quarterly`, `semiannual` or `yearly`.
    #[schema(example = "monthly")]
    pub interval: Option<String>,
    pub threshold_credits: Option<String>,
    /// `fixed` or `target`.
    pub method: Option<String>,
    pub target_ongoing_balance: Option<String>,
    pub paid_credits: Option<String>,
    pub granted_credits: Option<String>,
    pub grants_target_top_up: Option<bool>,
    #[schema(format = DateTime)]
    pub started_at: Option<String>,
    #[schema(format = DateTime)]
    pub expiration_at: Option<String>,
    pub invoice_requires_successful_payment: Option<bool>,
    pub ignore_paid_top_up_limits: Option<bool>,
    pub transaction_name: Option<String>,
    pub transaction_metadata: Option<Vec<PairInput>>,
    pub purchase_order_number: Option<String>,
    pub payment_method: Option<PaymentMethodReferenceInput>,
}

/// All rules there are to be, at most one; absent and null change nothing.
pub fn rules(fields: Fields<'_>, errors: &mut FieldErrors) -> Change<Option<RuleRequest>> {
    let items = match fields.raw(FIELD) {
        None | Some(Value::Null) => return Change::Keep,
        Some(Value::Array(items)) => items,
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            errors.add(FIELD, INVALID_RULE);
            return Change::Keep;
        }
    };
    let read = match items.as_slice() {
        [] => return Change::To(None),
        [Value::Object(object)] => rule(Fields::new(object)),
        [_] => None,
        _ => {
            errors.add(FIELD, "invalid_number_of_recurring_rules");
            return Change::Keep;
        }
    };
    match read {
        Some(rule) => Change::To(Some(rule)),
        None => {
            errors.add(FIELD, INVALID_RULE);
            Change::Keep
        }
    }
}

fn rule(fields: Fields<'_>) -> Option<RuleRequest> {
    let mut errors = FieldErrors::default();
    let word = |key| fields.raw(key).filter(|value| !value.is_null());
    let metadata = match word("transaction_metadata") {
        None => Change::Keep,
        Some(value) => Change::To(pairs(value, METADATA_MAX).ok()?),
    };
    let id = match fields.text("lago_id", &mut errors).blank_is_null().value() {
        Some(id) => Some(id.parse().ok()?),
        None => None,
    };
    let request = RuleRequest {
        id,
        trigger: trigger(fields)?,
        method: method(fields)?,
        paid: optional_credits(fields, "paid_credits")?,
        granted: optional_credits(fields, "granted_credits")?,
        grants_target_top_up: fields.flag("grants_target_top_up", &mut errors).value(),
        started_at: time(fields, "started_at", &mut errors),
        expiration_at: time(fields, "expiration_at", &mut errors),
        ignores_limits: fields.flag("ignore_paid_top_up_limits", &mut errors).value(),
        invoice_requires_successful_payment: fields
            .flag("invoice_requires_successful_payment", &mut errors)
            .value(),
        name: text(fields, "transaction_name", &mut errors),
        metadata,
        purchase_order_number: text(fields, "purchase_order_number", &mut errors),
        method_reference: match word("payment_method") {
            None => Change::Keep,
            Some(_) => Change::To(method_reference(fields)),
        },
    };
    errors.is_empty().then_some(request)
}

fn trigger(fields: Fields<'_>) -> Option<Trigger> {
    match fields.raw("trigger")?.as_str()? {
        "interval" => Interval::parse(fields.raw("interval")?.as_str()?).map(Trigger::Interval),
        "threshold" => lenient_credits(fields.raw("threshold_credits")?).map(Trigger::Threshold),
        _ => None,
    }
}

fn method(fields: Fields<'_>) -> Option<TopUpMethod> {
    match fields.raw("method") {
        None | Some(Value::Null) => Some(TopUpMethod::Fixed),
        Some(Value::String(word)) if word == "fixed" => Some(TopUpMethod::Fixed),
        Some(Value::String(word)) if word == "target" => {
            lenient_credits(fields.raw("target_ongoing_balance")?).map(TopUpMethod::Target)
        }
        Some(_) => None,
    }
}

/// The outer None: it is wrong.
fn optional_credits(fields: Fields<'_>, key: &str) -> Option<Option<Credits>> {
    match fields.raw(key) {
        None | Some(Value::Null) => Some(None),
        Some(value) => lenient_credits(value).map(Some),
    }
}

fn time(
    fields: Fields<'_>,
    key: &'static str,
    errors: &mut FieldErrors,
) -> Change<Option<Timestamp>> {
    fields.text(key, errors).parse_with(parse_time, (key, INVALID_RULE), errors).change()
}

fn text(fields: Fields<'_>, key: &'static str, errors: &mut FieldErrors) -> Change<Option<String>> {
    let given = fields.text(key, errors).blank_is_null();
    if matches!(&given, Given::Value(text) if text.chars().count() > super::fields::TEXT_CHARS_MAX)
    {
        errors.add(key, INVALID_RULE);
    }
    given.change()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(rules: &Value) -> String {
        let object = json!({ "recurring_transaction_rules": rules });
        let mut errors = FieldErrors::default();
        super::rules(Fields::new(object.as_object().expect("an object")), &mut errors);
        errors.to_json().to_string()
    }

    #[test]
    fn every_fault_of_a_rule_has_the_same_code() {
        let wrong = r#"{"recurring_transaction_rules":["invalid_recurring_rule"]}"#;
        for rule in [
            json!({}),
            json!("monthly"),
            json!({"trigger": "sometimes"}),
            json!({"trigger": "interval"}),
            json!({"trigger": "interval", "interval": "daily"}),
            json!({"trigger": "threshold"}),
            json!({"trigger": "threshold", "threshold_credits": "few"}),
            json!({"trigger": "threshold", "threshold_credits": "-1"}),
            json!({"trigger": "interval", "interval": "weekly", "method": "target"}),
            json!({"trigger": "interval", "interval": "weekly", "method": "guess"}),
            json!({"trigger": "interval", "interval": "weekly", "paid_credits": "x"}),
            json!({"trigger": "interval", "interval": "weekly", "expiration_at": "soon"}),
            json!({"trigger": "interval", "interval": "weekly", "lago_id": "1"}),
            json!({"trigger": "interval", "interval": "weekly", "transaction_metadata": {}}),
        ] {
            assert_eq!(codes(&json!([rule])), wrong, "{rule}");
        }
        let weekly = json!({"trigger": "interval", "interval": "weekly"});
        assert_eq!(codes(&json!([weekly])), "{}");
        assert_eq!(codes(&json!([])), "{}");
        assert_eq!(codes(&json!({})), wrong);
        assert_eq!(
            codes(&json!([weekly, weekly])),
            r#"{"recurring_transaction_rules":["invalid_number_of_recurring_rules"]}"#
        );
    }
}
