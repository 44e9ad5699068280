//! The ledger, and what is left of one payment, out.

use serde::Serialize;
use utoipa::ToSchema;

use super::refund::{RefundShape, refund};
use super::slice::SliceMeta;
use super::surplus::{SurplusShape, surplus_payment};
use crate::domain::attempt::Attempt;
use crate::domain::ledger::{EntryKind, LedgerEntry};
use crate::domain::refund::{Refund, refundable};
use crate::domain::surplus::SurplusPayment;
use crate::wire::lago::format::date_time_ms;

/// One movement of money.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub struct LedgerShape {
    #[schema(format = Uuid)]
    pub id: String,
    /// `charge`, `manual_payment`, `surplus`, `refund`, `refund_returned`, `dispute` or
    /// `correction`.
    #[schema(example = "charge")]
    pub kind: &'static str,
    /// In is positive, out is negative.
    #[schema(example = 5000)]
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub currency: &'static str,
    #[schema(format = Uuid)]
    pub customer_id: String,
    #[schema(format = Uuid)]
    pub payment_id: String,
    #[schema(format = Uuid)]
    pub invoice_id: Option<String>,
    #[schema(format = Uuid)]
    pub refund_id: Option<String>,
    #[schema(format = DateTime)]
    pub at: String,
}

pub fn ledger_entry(entry: &LedgerEntry) -> LedgerShape {
    LedgerShape {
        id: entry.id.to_string(),
        kind: entry.kind.as_str(),
        amount_cents: entry.amount.minor_units,
        currency: entry.amount.currency.code(),
        customer_id: entry.customer_id.to_string(),
        payment_id: entry.payment_id.to_string(),
        invoice_id: entry.invoice_id.map(|id| id.to_string()),
        refund_id: entry.refund_id.map(|id| id.to_string()),
        at: date_time_ms(entry.at),
    }
}

#[derive(Serialize, ToSchema)]
pub struct LedgerList {
    pub ledger_entries: Vec<LedgerShape>,
    pub meta: SliceMeta,
}

/// One charge with all that moved of it.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentBooks)]
pub struct PaymentBooks {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(format = Uuid)]
    pub invoice_id: Option<String>,
    #[schema(format = Uuid)]
    pub payment_request_id: Option<String>,
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub currency: &'static str,
    /// `charging`, `pending`, `needs_action`, `unknown`, `not_sent`, `paid`, `declined` or
    /// `cancelled`.
    #[schema(example = "paid")]
    pub state: &'static str,
    /// What went back.
    pub refunded_cents: i64,
    /// What a refund of the payment can still give back; its surplus is refunded by itself.
    pub refundable_cents: i64,
    pub surplus_payments: Vec<SurplusShape>,
    pub refunds: Vec<RefundShape>,
    pub ledger_entries: Vec<LedgerShape>,
}

pub fn payment(
    attempt: &Attempt,
    surplus: &[SurplusPayment],
    refunds: &[Refund],
    entries: &[LedgerEntry],
) -> PaymentBooks {
    let about = attempt.payable.subject(attempt.customer_id);
    let set_apart: i64 = surplus.iter().map(|it| it.left().minor_units).sum();
    let went_back: i64 = entries
        .iter()
        .filter(|entry| matches!(entry.kind, EntryKind::Refund | EntryKind::RefundReturned))
        .map(|entry| -entry.amount.minor_units)
        .sum();
    let is_disputed = entries.iter().any(|entry| entry.kind == EntryKind::Dispute);
    let left = refundable(attempt, refunds, set_apart).map_or(0, |left| left.minor_units);
    PaymentBooks {
        id: attempt.id.to_string(),
        invoice_id: about.invoice_id.map(|id| id.to_string()),
        payment_request_id: about.payment_request_id.map(|id| id.to_string()),
        amount_cents: attempt.amount.minor_units,
        currency: attempt.amount.currency.code(),
        state: attempt.state.as_str(),
        refunded_cents: went_back,
        refundable_cents: if is_disputed { 0 } else { left },
        surplus_payments: surplus.iter().map(surplus_payment).collect(),
        refunds: refunds.iter().map(refund).collect(),
        ledger_entries: entries.iter().map(ledger_entry).collect(),
    }
}

#[derive(Serialize, ToSchema)]
pub struct PaymentBooksAnswer {
    pub payment: PaymentBooks,
}
