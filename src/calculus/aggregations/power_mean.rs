//! The weighted power mean.

use crate::base::number::{pow, same};
use crate::base::{IssueKind, Text};
use crate::calculus::{Aggregation, OptionDefault, OptionSpec, Options, Part};

/// (Σw·x^p / Σw)^(1/p).
pub(crate) fn power_mean(parts: &[Part], exponent: f64) -> Result<f64, IssueKind> {
    if same(exponent, 0.0) {
        return super::geometric_mean(parts);
    }
    let total = super::total_weight(parts)?;
    if parts.iter().any(|part| part.score < 0.0) {
        return Err(IssueKind::NegativeValue);
    }
    if exponent < 0.0 && parts.iter().any(|part| same(part.score, 0.0)) {
        return Err(IssueKind::ZeroValue);
    }
    let sum: f64 = parts
        .iter()
        .map(|part| part.weight * pow(part.score, exponent))
        .sum();
    Ok(super::within(pow(sum / total, 1.0 / exponent), parts))
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

    fn combine(&self, parts: &[Part], options: &Options) -> Result<f64, IssueKind> {
        power_mean(parts, options.required("exponent"))
    }
}
