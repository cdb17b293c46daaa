//! The weighted harmonic mean.

use crate::base::number::same;
use crate::base::{IssueKind, Text};
use crate::calculus::{Aggregation, Options, Part};

/// Σw / Σ(w / x).
pub(crate) fn harmonic_mean(parts: &[Part]) -> Result<f64, IssueKind> {
    let total = super::total_weight(parts)?;
    let weighing = super::weighing(parts);
    if weighing.clone().any(|part| part.score < 0.0) {
        return Err(IssueKind::NegativeValue);
    }
    if weighing.clone().any(|part| same(part.score, 0.0)) {
        return Err(IssueKind::ZeroValue);
    }
    let sum: f64 = weighing.map(|part| part.weight / part.score).sum();
    super::within(total / sum, parts)
}

/// Σw / Σ(w / x): the least compensating of the classical means. Zero and negative values are issues.
pub(super) struct HarmonicMean;

impl Aggregation for HarmonicMean {
    fn name(&self) -> &'static str {
        "harmonic-mean"
    }

    fn title(&self) -> Text {
        Text::new("rata-rata harmonik", "harmonic mean")
    }

    fn compensates_in_part(&self) -> bool {
        true
    }

    fn combine(&self, parts: &[Part], _options: &Options) -> Result<f64, IssueKind> {
        harmonic_mean(parts)
    }
}
