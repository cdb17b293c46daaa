//! Choosing among values: extremes, limits, counts.

use super::{BuiltIn, Form, numbers};
use crate::base::{IssueKind, number};
use crate::calculus::aggregations::count_at_least;
use crate::calculus::{Signature, WhenMissing};

pub(super) fn family() -> Vec<BuiltIn> {
    vec![
        BuiltIn {
            name: "min",
            form: Some(Form::Least),
            signature: Signature::Values {
                missing: WhenMissing::Skip,
            },
            meaning: ("yang terkecil", "the smallest"),
            call: |a| extreme(a.numbers, number::lesser),
        },
        BuiltIn {
            name: "max",
            form: Some(Form::Greatest),
            signature: Signature::Values {
                missing: WhenMissing::Skip,
            },
            meaning: ("yang terbesar", "the largest"),
            call: |a| extreme(a.numbers, number::greater),
        },
        BuiltIn {
            name: "clamp",
            form: None,
            signature: numbers(3),
            meaning: ("x, dibatasi antara a dan b", "x, kept between a and b"),
            call: |a| {
                let [x, low, high] = [0, 1, 2].map(|at| a.number(at));
                // Crossed limits have no value between them.
                if low > high {
                    Err(IssueKind::NotFinite)
                } else {
                    Ok(number::clamp(x, low, high))
                }
            },
        },
        BuiltIn {
            name: "count_at_least",
            form: None,
            signature: Signature::Children { numbers: 1 },
            meaning: (
                "banyaknya bagian yang skornya sedikitnya x",
                "how many children score at least x",
            ),
            call: |a| Ok(count_at_least(a.parts, a.number(0))),
        },
    ]
}

/// Of nothing there is no extreme.
fn extreme(values: &[f64], pick: fn(f64, f64) -> f64) -> Result<f64, IssueKind> {
    values
        .iter()
        .copied()
        .reduce(pick)
        .ok_or(IssueKind::MissingRead)
}
