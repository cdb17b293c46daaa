//! Rounding inside formulas. It acts where the author writes it and nowhere else.

use super::{BuiltIn, numbers};
use crate::base::{IssueKind, Rounding, number};
use crate::calculus::Signature;

pub(super) fn family() -> Vec<BuiltIn> {
    vec![
        BuiltIn {
            name: "round",
            signature: Signature::Numbers { least: 1, most: 2 },
            meaning: (
                "x dibulatkan ke d desimal (tanpa d: bilangan bulat), setengah menjauhi nol",
                "x rounded to d decimals (without d: to a whole number), halves away from zero",
            ),
            call: |a| {
                let decimals = a.numbers.get(1).copied().unwrap_or(0.0);
                let whole = (0..=15u8).find(|n| number::same(f64::from(*n), decimals));
                let decimals = whole.ok_or(IssueKind::Position)?;
                Ok(Rounding::HalfUp.round(a.number(0), decimals))
            },
        },
        BuiltIn {
            name: "floor",
            signature: numbers(1),
            meaning: (
                "bilangan bulat terbesar yang tidak lebih dari x",
                "the largest whole number not above x",
            ),
            call: |a| Ok(a.number(0).floor()),
        },
        BuiltIn {
            name: "ceil",
            signature: numbers(1),
            meaning: (
                "bilangan bulat terkecil yang tidak kurang dari x",
                "the smallest whole number not below x",
            ),
            call: |a| Ok(a.number(0).ceil()),
        },
    ]
}
