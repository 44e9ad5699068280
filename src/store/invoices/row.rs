//! Rows of `invoices` and domain values, both ways.

use rusqlite::types::Value;

use crate::domain::id::PaymentMethodId;
use crate::domain::invoice::{Invoice, InvoiceStatus, InvoiceType, PaymentStatus};
use crate::domain::payment_method::MethodChoice;
use crate::store::StoreError;
use crate::store::row::Columns;

pub fn invoice(columns: &Columns<'_>) -> Result<Invoice, StoreError> {
    Ok(Invoice {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        invoice_type: columns.word("invoice_type", InvoiceType::parse)?,
        status: columns.word("status", InvoiceStatus::parse)?,
        payment_status: columns.word("payment_status", PaymentStatus::parse)?,
        sequential_id: columns.get("sequential_id")?,
        number: columns.get("number")?,
        purchase_order_number: columns.get("purchase_order_number")?,
        currency: columns.parsed("currency")?,
        fees_amount: columns.get("fees_amount")?,
        taxes_amount: columns.get("taxes_amount")?,
        prepaid_granted_amount: columns.get("prepaid_granted_amount")?,
        prepaid_purchased_amount: columns.get("prepaid_purchased_amount")?,
        total_amount: columns.get("total_amount")?,
        paid_amount: columns.get("paid_amount")?,
        issuing_date: columns.parsed("issuing_date")?,
        payment_due_date: columns.parsed("payment_due_date")?,
        net_payment_term: columns.get("net_payment_term")?,
        payment_overdue: columns.get("payment_overdue")?,
        dispute_lost_at: columns.time_option("dispute_lost_at")?,
        voided_at: columns.time_option("voided_at")?,
        skip_automatic_payment: columns.get("skip_automatic_payment")?,
        method_choice: method_choice(columns)?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}

pub fn method_choice(columns: &Columns<'_>) -> Result<MethodChoice, StoreError> {
    let choice: String = columns.get("method_choice")?;
    let method: Option<PaymentMethodId> = columns.parsed_option("payment_method_id")?;
    match (choice.as_str(), method) {
        ("default", None) => Ok(MethodChoice::Default),
        ("manual", None) => Ok(MethodChoice::Manual),
        ("specific", Some(method)) => Ok(MethodChoice::Specific(method)),
        (other, _) => Err(StoreError::corrupt(
            columns.table,
            format!("`{other}` in column method_choice does not fit payment_method_id"),
        )),
    }
}

/// The word for `method_choice` and the value of `payment_method_id`.
pub fn choice_values(choice: MethodChoice) -> (&'static str, Value) {
    match choice {
        MethodChoice::Default => ("default", Value::Null),
        MethodChoice::Manual => ("manual", Value::Null),
        MethodChoice::Specific(id) => ("specific", Value::Text(id.to_string())),
    }
}
