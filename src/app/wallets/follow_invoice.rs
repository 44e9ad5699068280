//! A purchase follows the invoice that it is paid by: settled once, whatever is told twice or
//! late, in the transaction that changes the invoice. Steps of use cases, none itself.

use super::Owner;
use super::book::{put_in, tell_transaction};
use super::credit_invoice::show_paid_invoice;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::invoice::{Invoice, InvoiceStatus, InvoiceType, PaymentStatus};
use crate::domain::time::Timestamp;
use crate::domain::wallet::rule::REST_AFTER_DECLINE;
use crate::domain::wallet::transaction::WalletTransaction;
use crate::store::{StoreError, Tx};

/// The invoice as it is then: one that waited for its payment is shown once it is paid.
pub fn follow_invoice(
    tx: &Tx<'_>,
    invoice: &Invoice,
    now: Timestamp,
) -> Result<Invoice, StoreError> {
    if invoice.invoice_type != InvoiceType::Credit {
        return Ok(invoice.clone());
    }
    let Some(purchase) = tx.purchase_of_invoice(invoice.id)? else { return Ok(invoice.clone()) };
    match invoice.payment_status {
        PaymentStatus::Succeeded => paid(tx, invoice, purchase, now),
        PaymentStatus::Failed => {
            fail(tx, purchase, now)?;
            Ok(invoice.clone())
        }
        PaymentStatus::Pending => Ok(invoice.clone()),
    }
}

/// Nobody will pay for it any more: its invoice is void.
pub fn abandon(tx: &Tx<'_>, invoice: &Invoice, now: Timestamp) -> Result<(), StoreError> {
    if invoice.invoice_type != InvoiceType::Credit {
        return Ok(());
    }
    match tx.purchase_of_invoice(invoice.id)? {
        Some(purchase) => fail(tx, purchase, now),
        None => Ok(()),
    }
}

/// A purchase could not be paid, as `told` says of its invoice: it is told of the purchase too,
/// each time, whether or not the invoice is shown.
pub fn tell_declined(tx: &Tx<'_>, invoice: &Invoice, told: &Event) -> Result<(), StoreError> {
    if invoice.invoice_type != InvoiceType::Credit {
        return Ok(());
    }
    let Some(purchase) = tx.purchase_of_invoice(invoice.id)? else { return Ok(()) };
    let subject = Subject {
        wallet_id: Some(purchase.wallet_id),
        wallet_transaction_id: Some(purchase.id),
        ..told.subject
    };
    let event =
        Event::new(EventKind::WalletTransactionFailed, told.organization_id, subject, told.at);
    tx.append_event(&Event { code: told.code.clone(), message: told.message.clone(), ..event })
}

fn paid(
    tx: &Tx<'_>,
    invoice: &Invoice,
    purchase: WalletTransaction,
    now: Timestamp,
) -> Result<Invoice, StoreError> {
    let wallet =
        tx.wallet(purchase.organization_id, purchase.wallet_id)?.ok_or(StoreError::Panicked)?;
    let invoice = if invoice.status == InvoiceStatus::Open {
        show_paid_invoice(tx, &Owner::of(tx, &wallet)?, invoice.clone(), now)?
    } else {
        invoice.clone()
    };
    // What is settled stays so, and is not put in again.
    if let Some(settled) = purchase.settle(now) {
        let wallet = put_in(tx, wallet, &settled, now)?;
        tell_transaction(tx, EventKind::WalletTransactionUpdated, &settled, now)?;
        // After a decline nothing was bought for a while; that is over.
        tx.look_at_threshold(wallet.id, now)?;
    }
    Ok(invoice)
}

fn fail(tx: &Tx<'_>, purchase: WalletTransaction, now: Timestamp) -> Result<(), StoreError> {
    let Some(failed) = purchase.fail(now) else { return Ok(()) };
    tx.put_wallet_transaction(&failed)?;
    tell_transaction(tx, EventKind::WalletTransactionUpdated, &failed, now)?;
    tx.look_at_threshold(failed.wallet_id, now.plus(REST_AFTER_DECLINE))
}
