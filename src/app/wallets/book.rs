//! The books of a wallet: its balance changes only here, together with the movement that changes
//! it and with the event that tells of it. Steps of use cases, none itself.

use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::wallet::Wallet;
use crate::domain::wallet::credits::Credits;
use crate::domain::wallet::spending::{Purse, Share};
use crate::domain::wallet::transaction::{Remaining, WalletTransaction};
use crate::store::{Reader, StoreError, Tx};

/// Credits have come in: the movement is settled.
pub fn put_in(
    tx: &Tx<'_>,
    wallet: Wallet,
    settled: &WalletTransaction,
    now: Timestamp,
) -> Result<Wallet, StoreError> {
    tx.put_wallet_transaction(settled)?;
    let wallet = wallet.grown(settled.remaining.amount, settled.remaining.credits, now)?;
    tx.save_wallet(&wallet)?;
    tell_wallet(tx, EventKind::WalletUpdated, &wallet, now)?;
    Ok(wallet)
}

/// Credits have left: `outbound` says why, `share` out of what.
pub fn take_out(
    tx: &Tx<'_>,
    wallet: Wallet,
    outbound: &WalletTransaction,
    share: &Share,
    now: Timestamp,
) -> Result<Wallet, StoreError> {
    tx.put_wallet_transaction(outbound)?;
    for taking in &share.takings {
        let lot = tx
            .wallet_transaction(wallet.organization_id, taking.lot)?
            .ok_or(StoreError::Panicked)?;
        let remaining = Remaining {
            amount: lot.remaining.amount.saturating_sub(taking.amount),
            credits: lot.remaining.credits.less(taking.credits),
        };
        tx.put_wallet_transaction(&WalletTransaction { remaining, ..lot })?;
        tx.insert_taking(outbound.id, taking)?;
    }
    let wallet = wallet.shrunk(outbound.amount.minor_units, outbound.credits, now);
    tx.save_wallet(&wallet)?;
    // There is less than before: perhaps too little.
    tx.look_at_threshold(wallet.id, now)?;
    tell_wallet(tx, EventKind::WalletUpdated, &wallet, now)?;
    Ok(wallet)
}

/// What a share comes to.
pub fn worth(wallet: &Wallet, share: &Share) -> Result<(Money, Credits), StoreError> {
    Ok((Money::new(share.amount(), wallet.currency), share.credits()?))
}

/// What there is to take out of.
pub fn purse(reader: &Reader<'_>, wallet: &Wallet) -> Result<Purse, StoreError> {
    let left = reader.credits_left(wallet.id)?;
    Ok(Purse {
        wallet_id: wallet.id,
        rate: wallet.rate,
        priority: wallet.priority,
        opened_at: wallet.created_at,
        lots: left.iter().filter_map(WalletTransaction::lot).collect(),
    })
}

pub fn tell_wallet(
    tx: &Tx<'_>,
    kind: EventKind,
    wallet: &Wallet,
    now: Timestamp,
) -> Result<(), StoreError> {
    let subject = Subject {
        customer_id: Some(wallet.customer_id),
        wallet_id: Some(wallet.id),
        ..Subject::default()
    };
    tx.append_event(&Event::new(kind, wallet.organization_id, subject, now))
}

pub fn tell_transaction(
    tx: &Tx<'_>,
    kind: EventKind,
    transaction: &WalletTransaction,
    now: Timestamp,
) -> Result<(), StoreError> {
    let subject = Subject {
        customer_id: Some(transaction.customer_id),
        invoice_id: transaction.invoice_id,
        wallet_id: Some(transaction.wallet_id),
        wallet_transaction_id: Some(transaction.id),
        ..Subject::default()
    };
    tx.append_event(&Event::new(kind, transaction.organization_id, subject, now))
}
