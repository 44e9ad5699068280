//! A currency: an ISO 4217 code that exists and has minor units.

use std::fmt;
use std::str::FromStr;

/// The text is not an ISO 4217 currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 4217 currency")]
pub struct InvalidCurrency;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    pub const EUR: Currency = Currency(iso_currency::Currency::EUR);
    pub const USD: Currency = Currency(iso_currency::Currency::USD);

    /// Upper-case, three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// What people call it: `Euro`, `US Dollar`.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// How many decimals the minor unit has: 2 for EUR, 0 for JPY.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    /// Upper-case only, as on the wire.
    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let currency = iso_currency::Currency::from_code(text).ok_or(InvalidCurrency)?;
        // Metals, funds and test codes have no minor unit: nobody can be charged in them.
        if currency.exponent().is_none() {
            return Err(InvalidCurrency);
        }
        Ok(Currency(currency))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
