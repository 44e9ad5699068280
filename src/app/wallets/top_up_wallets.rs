//! Wallets are topped up by themselves: because a day has come, or because there is little left.
//! Each rule says when it is to be looked at; looking twice, or late, does nothing twice.

use super::Owner;
use super::top_up::{Order, top_up};
use crate::app::App;
use crate::domain::id::{RecurringRuleId, WalletId};
use crate::domain::payment::PayableId;
use crate::domain::payment_method::MethodChoice;
use crate::domain::recovery::{IdleReason, State};
use crate::domain::time::Timestamp;
use crate::domain::wallet::credits::Credits;
use crate::domain::wallet::rule::{REST_AFTER_DECLINE, RecurringRule, Standing, TopUp, Trigger};
use crate::domain::wallet::transaction::{
    Movement, TopUpDetails, TransactionKind, TransactionSource, WalletTransaction,
};
use crate::domain::wallet::{PRIORITY_DEFAULT, Wallet};
use crate::store::{Reader, StoreError, Tx};

/// So many rules are looked at before more are asked for.
const PAGE: u32 = 200;

/// So many earlier purchases of one wallet are looked at.
const EARLIER_MAX: u32 = 100;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ToppedUp {
    pub looked_at: u64,
    pub topped_up: u64,
}

impl App {
    pub fn top_up_wallets(&self) -> Result<ToppedUp, StoreError> {
        let now = self.clock.now();
        let mut run = ToppedUp::default();
        loop {
            let due =
                self.store.read(|read| read.rules_to_look_at_of_every_organization(now, PAGE))?;
            let count = u32::try_from(due.len()).unwrap_or(PAGE);
            for rule in due {
                run.looked_at += 1;
                if self.look_at(rule, now)? {
                    run.topped_up += 1;
                }
            }
            if count < PAGE {
                break;
            }
        }
        if run.topped_up > 0 {
            self.wake.ring();
        }
        Ok(run)
    }

    fn look_at(&self, id: RecurringRuleId, now: Timestamp) -> Result<bool, StoreError> {
        match self.store.write(move |tx| look(tx, id, now)) {
            // It can never do what it says, and the others are not to wait for it.
            Err(StoreError::TooLarge) => {
                tracing::error!(rule = ?id, "a wallet cannot hold what its rule brings: it ends");
                self.store.write(move |tx| end(tx, id, now))?;
                Ok(false)
            }
            other => other,
        }
    }
}

fn end(tx: &Tx<'_>, id: RecurringRuleId, now: Timestamp) -> Result<(), StoreError> {
    match tx.recurring_rule_of_every_organization(id)? {
        Some(rule) => tx.put_recurring_rule(&rule.terminate(now)),
        None => Ok(()),
    }
}

/// Whether anything came of it.
fn look(tx: &Tx<'_>, id: RecurringRuleId, now: Timestamp) -> Result<bool, StoreError> {
    let Some(rule) = tx.recurring_rule_of_every_organization(id)? else { return Ok(false) };
    if rule.next_look_at.is_none_or(|at| at > now) {
        return Ok(false);
    }
    let wallet = tx.wallet(rule.organization_id, rule.wallet_id)?.ok_or(StoreError::Panicked)?;
    let owner = Owner::of(tx, &wallet)?;
    let standing = standing(tx, wallet.id)?;
    let (rule, brings) = rule.look(&wallet, owner.zone(), standing, now)?;
    let source = match rule.trigger {
        Trigger::Interval(_) => TransactionSource::Interval,
        Trigger::Threshold(_) => TransactionSource::Threshold,
    };
    if source == TransactionSource::Threshold
        && !brings.paid.is_zero()
        && !give_up_earlier(tx, &wallet, now)?
    {
        // An earlier one is being charged right now: what comes of it decides.
        let next_look_at = Some(now.plus(REST_AFTER_DECLINE));
        tx.put_recurring_rule(&RecurringRule { next_look_at, ..rule })?;
        return Ok(false);
    }
    tx.put_recurring_rule(&rule)?;
    if brings.is_nothing() {
        return Ok(false);
    }
    let wallet = match source {
        TransactionSource::Interval => {
            let today = Some(now.date_in(owner.zone()));
            Wallet { last_interval_top_up_on: today, ..wallet }
        }
        TransactionSource::Threshold | TransactionSource::Manual => wallet,
    };
    tx.save_wallet(&wallet)?;
    top_up(tx, wallet, &order(&owner, &rule, source, brings), now)?;
    Ok(true)
}

fn order<'a>(
    owner: &'a Owner,
    rule: &'a RecurringRule,
    source: TransactionSource,
    brings: TopUp,
) -> Order<'a> {
    Order {
        owner,
        rule: Some(rule),
        movement: Movement {
            kind: TransactionKind::Granted,
            source,
            rule_id: Some(rule.id),
            priority: PRIORITY_DEFAULT,
            details: TopUpDetails {
                // The rule's own choice is looked at beside the wallet's.
                method_choice: MethodChoice::Default,
                ..rule.details.clone()
            },
        },
        top_up: brings,
    }
}

fn standing(reader: &Reader<'_>, wallet: WalletId) -> Result<Standing, StoreError> {
    let mut coming = Credits::ZERO;
    for purchase in reader.pending_purchases(wallet)? {
        coming = coming.plus(purchase.credits)?;
    }
    for purchase in reader.threshold_purchases_still_collected(wallet, EARLIER_MAX)? {
        if stands_in_for_another(reader, &purchase)? {
            coming = coming.plus(purchase.credits)?;
        }
    }
    // A purchase that was paid says that the method works again.
    let paid_at = reader.last_purchase_settled_at(wallet)?;
    let since = paid_at.unwrap_or(Timestamp::from_unix_ms(0));
    let (declines, declined_at) = reader.automatic_declines_after(wallet, since)?;
    Ok(Standing { coming, declined_at, declines })
}

/// It was declined, and another one now would be as well: it waits for another method, or for the
/// payer, and is charged as soon as they come. Or it is being charged right now.
fn stands_in_for_another(
    reader: &Reader<'_>,
    purchase: &WalletTransaction,
) -> Result<bool, StoreError> {
    let Some(invoice) = purchase.invoice_id else { return Ok(false) };
    let recovery = reader.recovery_of(PayableId::Invoice(invoice))?;
    Ok(recovery.is_some_and(|recovery| {
        matches!(
            recovery.state,
            State::Charging { .. }
                | State::Idle { reason: IdleReason::NeedsMethod | IdleReason::NeedsPayer }
        )
    }))
}

/// What the threshold bought before and nobody paid is replaced by what it buys now: it can still
/// be paid, but is not charged by itself any more. Otherwise a customer whose card works again
/// would pay for all of them at once. False: one of them is being charged.
fn give_up_earlier(tx: &Tx<'_>, wallet: &Wallet, now: Timestamp) -> Result<bool, StoreError> {
    for purchase in tx.threshold_purchases_still_collected(wallet.id, EARLIER_MAX)? {
        let Some(invoice) = purchase.invoice_id else { continue };
        let Some(recovery) = tx.recovery_of(PayableId::Invoice(invoice))? else { continue };
        match recovery.rest(IdleReason::Manual, now) {
            Ok(resting) => tx.save_recovery(&resting)?,
            Err(_) => return Ok(false),
        }
    }
    Ok(true)
}
