//! Sums and means over rows: the order of rows changes no bit.

use super::{clamp, same};

/// The sum of values over rows, in ascending order, so that the order of rows changes no bit.
pub fn sum_over_rows(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.into_iter().sum()
}

/// A sum without rounding on the way, in parts that do not overlap (Shewchuk: *Adaptive precision floating-point
/// arithmetic*, 1997): neither the order of values nor how they are divided among sums changes a bit.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExactSum {
    /// From the smallest to the largest.
    parts: Vec<f64>,
}

impl ExactSum {
    /// Adds a finite value.
    pub(crate) fn add(&mut self, value: f64) {
        let mut rest = value;
        let mut kept = 0;
        for at in 0..self.parts.len() {
            let Some(part) = self.parts.get(at).copied() else {
                break;
            };
            let (large, small) = if rest.abs() < part.abs() {
                (part, rest)
            } else {
                (rest, part)
            };
            let sum = large + small;
            let lost = small - (sum - large);
            if !same(lost, 0.0) {
                if let Some(slot) = self.parts.get_mut(kept) {
                    *slot = lost;
                }
                kept += 1;
            }
            rest = sum;
        }
        self.parts.truncate(kept);
        self.parts.push(rest);
    }

    /// Adds all of another sum.
    pub(crate) fn join(&mut self, other: &Self) {
        for part in &other.parts {
            self.add(*part);
        }
    }

    /// The sum, rounded once.
    pub(crate) fn total(&self) -> f64 {
        let mut parts = self.parts.iter().rev().copied();
        let mut total = parts.next().unwrap_or(0.0);
        while let Some(part) = parts.next() {
            let before = total;
            total = before + part;
            let lost = part - (total - before);
            if same(lost, 0.0) {
                continue;
            }
            // A half that was rounded to even goes the way of what lies below it.
            let below = parts.next().unwrap_or(0.0);
            let twice = lost * 2.0;
            if lost * below > 0.0 && same(total + twice - total, twice) {
                total += twice;
            }
            break;
        }
        total
    }
}

/// The mean of values over rows; `None` of nothing, and of values whose sum no double can hold. It lies between the least
/// and the greatest, so that the mean of equal values is that value.
pub fn mean_over_rows(values: Vec<f64>) -> Option<f64> {
    let bounds = Bounds::of(&values);
    let count = values.len();
    let mean = sum_over_rows(values) / count as f64;
    (count > 0 && mean.is_finite()).then(|| bounds.keep(mean))
}

/// The weighted mean of values over rows, each with its weight; those of no weight are left out. `None` where nothing weighs.
pub fn weighted_mean_over_rows(values: &[(f64, f64)]) -> Option<f64> {
    let weighing = values.iter().filter(|(_, weight)| *weight > 0.0);
    let mut bounds = Bounds::default();
    weighing.clone().for_each(|(value, _)| bounds.add(*value));
    let products = weighing.clone().map(|(value, weight)| value * weight);
    let sum = sum_over_rows(products.collect());
    let weights = sum_over_rows(weighing.map(|(_, weight)| *weight).collect());
    let mean = bounds.keep(sum / weights);
    mean.is_finite().then_some(mean)
}

/// The simple mean of numbers in the order written, kept between the least and the greatest; NaN of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Bounds::of(values).keep(mean)
}

/// The least and the greatest of some values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    least: f64,
    greatest: f64,
}

impl Default for Bounds {
    /// Those of nothing.
    fn default() -> Self {
        Self {
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
        }
    }
}

impl Bounds {
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut bounds = Self::default();
        values.iter().for_each(|value| bounds.add(*value));
        bounds
    }

    pub(crate) fn add(&mut self, value: f64) {
        self.least = super::lesser(self.least, value);
        self.greatest = super::greater(self.greatest, value);
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.least = super::lesser(self.least, other.least);
        self.greatest = super::greater(self.greatest, other.greatest);
    }

    /// A mean of the values, which rounding must not push beyond them; what is not finite stays so.
    pub(crate) fn keep(self, mean: f64) -> f64 {
        if mean.is_finite() {
            clamp(mean, self.least, self.greatest)
        } else {
            mean
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::base::number::{part, pow, random, shuffle};

    #[test]
    fn sums_do_not_depend_on_the_order_of_rows() {
        let ways = [vec![1e16, 1.0, -1e16, 0.1], vec![0.1, -1e16, 1.0, 1e16]];
        let [a, b] = ways.map(sum_over_rows);
        assert_eq!(a.to_bits(), b.to_bits());
    }

    #[test]
    fn exact_sums_are_the_nearest_double_however_they_are_divided() {
        let sum = |values: &[f64]| {
            let mut sum = ExactSum::default();
            values.iter().for_each(|value| sum.add(*value));
            sum
        };
        assert_eq!(sum(&[]).total().to_bits(), 0.0f64.to_bits());
        assert_eq!(sum(&[1e16, 1.0, -1e16, 0.1]).total(), 1.1);
        assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]).total(), 2.0);
        // A half, and a little more: to even, and up.
        assert_eq!(
            sum(&[9_007_199_254_740_992.0, 1.0]).total(),
            9_007_199_254_740_992.0
        );
        let more = [9_007_199_254_740_992.0, 1.0, 1e-30];
        assert_eq!(sum(&more).total(), 9_007_199_254_740_994.0);
        let mut seed = 5;
        let mut values: Vec<f64> = (0..300)
            .map(|at| (part(&mut seed) - 0.5) * pow(10.0, f64::from(at % 40)))
            .collect();
        let all = sum(&values).total();
        for _ in 0..50 {
            shuffle(&mut values, &mut seed);
            let (one, two) = values.split_at((random(&mut seed) % 300) as usize);
            let mut joined = sum(one);
            joined.join(&sum(two));
            assert_eq!(joined.total().to_bits(), all.to_bits());
        }
    }
}
