//! Wallets: what customers have paid ahead, as credits that are worth money. What moves in and
//! out is in `transaction.rs`, what is used first in `spending.rs`, what tops a wallet up by
//! itself in `rule.rs`.

pub mod calendar;
pub mod credits;
pub mod request;
pub mod rule;
pub mod spending;
pub mod transaction;

use chrono::NaiveDate;

use credits::{Credits, Rate, TooLarge};

use super::currency::Currency;
use super::decline::text_enum;
use super::id::{CustomerId, OrganizationId, WalletId};
use super::money::Money;
use super::payment_method::MethodChoice;
use super::time::Timestamp;

/// So many active wallets may a customer have.
pub const ACTIVE_MAX: u32 = 6;

/// Of wallets and of what comes into them, unless somebody says otherwise.
pub const PRIORITY_DEFAULT: u8 = 50;

text_enum!(
    /// What a wallet may be limited to: kinds of lines of an invoice.
    FeeType {
        Charge = "charge",
        AddOn = "add_on",
        Subscription = "subscription",
        Credit = "credit",
        Commitment = "commitment",
        FixedCharge = "fixed_charge",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairOfMetadata {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalletStatus {
    Active,
    /// Its credits are kept, but nobody can use them.
    Terminated {
        at: Timestamp,
    },
}

impl WalletStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            WalletStatus::Active => "active",
            WalletStatus::Terminated { .. } => "terminated",
        }
    }
}

/// How much may be bought at once, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TopUpLimits {
    pub min: Option<i64>,
    pub max: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutsideLimits {
    Below,
    Above,
}

impl TopUpLimits {
    pub fn check(self, amount: Money) -> Result<(), OutsideLimits> {
        if self.min.is_some_and(|min| amount.minor_units < min) {
            Err(OutsideLimits::Below)
        } else if self.max.is_some_and(|max| amount.minor_units > max) {
            Err(OutsideLimits::Above)
        } else {
            Ok(())
        }
    }

    /// The nearest amount that is allowed.
    #[must_use]
    pub fn clamp(self, amount: Money) -> Money {
        let raised = self.min.map_or(amount.minor_units, |min| amount.minor_units.max(min));
        let minor_units = self.max.map_or(raised, |max| raised.min(max));
        Money { minor_units, ..amount }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    pub id: WalletId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub status: WalletStatus,
    pub currency: Currency,
    pub name: Option<String>,
    /// Unique among the customer's active wallets.
    pub code: String,
    /// 1 to 50; the lowest is used first.
    pub priority: u8,
    pub rate: Rate,
    pub credits: Credits,
    /// What the credits are worth, in minor units.
    pub balance: i64,
    /// What invoices have used up.
    pub consumed: Credits,
    pub last_consumed_at: Option<Timestamp>,
    /// When the balance last changed.
    pub balance_changed_at: Option<Timestamp>,
    /// The day, at the customer's, on which a rule last topped it up because its day had come.
    pub last_interval_top_up_on: Option<NaiveDate>,
    pub expiration_at: Option<Timestamp>,
    pub invoice_requires_successful_payment: bool,
    pub limits: TopUpLimits,
    pub purchase_order_number: Option<String>,
    pub method_choice: MethodChoice,
    /// Empty: may pay for everything.
    pub fee_types: Vec<FeeType>,
    /// None: never set.
    pub metadata: Option<Vec<PairOfMetadata>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Wallet {
    /// Its credits can be used. One whose time is up is not, even before it is terminated.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.status == WalletStatus::Active && self.expiration_at.is_none_or(|at| at > now)
    }

    pub fn pays_for(&self, fee_type: FeeType) -> bool {
        self.fee_types.is_empty() || self.fee_types.contains(&fee_type)
    }

    pub fn balance_money(&self) -> Money {
        Money::new(self.balance, self.currency)
    }

    /// Credits have come in.
    pub fn grown(self, amount: i64, credits: Credits, now: Timestamp) -> Result<Wallet, TooLarge> {
        Ok(Wallet {
            balance: self.balance.checked_add(amount).ok_or(TooLarge)?,
            credits: self.credits.plus(credits)?,
            balance_changed_at: Some(now),
            updated_at: now,
            ..self
        })
    }

    /// Credits have left.
    #[must_use]
    pub fn shrunk(self, amount: i64, credits: Credits, now: Timestamp) -> Wallet {
        Wallet {
            balance: self.balance.saturating_sub(amount).max(0),
            credits: self.credits.less(credits),
            balance_changed_at: Some(now),
            updated_at: now,
            ..self
        }
    }

    /// An invoice has used credits; `shrunk` says so of the balance.
    pub fn consumed(self, credits: Credits, now: Timestamp) -> Result<Wallet, TooLarge> {
        Ok(Wallet { consumed: self.consumed.plus(credits)?, last_consumed_at: Some(now), ..self })
    }

    /// An invoice that had used credits is void.
    #[must_use]
    pub fn unconsumed(self, credits: Credits) -> Wallet {
        Wallet { consumed: self.consumed.less(credits), ..self }
    }

    /// None: it is terminated already.
    pub fn terminate(self, now: Timestamp) -> Option<Wallet> {
        match self.status {
            WalletStatus::Active => Some(Wallet {
                status: WalletStatus::Terminated { at: now },
                updated_at: now,
                ..self
            }),
            WalletStatus::Terminated { .. } => None,
        }
    }
}

/// The code of a wallet that was given none: `My Wallet` is `my_wallet`.
pub fn code_from_name(name: Option<&str>) -> String {
    let mut code = String::new();
    for sign in name.unwrap_or_default().trim().chars() {
        if sign.is_ascii_alphanumeric() || sign == '-' {
            code.push(sign.to_ascii_lowercase());
        } else if !code.ends_with('_') {
            code.push('_');
        }
    }
    let code = code.trim_matches('_');
    if code.is_empty() { "default".to_owned() } else { code.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_made_from_the_name() {
        assert_eq!(code_from_name(Some("My Wallet")), "my_wallet");
        assert_eq!(code_from_name(Some("  Pre-paid (2025)! ")), "pre-paid_2025");
        assert_eq!(code_from_name(Some("日本")), "default");
        assert_eq!(code_from_name(None), "default");
    }

    #[test]
    fn limits_bound_what_is_bought_at_once() {
        let limits = TopUpLimits { min: Some(500), max: Some(1_000) };
        let euros = |minor| Money::new(minor, Currency::EUR);
        assert_eq!(limits.check(euros(499)), Err(OutsideLimits::Below));
        assert_eq!(limits.check(euros(500)), Ok(()));
        assert_eq!(limits.check(euros(1_001)), Err(OutsideLimits::Above));
        assert_eq!(limits.clamp(euros(1)), euros(500));
        assert_eq!(limits.clamp(euros(5_000)), euros(1_000));
        assert_eq!(TopUpLimits::default().clamp(euros(7)), euros(7));
    }
}
