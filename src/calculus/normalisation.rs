//! How a raw value becomes a score: the trait and what a method may ask for.

use std::sync::Arc;

use super::options::{OptionSpec, Options};
use crate::base::number::{RawValues, mean_over_rows, sqrt, sum_over_rows};
use crate::base::{IssueKind, Text};

/// The map from a raw value to its [`Position`].
pub struct Curve(Shape);

enum Shape {
    /// x − from, of whole.
    Line {
        from: f64,
        whole: f64,
    },
    Other(Box<dyn Fn(f64) -> Position + Send + Sync>),
}

impl Curve {
    /// Any map.
    pub fn new(map: impl Fn(f64) -> Position + Send + Sync + 'static) -> Self {
        Self(Shape::Other(Box::new(map)))
    }

    /// x − from, of whole: the straight line, which runs over columns.
    pub fn line(from: f64, whole: f64) -> Self {
        Self(Shape::Line { from, whole })
    }

    /// Where a raw value is.
    pub fn at(&self, x: f64) -> Position {
        match &self.0 {
            Shape::Line { from, whole } => Position::new(x - from, *whole),
            Shape::Other(map) => map(x),
        }
    }

    /// Where it starts and the whole way, if it is a straight line.
    pub fn as_line(&self) -> Option<(f64, f64)> {
        match self.0 {
            Shape::Line { from, whole } => Some((from, whole)),
            Shape::Other(_) => None,
        }
    }
}

/// How far a raw value is on its way from the worst (0) to the best (1), as a fraction.
///
/// It is divided only after it has been spread over the scale: 57 of 100 on a scale to 100 is 57, while
/// 57 / 100 × 100 is not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// The way covered.
    pub part: f64,
    /// The whole way.
    pub whole: f64,
}

impl Position {
    /// A fraction.
    pub fn new(part: f64, whole: f64) -> Self {
        Self { part, whole }
    }

    /// The same, seen from the other end, unless the high end is the better one.
    #[must_use]
    pub fn directed(self, high_is_better: bool) -> Self {
        if high_is_better {
            self
        } else {
            Self::new(self.whole - self.part, self.whole)
        }
    }

    /// The score on a range; kept on it where `clamp` says so.
    pub fn spread(self, low: f64, high: f64, clamp: bool) -> f64 {
        let share = self.part / self.whole;
        if clamp && share <= 0.0 {
            low
        } else if clamp && share >= 1.0 {
            high
        } else {
            low + self.part * (high - low) / self.whole
        }
    }
}

/// A normalisation: a plug point, one file each.
pub trait Normalisation: Send + Sync {
    /// Its name in rule files, such as `min-max`.
    fn name(&self) -> &'static str;

    /// Raised by its author whenever it may give another result; part of the rules digest.
    fn version(&self) -> u32 {
        1
    }

    /// What it is called.
    fn title(&self) -> Text;

    /// The options it takes.
    fn options(&self) -> Vec<OptionSpec> {
        Vec::new()
    }

    /// Whether it asks which end is better (`better = "high" | "low"`), having no goalposts to tell.
    fn asks_direction(&self, _options: &Options) -> bool {
        false
    }

    /// Whether it needs the values of a reference population.
    fn asks_population(&self, _options: &Options) -> bool {
        false
    }

    /// Whether its result does not depend on the scale that raw values are on, so that a treatment of outliers may
    /// put them on another one: what is read off the population alone, and no limit of the rule file.
    fn scale_free(&self, options: &Options) -> bool {
        self.asks_population(options)
    }

    /// Whether it needs each value of the population, not only its [`Statistics`]: such a population takes more
    /// room when it is frozen.
    fn asks_values(&self) -> bool {
        false
    }

    /// Whether the result is a position between worst and best, to be spread over the scale; else it is the
    /// score itself (its part, over a whole of 1).
    fn scaled(&self) -> bool {
        true
    }

    /// What is wrong with options that are each well-formed.
    ///
    /// # Errors
    /// The option at fault, and why.
    fn check(&self, _options: &Options) -> Result<(), (&'static str, Text)> {
        Ok(())
    }

    /// The map, for a given population (empty unless asked for).
    ///
    /// # Errors
    /// When the population does not carry the method: [`IssueKind::ConstantColumn`].
    fn curve(
        &self,
        options: &Options,
        high_is_better: bool,
        population: &Population,
    ) -> Result<Curve, IssueKind>;
}

/// The reference population of one indicator: its statistics, and its values where a method asks for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Population {
    values: Arc<[f64]>,
    /// The same, each replaced by the first of those that it ties with.
    ties: Arc<[f64]>,
    raw: RawValues,
    statistics: Statistics,
}

/// What methods ask of a population.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// How many values.
    pub count: usize,
    /// The smallest value.
    pub minimum: Option<f64>,
    /// The largest value.
    pub maximum: Option<f64>,
    /// The mean.
    pub mean: Option<f64>,
    /// The sample standard deviation (divisor n − 1); `None` below two values.
    pub standard_deviation: Option<f64>,
}

impl Population {
    /// A population of values in any order.
    pub fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let mean = mean_over_rows(values.clone());
        let deviation = || {
            let mean = mean?;
            let squares = values.iter().map(|x| (x - mean) * (x - mean)).collect();
            let below = values.len().checked_sub(1).filter(|n| *n > 0)?;
            Some(sqrt(sum_over_rows(squares) / below as f64))
        };
        let statistics = Statistics {
            count: values.len(),
            minimum: values.first().copied(),
            maximum: values.last().copied(),
            mean,
            standard_deviation: deviation(),
        };
        Self::frozen(statistics, values)
    }

    /// A population that was taken at another time: its statistics, and its values in ascending order where they
    /// were kept.
    pub fn frozen(statistics: Statistics, values: Vec<f64>) -> Self {
        let values: Arc<[f64]> = values.into();
        Self {
            ties: values.clone(),
            values,
            raw: RawValues::AsRead,
            statistics,
        }
    }

    /// The same, with what decides which of its values are the same.
    ///
    /// In ascending order, a value ties with the first of its group if that is the same as it.
    #[must_use]
    pub fn of(mut self, raw: RawValues) -> Self {
        if raw == self.raw {
            return self;
        }
        self.raw = raw;
        self.ties = match raw {
            RawValues::AsRead => self.values.clone(),
            RawValues::Calculated => {
                let mut first = f64::NAN;
                let group = |value: &f64| {
                    if !raw.same(first, *value) {
                        first = *value;
                    }
                    first
                };
                self.values.iter().map(group).collect()
            }
        };
        self
    }

    /// Its statistics.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// How many values.
    pub fn count(&self) -> usize {
        self.statistics.count
    }

    /// The values, ascending; of a frozen population none, unless they were kept.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The smallest value.
    pub fn minimum(&self) -> Option<f64> {
        self.statistics.minimum
    }

    /// The largest value.
    pub fn maximum(&self) -> Option<f64> {
        self.statistics.maximum
    }

    /// The mean.
    pub fn mean(&self) -> Option<f64> {
        self.statistics.mean
    }

    /// The sample standard deviation (divisor n − 1); `None` below two values.
    pub fn standard_deviation(&self) -> Option<f64> {
        self.statistics.standard_deviation
    }

    /// How its values come about.
    pub fn raw_values(&self) -> RawValues {
        self.raw
    }

    /// How many values lie below `x`, and how many are the same as it.
    pub fn below_and_equal(&self, x: f64) -> (usize, usize) {
        let x = self.tied(x, self.raw).unwrap_or(x);
        let below = self.ties.partition_point(|v| *v < x);
        let up_to = self.ties.partition_point(|v| *v <= x);
        (below, up_to - below)
    }

    /// The value of the population that a calculated number, such as a mean that fills a gap, stands for; else the
    /// number.
    pub fn nearest(&self, x: f64) -> f64 {
        self.tied(x, RawValues::Calculated).unwrap_or(x)
    }

    /// The first of the group that a number ties with.
    fn tied(&self, x: f64, raw: RawValues) -> Option<f64> {
        let above = self.ties.partition_point(|v| *v <= x);
        let groups = [above.checked_sub(1), Some(above)].into_iter().flatten();
        let mut firsts = groups.filter_map(|at| self.ties.get(at).copied());
        firsts.find(|first| raw.same(*first, x))
    }

    /// The extremes, where they differ.
    ///
    /// # Errors
    /// [`IssueKind::ConstantColumn`] when all values are the same, or there is none.
    pub fn spread(&self) -> Result<(f64, f64), IssueKind> {
        match (self.minimum(), self.maximum()) {
            (Some(low), Some(high)) if !(high - low).is_finite() => Err(IssueKind::NotFinite),
            (Some(low), Some(high)) if low < high && !self.raw.same(low, high) => Ok((low, high)),
            _ => Err(IssueKind::ConstantColumn),
        }
    }
}
