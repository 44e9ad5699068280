//! Money: whole minor units of one currency. Never a float, never mixed, never overflows
//! quietly.

use std::fmt;

use super::currency::Currency;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Cents for EUR, whole yen for JPY. May be negative only as a difference.
    pub minor_units: i64,
    pub currency: Currency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("two currencies cannot be mixed")]
    CurrencyMismatch,
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    pub const fn new(minor_units: i64, currency: Currency) -> Money {
        Money { minor_units, currency }
    }

    pub const fn zero(currency: Currency) -> Money {
        Money { minor_units: 0, currency }
    }

    pub const fn is_positive(self) -> bool {
        self.minor_units > 0
    }

    pub fn plus(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        let minor_units =
            self.minor_units.checked_add(other.minor_units).ok_or(MoneyError::Overflow)?;
        Ok(Money { minor_units, ..self })
    }

    pub fn minus(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        let minor_units =
            self.minor_units.checked_sub(other.minor_units).ok_or(MoneyError::Overflow)?;
        Ok(Money { minor_units, ..self })
    }

    fn same_currency(self, other: Money) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::CurrencyMismatch) }
    }
}

/// `49.00 EUR`, `1050 JPY`: for people, not for the wire.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let sign = if self.minor_units < 0 { "-" } else { "" };
        let units = self.minor_units.unsigned_abs();
        let scale = 10_u64.pow(exponent);
        if exponent == 0 {
            return write!(f, "{sign}{units} {}", self.currency);
        }
        let width = usize::try_from(exponent).unwrap_or(2);
        write!(f, "{sign}{}.{:0width$} {}", units / scale, units % scale, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_never_mix() {
        let mixed = Money::new(1, Currency::EUR).plus(Money::new(1, Currency::USD));
        assert_eq!(mixed, Err(MoneyError::CurrencyMismatch));
    }

    #[test]
    fn a_sum_that_does_not_fit_is_an_error() {
        let sum = Money::new(i64::MAX, Currency::EUR).plus(Money::new(1, Currency::EUR));
        assert_eq!(sum, Err(MoneyError::Overflow));
    }

    #[test]
    fn people_read_major_units() {
        let yen = Money::new(1050, "JPY".parse().expect("yen exist"));
        assert_eq!(Money::new(-4905, Currency::EUR).to_string(), "-49.05 EUR");
        assert_eq!(yen.to_string(), "1050 JPY");
    }
}
