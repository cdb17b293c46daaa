//! The weighted geometric mean.

use crate::base::number::{exp, ln, same};
use crate::base::{IssueKind, Text};
use crate::calculus::{Aggregation, Options, Part};

/// exp(Σw·ln x / Σw).
pub(crate) fn geometric_mean(parts: &[Part]) -> Result<f64, IssueKind> {
    let total = super::total_weight(parts)?;
    let weighing = super::weighing(parts);
    if weighing.clone().any(|part| part.score < 0.0) {
        return Err(IssueKind::NegativeValue);
    }
    if weighing.clone().any(|part| same(part.score, 0.0)) {
        return Ok(0.0);
    }
    let sum: f64 = weighing.map(|part| part.weight * ln(part.score)).sum();
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

    fn compensates_in_part(&self) -> bool {
        true
    }

    fn combine(&self, parts: &[Part], _options: &Options) -> Result<f64, IssueKind> {
        geometric_mean(parts)
    }
}
