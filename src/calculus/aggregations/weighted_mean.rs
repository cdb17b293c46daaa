//! The weighted arithmetic mean.

use crate::base::{IssueKind, Text};
use crate::calculus::{Aggregation, Form, Options, Part};

/// Σw·x / Σw.
pub(crate) fn weighted_mean(parts: &[Part]) -> Result<f64, IssueKind> {
    let total = super::total_weight(parts)?;
    let sum: f64 = parts.iter().map(|part| part.weight * part.score).sum();
    super::within(sum / total, parts)
}

/// Σw·x / Σw over the available children (OECD/JRC Handbook, section 6.3): a poor score in one is made good by another.
pub(super) struct WeightedMean;

impl Aggregation for WeightedMean {
    fn name(&self) -> &'static str {
        "weighted-mean"
    }

    fn title(&self) -> Text {
        Text::new("rata-rata tertimbang", "weighted mean")
    }

    fn linear(&self) -> bool {
        true
    }

    fn form(&self) -> Option<Form> {
        Some(Form::WeightedMean)
    }

    fn combine(&self, parts: &[Part], _options: &Options) -> Result<f64, IssueKind> {
        weighted_mean(parts)
    }
}
