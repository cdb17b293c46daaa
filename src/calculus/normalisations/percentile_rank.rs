//! Percentile ranks.

use crate::base::{IssueKind, Text};
use crate::calculus::{Curve, Normalisation, Options, Population, Position};

/// The share of the other values of the reference population that lie below: b / (n − 1), as PERCENTRANK.INC of
/// spreadsheets and the percentile ranks of COINr have it. Where less is better, the share that lies above.
pub(super) struct PercentileRank;

impl Normalisation for PercentileRank {
    fn name(&self) -> &'static str {
        "percentile-rank"
    }

    fn title(&self) -> Text {
        Text::new("peringkat persentil", "percentile rank")
    }

    fn asks_direction(&self, _options: &Options) -> bool {
        true
    }

    fn asks_population(&self, _options: &Options) -> bool {
        true
    }

    fn asks_values(&self) -> bool {
        true
    }

    fn curve(
        &self,
        _options: &Options,
        high: bool,
        population: &Population,
    ) -> Result<Curve, IssueKind> {
        population.spread()?;
        let population = population.clone();
        let count = population.count();
        Ok(Curve::new(move |x| {
            let (below, equal) = population.below_and_equal(x);
            let beaten = if high { below } else { count - below - equal };
            // All are others to a value that is not of the population (one that was filled in).
            let others = if equal > 0 { count - 1 } else { count };
            Position::new(beaten as f64, others as f64)
        }))
    }
}
