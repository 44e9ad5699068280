//! Metadata as a request gives it: all of it, replacing what there was.

use std::collections::HashSet;

use super::field_errors::{FieldErrors, MANDATORY, TAKEN, TOO_LONG};
use super::fields::{Fields, Given};
use crate::domain::change::Change;
use crate::domain::customer_change::MetadataChange;
use crate::domain::invoice_change::NewMetadata;

pub const LINES_MAX: usize = 5;
pub const KEY_CHARS_MAX: usize = 20;
const CUSTOMER_VALUE_CHARS_MAX: usize = 100;
pub const INVOICE_VALUE_CHARS_MAX: usize = 140;

pub fn customer_lines(fields: Fields<'_>, errors: &mut FieldErrors) -> Change<Vec<MetadataChange>> {
    lines(fields, CUSTOMER_VALUE_CHARS_MAX, errors)
}

/// None keeps what is there.
pub fn invoice_lines(fields: Fields<'_>, errors: &mut FieldErrors) -> Option<Vec<NewMetadata>> {
    let lines = lines(fields, INVOICE_VALUE_CHARS_MAX, errors).new_value()?;
    let pair = |line: MetadataChange| NewMetadata { id: line.id, key: line.key, value: line.value };
    Some(lines.into_iter().map(pair).collect())
}

fn lines(
    fields: Fields<'_>,
    value_chars_max: usize,
    errors: &mut FieldErrors,
) -> Change<Vec<MetadataChange>> {
    let lines = match fields.objects("metadata", errors) {
        Given::Absent => return Change::Keep,
        Given::Null => vec![],
        Given::Value(lines) => lines,
    };
    if lines.len() > LINES_MAX {
        errors.add("metadata", "invalid_count");
        return Change::Keep;
    }
    let mut keys = HashSet::new();
    let changed: Vec<MetadataChange> =
        lines.into_iter().map(|fields| line(fields, value_chars_max, errors)).collect();
    for line in &changed {
        if !keys.insert(line.key.as_str()) && !line.key.is_empty() {
            errors.add("key", TAKEN);
        }
    }
    Change::To(changed)
}

fn line(fields: Fields<'_>, value_chars_max: usize, errors: &mut FieldErrors) -> MetadataChange {
    MetadataChange {
        id: id(fields, errors),
        key: text(fields, "key", KEY_CHARS_MAX, errors),
        value: text(fields, "value", value_chars_max, errors),
        display_in_invoice: fields.flag("display_in_invoice", errors).value(),
    }
}

/// Clients name it `id` or, sending back what they were shown, `lago_id`. What is no id names
/// no line.
fn id(fields: Fields<'_>, errors: &mut FieldErrors) -> Option<crate::domain::id::MetadataId> {
    let id = fields.text("id", errors).value();
    id.or_else(|| fields.text("lago_id", errors).value())?.parse().ok()
}

fn text(
    fields: Fields<'_>,
    key: &'static str,
    chars_max: usize,
    errors: &mut FieldErrors,
) -> String {
    match fields.text(key, errors).blank_is_null() {
        Given::Value(text) => {
            if text.chars().count() > chars_max {
                errors.add(key, TOO_LONG);
            }
            text
        }
        Given::Absent | Given::Null => {
            errors.add(key, MANDATORY);
            String::new()
        }
    }
}
