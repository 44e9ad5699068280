//! Invoices as they are shown: alone with their fees, or in lists without.

use serde_json::{Value, json};

use super::format::{date, date_time, date_time_ms, joined, rate};
use super::{customer, fee, method_reference, subscription};
use crate::domain::invoice::{AppliedTax, Invoice, InvoiceMetadata};
use crate::domain::view::InvoiceView;

/// The layout of Lago's printed invoices that the figures follow.
const VERSION_NUMBER: u32 = 4;

/// On routes of one invoice, and in webhooks.
pub fn invoice(view: &InvoiceView) -> Value {
    let customer = &view.customer.customer;
    let fees: Vec<Value> = view.fees.iter().map(|line| fee::fee(line, customer)).collect();
    let known = &view.subscriptions;
    let subscriptions: Vec<Value> = known.iter().map(subscription::listed).collect();
    let periods = view.periods.iter().map(|period| subscription::billing_period(period, known));
    joined([
        listed(view),
        json!({
            "subscriptions": subscriptions,
            "billing_periods": periods.collect::<Vec<Value>>(),
            "fees": fees,
            "credits": [],
            "error_details": [],
            "applied_invoice_custom_sections": [],
        }),
    ])
}

/// In lists.
pub fn listed(view: &InvoiceView) -> Value {
    let invoice = &view.invoice;
    let metadata: Vec<Value> = view.metadata.iter().map(metadata).collect();
    let taxes: Vec<Value> =
        view.applied_taxes.iter().map(|tax| applied_tax(tax, invoice)).collect();
    joined([
        json!({
            "lago_id": invoice.id.to_string(),
            "billing_entity_code": view.customer.organization.billing_entity_code,
        }),
        identity(invoice),
        amounts(invoice),
        documents(invoice),
        json!({
            "customer": customer::nested(&view.customer),
            "metadata": metadata,
            "applied_taxes": taxes,
            // Ours: clients ignore what they do not know.
            "payment_method": method_reference::shown(invoice.method_choice),
        }),
    ])
}

/// Without anything that stands beside it: inside a payment request.
pub fn plain(invoice: &Invoice, billing_entity_code: &str) -> Value {
    joined([
        json!({
            "lago_id": invoice.id.to_string(),
            "billing_entity_code": billing_entity_code,
        }),
        identity(invoice),
        amounts(invoice),
        documents(invoice),
    ])
}

fn identity(invoice: &Invoice) -> Value {
    json!({
        "sequential_id": invoice.sequential_id,
        "number": invoice.number,
        "purchase_order_number": invoice.purchase_order_number,
        "issuing_date": date(invoice.issuing_date),
        "payment_due_date": date(invoice.payment_due_date),
        "net_payment_term": invoice.net_payment_term,
        "invoice_type": invoice.invoice_type.as_str(),
        "status": invoice.status.as_str(),
        "payment_status": invoice.payment_status.as_str(),
        "payment_dispute_lost_at": invoice.dispute_lost_at.map(date_time_ms),
        "payment_overdue": invoice.payment_overdue,
        "currency": invoice.currency.code(),
    })
}

fn amounts(invoice: &Invoice) -> Value {
    json!({
        "fees_amount_cents": invoice.fees_amount,
        "taxes_amount_cents": invoice.taxes_amount,
        "progressive_billing_credit_amount_cents": 0,
        "coupons_amount_cents": 0,
        "credit_notes_amount_cents": 0,
        "sub_total_excluding_taxes_amount_cents": invoice.fees_amount,
        "sub_total_including_taxes_amount_cents": invoice.total_with_prepaid(),
        "total_amount_cents": invoice.total_amount,
        "total_due_amount_cents": invoice.due().minor_units,
        "total_paid_amount_cents": invoice.paid_amount,
        "total_offsetted_credit_note_amount_cents": 0,
        "prepaid_credit_amount_cents": invoice.prepaid_amount(),
        "prepaid_granted_credit_amount_cents": unless_zero(invoice.prepaid_granted_amount),
        "prepaid_purchased_credit_amount_cents": unless_zero(invoice.prepaid_purchased_amount),
    })
}

fn unless_zero(amount: i64) -> Option<i64> {
    (amount != 0).then_some(amount)
}

fn documents(invoice: &Invoice) -> Value {
    json!({
        "file_url": null,
        "xml_url": null,
        "web_url": null,
        "version_number": VERSION_NUMBER,
        "self_billed": false,
        "created_at": date_time(invoice.created_at),
        "updated_at": date_time(invoice.updated_at),
        "voided_at": invoice.voided_at.map(date_time),
    })
}

fn metadata(pair: &InvoiceMetadata) -> Value {
    json!({
        "lago_id": pair.id.to_string(),
        "key": pair.key,
        "value": pair.value,
        "created_at": date_time(pair.created_at),
    })
}

fn applied_tax(tax: &AppliedTax, invoice: &Invoice) -> Value {
    json!({
        "lago_id": tax.id.to_string(),
        "lago_invoice_id": tax.invoice_id.to_string(),
        "lago_tax_id": tax.tax_id.to_string(),
        "tax_name": tax.name,
        "tax_code": tax.code,
        "tax_rate": rate(tax.rate),
        "tax_description": tax.description,
        "amount_cents": tax.amount,
        "amount_currency": invoice.currency.code(),
        "fees_amount_cents": tax.fees_amount,
        "created_at": date_time(tax.created_at),
    })
}
