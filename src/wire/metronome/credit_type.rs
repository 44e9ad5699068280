//! Credit types: which unit an amount is in. Dollars are told in cents, every other currency in
//! whole units.

use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::{Uuid, uuid};

use super::format::Id;
use super::json::Number;
use crate::domain::currency::Currency;
use crate::domain::money::Money;

const USD_CENTS: Uuid = uuid!("2714e483-4ff1-48e4-9e25-ac732e8f24f2");

/// In the order in which they are listed: the ones that clients know, then all others.
const LISTED: &str = "\
    USD AUD BRL CAD CHF CZK EUR GBP INR MXN NGN NOK PLN SEK TRY ZAR NZD SGD \
    AED AFN ALL AMD AOA ARS AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BSD BTN BWP BYN BZD CDF CLP \
    CNY COP CRC CUP CVE DJF DKK DOP DZD EGP ERN ETB FJD FKP GEL GHS GIP GMD GNF GTQ GYD HKD HNL \
    HTG HUF IDR ILS IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL \
    LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MYR MZN NAD NIO NPR OMR PAB PEN PGK PHP PKR \
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SHP SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP \
    TTD TWD TZS UAH UGX UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZMW";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::CreditType)]
pub struct CreditType {
    pub id: Id,
    #[schema(example = "USD (cents)")]
    pub name: String,
}

/// A unit of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::PricingUnit)]
pub struct PricingUnit {
    pub id: Id,
    #[schema(example = "EUR")]
    pub name: String,
    pub is_currency: bool,
}

pub fn credit_type(currency: Currency) -> CreditType {
    if currency == Currency::USD {
        return CreditType { id: USD_CENTS.into(), name: "USD (cents)".to_owned() };
    }
    let code = currency.code();
    CreditType { id: Uuid::new_v5(&USD_CENTS, code.as_bytes()).into(), name: code.to_owned() }
}

pub fn amount(money: Money) -> Number {
    minor(money.minor_units, money.currency)
}

pub fn minor(minor_units: i64, currency: Currency) -> Number {
    let places = if currency == Currency::USD { 0 } else { currency.exponent() };
    Number(Decimal::new(minor_units, places))
}

fn listed() -> impl Iterator<Item = Currency> {
    LISTED.split_whitespace().filter_map(|code| code.parse().ok())
}

/// All of them, always in the same order.
pub fn pricing_units() -> Vec<PricingUnit> {
    let unit = |currency| {
        let CreditType { id, name } = credit_type(currency);
        PricingUnit { id, name, is_currency: true }
    };
    listed().map(unit).collect()
}

/// None: no currency has this id.
pub fn currency_of(id: Uuid) -> Option<Currency> {
    listed().find(|currency| credit_type(*currency).id.0 == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor_units: i64, code: &str) -> Money {
        Money::new(minor_units, code.parse().expect("a currency"))
    }

    #[test]
    fn dollars_are_cents_and_all_else_is_whole_units() {
        let told = |minor_units, code| super::super::json::text(&amount(money(minor_units, code)));
        assert_eq!(told(14_392, "USD"), "14392");
        assert_eq!(told(1_050, "EUR"), "10.5");
        assert_eq!(told(1_050, "JPY"), "1050");
        assert_eq!(told(1_050, "KWD"), "1.05");
        assert_eq!(told(i64::MAX, "EUR"), "92233720368547758.07");
    }

    #[test]
    fn every_listed_currency_exists_and_has_an_id_of_its_own() {
        let units = pricing_units();
        assert_eq!(units.len(), LISTED.split_whitespace().count());
        let mut ids: Vec<Uuid> = units.iter().map(|unit| unit.id.0).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), units.len());
        let euro = units.iter().find(|unit| unit.name == "EUR").expect("it is listed");
        assert_eq!(euro.id.0, uuid!("1c475899-09b3-5c1d-b62f-404b15bf01fe"));
        assert_eq!(currency_of(euro.id.0), Some(Currency::EUR));
    }
}
