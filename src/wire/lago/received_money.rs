//! A payment that a person records, as a request tells it.

use serde_json::Value;
use utoipa::ToSchema;

use super::field_errors::{FieldErrors, MANDATORY, TOO_LONG};
use super::fields::{Fields, Given};
use super::format::parse_time;
use crate::domain::time::Timestamp;

const REFERENCE_CHARS_MAX: usize = 40;

/// A payment that a person records.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct ReceivedMoneyInput {
    #[schema(format = Uuid)]
    pub invoice_id: String,
    /// All that is due.
    #[schema(minimum = 1, example = 5000)]
    pub amount_cents: i64,
    /// Such as the bank's reference.
    #[schema(min_length = 1, max_length = 40, example = "transfer 42")]
    pub reference: String,
    /// A day or a point in time.
    #[schema(example = "2026-01-31")]
    pub paid_at: Option<String>,
}

wrapped!(ReceivedMoneyRequest { payment: ReceivedMoneyInput });

/// Which invoice, how much, and the rest, whose errors are told only once the invoice is known
/// to take payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRequest {
    pub invoice_id: String,
    pub amount: i64,
    pub rest: Result<Rest, FieldErrors>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    pub paid_at: Option<Timestamp>,
    pub reference: String,
}

pub fn payment(fields: Fields<'_>) -> Result<PaymentRequest, FieldErrors> {
    let invoice_id = fields.text("invoice_id", &mut FieldErrors::default()).blank_is_null();
    let invoice_id = invoice_id.value().ok_or_else(|| FieldErrors::one("invoice_id", MANDATORY))?;
    let amount = fields.raw("amount_cents").and_then(amount);
    let amount = amount.ok_or_else(|| FieldErrors::one("amount_cents", "invalid_value"))?;
    Ok(PaymentRequest { invoice_id, amount, rest: rest(fields) })
}

/// A whole JSON number: here a text is not taken for one.
fn amount(value: &Value) -> Option<i64> {
    let Value::Number(number) = value else { return None };
    // More than we can hold is more than is due, which is told later.
    let whole = number.as_i64().or_else(|| number.as_u64().map(|_| i64::MAX))?;
    (whole > 0).then_some(whole)
}

/// The first thing that is wrong only.
fn rest(fields: Fields<'_>) -> Result<Rest, FieldErrors> {
    let mut errors = FieldErrors::default();
    let paid_at = fields.text("paid_at", &mut errors).parse_with(
        parse_time,
        ("paid_at", "invalid_date"),
        &mut errors,
    );
    if !errors.is_empty() {
        return Err(FieldErrors::one("paid_at", "invalid_date"));
    }
    let reference = match fields.text("reference", &mut errors).blank_is_null() {
        Given::Value(text) => text,
        Given::Absent | Given::Null => return Err(FieldErrors::one("reference", MANDATORY)),
    };
    if reference.chars().count() > REFERENCE_CHARS_MAX {
        return Err(FieldErrors::one("reference", TOO_LONG));
    }
    Ok(Rest { paid_at: paid_at.value(), reference })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> String {
        let fields = Fields::new(body.as_object().expect("an object"));
        match payment(fields).and_then(|payment| payment.rest) {
            Ok(_) => "{}".to_owned(),
            Err(errors) => errors.to_json().to_string(),
        }
    }

    #[test]
    fn the_first_thing_that_is_wrong_is_told() {
        let rows = [
            (json!({"amount_cents": 0}), r#"{"invoice_id":["value_is_mandatory"]}"#),
            (
                json!({"invoice_id": "i", "amount_cents": "10"}),
                r#"{"amount_cents":["invalid_value"]}"#,
            ),
            (
                json!({"invoice_id": "i", "amount_cents": 10.0}),
                r#"{"amount_cents":["invalid_value"]}"#,
            ),
            (
                json!({"invoice_id": "i", "amount_cents": 1, "paid_at": "soon"}),
                r#"{"paid_at":["invalid_date"]}"#,
            ),
            (
                json!({"invoice_id": "i", "amount_cents": 1, "paid_at": {}}),
                r#"{"paid_at":["invalid_date"]}"#,
            ),
            (
                json!({"invoice_id": "i", "amount_cents": 1, "reference": " "}),
                r#"{"reference":["value_is_mandatory"]}"#,
            ),
            (
                json!({"invoice_id": "i", "amount_cents": 1, "reference": "x".repeat(41)}),
                r#"{"reference":["value_is_too_long"]}"#,
            ),
            (json!({"invoice_id": "i", "amount_cents": 1, "reference": "x"}), "{}"),
        ];
        for (body, expected) in rows {
            assert_eq!(read(&body), expected, "{body}");
        }
    }
}
