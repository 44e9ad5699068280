//! An invoice is finalized: credits of the customer's wallets pay it, as far as they go, before
//! its total is fixed. A step of finalizing, no use case itself.

use super::book::{purse, take_out, worth};
use crate::domain::invoice::{Invoice, InvoiceType, PaymentStatus};
use crate::domain::time::Timestamp;
use crate::domain::wallet::spending::{Nature, Purse, Share, spend};
use crate::domain::wallet::transaction::{
    Movement, TopUpDetails, TransactionKind, TransactionSource, WalletTransaction,
};
use crate::domain::wallet::{FeeType, PRIORITY_DEFAULT, Wallet};
use crate::store::{StoreError, Tx};

/// The invoice with what credits paid of it, and with what is left as its total. Only invoices of
/// subscriptions use credits; any other comes back as it is, and so does one that has used them.
///
/// The caller saves the invoice, in the same transaction.
pub fn spend_credits(tx: &Tx<'_>, invoice: Invoice, now: Timestamp) -> Result<Invoice, StoreError> {
    let uses_credits = match invoice.invoice_type {
        InvoiceType::Subscription => invoice.prepaid_amount() == 0,
        InvoiceType::OneOff | InvoiceType::Credit => false,
    };
    if !uses_credits || !tx.credits_spent_on(invoice.id)?.is_empty() {
        return Ok(invoice);
    }
    let wallets: Vec<Wallet> = tx
        .active_wallets(invoice.customer_id)?
        .into_iter()
        .filter(|wallet| {
            wallet.is_usable(now)
                && wallet.currency == invoice.currency
                && wallet.pays_for(FeeType::Subscription)
        })
        .collect();
    let purses: Result<Vec<Purse>, StoreError> =
        wallets.iter().map(|wallet| purse(tx, wallet)).collect();
    let shares = spend(purses?, invoice.total_with_prepaid())?;
    for share in &shares {
        let wallet = wallets.iter().find(|wallet| wallet.id == share.wallet_id);
        let wallet = wallet.ok_or(StoreError::Panicked)?;
        pay_with(tx, wallet, share, &invoice, now)?;
    }
    let of = |nature| shares.iter().map(|share| share.amount_of(nature)).sum();
    let paid_ahead = Invoice {
        prepaid_granted_amount: of(Nature::Granted),
        prepaid_purchased_amount: of(Nature::Purchased),
        ..invoice
    };
    let total_amount = paid_ahead.total_with_prepaid().saturating_sub(paid_ahead.prepaid_amount());
    Ok(Invoice {
        total_amount,
        // Credits paid all of it: there is nothing to collect.
        payment_status: if total_amount == 0 {
            PaymentStatus::Succeeded
        } else {
            paid_ahead.payment_status
        },
        ..paid_ahead
    })
}

fn pay_with(
    tx: &Tx<'_>,
    wallet: &Wallet,
    share: &Share,
    invoice: &Invoice,
    now: Timestamp,
) -> Result<(), StoreError> {
    let movement = Movement {
        kind: TransactionKind::Invoiced,
        source: TransactionSource::Manual,
        rule_id: None,
        priority: PRIORITY_DEFAULT,
        details: TopUpDetails::default(),
    };
    let (amount, credits) = worth(wallet, share)?;
    let outbound = WalletTransaction {
        invoice_id: Some(invoice.id),
        ..movement.outbound(wallet, (amount, credits), now)
    };
    let wallet = wallet.clone().consumed(credits, now)?;
    take_out(tx, wallet, &outbound, share, now)?;
    Ok(())
}
