//! The normalisations that come with the engine: one file and one line each.

mod distance_to_target;
mod goalposts;
mod log;
mod min_max;
mod none;
mod percentile_rank;
mod rank;
mod z_score;

use std::sync::Arc;

use super::normalisation::Normalisation;

/// The table.
pub fn all() -> Vec<Arc<dyn Normalisation>> {
    vec![
        Arc::new(goalposts::Goalposts),
        Arc::new(log::Log),
        Arc::new(min_max::MinMax),
        Arc::new(z_score::ZScore),
        Arc::new(rank::Rank),
        Arc::new(percentile_rank::PercentileRank),
        Arc::new(distance_to_target::DistanceToTarget),
        Arc::new(none::NoNormalisation),
    ]
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use crate::base::number::RawValues;
    use crate::base::{IssueKind, Sourced};
    use crate::calculus::{Normalisation, OptionDefault, Options, Population};

    fn run(
        method: &dyn Normalisation,
        options: &[(&'static str, f64)],
        high: bool,
        population: &[f64],
        x: f64,
    ) -> Result<f64, IssueKind> {
        let mut set = Options::default();
        for spec in method.options() {
            if let OptionDefault::Value(default) = spec.default {
                set.set(spec.name, Sourced::default_value(default));
            }
        }
        for (name, value) in options {
            set.set(name, Sourced::default_value(*value));
        }
        method
            .curve(&set, high, &Population::new(population.to_vec()))
            .map(|curve| curve.at(x).spread(0.0, 1.0, false))
    }

    #[test]
    fn goalposts_carry_the_direction() {
        let method = super::goalposts::Goalposts;
        assert_eq!(
            run(&method, &[("worst", 1.0), ("best", 4.0)], true, &[], 2.5),
            Ok(0.5)
        );
        assert_eq!(
            run(&method, &[("worst", 40.0), ("best", 0.0)], true, &[], 10.0),
            Ok(0.75)
        );
    }

    #[test]
    fn min_max_spans_the_population() {
        let method = super::min_max::MinMax;
        assert_eq!(run(&method, &[], true, &[2.0, 6.0, 4.0], 3.0), Ok(0.25));
        assert_eq!(run(&method, &[], false, &[2.0, 6.0, 4.0], 3.0), Ok(0.75));
        assert_eq!(
            run(&method, &[], true, &[2.0, 2.0], 2.0),
            Err(IssueKind::ConstantColumn)
        );
        assert_eq!(
            run(&method, &[], true, &[], 2.0),
            Err(IssueKind::ConstantColumn)
        );
    }

    #[test]
    fn z_score_uses_the_sample_standard_deviation() {
        let method = super::z_score::ZScore;
        // Mean 4, sample standard deviation 2: 6 lies one deviation up, a sixth of the way from the
        // middle of −3 … 3 to its end.
        let at = run(&method, &[], true, &[2.0, 4.0, 6.0], 6.0).unwrap();
        assert!((at - (0.5 + 1.0 / 6.0)).abs() < 1e-15, "{at}");
        assert_eq!(
            run(&method, &[], true, &[2.0], 2.0),
            Err(IssueKind::ConstantColumn)
        );
    }

    #[test]
    fn ranks_average_ties_and_percentile_ranks_count_what_is_below() {
        let data = [1.0, 2.0, 2.0, 4.0, 5.0];
        let rank = |x| run(&super::rank::Rank, &[], true, &data, x).unwrap();
        assert_eq!([rank(1.0), rank(2.0), rank(5.0)], [0.0, 0.375, 1.0]);
        let percentile =
            |x| run(&super::percentile_rank::PercentileRank, &[], true, &data, x).unwrap();
        assert_eq!(
            [percentile(1.0), percentile(2.0), percentile(5.0)],
            [0.0, 0.25, 1.0]
        );
        // A mean that fills a gap ranks among the others, not at an end.
        let filled = [1.0, 2.0, 3.0, 10.0];
        let rank = run(&super::rank::Rank, &[], true, &filled, 4.0).unwrap();
        assert_eq!(rank, 2.5 / 3.0);
        let percentile = run(
            &super::percentile_rank::PercentileRank,
            &[],
            true,
            &filled,
            4.0,
        );
        assert_eq!(percentile, Ok(0.75));
        let low = run(&super::rank::Rank, &[], false, &data, 1.0).unwrap();
        assert_eq!(low, 1.0);
    }

    #[test]
    fn distance_to_target_starts_at_the_worst() {
        let method = super::distance_to_target::DistanceToTarget;
        assert_eq!(
            run(
                &method,
                &[("target", 80.0), ("worst", 40.0)],
                true,
                &[],
                60.0
            ),
            Ok(0.5)
        );
        assert_eq!(
            run(&method, &[("target", 80.0)], true, &[20.0, 100.0], 50.0),
            Ok(0.5)
        );
        assert_eq!(
            run(&method, &[("target", 5.0)], false, &[1.0, 25.0], 15.0),
            Ok(0.5)
        );
    }

    #[test]
    fn a_target_that_all_have_reached_gives_all_the_best() {
        let method = super::distance_to_target::DistanceToTarget;
        for (population, high, x, expected) in [
            (&[80.0, 90.0][..], true, 80.0, 1.0),
            (&[81.0, 90.0], true, 90.0, 1.0),
            (&[80.0, 80.0], true, 80.0, 1.0),
            // One that is not of them has not.
            (&[81.0, 90.0], true, 79.0, 0.0),
            (&[80.0, 70.0], false, 70.0, 1.0),
            // Nobody has, and all are as far.
            (&[40.0, 40.0], true, 40.0, 0.0),
        ] {
            let at = run(&method, &[("target", 80.0)], high, population, x);
            assert_eq!(at, Ok(expected), "{population:?} {x}");
        }
        let nobody = run(&method, &[("target", 80.0)], true, &[], 40.0);
        assert_eq!(nobody, Err(IssueKind::ConstantColumn));
    }

    #[test]
    fn calculated_values_tie_as_decimals() {
        let data = vec![0.1 + 0.2, 0.3, 0.4, 0.300_000_1];
        let read = Population::new(data.clone());
        let calculated = read.clone().of(RawValues::Calculated);
        assert_eq!(read.below_and_equal(0.3), (0, 1));
        assert_eq!(read.below_and_equal(0.1 + 0.2), (1, 1));
        for x in [0.3, 0.1 + 0.2, 0.3_f64.next_down()] {
            assert_eq!(calculated.below_and_equal(x), (0, 2), "{x}");
        }
        assert_eq!(calculated.below_and_equal(0.300_000_1), (2, 1));
        // A mean that fills a gap is calculated, whatever the others are.
        assert_eq!(read.nearest(0.4_f64.next_up()), 0.4);
        assert_eq!(read.nearest(0.35), 0.35);
        let equal = Population::new(vec![0.3, 0.1 + 0.2]);
        assert!(equal.spread().is_ok());
        assert!(equal.of(RawValues::Calculated).spread().is_err());
    }

    #[test]
    fn log_takes_goalposts_on_the_logarithm() {
        let method = super::log::Log;
        let at = run(&method, &[("worst", 1.0), ("best", 100.0)], true, &[], 10.0).unwrap();
        assert!((at - 0.5).abs() < 1e-15);
        let bad = run(&method, &[("worst", 1.0), ("best", 100.0)], true, &[], -1.0).unwrap();
        assert!(bad.is_nan());
    }
}
