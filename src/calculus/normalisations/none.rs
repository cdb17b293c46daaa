//! No normalisation: the raw value is the score.

use crate::base::{IssueKind, Text};
use crate::calculus::{Curve, Normalisation, Options, Population, Position};

/// The raw value as it is; it must lie on the scale, unless `clamp` says otherwise.
pub(super) struct NoNormalisation;

impl Normalisation for NoNormalisation {
    fn name(&self) -> &'static str {
        "none"
    }

    fn title(&self) -> Text {
        Text::new("tanpa normalisasi", "no normalisation")
    }

    fn scaled(&self) -> bool {
        false
    }

    fn curve(
        &self,
        _options: &Options,
        _high: bool,
        _population: &Population,
    ) -> Result<Curve, IssueKind> {
        Ok(Curve::new(|x| Position::new(x, 1.0)))
    }
}
