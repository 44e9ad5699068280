//! Credits, and what they are worth: exact decimals, floored to five places; money is rounded
//! half away from zero to a whole minor unit. What does not fit is an error.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::domain::currency::Currency;
use crate::domain::money::Money;

/// Credits have so many places.
pub const PLACES: u32 = 5;

/// One movement is worth less than this many minor units: sums of them fit.
const MINOR_UNITS_MAX: i64 = 1_000_000_000_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amount is too large")]
pub struct TooLarge;

/// An amount of credits: five places, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Credits(Decimal);

impl Credits {
    pub const ZERO: Credits = Credits(Decimal::ZERO);

    /// What stands behind the fifth place is dropped. None: negative.
    pub fn floored(value: Decimal) -> Option<Credits> {
        let floored = value.round_dp_with_strategy(PLACES, RoundingStrategy::ToZero);
        (!value.is_sign_negative() || value.is_zero()).then_some(Credits(floored.normalize()))
    }

    pub const fn decimal(self) -> Decimal {
        self.0
    }

    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    pub fn plus(self, other: Credits) -> Result<Credits, TooLarge> {
        self.0.checked_add(other.0).map(Credits).ok_or(TooLarge)
    }

    /// What is left; nothing when `other` is more.
    #[must_use]
    pub fn less(self, other: Credits) -> Credits {
        if other.0 >= self.0 { Credits::ZERO } else { Credits(self.0 - other.0) }
    }
}

/// Money for one credit, in major units of the wallet's currency. More than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(Decimal);

impl Rate {
    /// None: nothing or less.
    pub fn new(value: Decimal) -> Option<Rate> {
        (value > Decimal::ZERO).then_some(Rate(value.normalize()))
    }

    pub const fn decimal(self) -> Decimal {
        self.0
    }

    /// What the credits are worth.
    pub fn money(self, credits: Credits, currency: Currency) -> Result<Money, TooLarge> {
        let minor = credits
            .0
            .checked_mul(self.0)
            .and_then(|major| major.checked_mul(scale(currency)))
            .ok_or(TooLarge)?
            .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        let minor = i64::try_from(minor).map_err(|_| TooLarge)?;
        if minor > MINOR_UNITS_MAX { Err(TooLarge) } else { Ok(Money::new(minor, currency)) }
    }

    /// How many credits the money buys.
    pub fn credits(self, money: Money) -> Result<Credits, TooLarge> {
        let credits = Decimal::from(money.minor_units)
            .checked_div(scale(money.currency))
            .and_then(|major| major.checked_div(self.0))
            .ok_or(TooLarge)?;
        Credits::floored(credits).ok_or(TooLarge)
    }
}

/// How many minor units are one major unit.
fn scale(currency: Currency) -> Decimal {
    Decimal::from(10_u64.pow(currency.exponent()))
}

/// Minor units as major ones, exactly.
pub fn major_units(money: Money) -> Decimal {
    Decimal::new(money.minor_units, money.currency.exponent())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credits(text: &str) -> Credits {
        Credits::floored(text.parse().expect("a decimal")).expect("not negative")
    }

    fn rate(text: &str) -> Rate {
        Rate::new(text.parse().expect("a decimal")).expect("positive")
    }

    fn cents(credit: &str, of_rate: &str) -> i64 {
        rate(of_rate).money(credits(credit), Currency::EUR).expect("fits").minor_units
    }

    #[test]
    fn credits_are_floored_to_five_places() {
        assert_eq!(credits("1.999999").decimal().to_string(), "1.99999");
        assert_eq!(credits("10.00").decimal().to_string(), "10");
        assert_eq!(Credits::floored("-0.1".parse().expect("a decimal")), None);
        assert_eq!(Credits::floored("-0".parse().expect("a decimal")), Some(Credits::ZERO));
    }

    #[test]
    fn money_is_rounded_half_away_from_zero() {
        assert_eq!(cents("10", "1"), 1_000);
        assert_eq!(cents("1", "0.005"), 1);
        assert_eq!(cents("1", "0.0049"), 0);
        assert_eq!(cents("3", "0.333333"), 100);
        let yen: Currency = "JPY".parse().expect("yen exist");
        assert_eq!(rate("1.5").money(credits("3"), yen), Ok(Money::new(5, yen)));
    }

    #[test]
    fn bought_credits_follow_from_the_money() {
        let bought = |minor, of_rate| rate(of_rate).credits(Money::new(minor, Currency::EUR));
        assert_eq!(bought(1_000, "1"), Ok(credits("10")));
        assert_eq!(bought(333, "0.333333"), Ok(credits("9.99000")));
        assert_eq!(bought(100, "0.3"), Ok(credits("3.33333")));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let most = Credits(Decimal::MAX);
        assert_eq!(rate("2").money(most, Currency::EUR), Err(TooLarge));
        assert_eq!(rate("1").money(credits("99999999999999"), Currency::EUR), Err(TooLarge));
        assert_eq!(most.plus(most), Err(TooLarge));
        let least = Rate(Decimal::new(1, 28));
        assert_eq!(least.credits(Money::new(i64::MAX, Currency::EUR)), Err(TooLarge));
    }
}
