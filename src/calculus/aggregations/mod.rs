//! The aggregations that come with the engine: one file and one line each.

mod count;
mod geometric_mean;
mod harmonic_mean;
mod maximum;
mod minimum;
mod power_mean;
mod sum;
mod weighted_mean;

use std::sync::Arc;

use super::aggregation::{Aggregation, Part};
use crate::base::{IssueKind, number};

/// The table.
pub fn all() -> Vec<Arc<dyn Aggregation>> {
    vec![
        Arc::new(weighted_mean::WeightedMean),
        Arc::new(geometric_mean::GeometricMean),
        Arc::new(harmonic_mean::HarmonicMean),
        Arc::new(power_mean::PowerMean),
        Arc::new(sum::Sum),
        Arc::new(minimum::Minimum),
        Arc::new(maximum::Maximum),
        Arc::new(count::Count),
    ]
}

/// The default of a node without formula and without `aggregate`.
pub fn default_aggregation() -> Arc<dyn Aggregation> {
    Arc::new(weighted_mean::WeightedMean)
}

pub(crate) use count::count_at_least;
pub(crate) use geometric_mean::geometric_mean;
pub(crate) use harmonic_mean::harmonic_mean;
pub(crate) use power_mean::power_mean;
pub(crate) use weighted_mean::weighted_mean;

/// Σw, which must not be zero.
fn total_weight(parts: &[Part]) -> Result<f64, IssueKind> {
    let total: f64 = parts.iter().map(|part| part.weight).sum();
    if total > 0.0 {
        Ok(total)
    } else {
        Err(IssueKind::NoWeight)
    }
}

/// The children that a mean is made of: one of no weight is left out, whatever its score.
fn weighing(parts: &[Part]) -> impl Iterator<Item = &Part> + Clone {
    parts.iter().filter(|part| part.weight > 0.0)
}

/// A mean lies between the least and the greatest of the values that weigh; rounding must not push it beyond.
fn within(mean: f64, parts: &[Part]) -> Result<f64, IssueKind> {
    if !mean.is_finite() {
        return Err(IssueKind::NotFinite);
    }
    let scores = weighing(parts).map(|part| part.score);
    match (
        scores.clone().reduce(number::lesser),
        scores.reduce(number::greater),
    ) {
        (Some(low), Some(high)) => Ok(number::clamp(mean, low, high)),
        _ => Ok(mean),
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::base::Sourced;
    use crate::base::number::Tolerance;
    use crate::calculus::Options;

    fn parts(pairs: &[(f64, f64)]) -> Vec<Part> {
        pairs
            .iter()
            .map(|&(weight, score)| Part {
                weight,
                score,
                tolerance: Tolerance::of_range(0.0, 100.0),
            })
            .collect()
    }

    fn run(
        name: &str,
        options: &[(&'static str, f64)],
        pairs: &[(f64, f64)],
    ) -> Result<f64, IssueKind> {
        let mut set = Options::default();
        for (name, value) in options {
            set.set(name, Sourced::default_value(*value));
        }
        let method = all()
            .into_iter()
            .find(|method| method.name() == name)
            .unwrap();
        method.combine(&parts(pairs), &set)
    }

    #[test]
    fn means() {
        let pairs = [(3.0, 20.0), (1.0, 80.0)];
        assert_eq!(run("weighted-mean", &[], &pairs), Ok(35.0));
        let geometric = run("geometric-mean", &[], &[(1.0, 4.0), (1.0, 9.0)]).unwrap();
        assert!((geometric - 6.0).abs() < 1e-12);
        let harmonic = run("harmonic-mean", &[], &[(1.0, 2.0), (1.0, 6.0)]).unwrap();
        assert!((harmonic - 3.0).abs() < 1e-12);
        let square = run(
            "power-mean",
            &[("exponent", 2.0)],
            &[(1.0, 1.0), (1.0, 7.0)],
        )
        .unwrap();
        assert!((square - 5.0).abs() < 1e-12);
        let limit = run(
            "power-mean",
            &[("exponent", 0.0)],
            &[(1.0, 4.0), (1.0, 9.0)],
        )
        .unwrap();
        assert!(
            (limit - 6.0).abs() < 1e-12,
            "the limit at 0 is the geometric mean"
        );
    }

    #[test]
    fn zero_and_negative_values() {
        assert_eq!(
            run("geometric-mean", &[], &[(1.0, 0.0), (1.0, 9.0)]),
            Ok(0.0)
        );
        assert_eq!(
            run("geometric-mean", &[], &[(1.0, -1.0), (1.0, 9.0)]),
            Err(IssueKind::NegativeValue)
        );
        assert_eq!(
            run("harmonic-mean", &[], &[(1.0, 0.0), (1.0, 9.0)]),
            Err(IssueKind::ZeroValue)
        );
        assert_eq!(
            run("harmonic-mean", &[], &[(1.0, -2.0), (1.0, 9.0)]),
            Err(IssueKind::NegativeValue)
        );
        assert_eq!(
            run("power-mean", &[("exponent", -1.0)], &[(1.0, 0.0)]),
            Err(IssueKind::ZeroValue)
        );
        assert_eq!(
            run("weighted-mean", &[], &[(0.0, 5.0)]),
            Err(IssueKind::NoWeight)
        );
    }

    #[test]
    fn children_of_no_weight_are_left_out_of_every_mean() {
        for name in [
            "weighted-mean",
            "geometric-mean",
            "harmonic-mean",
            "power-mean",
        ] {
            let options: &[(&str, f64)] = match name {
                "power-mean" => &[("exponent", -1.0)],
                _ => &[],
            };
            for other in [0.0, -5.0, 80.0, 1e300] {
                let mean = run(name, options, &[(0.0, other), (1.0, 50.0)]).unwrap();
                assert!((mean - 50.0).abs() < 1e-12, "{name} {other}");
            }
            assert_eq!(
                run(name, options, &[(0.0, 5.0)]),
                Err(IssueKind::NoWeight),
                "{name}"
            );
        }
        assert_eq!(run("sum", &[], &[(0.0, -5.0), (1.0, 50.0)]), Ok(45.0));
        assert_eq!(run("minimum", &[], &[(0.0, -5.0), (1.0, 50.0)]), Ok(-5.0));
    }

    #[test]
    fn conditions_are_met_as_decimals() {
        let pairs = [(1.0, 0.1 + 0.2), (1.0, 0.3), (1.0, 0.299)];
        for bar in [0.3, 0.1 + 0.2] {
            assert_eq!(run("count", &[("at_least", bar)], &pairs), Ok(2.0));
        }
    }

    #[test]
    fn sums_and_extremes_do_not_weigh() {
        let pairs = [(3.0, 20.0), (1.0, 80.0), (9.0, 50.0)];
        assert_eq!(run("sum", &[], &pairs), Ok(150.0));
        assert_eq!(run("minimum", &[], &pairs), Ok(20.0));
        assert_eq!(run("maximum", &[], &pairs), Ok(80.0));
        assert_eq!(run("count", &[("at_least", 50.0)], &pairs), Ok(2.0));
    }
}
