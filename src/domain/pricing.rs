//! What an invoice comes to: fees from units, taxes from fees. Exact inside, rounded half away
//! from zero where a whole minor unit is owed. An amount that does not fit is an error.

use rust_decimal::Decimal;

use super::id::TaxId;

/// One line to be priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Minor units for one unit.
    pub unit_amount: i64,
    pub units: Decimal,
    /// The taxes on it, with their rates in percent.
    pub taxes: Vec<(TaxId, Decimal)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedLine {
    pub amount: i64,
    pub taxes_amount: i64,
    /// Percent, of all its taxes together.
    pub taxes_rate: Decimal,
}

/// One tax over all the lines that carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedTax {
    pub tax_id: TaxId,
    pub amount: i64,
    /// The lines it was taken on.
    pub fees_amount: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// As the lines were given.
    pub lines: Vec<PricedLine>,
    /// As the taxes first appear.
    pub taxes: Vec<PricedTax>,
    pub fees_amount: i64,
    /// Rounded once, from the exact sum: may differ from the sum of the rounded taxes.
    pub taxes_amount: i64,
    pub total_amount: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amount is too large")]
pub struct AmountTooLarge;

pub fn price(lines: &[Line]) -> Result<Price, AmountTooLarge> {
    let mut priced = Vec::with_capacity(lines.len());
    let mut bases: Vec<(TaxId, Decimal, i64)> = Vec::new();
    let mut fees_amount = 0_i64;
    for line in lines {
        let amount = Exact::product(line.unit_amount, line.units)?.rounded()?;
        fees_amount = plus(fees_amount, amount)?;
        let mut taxes_amount = Exact::ZERO;
        let mut taxes_rate = Decimal::ZERO;
        for (tax_id, rate) in &line.taxes {
            taxes_amount = taxes_amount.plus(Exact::percentage(amount, *rate)?)?;
            taxes_rate = taxes_rate.checked_add(*rate).ok_or(AmountTooLarge)?;
            match bases.iter_mut().find(|(id, ..)| id == tax_id) {
                Some((_, _, base)) => *base = plus(*base, amount)?,
                None => bases.push((*tax_id, *rate, amount)),
            }
        }
        priced.push(PricedLine { amount, taxes_amount: taxes_amount.rounded()?, taxes_rate });
    }
    let mut taxes = Vec::with_capacity(bases.len());
    let mut taxes_amount = Exact::ZERO;
    for (tax_id, rate, base) in bases {
        let exact = Exact::percentage(base, rate)?;
        taxes_amount = taxes_amount.plus(exact)?;
        taxes.push(PricedTax { tax_id, amount: exact.rounded()?, fees_amount: base });
    }
    let taxes_amount = taxes_amount.rounded()?;
    Ok(Price {
        lines: priced,
        taxes,
        fees_amount,
        taxes_amount,
        total_amount: plus(fees_amount, taxes_amount)?,
    })
}

fn plus(left: i64, right: i64) -> Result<i64, AmountTooLarge> {
    left.checked_add(right).ok_or(AmountTooLarge)
}

/// `digits` / 10^`scale`, never rounded on the way.
#[derive(Debug, Clone, Copy)]
struct Exact {
    digits: i128,
    scale: u32,
}

impl Exact {
    const ZERO: Exact = Exact { digits: 0, scale: 0 };

    fn product(amount: i64, factor: Decimal) -> Result<Exact, AmountTooLarge> {
        let factor = factor.normalize();
        let digits = factor.mantissa().checked_mul(i128::from(amount)).ok_or(AmountTooLarge)?;
        Ok(Exact { digits, scale: factor.scale() })
    }

    fn percentage(amount: i64, rate: Decimal) -> Result<Exact, AmountTooLarge> {
        let whole = Exact::product(amount, rate)?;
        Ok(Exact { scale: whole.scale + 2, ..whole })
    }

    fn plus(self, other: Exact) -> Result<Exact, AmountTooLarge> {
        let scale = self.scale.max(other.scale);
        let digits =
            self.digits_at(scale)?.checked_add(other.digits_at(scale)?).ok_or(AmountTooLarge)?;
        Ok(Exact { digits, scale })
    }

    fn digits_at(self, scale: u32) -> Result<i128, AmountTooLarge> {
        10_i128
            .checked_pow(scale - self.scale)
            .and_then(|power| self.digits.checked_mul(power))
            .ok_or(AmountTooLarge)
    }

    /// Half away from zero.
    fn rounded(self) -> Result<i64, AmountTooLarge> {
        let power = 10_i128.checked_pow(self.scale).ok_or(AmountTooLarge)?;
        let (whole, rest) = (self.digits / power, self.digits % power);
        let away = if rest.abs() >= power - rest.abs() { rest.signum() } else { 0 };
        i64::try_from(whole + away).map_err(|_| AmountTooLarge)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn tax(number: u128) -> TaxId {
        TaxId::from_uuid(Uuid::from_u128(number))
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn line(unit_amount: i64, units: &str, taxes: &[(u128, &str)]) -> Line {
        Line {
            unit_amount,
            units: decimal(units),
            taxes: taxes.iter().map(|(number, rate)| (tax(*number), decimal(rate))).collect(),
        }
    }

    #[test]
    fn half_a_unit_rounds_away_from_zero() {
        let amount = |units| price(&[line(5, units, &[])]).expect("fits").fees_amount;
        assert_eq!(amount("0.1"), 1);
        assert_eq!(amount("0.0999999999999999999999999999"), 0);
        assert_eq!(amount("0.3"), 2);
        assert_eq!(Exact::product(-5, decimal("0.1")).expect("fits").rounded(), Ok(-1));
    }

    #[test]
    fn taxes_are_rounded_per_tax_and_once_in_all() {
        // Two taxes of 0.4 each: nothing apart, one together.
        let priced = price(&[line(4, "1", &[(1, "10"), (2, "10.00")])]).expect("fits");
        assert_eq!([priced.taxes[0].amount, priced.taxes[1].amount], [0, 0]);
        assert_eq!((priced.taxes_amount, priced.total_amount), (1, 5));
        assert_eq!(priced.lines[0].taxes_rate, decimal("20"));
    }

    #[test]
    fn a_tax_is_taken_on_its_own_lines_only() {
        let lines = [line(1000, "2", &[(1, "20")]), line(500, "1", &[])];
        let priced = price(&lines).expect("fits");
        assert_eq!(priced.taxes, [PricedTax { tax_id: tax(1), amount: 400, fees_amount: 2000 }]);
        assert_eq!((priced.fees_amount, priced.total_amount), (2500, 2900));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        for lines in [
            vec![line(i64::MAX, "2", &[])],
            vec![line(i64::MAX, "79228162514264337593543950335", &[])],
            vec![line(i64::MAX, "1", &[]), line(1, "1", &[])],
            vec![line(i64::MAX, "1", &[(1, "1")])],
            vec![line(1, "1", &[(1, "79228162514264337593543950335"), (2, "0.1")])],
        ] {
            assert_eq!(price(&lines), Err(AmountTooLarge), "{lines:?}");
        }
    }

    fn any_line() -> impl Strategy<Value = Line> {
        let rates = proptest::sample::subsequence(vec![1_u8, 2, 3, 4], 0..=4);
        (0..10_000_000_i64, 0..1_000_000_i64, 0..8_u32, rates).prop_map(
            |(unit_amount, units, scale, rates)| Line {
                unit_amount,
                units: Decimal::new(units, scale),
                taxes: rates
                    .into_iter()
                    // One tax has one rate: 7.5 %, 15 %, 22.5 %, 30 %.
                    .map(|number| (tax(number.into()), Decimal::new(i64::from(number) * 75, 1)))
                    .collect(),
            },
        )
    }

    fn by_tax(mut taxes: Vec<PricedTax>) -> Vec<PricedTax> {
        taxes.sort_by_key(|priced| priced.tax_id);
        taxes
    }

    proptest! {
        #[test]
        fn no_sum_loses_a_unit(lines in proptest::collection::vec(any_line(), 1..8)) {
            let priced = price(&lines).expect("fits");
            let fees: i64 = priced.lines.iter().map(|line| line.amount).sum();
            prop_assert_eq!(fees, priced.fees_amount);
            prop_assert_eq!(priced.fees_amount + priced.taxes_amount, priced.total_amount);
            // Rounding apart and rounding together differ by half a unit for each part at most.
            let apart: i64 = priced.taxes.iter().map(|tax| tax.amount).sum();
            let parts = i64::try_from(priced.taxes.len()).expect("few");
            prop_assert!(2 * (apart - priced.taxes_amount).abs() <= parts + 1);
            for (line, priced) in lines.iter().zip(&priced.lines) {
                let exact = Decimal::from(line.unit_amount) * line.units;
                let off = (Decimal::from(priced.amount) - exact).abs();
                prop_assert!(off <= Decimal::new(5, 1));
            }
        }

        #[test]
        fn the_order_of_lines_does_not_matter(
            lines in proptest::collection::vec(any_line(), 1..8)
        ) {
            let forth = price(&lines).expect("fits");
            let back = price(&lines.iter().rev().cloned().collect::<Vec<_>>()).expect("fits");
            prop_assert_eq!(forth.fees_amount, back.fees_amount);
            prop_assert_eq!(forth.taxes_amount, back.taxes_amount);
            prop_assert_eq!(by_tax(forth.taxes), by_tax(back.taxes));
        }

        #[test]
        fn nothing_panics(
            unit_amount in any::<i64>(),
            (high, middle, low) in any::<(u32, u32, u32)>(),
            scale in 0..=28_u32,
            rate in any::<i64>(),
        ) {
            let units = Decimal::from_parts(low, middle, high, false, scale);
            let taxes = vec![(tax(1), Decimal::new(rate, 3)), (tax(2), units)];
            let _ = price(&[Line { unit_amount, units, taxes }]);
        }
    }
}
