//! Adyen's minor units, which for some currencies are not those of ISO 4217.

use recoup_plugin::types::Money;
use serde_json::{Value, json};

use crate::objects::Amount;

/// Currencies that have two decimals at Adyen and none in ISO 4217.
const FINER: [&str; 2] = ["CLP", "ISK"];
/// Currencies that have none at Adyen and two in ISO 4217.
const COARSER: [&str; 2] = ["CVE", "IDR"];

/// None if Adyen cannot say the amount.
pub fn to_adyen(money: &Money) -> Option<Value> {
    let currency = money.currency.as_str();
    let value = match currency {
        _ if FINER.contains(&currency) => money.minor_units.checked_mul(100)?,
        _ if COARSER.contains(&currency) => {
            money.minor_units.is_multiple_of(100).then_some(money.minor_units / 100)?
        }
        _ => money.minor_units,
    };
    Some(json!({"currency": currency, "value": value}))
}

/// None if we cannot say the amount.
pub fn from_adyen(amount: &Amount) -> Option<Money> {
    let currency = amount.currency.to_ascii_uppercase();
    let minor_units = match currency.as_str() {
        known if FINER.contains(&known) => {
            amount.value.is_multiple_of(100).then_some(amount.value / 100)?
        }
        known if COARSER.contains(&known) => amount.value.checked_mul(100)?,
        _ => amount.value,
    };
    Some(Money { minor_units, currency })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_in_adyens_units_and_back() {
        for (minor_units, currency, value) in
            [(1050, "EUR", 1050), (1050, "JPY", 1050), (1050, "CLP", 105_000), (1000, "IDR", 10)]
        {
            let money = Money { minor_units, currency: currency.to_owned() };
            assert_eq!(to_adyen(&money), Some(json!({"currency": currency, "value": value})));
            let amount = Amount { currency: currency.to_owned(), value };
            assert_eq!(from_adyen(&amount), Some(money));
        }
    }

    #[test]
    fn what_cannot_be_said_is_not_rounded() {
        let sen = Money { minor_units: 1050, currency: "IDR".to_owned() };
        assert_eq!(to_adyen(&sen), None);
        let centavos = Amount { currency: "CLP".to_owned(), value: 1050 };
        assert_eq!(from_adyen(&centavos), None);
        let huge = Money { minor_units: u64::MAX, currency: "ISK".to_owned() };
        assert_eq!(to_adyen(&huge), None);
    }
}
