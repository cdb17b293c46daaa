//! Min–max over the reference population.

use crate::base::{IssueKind, Text};
use crate::calculus::{Curve, Normalisation, Options, Population, Position};

/// (x − min) / (max − min) over the reference population (OECD/JRC Handbook, section 5.3).
pub(super) struct MinMax;

impl Normalisation for MinMax {
    fn name(&self) -> &'static str {
        "min-max"
    }

    fn title(&self) -> Text {
        Text::new("minimum–maksimum", "min–max")
    }

    fn asks_direction(&self, _options: &Options) -> bool {
        true
    }

    fn asks_population(&self, _options: &Options) -> bool {
        true
    }

    fn curve(
        &self,
        _options: &Options,
        high: bool,
        population: &Population,
    ) -> Result<Curve, IssueKind> {
        let (low, top) = population.spread()?;
        if high {
            return Ok(Curve::line(low, top - low));
        }
        Ok(Curve::new(move |x| {
            Position::new(x - low, top - low).directed(false)
        }))
    }
}
