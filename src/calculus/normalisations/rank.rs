//! Ranks with averaged ties.

use crate::base::{IssueKind, Text, number};
use crate::calculus::{Curve, Normalisation, Options, Population, Position};

/// (r − 1) / (n − 1) for the ascending rank r among the n values of the reference population; equal values share
/// the average of their ranks (OECD/JRC Handbook, section 5.1).
pub(super) struct Rank;

impl Normalisation for Rank {
    fn name(&self) -> &'static str {
        "rank"
    }

    fn title(&self) -> Text {
        Text::new("peringkat", "rank")
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
        let others = (population.count() - 1) as f64;
        Ok(Curve::new(move |x| {
            let (below, equal) = population.below_and_equal(x);
            // The average of the ranks below + 1 … below + equal, less one.
            // A value that is not of the population (one that was filled in) lies between two ranks.
            let rank = number::clamp(below as f64 + (equal as f64 - 1.0) / 2.0, 0.0, others);
            Position::new(rank, others).directed(high)
        }))
    }
}
