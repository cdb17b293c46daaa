//! The weighted power mean.

use crate::base::number::{exp, greater, ln_one_plus, power_less_one, same};
use crate::base::{IssueKind, Text};
use crate::calculus::{Aggregation, OptionDefault, OptionSpec, Options, Part};

/// (Σw·x^p / Σw)^(1/p).
pub(crate) fn power_mean(parts: &[Part], exponent: f64) -> Result<f64, IssueKind> {
    if same(exponent, 0.0) {
        return super::geometric_mean(parts);
    }
    let total = super::total_weight(parts)?;
    let weighing = || super::weighing(parts);
    if weighing().any(|part| part.score < 0.0) {
        return Err(IssueKind::NegativeValue);
    }
    if exponent < 0.0 && weighing().any(|part| same(part.score, 0.0)) {
        return Err(IssueKind::ZeroValue);
    }
    let Some(greatest) = weighing().map(|part| part.score).reduce(greater) else {
        return Err(IssueKind::NoWeight);
    };
    if same(greatest, 0.0) {
        return Ok(0.0);
    }
    // Relative to the greatest value and in terms of x^p − 1, nothing overflows for large p, and no digit is lost
    // for small ones.
    let excess: f64 = weighing()
        .map(|part| part.weight * power_less_one(part.score / greatest, exponent))
        .sum();
    super::within(
        greatest * exp(ln_one_plus(excess / total) / exponent),
        parts,
    )
}

/// (Σw·x^p / Σw)^(1/p) with the exponent p (the generalised mean); p = 0 is its limit, the geometric mean.
pub(super) struct PowerMean;

impl Aggregation for PowerMean {
    fn name(&self) -> &'static str {
        "power-mean"
    }

    fn title(&self) -> Text {
        Text::new("rata-rata pangkat", "power mean")
    }

    fn options(&self) -> Vec<OptionSpec> {
        vec![OptionSpec {
            name: "exponent",
            default: OptionDefault::Required,
            meaning: Text::new("pangkat p", "the exponent p"),
        }]
    }

    fn compensates_in_part(&self) -> bool {
        true
    }

    fn combine(&self, parts: &[Part], options: &Options) -> Result<f64, IssueKind> {
        power_mean(parts, options.required("exponent"))
    }
}
