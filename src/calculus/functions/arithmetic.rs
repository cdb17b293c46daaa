//! Arithmetic of one value: roots, logarithms, powers, linear maps.

use super::{BuiltIn, numbers};
use crate::base::{IssueKind, number};

pub(super) fn family() -> Vec<BuiltIn> {
    vec![
        BuiltIn {
            name: "abs",
            form: None,
            signature: numbers(1),
            meaning: ("nilai mutlak x", "the absolute value of x"),
            call: |a| Ok(a.number(0).abs()),
        },
        BuiltIn {
            name: "sqrt",
            form: None,
            signature: numbers(1),
            meaning: ("akar kuadrat x", "the square root of x"),
            call: |a| Ok(number::sqrt(a.number(0))),
        },
        BuiltIn {
            name: "ln",
            form: None,
            signature: numbers(1),
            meaning: ("logaritma alami x", "the natural logarithm of x"),
            call: |a| Ok(number::ln(a.number(0))),
        },
        BuiltIn {
            name: "log10",
            form: None,
            signature: numbers(1),
            meaning: ("logaritma basis 10 dari x", "the logarithm of x to base 10"),
            call: |a| Ok(number::log10(a.number(0))),
        },
        BuiltIn {
            name: "exp",
            form: None,
            signature: numbers(1),
            meaning: ("e pangkat x", "e to the power x"),
            call: |a| Ok(number::exp(a.number(0))),
        },
        BuiltIn {
            name: "pow",
            form: None,
            signature: numbers(2),
            meaning: ("x pangkat y", "x to the power y"),
            call: |a| Ok(number::pow(a.number(0), a.number(1))),
        },
        BuiltIn {
            name: "rescale",
            form: None,
            signature: numbers(5),
            meaning: (
                "memetakan x secara linear dari a…b ke c…d",
                "maps x linearly from a…b to c…d",
            ),
            call: |a| {
                let [x, from, to, low, high] = [0, 1, 2, 3, 4].map(|at| a.number(at));
                if number::same(from, to) {
                    return Err(IssueKind::DivisionByZero);
                }
                Ok(low + (x - from) / (to - from) * (high - low))
            },
        },
    ]
}
