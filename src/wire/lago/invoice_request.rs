//! Requests for invoices. What a request names is told apart from what is wrong with it: a
//! customer who does not exist is told before a fee that makes no sense.

use rust_decimal::Decimal;
use utoipa::ToSchema;

use super::field_errors::{FieldErrors, INVALID, OUT_OF_RANGE, TOO_LONG};
use super::fields::{Fields, Given, TEXT_CHARS_MAX};
use super::format::parse_time;
use super::invoice::PaymentStatusWord;
use super::metadata_request::invoice_lines;
use super::method_reference::{PaymentMethodReferenceInput, method_reference};
use crate::domain::invoice::PaymentStatus;
use crate::domain::invoice_change::{InvoiceUpdate, NewFee, NewInvoice};
use crate::domain::time::Timestamp;

/// An invoice of what is sold once.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct InvoiceInput {
    #[schema(example = "acme")]
    pub external_customer_id: String,
    /// ISO 4217; without it the customer's.
    #[schema(example = "EUR")]
    pub currency: Option<String>,
    #[schema(min_items = 1)]
    pub fees: Vec<FeeInput>,
    /// Never charge it automatically.
    pub skip_psp: Option<bool>,
    pub payment_method: Option<PaymentMethodReferenceInput>,
    #[schema(max_length = 255)]
    pub purchase_order_number: Option<String>,
    pub billing_entity_code: Option<String>,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct FeeInput {
    #[schema(example = "setup")]
    pub add_on_code: String,
    /// Without it the add-on's.
    #[schema(minimum = 0, example = 5000)]
    pub unit_amount_cents: Option<i64>,
    /// A number or a text; without it 1.
    #[schema(value_type = Option<f64>, minimum = 0, example = 1.0)]
    pub units: Option<Decimal>,
    pub description: Option<String>,
    pub invoice_display_name: Option<String>,
    /// Instead of the add-on's.
    pub tax_codes: Option<Vec<String>>,
    #[schema(format = DateTime)]
    pub from_datetime: Option<String>,
    #[schema(format = DateTime)]
    pub to_datetime: Option<String>,
}

/// What changes about an invoice.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct InvoiceUpdateInput {
    #[schema(value_type = Option<PaymentStatusWord>, nullable = false)]
    pub payment_status: Option<String>,
    /// All of it: what is not named is deleted.
    #[schema(max_items = 5)]
    pub metadata: Option<Vec<InvoiceMetadataInput>>,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct InvoiceMetadataInput {
    /// Of a line that is there already.
    #[schema(format = Uuid)]
    pub id: Option<String>,
    #[schema(example = "order", min_length = 1, max_length = 20)]
    pub key: String,
    #[schema(example = "4711", min_length = 1, max_length = 140)]
    pub value: String,
}

wrapped!(InvoiceRequest { invoice: InvoiceInput });
wrapped!(InvoiceUpdateRequest { invoice: InvoiceUpdateInput });

/// How an invoice is voided.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct VoidInvoiceRequest {
    /// Refused when true: there are no credit notes.
    pub generate_credit_note: Option<bool>,
}

/// The invoice, and what is wrong with it. With errors it only says what it names.
pub fn new_invoice(fields: Fields<'_>) -> (NewInvoice, FieldErrors) {
    let mut errors = FieldErrors::default();
    let currency = fields.text("currency", &mut errors).parse_with(
        |text| text.parse().ok(),
        ("currency", INVALID),
        &mut errors,
    );
    let fees = fields.objects("fees", &mut errors).value().unwrap_or_default();
    let new = NewInvoice {
        external_customer_id: text(fields, "external_customer_id", &mut errors).unwrap_or_default(),
        currency: currency.value(),
        fees: fees.into_iter().map(|fields| new_fee(fields, &mut errors)).collect(),
        skip_automatic_payment: fields.flag("skip_psp", &mut errors).value().unwrap_or(false),
        method: method_reference(fields),
        purchase_order_number: purchase_order_number(fields, &mut errors),
        billing_entity_code: text(fields, "billing_entity_code", &mut errors),
    };
    (new, errors)
}

fn text(fields: Fields<'_>, key: &'static str, errors: &mut FieldErrors) -> Option<String> {
    fields.text(key, errors).blank_is_null().value()
}

fn purchase_order_number(fields: Fields<'_>, errors: &mut FieldErrors) -> Option<String> {
    let number = text(fields, "purchase_order_number", errors)?.trim().to_owned();
    if number.chars().count() > TEXT_CHARS_MAX {
        errors.add("purchase_order_number", TOO_LONG);
    }
    Some(number)
}

fn new_fee(fields: Fields<'_>, errors: &mut FieldErrors) -> NewFee {
    let units = fields.decimal("units", errors).value().unwrap_or(Decimal::ONE);
    if units.is_sign_negative() && !units.is_zero() {
        errors.add("units", OUT_OF_RANGE);
    }
    NewFee {
        add_on_code: text(fields, "add_on_code", errors).unwrap_or_default(),
        unit_amount: fields.whole("unit_amount_cents", 0..=i64::MAX, errors).value(),
        units,
        description: text(fields, "description", errors),
        invoice_display_name: text(fields, "invoice_display_name", errors),
        tax_codes: fields.texts("tax_codes", errors).value(),
        period: period(fields, errors),
    }
}

/// Both or neither, in their order.
fn period(fields: Fields<'_>, errors: &mut FieldErrors) -> Option<(Timestamp, Timestamp)> {
    let mut unreadable = FieldErrors::default();
    let mut time = |key| {
        let given = fields.text(key, &mut unreadable);
        given.parse_with(parse_time, ("boundaries", INVALID), &mut unreadable)
    };
    let (from, to) = (time("from_datetime"), time("to_datetime"));
    match (from.value(), to.value()) {
        (Some(from), Some(to)) if from <= to => Some((from, to)),
        (None, None) if unreadable.is_empty() => None,
        (Some(_) | None, Some(_) | None) => {
            errors.add("boundaries", "values_are_invalid");
            None
        }
    }
}

/// What it changes, whether it speaks of metadata, and what is wrong with it: the first thing
/// only.
pub struct UpdateRequest {
    pub update: InvoiceUpdate,
    pub names_metadata: bool,
    pub errors: FieldErrors,
}

pub fn update(fields: Fields<'_>) -> UpdateRequest {
    let mut wrong_status = FieldErrors::default();
    let payment_status = match fields.text("payment_status", &mut wrong_status) {
        Given::Absent => None,
        Given::Null => {
            wrong_status.add("payment_status", INVALID);
            None
        }
        Given::Value(word) => {
            let status = PaymentStatus::parse(&word);
            if status.is_none() {
                wrong_status.add("payment_status", INVALID);
            }
            status
        }
    };
    let mut wrong_metadata = FieldErrors::default();
    let metadata = invoice_lines(fields, &mut wrong_metadata);
    UpdateRequest {
        update: InvoiceUpdate { payment_status, metadata },
        names_metadata: fields.has("metadata"),
        errors: if wrong_status.is_empty() { wrong_metadata } else { wrong_status },
    }
}

/// Whether voiding is to make a credit note too, which we do not do.
pub fn wants_credit_note(fields: Fields<'_>) -> bool {
    let asked = |fields: Fields<'_>| {
        let flag = fields.flag("generate_credit_note", &mut FieldErrors::default());
        flag.value().unwrap_or(false)
    };
    let inner = fields.object("invoice", &mut FieldErrors::default());
    asked(fields) || inner.value().is_some_and(asked)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn errors_of(invoice: &Value) -> String {
        let (_, errors) = new_invoice(Fields::new(invoice.as_object().expect("an object")));
        errors.to_json().to_string()
    }

    #[test]
    fn a_period_has_two_ends_in_their_order() {
        let wrong = r#"{"boundaries":["values_are_invalid"]}"#;
        let early = "2025-01-01T00:00:00Z";
        for (from, to, expected) in [
            (json!(early), json!("2025-02-01"), "{}"),
            (json!(null), json!(null), "{}"),
            (json!(early), json!(null), wrong),
            (json!(null), json!(early), wrong),
            (json!("2025-02-01"), json!(early), wrong),
            (json!("soon"), json!("later"), wrong),
            (json!({}), json!(early), wrong),
        ] {
            let fee = json!({"from_datetime": from, "to_datetime": to});
            assert_eq!(errors_of(&json!({ "fees": [fee] })), expected, "{fee}");
        }
    }

    #[test]
    fn figures_that_make_no_sense_are_errors_of_their_field() {
        for (key, value, code) in [
            ("units", json!(-1), OUT_OF_RANGE),
            ("units", json!("many"), INVALID),
            ("units", json!("1e99"), INVALID),
            ("unit_amount_cents", json!(-1), OUT_OF_RANGE),
            ("unit_amount_cents", json!(1.5), INVALID),
            ("unit_amount_cents", json!(1e30), OUT_OF_RANGE),
            ("tax_codes", json!("vat"), INVALID),
        ] {
            let found = errors_of(&json!({ "fees": [{ key: value }] }));
            assert_eq!(found, json!({ key: [code] }).to_string());
        }
    }

    #[test]
    fn a_wrong_status_is_told_before_wrong_metadata() {
        let body = json!({"payment_status": null, "metadata": [{"key": "", "value": "x"}]});
        let read = update(Fields::new(body.as_object().expect("an object")));
        assert_eq!(read.errors, FieldErrors::one("payment_status", INVALID));
        assert!(read.names_metadata);
    }
}
