//! JSON whose numbers are exact decimals. `serde_json` writes fractions from floats only, so a
//! decimal travels to our formatter packed in the one integer type that no shape uses otherwise.

use std::io;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

/// Decimals have at most 28 places.
const PLACES: i128 = 32;

/// A JSON number that is exactly this: no exponent, no zeros at the end of a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number(pub Decimal);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.0.normalize();
        serializer.serialize_i128(value.mantissa() * PLACES + i128::from(value.scale()))
    }
}

struct Exact;

impl Formatter for Exact {
    fn write_i128<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        packed: i128,
    ) -> io::Result<()> {
        let scale = u32::try_from(packed.rem_euclid(PLACES)).unwrap_or(0);
        let value = Decimal::from_i128_with_scale(packed.div_euclid(PLACES), scale);
        write!(writer, "{value}")
    }
}

/// A shape as text, with its members in the order in which they are declared.
pub fn text(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Exact);
    value.serialize(&mut serializer).expect("shapes have text keys, and a Vec takes all");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_as_they_are() {
        let written = |text: &str| super::text(&Number(text.parse().expect("a decimal")));
        for exact in ["0", "10.5", "-0.01", "14392", "92233720368547758.07", "0.0000001"] {
            assert_eq!(written(exact), exact);
        }
        assert_eq!(written("10.50"), "10.5");
        assert_eq!(written("-100.00"), "-100");
        assert_eq!(super::text(&vec![Some(Number(Decimal::ONE)), None]), "[1,null]");
    }
}
