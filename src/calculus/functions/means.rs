//! Means and sums; over children they are those of the named aggregations, to the bit.

use super::{BuiltIn, Form};
use crate::base::{IssueKind, number};
use crate::calculus::aggregations::{geometric_mean, harmonic_mean, power_mean, weighted_mean};
use crate::calculus::{Arguments, Part, Signature, WhenMissing};

pub(super) fn family() -> Vec<BuiltIn> {
    vec![
        BuiltIn {
            name: "weighted_mean",
            form: Some(Form::WeightedMean),
            signature: Signature::Children { numbers: 0 },
            meaning: (
                "rata-rata tertimbang dari bagian yang tersedia: Σw·x/Σw",
                "the weighted mean of the available children: Σw·x/Σw",
            ),
            call: |a| over_children(a, |parts, _| weighted_mean(parts)),
        },
        BuiltIn {
            name: "geometric_mean",
            form: None,
            signature: Signature::Children { numbers: 0 },
            meaning: (
                "rata-rata geometrik tertimbang",
                "the weighted geometric mean",
            ),
            call: |a| over_children(a, |parts, _| geometric_mean(parts)),
        },
        BuiltIn {
            name: "harmonic_mean",
            form: None,
            signature: Signature::Children { numbers: 0 },
            meaning: (
                "rata-rata harmonik tertimbang",
                "the weighted harmonic mean",
            ),
            call: |a| over_children(a, |parts, _| harmonic_mean(parts)),
        },
        BuiltIn {
            name: "power_mean",
            form: None,
            signature: Signature::Children { numbers: 1 },
            meaning: (
                "rata-rata pangkat p tertimbang",
                "the weighted power mean with exponent p",
            ),
            call: |a| over_children(a, |parts, a| power_mean(parts, a.number(0))),
        },
        BuiltIn {
            name: "mean",
            form: Some(Form::Average),
            signature: Signature::Values {
                missing: WhenMissing::Skip,
            },
            meaning: ("rata-rata sederhana", "the simple mean"),
            call: |a| {
                if a.numbers.is_empty() {
                    return Err(IssueKind::MissingRead);
                }
                Ok(number::mean(a.numbers))
            },
        },
        BuiltIn {
            name: "sum",
            form: Some(Form::Total),
            signature: Signature::Values {
                missing: WhenMissing::Refuse,
            },
            meaning: ("jumlah", "the sum"),
            call: |a| Ok(a.numbers.iter().sum()),
        },
    ]
}

fn over_children(
    arguments: Arguments<'_>,
    mean: fn(&[Part], Arguments<'_>) -> Result<f64, IssueKind>,
) -> Result<f64, IssueKind> {
    if arguments.parts.is_empty() {
        return Err(IssueKind::MissingRead);
    }
    mean(arguments.parts, arguments)
}
