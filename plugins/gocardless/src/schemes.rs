//! Bank-debit schemes and their currencies. A mandate of one scheme can be
//! charged in one currency only.

/// The scheme of a currency comes before others of that currency.
const SCHEMES: &[(&str, &str)] = &[
    ("bacs", "GBP"),
    ("sepa_core", "EUR"),
    ("ach", "USD"),
    ("becs", "AUD"),
    ("pay_to", "AUD"),
    ("becs_nz", "NZD"),
    ("pad", "CAD"),
    ("autogiro", "SEK"),
    ("betalingsservice", "DKK"),
    ("faster_payments", "GBP"),
];

/// Currencies in which a hosted page can take one payment at once, and how.
const INSTANT: &[(&str, &str)] = &[("GBP", "faster_payments"), ("EUR", "sepa_credit_transfer")];

/// The scheme to ask a mandate of: the first allowed one that the currency
/// has, else the currency's own. None if there is no debit in the currency.
pub fn for_currency(currency: &str, allowed: &[String]) -> Option<&'static str> {
    let mut fitting = SCHEMES.iter().filter(|(_, of)| *of == currency).map(|(scheme, _)| *scheme);
    let asked_for = fitting.clone().find(|scheme| allowed.iter().any(|kind| kind == scheme));
    asked_for.or_else(|| fitting.next())
}

/// None if the scheme is not known here.
pub fn currency_of(scheme: &str) -> Option<&'static str> {
    SCHEMES.iter().find(|(known, _)| *known == scheme).map(|(_, currency)| *currency)
}

/// How a page takes a payment at once. None where only a debit is possible.
pub fn instant(currency: &str) -> Option<&'static str> {
    INSTANT.iter().find(|(known, _)| *known == currency).map(|(_, scheme)| *scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_follows_the_currency() {
        let kinds =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(for_currency("GBP", &[]), Some("bacs"));
        assert_eq!(for_currency("EUR", &kinds(&["card", "bacs"])), Some("sepa_core"));
        assert_eq!(for_currency("AUD", &kinds(&["pay_to"])), Some("pay_to"));
        assert_eq!(for_currency("JPY", &[]), None);
        for (scheme, currency) in SCHEMES {
            assert_eq!(currency_of(scheme), Some(*currency));
        }
    }
}
