//! Rounding inside formulas. It acts where the author writes it and nowhere else, and decides as decimals: a number within
//! 10⁻¹² of its magnitude (of 1 at least) of a half or whole unit stands for it.

use super::{BuiltIn, numbers};
use crate::base::{IssueKind, Precision, Rounding, number};
use crate::calculus::Signature;

pub(super) fn family() -> Vec<BuiltIn> {
    vec![
        BuiltIn {
            name: "round",
            form: None,
            signature: Signature::Numbers { least: 1, most: 2 },
            meaning: (
                "x dibulatkan ke d desimal (tanpa d: bilangan bulat; -2: ratusan), setengah menjauhi nol",
                "x rounded to d decimals (without d: to a whole number; -2: to hundreds), halves away from zero",
            ),
            call: |a| {
                let decimals = a.numbers.get(1).copied().unwrap_or(0.0);
                let whole = (-15..=15i8).find(|n| number::same(f64::from(*n), decimals));
                Ok(round(a.number(0), whole.ok_or(IssueKind::Position)?))
            },
        },
        BuiltIn {
            name: "floor",
            form: None,
            signature: numbers(1),
            meaning: (
                "bilangan bulat terbesar yang tidak lebih dari x",
                "the largest whole number not above x",
            ),
            call: |a| Ok(number::floor(a.number(0))),
        },
        BuiltIn {
            name: "ceil",
            form: None,
            signature: numbers(1),
            meaning: (
                "bilangan bulat terkecil yang tidak kurang dari x",
                "the smallest whole number not below x",
            ),
            call: |a| Ok(number::ceil(a.number(0))),
        },
    ]
}

/// Halves away from zero; to tens, hundreds and so on where `decimals` is negative.
fn round(x: f64, decimals: i8) -> f64 {
    let size = number::greater(x.abs(), 1.0);
    match u8::try_from(decimals) {
        Ok(decimals) => Precision::within(Rounding::HalfUp, decimals, size).round(x),
        Err(_) => {
            let unit = number::pow(10.0, f64::from(-decimals));
            Precision::within(Rounding::HalfUp, 0, size / unit).round(x / unit) * unit
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::round;

    #[test]
    fn rounding_decides_as_decimals() {
        for (x, decimals, expected) in [
            (64.649_999_999_999_99, 1, 64.7),
            (-64.649_999_999_999_99, 1, -64.7),
            (64.649_999, 1, 64.6),
            (1250.0, -2, 1300.0),
            (1_249.999_999_999_999_8, -2, 1300.0),
            (-1250.0, -2, -1300.0),
            (1249.0, -2, 1200.0),
            (49.0, -2, 0.0),
            (50.0, -2, 100.0),
            (1e300, -3, 1e300),
            (0.1 + 0.2, 15, 0.3),
            // Finer than what is decided: digits as they are.
            (1.000_000_000_000_4, 13, 1.000_000_000_000_4),
        ] {
            assert_eq!(round(x, decimals), expected, "{x} {decimals}");
        }
        assert!(round(f64::NAN, 0).is_nan());
    }
}
