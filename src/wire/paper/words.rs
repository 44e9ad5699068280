//! Amounts in words, as receipts have them: `forty-nine and 05/100 Euro`.

use crate::domain::money::Money;

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const THOUSANDS: [(u64, &str); 6] = [
    (1_000_000_000_000_000_000, "quintillion"),
    (1_000_000_000_000_000, "quadrillion"),
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
];

/// The units in words, the rest as a fraction, the currency by its name.
pub fn amount(money: Money) -> String {
    let scale = 10_u64.pow(money.currency.exponent());
    let minor = money.minor_units.unsigned_abs();
    let sign = if money.minor_units < 0 { "minus " } else { "" };
    let units = whole(minor / scale);
    let name = money.currency.name();
    if scale == 1 {
        return format!("{sign}{units} {name}");
    }
    let width = usize::try_from(money.currency.exponent()).unwrap_or(2);
    format!("{sign}{units} and {:0width$}/{scale} {name}", minor % scale)
}

fn whole(number: u64) -> String {
    let mut rest = number;
    let mut words: Vec<String> = Vec::new();
    for (size, name) in THOUSANDS {
        if rest >= size {
            words.push(format!("{} {name}", below_thousand(rest / size)));
            rest %= size;
        }
    }
    if rest > 0 || words.is_empty() {
        words.push(below_thousand(rest));
    }
    words.join(" ")
}

fn below_thousand(number: u64) -> String {
    let place = |number: u64| usize::try_from(number).unwrap_or(0);
    match number {
        0..=19 => SMALL[place(number)].to_owned(),
        20..=99 if number.is_multiple_of(10) => TENS[place(number / 10)].to_owned(),
        20..=99 => format!("{}-{}", TENS[place(number / 10)], SMALL[place(number % 10)]),
        _ if number.is_multiple_of(100) => format!("{} hundred", SMALL[place(number / 100 % 10)]),
        _ => {
            let hundreds = SMALL[place(number / 100 % 10)];
            format!("{hundreds} hundred {}", below_thousand(number % 100))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(minor_units: i64, currency: &str) -> String {
        amount(Money::new(minor_units, currency.parse().expect("a currency")))
    }

    #[test]
    fn amounts_are_said_as_people_say_them() {
        assert_eq!(said(4_905, "EUR"), "forty-nine and 05/100 Euro");
        assert_eq!(said(0, "USD"), "zero and 00/100 United States dollar");
        assert_eq!(said(1_050, "JPY"), "one thousand fifty Japanese yen");
        let large = "one million two hundred thousand three hundred seventeen and 00/100 Euro";
        assert_eq!(said(120_031_700, "EUR"), large);
        assert_eq!(said(1_234, "KWD"), "one and 234/1000 Kuwaiti dinar");
        assert!(said(i64::MAX, "JPY").starts_with("nine quintillion two hundred"));
    }
}
