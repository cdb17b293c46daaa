//! The weighted geometric mean.

use crate::base::number::{exp, ln, same};
use crate::base::{IssueKind, Text};
use crate::calculus::{Aggregation, Options, Part};

/// exp(Σw·ln x / Σw).
pub(crate) fn geometric_mean(parts: &[Part]) -> Result<f64, IssueKind> {
    let total = super::total_weight(parts)?;
    if parts.iter().any(|part| part.score < 0.0) {
        return Err(IssueKind::NegativeValue);
    }
    // A child of no weight must not pull the mean to zero.
    let weighing = || parts.iter().filter(|part| part.weight > 0.0);
    if weighing().any(|part| same(part.score, 0.0)) {
        return Ok(0.0);
    }
    let sum: f64 = weighing().map(|part| part.weight * ln(part.score)).sum();
    super::within(exp(sum / total), parts)
}

/// exp(Σw·ln x / Σw), as in the HDI and the IPM (OECD/JRC Handbook, section 6.3): only partly compensating. An exact zero gives zero; a negative value is an issue.
pub(super) struct GeometricMean;

impl Aggregation for GeometricMean {
    fn name(&self) -> &'static str {
        "geometric-mean"
    }

    fn title(&self) -> Text {
        Text::new("rata-rata geometrik", "geometric mean")
    }

    fn combine(&self, parts: &[Part], _options: &Options) -> Result<f64, IssueKind> {
        geometric_mean(parts)
    }
}
