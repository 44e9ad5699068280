//! Writes into the ledger, in the transaction that learns of the money. A step of use cases, none
//! itself.

use crate::domain::attempt::Attempt;
use crate::domain::id::{InvoiceId, LedgerEntryId};
use crate::domain::ledger::{EntryKind, LedgerEntry};
use crate::domain::money::Money;
use crate::domain::payment::{ManualPayment, PayableId};
use crate::domain::refund::Refund;
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

/// What moved of a payment. In is positive, out is negative.
#[derive(Debug, Clone, Copy)]
pub struct Movement {
    pub kind: EntryKind,
    pub invoice_id: Option<InvoiceId>,
    pub minor_units: i64,
}

pub fn append(
    tx: &Tx<'_>,
    payment: &Attempt,
    movement: Movement,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.append_ledger(&entry(payment, movement, now))
}

fn entry(payment: &Attempt, movement: Movement, now: Timestamp) -> LedgerEntry {
    LedgerEntry {
        id: LedgerEntryId::at(now),
        organization_id: payment.organization_id,
        customer_id: payment.customer_id,
        payable: payment.payable,
        invoice_id: movement.invoice_id,
        payment_id: payment.id,
        refund_id: None,
        kind: movement.kind,
        amount: Money { minor_units: movement.minor_units, ..payment.amount },
        at: now,
    }
}

pub fn append_manual(
    tx: &Tx<'_>,
    payment: &ManualPayment,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.append_ledger(&LedgerEntry {
        id: LedgerEntryId::at(now),
        organization_id: payment.organization_id,
        customer_id: payment.customer_id,
        payable: PayableId::Invoice(payment.invoice_id),
        invoice_id: Some(payment.invoice_id),
        payment_id: payment.id,
        refund_id: None,
        kind: EntryKind::ManualPayment,
        amount: payment.amount,
        at: now,
    })
}

/// The refund went out, or came back.
pub fn append_refund(
    tx: &Tx<'_>,
    payment: &Attempt,
    (refund, movement): (&Refund, Movement),
    now: Timestamp,
) -> Result<(), StoreError> {
    let refund_id = Some(refund.id);
    tx.append_ledger(&LedgerEntry { refund_id, ..entry(payment, movement, now) })
}
