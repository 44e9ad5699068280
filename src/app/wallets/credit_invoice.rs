//! The invoice for credits that are bought: one line, no taxes. It is shown at once, or only once
//! it is paid. Steps of use cases, none itself.

use rust_decimal::Decimal;

use super::Owner;
use super::book::tell_transaction;
use crate::app::invoice_changes::tell;
use crate::app::issue_invoice::{begin_collecting, due_date, numbered};
use crate::domain::event::EventKind;
use crate::domain::id::{FeeId, InvoiceId};
use crate::domain::invoice::{
    Fee, FeeItem, Invoice, InvoiceStatus, InvoiceType, PaymentStatus, invoice_number,
};
use crate::domain::money::Money;
use crate::domain::payment_method::MethodChoice;
use crate::domain::time::Timestamp;
use crate::domain::wallet::Wallet;
use crate::domain::wallet::credits::Credits;
use crate::domain::wallet::transaction::WalletTransaction;
use crate::store::{StoreError, Tx};

/// What the line of a purchase without a name is called.
const ITEM: &str = "credit";

/// Writes the purchase down, with the invoice that it is paid by.
pub(super) fn issue_credit_invoice(
    tx: &Tx<'_>,
    owner: &Owner,
    wallet: &Wallet,
    (purchase, method_choice): (WalletTransaction, MethodChoice),
    now: Timestamp,
) -> Result<WalletTransaction, StoreError> {
    let invoice = open_invoice(owner, &purchase, method_choice, now);
    let waits_for_payment = purchase.details.invoice_requires_successful_payment;
    let invoice = if waits_for_payment {
        invoice
    } else {
        let finalized = Invoice { status: InvoiceStatus::Finalized, ..invoice };
        numbered(tx, finalized, &owner.customer, &owner.organization)?
    };
    tx.insert_invoice(&invoice)?;
    tx.insert_fees(&[line(wallet, &invoice, &purchase)])?;
    let purchase = WalletTransaction { invoice_id: Some(invoice.id), ..purchase };
    tx.put_wallet_transaction(&purchase)?;
    tell_transaction(tx, EventKind::WalletTransactionCreated, &purchase, now)?;
    begin_collecting(tx, &invoice, &owner.customer, now)?;
    if !waits_for_payment {
        tell(tx, EventKind::CreditInvoiceIssued, &invoice, now)?;
    }
    Ok(purchase)
}

/// It is paid, so it is shown: with a number, and issued and due today.
pub(super) fn show_paid_invoice(
    tx: &Tx<'_>,
    owner: &Owner,
    invoice: Invoice,
    now: Timestamp,
) -> Result<Invoice, StoreError> {
    let today = now.date_in(owner.zone());
    let shown = Invoice {
        status: InvoiceStatus::Finalized,
        issuing_date: today,
        payment_due_date: today,
        updated_at: now,
        ..invoice
    };
    let shown = numbered(tx, shown, &owner.customer, &owner.organization)?;
    tx.rewrite_invoice(&shown)?;
    tell(tx, EventKind::CreditInvoiceIssued, &shown, now)?;
    Ok(shown)
}

fn open_invoice(
    owner: &Owner,
    purchase: &WalletTransaction,
    method_choice: MethodChoice,
    now: Timestamp,
) -> Invoice {
    let Owner { organization, customer } = owner;
    let net_payment_term = customer.net_payment_term.unwrap_or(organization.net_payment_term);
    let issuing_date = now.date_in(owner.zone());
    Invoice {
        id: InvoiceId::at(now),
        organization_id: organization.id,
        customer_id: customer.id,
        invoice_type: InvoiceType::Credit,
        status: InvoiceStatus::Open,
        payment_status: PaymentStatus::Pending,
        sequential_id: None,
        number: invoice_number(&organization.document_number_prefix, None),
        purchase_order_number: purchase.details.purchase_order_number.clone(),
        currency: purchase.amount.currency,
        fees_amount: purchase.amount.minor_units,
        taxes_amount: 0,
        prepaid_granted_amount: 0,
        prepaid_purchased_amount: 0,
        total_amount: purchase.amount.minor_units,
        paid_amount: 0,
        issuing_date,
        // A term beyond the calendar is none.
        payment_due_date: due_date(issuing_date, net_payment_term).unwrap_or(issuing_date),
        net_payment_term,
        payment_overdue: false,
        dispute_lost_at: None,
        voided_at: None,
        skip_automatic_payment: false,
        method_choice,
        created_at: now,
        updated_at: now,
    }
}

fn line(wallet: &Wallet, invoice: &Invoice, purchase: &WalletTransaction) -> Fee {
    let name = purchase.details.name.clone().unwrap_or_else(|| ITEM.to_owned());
    Fee {
        id: FeeId::at(invoice.created_at),
        invoice_id: invoice.id,
        item: FeeItem::WalletTransaction(purchase.id),
        item_code: ITEM.to_owned(),
        item_name: name,
        description: None,
        invoice_display_name: None,
        units: purchase.credits.decimal(),
        unit_amount: unit_amount(wallet),
        amount: purchase.amount.minor_units,
        taxes_amount: 0,
        taxes_rate: Decimal::ZERO,
        currency: purchase.amount.currency,
        from: invoice.created_at,
        to: invoice.created_at,
        payment_status: PaymentStatus::Pending,
        succeeded_at: None,
        failed_at: None,
        created_at: invoice.created_at,
    }
}

/// In whole minor units: what a credit costs may be less than one, and is shown exactly from the
/// amount.
fn unit_amount(wallet: &Wallet) -> i64 {
    let one = Credits::floored(Decimal::ONE).unwrap_or_default();
    let money = wallet.rate.money(one, wallet.currency);
    money.unwrap_or(Money::zero(wallet.currency)).minor_units
}
