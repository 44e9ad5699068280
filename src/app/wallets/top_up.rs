//! Credits come in: bought ones with the invoice that they are paid by, granted ones at once. A
//! step of use cases, none itself.

use super::Owner;
use super::book::{put_in, tell_transaction};
use super::credit_invoice::issue_credit_invoice;
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::domain::event::EventKind;
use crate::domain::payment_method::MethodChoice;
use crate::domain::time::Timestamp;
use crate::domain::wallet::Wallet;
use crate::domain::wallet::rule::{RecurringRule, TopUp};
use crate::domain::wallet::transaction::{Movement, TransactionKind, WalletTransaction};
use crate::store::{StoreError, Tx};

/// What comes in, and on whose behalf.
pub struct Order<'a> {
    pub owner: &'a Owner,
    /// The rule that asks for it; None: a person does.
    pub rule: Option<&'a RecurringRule>,
    /// Of any kind: the kind is chosen for each.
    pub movement: Movement,
    pub top_up: TopUp,
}

/// Bought credits first, then granted ones; with the wallet as it is then.
pub fn top_up(
    tx: &Tx<'_>,
    wallet: Wallet,
    order: &Order<'_>,
    now: Timestamp,
) -> Result<(Wallet, Vec<WalletTransaction>), StoreError> {
    let mut made = Vec::new();
    let TopUp { paid, granted } = order.top_up;
    if !paid.is_zero() {
        let movement = Movement { kind: TransactionKind::Purchased, ..order.movement.clone() };
        let purchase = movement.inbound(&wallet, paid, now)?;
        let choice = effective_method(&purchase, order.rule, &wallet);
        let purchase = issue_credit_invoice(tx, order.owner, &wallet, (purchase, choice), now)?;
        made.push(purchase);
        crash_point(CrashPoint::InTopUp);
    }
    let mut wallet = wallet;
    if !granted.is_zero() {
        let movement = Movement { kind: TransactionKind::Granted, ..order.movement.clone() };
        let grant = movement.inbound(&wallet, granted, now)?;
        wallet = put_in(tx, wallet, &grant, now)?;
        tell_transaction(tx, EventKind::WalletTransactionCreated, &grant, now)?;
        made.push(grant);
    }
    Ok((wallet, made))
}

/// What the purchase says, else the rule, else the wallet, else the customer's default.
fn effective_method(
    purchase: &WalletTransaction,
    rule: Option<&RecurringRule>,
    wallet: &Wallet,
) -> MethodChoice {
    let says = [
        Some(purchase.details.method_choice),
        rule.map(|rule| rule.details.method_choice),
        Some(wallet.method_choice),
    ];
    let first = says.into_iter().flatten().find(|choice| *choice != MethodChoice::Default);
    first.unwrap_or_default()
}
