//! What is to top a wallet up by itself, as a request wants it: checked, and set. Steps of use
//! cases, none itself.

use super::Owner;
use crate::domain::change::Change;
use crate::domain::id::RecurringRuleId;
use crate::domain::payment_method::MethodChoice;
use crate::domain::time::Timestamp;
use crate::domain::wallet::Wallet;
use crate::domain::wallet::credits::Credits;
use crate::domain::wallet::request::{RuleRequest, is_sound};
use crate::domain::wallet::rule::{RecurringRule, TopUp};
use crate::domain::wallet::transaction::TopUpDetails;
use crate::store::{Reader, StoreError, Tx};

/// The rule as it is to be. None: it makes no sense, or names what is not there.
///
/// `usual` is what a new one brings unless it says otherwise; `owner` of None: the customer is not
/// known, and so is none of their methods.
pub fn wanted_rule(
    reader: &Reader<'_>,
    owner: Option<&Owner>,
    wallet: &Wallet,
    (request, usual): (&RuleRequest, TopUp),
    now: Timestamp,
) -> Result<Option<RecurringRule>, StoreError> {
    let known = reader.rule_of_wallet(wallet.id)?;
    let base = match (request.id, known) {
        (Some(id), Some(known)) if known.id == id => known,
        (Some(_), _) => return Ok(None),
        (None, _) => fresh(wallet, request, usual, now),
    };
    let mut rule = request.apply(base);
    if let Change::To(reference) = request.method_reference
        && let Some(owner) = owner
    {
        match reader.method_choice(&owner.customer, reference)? {
            Some(choice) => rule.details.method_choice = choice,
            None => return Ok(None),
        }
    }
    Ok(is_sound(&rule, wallet, now).then_some(rule))
}

/// Without what the request says of it.
fn fresh(wallet: &Wallet, request: &RuleRequest, usual: TopUp, now: Timestamp) -> RecurringRule {
    RecurringRule {
        id: RecurringRuleId::at(now),
        organization_id: wallet.organization_id,
        wallet_id: wallet.id,
        trigger: request.trigger,
        method: request.method,
        paid: usual.paid,
        granted: usual.granted,
        grants_target_top_up: false,
        started_at: None,
        expiration_at: None,
        ignores_limits: false,
        details: TopUpDetails {
            method_choice: MethodChoice::Default,
            invoice_requires_successful_payment: wallet.invoice_requires_successful_payment,
            ..TopUpDetails::default()
        },
        terminated_at: None,
        next_on: None,
        next_look_at: None,
        created_at: now,
    }
}

pub const NOTHING_USUAL: TopUp = TopUp { paid: Credits::ZERO, granted: Credits::ZERO };

/// From now on this is the wallet's rule; None: it has none. Another one ends.
pub fn set_rule(
    tx: &Tx<'_>,
    owner: &Owner,
    wallet: &Wallet,
    wanted: Option<RecurringRule>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let before = tx.rule_of_wallet(wallet.id)?;
    let zone = owner.zone();
    match (before, wanted) {
        (Some(before), Some(wanted)) if before.id == wanted.id => {
            tx.put_recurring_rule(&wanted.replanned(&before, wallet, zone, now))
        }
        (before, wanted) => {
            if let Some(before) = before {
                tx.put_recurring_rule(&before.terminate(now))?;
            }
            match wanted {
                Some(wanted) => tx.put_recurring_rule(&wanted.planned(wallet, zone, now)),
                None => Ok(()),
            }
        }
    }
}
