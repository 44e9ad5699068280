//! The query of a list of invoices. Only statuses can be wrong; any other value that makes no
//! sense is passed over.

use utoipa::IntoParams;

use super::{LagoError, Query};
use crate::domain::filter::{InvoiceFilter, SettledBy};
use crate::domain::invoice::{InvoiceStatus, PaymentStatus};

/// What a list of invoices can be narrowed by.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: `invoice_filter` reads them")]
pub struct InvoiceFilterParams {
    /// `draft`, `finalized` or `voided`; `failed` and `pending` find nothing.
    #[param(example = "finalized")]
    status: Option<String>,
    /// `pending`, `succeeded` or `failed`.
    #[param(example = "pending")]
    payment_status: Option<String>,
    payment_overdue: Option<bool>,
    payment_dispute_lost: Option<bool>,
    partially_paid: Option<bool>,
    self_billed: Option<bool>,
    /// `one_off`, `subscription` or `credit`.
    invoice_type: Option<String>,
    currency: Option<String>,
    #[param(format = Date)]
    issuing_date_from: Option<String>,
    #[param(format = Date)]
    issuing_date_to: Option<String>,
    amount_from: Option<i64>,
    amount_to: Option<i64>,
    /// Part of a number, a name, an id.
    search_term: Option<String>,
    purchase_order_number: Option<String>,
}

/// Lago shows these too; we never have one, so asking for them finds nothing.
const NEVER_OURS: [&str; 2] = ["failed", "pending"];

pub fn invoice_filter(query: &Query) -> Result<InvoiceFilter, LagoError> {
    let text = |key: &str| query.text(key).map(|value| value.trim().to_owned());
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    Ok(InvoiceFilter {
        external_customer_id: query
            .text("external_customer_id")
            .or_else(|| query.text("customer_external_id"))
            .map(str::to_owned),
        statuses: statuses(query)?,
        payment_statuses: payment_statuses(query)?,
        payment_overdue: query.flag("payment_overdue"),
        dispute_lost: query.flag("payment_dispute_lost"),
        partially_paid: query.flag("partially_paid"),
        settled_by: settled_by(query),
        self_billed: query.flag("self_billed"),
        invoice_type: text("invoice_type"),
        currency: text("currency"),
        issued_from: query.date("issuing_date_from"),
        issued_to: query.date("issuing_date_to"),
        amount_from: query.number("amount_from"),
        amount_to: query.number("amount_to"),
        search_term: text("search_term"),
        metadata: query.hash("metadata").into_iter().map(owned).collect(),
        purchase_order_number: text("purchase_order_number"),
    })
}

/// The words under any of the keys. None when there are none but blank ones.
fn words<'q>(query: &'q Query, keys: [&str; 2]) -> Option<Vec<&'q str>> {
    let all = keys.iter().filter_map(|key| query.list(key)).flatten().map(str::trim);
    let words: Vec<&str> = all.filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then_some(words)
}

/// `settlements[]`: any of those named will do; words that name none are passed over.
fn settled_by(query: &Query) -> Option<SettledBy> {
    let words = words(query, ["settlements", "settlement"])?;
    if words.contains(&"payment") {
        return Some(SettledBy::Payment);
    }
    words.contains(&"credit_note").then_some(SettledBy::NothingOfOurs)
}

fn statuses(query: &Query) -> Result<Option<Vec<InvoiceStatus>>, LagoError> {
    let Some(words) = words(query, ["status", "statuses"]) else { return Ok(None) };
    let mut wanted = Vec::new();
    for word in words {
        match InvoiceStatus::parse(word).filter(|status| status.is_visible()) {
            Some(status) => wanted.push(status),
            None if NEVER_OURS.contains(&word) => {}
            None => return Err(unknown("status", "draft, finalized, voided, failed, pending")),
        }
    }
    Ok(Some(wanted))
}

pub fn payment_statuses(query: &Query) -> Result<Option<Vec<PaymentStatus>>, LagoError> {
    let Some(words) = words(query, ["payment_status", "payment_statuses"]) else {
        return Ok(None);
    };
    let known: Option<Vec<PaymentStatus>> = words.into_iter().map(PaymentStatus::parse).collect();
    known.map(Some).ok_or_else(|| unknown("payment_status", "pending, succeeded, failed"))
}

fn unknown(field: &'static str, known: &str) -> LagoError {
    LagoError::Invalid(crate::wire::lago::field_errors::FieldErrors::one(
        field,
        format!("must be one of: {known}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<InvoiceFilter, LagoError> {
        invoice_filter(&Query::parse(query))
    }

    #[test]
    fn statuses_come_under_either_key() {
        let two = Some(vec![InvoiceStatus::Draft, InvoiceStatus::Voided]);
        let found = read("status=draft&statuses[]=voided").expect("known");
        assert_eq!(found.statuses, two);
        assert_eq!(read("status=").expect("blank").statuses, None);
        assert_eq!(read("status=failed").expect("Lago's").statuses, Some(vec![]));
    }

    #[test]
    fn only_wrong_statuses_are_wrong() {
        for wrong in ["status=open", "status=x", "payment_status=paid"] {
            assert!(matches!(read(wrong), Err(LagoError::Invalid(_))), "{wrong}");
        }
        let lenient = "issuing_date_from=x&amount_from=x&payment_overdue=x&currency=";
        assert_eq!(read(lenient).expect("passed over"), InvoiceFilter::default());
    }
}
