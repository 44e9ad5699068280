//! Invoices. A paid one stays finalized; how its payment stands is told beside it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::credit_type::{CreditType, credit_type, minor};
use super::format::{Id, contract_id, day, time};
use super::json::Number;
use crate::domain::attempt::AttemptState;
use crate::domain::invoice::{Fee, FeeItem, Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::recovery::{IdleReason, Recovery, State};
use crate::domain::standing::{Standing, StandingPayment};
use crate::domain::time::Timestamp;
use crate::domain::view::InvoiceView;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::Invoice)]
pub struct InvoiceShape {
    pub id: Id,
    pub customer_id: Id,
    pub contract_id: Id,
    pub credit_type: CreditType,
    /// DRAFT, FINALIZED or VOID.
    #[schema(example = "FINALIZED")]
    pub status: &'static str,
    #[schema(example = "SCHEDULED")]
    pub r#type: &'static str,
    pub line_items: Vec<LineItem>,
    #[schema(value_type = f64)]
    pub subtotal: Number,
    #[schema(value_type = f64)]
    pub total: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub issued_at: Option<String>,
    pub start_timestamp: String,
    pub end_timestamp: String,
    pub net_payment_terms_days: u32,
    pub custom_fields: BTreeMap<String, String>,
    /// Null while it is a draft.
    pub external_invoice: Option<ExternalInvoice>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::LineItem)]
pub struct LineItem {
    pub name: String,
    #[schema(example = "scheduled")]
    pub r#type: &'static str,
    pub credit_type: CreditType,
    #[schema(value_type = f64)]
    pub quantity: Number,
    #[schema(value_type = f64)]
    pub unit_price: Number,
    #[schema(value_type = f64)]
    pub total: Number,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::ExternalInvoice)]
pub struct ExternalInvoice {
    #[schema(example = "stripe")]
    pub billing_provider_type: &'static str,
    #[schema(example = "PAID")]
    pub external_status: &'static str,
    /// The number that payers see.
    pub invoice_id: String,
    pub issued_at_timestamp: String,
    #[schema(value_type = f64)]
    pub invoiced_total: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub external_payment_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub billing_provider_error: Option<String>,
}

/// Everything that an invoice is told from.
pub struct Told<'a> {
    pub view: &'a InvoiceView,
    pub recovery: Option<&'a Recovery>,
    /// Newest first.
    pub payments: &'a [StandingPayment],
    /// Lines of no quantity are left out.
    pub skips_zero: bool,
}

/// None: no invoice has this word.
pub fn status_of(word: &str) -> Option<InvoiceStatus> {
    match word {
        "DRAFT" => Some(InvoiceStatus::Draft),
        "FINALIZED" => Some(InvoiceStatus::Finalized),
        "VOID" => Some(InvoiceStatus::Voided),
        _ => None,
    }
}

fn status(status: InvoiceStatus) -> &'static str {
    match status {
        InvoiceStatus::Draft => "DRAFT",
        InvoiceStatus::Voided => "VOID",
        InvoiceStatus::Open
        | InvoiceStatus::Finalized
        | InvoiceStatus::Closed
        | InvoiceStatus::Deleted => "FINALIZED",
    }
}

pub fn invoice(told: &Told<'_>) -> InvoiceShape {
    let invoice = &told.view.invoice;
    let is_draft = invoice.status == InvoiceStatus::Draft;
    let issued = day(invoice.issuing_date);
    let period = period(&told.view.fees);
    let metadata = told.view.metadata.iter();
    InvoiceShape {
        id: invoice.id.uuid().into(),
        customer_id: invoice.customer_id.uuid().into(),
        contract_id: contract_id(invoice.customer_id),
        credit_type: credit_type(invoice.currency),
        status: status(invoice.status),
        r#type: "SCHEDULED",
        line_items: lines(told),
        subtotal: minor(invoice.fees_amount, invoice.currency),
        total: minor(invoice.total_amount, invoice.currency),
        issued_at: (!is_draft).then(|| issued.clone()),
        start_timestamp: period.map_or_else(|| issued.clone(), |(from, _)| time(from)),
        end_timestamp: period.map_or_else(|| issued.clone(), |(_, to)| time(to)),
        net_payment_terms_days: invoice.net_payment_term,
        custom_fields: metadata.map(|line| (line.key.clone(), line.value.clone())).collect(),
        external_invoice: (!is_draft).then(|| external(told)),
    }
}

/// Of what is billed for a time; a one-off invoice has none.
fn period(fees: &[Fee]) -> Option<(Timestamp, Timestamp)> {
    let timed = || fees.iter().filter(|fee| matches!(fee.item, FeeItem::Subscription { .. }));
    Some((timed().map(|fee| fee.from).min()?, timed().map(|fee| fee.to).max()?))
}

fn lines(told: &Told<'_>) -> Vec<LineItem> {
    let currency = told.view.invoice.currency;
    let fees = told.view.fees.iter();
    let shown = fees.filter(|fee| !told.skips_zero || !fee.units.is_zero());
    let lines = shown.map(|fee| LineItem {
        name: fee.invoice_display_name.clone().unwrap_or_else(|| fee.item_name.clone()),
        r#type: "scheduled",
        credit_type: credit_type(currency),
        quantity: Number(fee.units),
        unit_price: minor(fee.unit_amount, currency),
        total: minor(fee.amount, currency),
    });
    let mut lines: Vec<LineItem> = lines.collect();
    let invoice = &told.view.invoice;
    let one = |name: &str, amount: i64| LineItem {
        name: name.to_owned(),
        r#type: "scheduled",
        credit_type: credit_type(currency),
        quantity: Number(rust_decimal::Decimal::ONE),
        unit_price: minor(amount, currency),
        total: minor(amount, currency),
    };
    if invoice.taxes_amount != 0 {
        lines.push(one("Taxes", invoice.taxes_amount));
    }
    if invoice.prepaid_amount() != 0 {
        lines.push(one("Prepaid credits", invoice.prepaid_amount().saturating_neg()));
    }
    lines
}

fn external(told: &Told<'_>) -> ExternalInvoice {
    let invoice = &told.view.invoice;
    let paying = told.payments.iter().find(|payment| payment.standing() == Standing::Paid);
    let reference = paying.and_then(|payment| match payment {
        StandingPayment::Attempt(found, _) => found.attempt.charge_id.clone(),
        StandingPayment::Recorded(found) => Some(found.reference.clone()),
    });
    ExternalInvoice {
        billing_provider_type: "stripe",
        external_status: external_status(told),
        invoice_id: invoice.number.clone(),
        issued_at_timestamp: day(invoice.issuing_date),
        invoiced_total: minor(invoice.total_amount, invoice.currency),
        external_payment_id: reference,
        billing_provider_error: last_error(told),
    }
}

fn external_status(told: &Told<'_>) -> &'static str {
    let invoice: &Invoice = &told.view.invoice;
    let exhausted = told.recovery.is_some_and(|recovery| {
        matches!(
            recovery.state,
            State::Idle {
                reason: IdleReason::Exhausted | IdleReason::Uncollectible | IdleReason::Stopped
            }
        )
    });
    let newest = told.payments.first().map(StandingPayment::standing);
    if invoice.status == InvoiceStatus::Voided {
        "VOID"
    } else if invoice.total_amount == 0 {
        "SKIPPED"
    } else if invoice.payment_status == PaymentStatus::Succeeded {
        "PAID"
    } else if exhausted {
        "UNCOLLECTIBLE"
    } else if newest == Some(Standing::NeedsSomebody) {
        "PAYMENT_FAILED"
    } else if invoice.paid_amount > 0 {
        "PARTIALLY_PAID"
    } else {
        "FINALIZED"
    }
}

/// What the newest payment says is wrong, as long as it is.
fn last_error(told: &Told<'_>) -> Option<String> {
    match told.payments.first()? {
        StandingPayment::Attempt(found, _) if found.standing == Standing::NeedsSomebody => {
            match found.attempt.state {
                AttemptState::Declined { .. } => super::payment::reason(&found.attempt),
                AttemptState::Charging { .. }
                | AttemptState::Pending { .. }
                | AttemptState::NeedsAction { .. }
                | AttemptState::Unknown { .. }
                | AttemptState::NotSent { .. }
                | AttemptState::Paid { .. }
                | AttemptState::Cancelled { .. } => None,
            }
        }
        StandingPayment::Attempt(..) | StandingPayment::Recorded(_) => None,
    }
}
