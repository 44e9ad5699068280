//! An invoice is voided: the credits that it took come back, granted ones as granted, bought ones
//! as bought; and what was to be bought with it is not. A step of voiding, no use case itself.

use super::book::{put_in, tell_transaction};
use super::follow_invoice::abandon;
use crate::domain::event::EventKind;
use crate::domain::invoice::Invoice;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::wallet::PRIORITY_DEFAULT;
use crate::domain::wallet::credits::Credits;
use crate::domain::wallet::spending::Nature;
use crate::domain::wallet::transaction::{
    Movement, TopUpDetails, TransactionKind, TransactionSource, WalletTransaction,
};
use crate::store::{StoreError, Tx};

pub fn give_back(tx: &Tx<'_>, voided: &Invoice, now: Timestamp) -> Result<(), StoreError> {
    abandon(tx, voided, now)?;
    for spent in tx.credits_spent_on(voided.id)? {
        let takings = tx.takings_of(spent.id)?;
        for nature in Nature::ALL {
            let of_it = || takings.iter().filter(|taking| taking.nature == *nature);
            let amount: i64 = of_it().map(|taking| taking.amount).sum();
            let credits =
                of_it().try_fold(Credits::ZERO, |sum, taking| sum.plus(taking.credits))?;
            if amount > 0 || !credits.is_zero() {
                let worth = (Money { minor_units: amount, ..spent.amount }, credits);
                put_back(tx, &spent, (*nature, worth), now)?;
            }
        }
    }
    Ok(())
}

/// Also into a wallet that was terminated meanwhile: its credits are kept, though nobody can use
/// them.
fn put_back(
    tx: &Tx<'_>,
    spent: &WalletTransaction,
    (nature, (amount, credits)): (Nature, (Money, Credits)),
    now: Timestamp,
) -> Result<(), StoreError> {
    let wallet = tx.wallet(spent.organization_id, spent.wallet_id)?.ok_or(StoreError::Panicked)?;
    let movement = Movement {
        kind: match nature {
            Nature::Granted => TransactionKind::Granted,
            Nature::Purchased => TransactionKind::Purchased,
        },
        source: TransactionSource::Manual,
        rule_id: None,
        priority: PRIORITY_DEFAULT,
        details: TopUpDetails::default(),
    };
    let pending = WalletTransaction {
        voided_invoice_id: spent.invoice_id,
        ..movement.worth(&wallet, (amount, credits), now)
    };
    let Some(settled) = pending.settle(now) else { return Ok(()) };
    put_in(tx, wallet.unconsumed(credits), &settled, now)?;
    tell_transaction(tx, EventKind::WalletTransactionCreated, &settled, now)
}
