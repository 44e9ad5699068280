//! What requests ask of wallets, and what can be wrong with it beyond the form of single fields.

use super::credits::{Credits, Rate, TooLarge};
use super::rule::{RecurringRule, TopUpMethod, Trigger};
use super::{FeeType, OutsideLimits, PairOfMetadata, Wallet};
use crate::domain::change::Change;
use crate::domain::currency::Currency;
use crate::domain::id::{RecurringRuleId, WalletId};
use crate::domain::payment_method::MethodReference;
use crate::domain::time::Timestamp;

/// What is wrong with an amount of credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditsFault {
    /// Not worth a minor unit.
    RoundsToZero,
    TooLarge,
    BelowMinimum,
    AboveMaximum,
    /// More than the wallet holds.
    Insufficient,
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    CustomerNotFound,
    TooManyWallets,
    WalletNotFound,
    WalletTerminated,
    CodeTaken,
    CurrencyMissing,
    ExpirationPassed,
    MaximumBelowMinimum,
    MethodInvalid,
    RuleInvalid,
    Paid(CreditsFault),
    Granted(CreditsFault),
    Voided(CreditsFault),
}

/// What may be said of a wallet when it is made and later.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalletSettings {
    pub name: Change<Option<String>>,
    /// None makes one from the name, for a new wallet; otherwise it is no change.
    pub code: Option<String>,
    pub priority: Change<u8>,
    pub expiration_at: Change<Option<Timestamp>>,
    pub invoice_requires_successful_payment: Change<bool>,
    pub top_up_min: Change<Option<i64>>,
    pub top_up_max: Change<Option<i64>>,
    pub purchase_order_number: Change<Option<String>>,
    pub method: Change<MethodReference>,
    pub fee_types: Change<Vec<FeeType>>,
    pub metadata: Change<Vec<PairOfMetadata>>,
    /// All there are to be afterwards, at most one.
    pub rule: Change<Option<RuleRequest>>,
    /// None takes the only one there is.
    pub billing_entity_code: Option<String>,
}

impl WalletSettings {
    /// All but the code, the method and the rule.
    #[must_use]
    pub fn apply(&self, wallet: Wallet) -> Wallet {
        let mut changed = wallet;
        self.name.clone().apply(&mut changed.name);
        self.priority.clone().apply(&mut changed.priority);
        self.expiration_at.clone().apply(&mut changed.expiration_at);
        self.invoice_requires_successful_payment
            .clone()
            .apply(&mut changed.invoice_requires_successful_payment);
        self.top_up_min.clone().apply(&mut changed.limits.min);
        self.top_up_max.clone().apply(&mut changed.limits.max);
        self.purchase_order_number.clone().apply(&mut changed.purchase_order_number);
        self.fee_types.clone().apply(&mut changed.fee_types);
        if let Change::To(metadata) = &self.metadata {
            changed.metadata = Some(metadata.clone());
        }
        changed
    }

    /// What is wrong with it as such; `changed` is the wallet with it.
    pub fn faults(&self, changed: &Wallet, now: Timestamp) -> Vec<Fault> {
        let mut faults = Vec::new();
        if matches!(self.expiration_at, Change::To(Some(at)) if at <= now) {
            faults.push(Fault::ExpirationPassed);
        }
        if let (Some(min), Some(max)) = (changed.limits.min, changed.limits.max)
            && max < min
        {
            faults.push(Fault::MaximumBelowMinimum);
        }
        faults
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWallet {
    pub external_customer_id: Option<String>,
    /// None: it is wrong, and what depends on it is not judged.
    pub rate: Option<Rate>,
    /// None takes the customer's.
    pub currency: Option<Currency>,
    pub settings: WalletSettings,
    pub paid: Credits,
    pub granted: Credits,
    pub ignores_limits: bool,
    pub transaction_name: Option<String>,
    pub transaction_metadata: Vec<PairOfMetadata>,
    pub transaction_priority: u8,
}

impl NewWallet {
    /// What is wrong with the credits that it begins with.
    pub fn faults(&self, wallet: &Wallet) -> Vec<Fault> {
        if self.rate.is_none() {
            return vec![];
        }
        let limits = if self.ignores_limits { Limits::Ignored } else { Limits::Held };
        let paid = purchase_fault(wallet, self.paid, limits).map(Fault::Paid);
        let granted = worth_fault(wallet, self.granted).map(Fault::Granted);
        paid.into_iter().chain(granted).collect()
    }
}

/// Credits that are to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTransactions {
    pub wallet_id: Option<WalletId>,
    pub paid: Credits,
    pub granted: Credits,
    pub voided: Credits,
    pub ignores_limits: bool,
    /// None takes the wallet's.
    pub invoice_requires_successful_payment: Option<bool>,
    pub name: Option<String>,
    pub metadata: Vec<PairOfMetadata>,
    pub priority: u8,
    pub purchase_order_number: Option<String>,
    pub method: MethodReference,
}

impl NewTransactions {
    pub fn faults(&self, wallet: &Wallet) -> Vec<Fault> {
        let limits = if self.ignores_limits { Limits::Ignored } else { Limits::Held };
        let paid = purchase_fault(wallet, self.paid, limits).map(Fault::Paid);
        let granted = worth_fault(wallet, self.granted).map(Fault::Granted);
        let voided = if self.voided > wallet.credits {
            Some(CreditsFault::Insufficient)
        } else {
            worth_fault(wallet, self.voided)
        };
        paid.into_iter().chain(granted).chain(voided.map(Fault::Voided)).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limits {
    Held,
    Ignored,
}

/// Nothing at all is no fault: it is skipped.
fn worth_fault(wallet: &Wallet, credits: Credits) -> Option<CreditsFault> {
    if credits.is_zero() {
        return None;
    }
    match wallet.rate.money(credits, wallet.currency) {
        Err(TooLarge) => Some(CreditsFault::TooLarge),
        Ok(money) if money.is_positive() => None,
        Ok(_) => Some(CreditsFault::RoundsToZero),
    }
}

fn purchase_fault(wallet: &Wallet, credits: Credits, limits: Limits) -> Option<CreditsFault> {
    if let Some(fault) = worth_fault(wallet, credits) {
        return Some(fault);
    }
    if credits.is_zero() || limits == Limits::Ignored {
        return None;
    }
    let money = wallet.rate.money(credits, wallet.currency).ok()?;
    match wallet.limits.check(money) {
        Ok(()) => None,
        Err(OutsideLimits::Below) => Some(CreditsFault::BelowMinimum),
        Err(OutsideLimits::Above) => Some(CreditsFault::AboveMaximum),
    }
}

/// A rule as its caller wants it. What is None stays as it is, or takes what is usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRequest {
    /// One that is there, to be changed.
    pub id: Option<RecurringRuleId>,
    pub trigger: Trigger,
    pub method: TopUpMethod,
    pub paid: Option<Credits>,
    pub granted: Option<Credits>,
    pub grants_target_top_up: Option<bool>,
    pub started_at: Change<Option<Timestamp>>,
    pub expiration_at: Change<Option<Timestamp>>,
    pub ignores_limits: Option<bool>,
    pub invoice_requires_successful_payment: Option<bool>,
    pub name: Change<Option<String>>,
    pub metadata: Change<Vec<PairOfMetadata>>,
    pub purchase_order_number: Change<Option<String>>,
    pub method_reference: Change<MethodReference>,
}

impl RuleRequest {
    /// All but the method that it pays with.
    #[must_use]
    pub fn apply(&self, rule: RecurringRule) -> RecurringRule {
        let mut changed = RecurringRule {
            trigger: self.trigger,
            method: self.method,
            paid: self.paid.unwrap_or(rule.paid),
            granted: self.granted.unwrap_or(rule.granted),
            grants_target_top_up: self.grants_target_top_up.unwrap_or(rule.grants_target_top_up),
            ignores_limits: self.ignores_limits.unwrap_or(rule.ignores_limits),
            ..rule
        };
        self.started_at.clone().apply(&mut changed.started_at);
        self.expiration_at.clone().apply(&mut changed.expiration_at);
        self.name.clone().apply(&mut changed.details.name);
        self.metadata.clone().apply(&mut changed.details.metadata);
        self.purchase_order_number.clone().apply(&mut changed.details.purchase_order_number);
        if let Some(requires) = self.invoice_requires_successful_payment {
            changed.details.invoice_requires_successful_payment = requires;
        }
        changed
    }
}

/// Whether a rule can ever do what it says.
pub fn is_sound(rule: &RecurringRule, wallet: &Wallet, now: Timestamp) -> bool {
    if rule.expiration_at.is_some_and(|at| at <= now) {
        return false;
    }
    match (rule.method, rule.trigger) {
        (TopUpMethod::Target(target), Trigger::Threshold(threshold)) => {
            target >= threshold && wallet.rate.money(target, wallet.currency).is_ok()
        }
        (TopUpMethod::Target(target), Trigger::Interval(_)) => {
            wallet.rate.money(target, wallet.currency).is_ok()
        }
        (TopUpMethod::Fixed, Trigger::Threshold(_) | Trigger::Interval(_)) => {
            let limits = if rule.ignores_limits { Limits::Ignored } else { Limits::Held };
            purchase_fault(wallet, rule.paid, limits).is_none()
                && worth_fault(wallet, rule.granted).is_none()
        }
    }
}
