//! How raw values become scores.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Range;
use crate::base::number::RawValues;
use crate::base::{IssueKind, Sourced, Span, Text};
use crate::calculus::{Curve, Normalisation, Options, Population, Treatment, TreatmentRule};
use crate::check::formula::Formula;

/// How a raw value becomes a score.
#[derive(Clone)]
pub struct Indicator {
    /// Where the raw value comes from.
    pub source: Source,
    /// The values that are valid.
    pub valid: Option<Sourced<Range>>,
    /// What becomes of a value outside `valid`.
    pub outside: Sourced<Outside>,
    /// What is done about outliers.
    pub treat: Option<Sourced<TreatmentRule>>,
    /// What becomes of a missing value.
    pub missing: Sourced<MissingPolicy>,
    /// The method.
    pub normalisation: Arc<dyn Normalisation>,
    /// Where the method is named; `None` for the default.
    pub normalisation_origin: Option<Span>,
    /// Its options.
    pub options: Options,
    /// Whether the high end is the better one, where the method asks.
    pub high_is_better: Option<Sourced<bool>>,
    /// The unit of the raw value.
    pub unit: Option<Text>,
    /// The office's own second grouping.
    pub aspect: Option<Sourced<String>>,
    /// What is taken over the reference population, where that is frozen in the rule set.
    pub frozen: Option<Box<FrozenIndicator>>,
}

impl Indicator {
    /// The map from raw value to position, for a population.
    ///
    /// # Errors
    /// When the population does not carry the method.
    pub fn curve(&self, population: &Population) -> Result<Curve, IssueKind> {
        let high = self.high_is_better.is_none_or(|high| high.value);
        let population = match self.raw_values() {
            RawValues::Calculated => &population.clone().of(RawValues::Calculated),
            RawValues::AsRead => population,
        };
        self.normalisation.curve(&self.options, high, population)
    }

    /// How its raw values come about, before any treatment.
    pub fn raw_values(&self) -> RawValues {
        match self.source {
            Source::Column(_) => RawValues::AsRead,
            Source::Expression(_) => RawValues::Calculated,
        }
    }

    /// The columns that it reads, by position.
    pub fn columns(&self) -> &[usize] {
        match &self.source {
            Source::Column(column) => std::slice::from_ref(column),
            Source::Expression(formula) => &formula.columns,
        }
    }

    /// Whether a raw value is valid.
    pub fn is_valid(&self, value: f64) -> bool {
        self.valid.is_none_or(|valid| {
            let Range { low, high } = valid.value;
            self.raw_values().between(value, low, high)
        })
    }

    /// Whether anything about it is taken over a reference population.
    pub fn asks_population(&self) -> bool {
        self.treat.is_some()
            || matches!(
                self.missing.value,
                MissingPolicy::Mean | MissingPolicy::GroupMean
            )
            || self.normalisation.asks_population(&self.options)
    }
}

/// What was taken over the reference population of one indicator when it was frozen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrozenIndicator {
    /// Statistics, and values where the method asks for them, after treatment.
    pub population: Population,
    /// The treatment that was decided on; `None`: none was needed.
    pub treatment: Option<Treatment>,
    /// The mean of each group, where missing values take it.
    pub group_means: BTreeMap<String, f64>,
}

/// Where a raw value comes from.
#[derive(Clone)]
pub enum Source {
    /// A column, by its position among [`RuleSet::columns`](super::RuleSet::columns).
    Column(usize),
    /// A one-line expression over columns.
    Expression(Box<Formula>),
}

/// What becomes of a value outside the valid range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// It counts as missing.
    Missing,
    /// The indicator and its parent are missing.
    Fail,
    /// It is moved to the end of the range.
    Clamp,
    /// It is used, and reported.
    Keep,
}

impl Outside {
    /// All with their names in rule files.
    pub const NAMES: [(&'static str, Outside); 4] = [
        ("missing", Outside::Missing),
        ("fail", Outside::Fail),
        ("clamp", Outside::Clamp),
        ("keep", Outside::Keep),
    ];
}

impl Outside {
    /// The name in rule files.
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, outside)| *outside == self)
            .map_or("", |(name, _)| name)
    }

    /// What is used for a measured value outside the valid range, whose nearest valid one is `end`.
    pub fn used(self, measured: f64, end: f64) -> Option<f64> {
        match self {
            Self::Missing | Self::Fail => None,
            Self::Clamp => Some(end),
            Self::Keep => Some(measured),
        }
    }
}

/// What becomes of a missing value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MissingPolicy {
    /// The siblings carry its weight.
    Skip,
    /// The parent is missing, too.
    Fail,
    /// It scores the worst.
    Worst,
    /// It scores the best.
    Best,
    /// It takes this raw value.
    Value(f64),
    /// It takes the mean of the valid values of all regions.
    Mean,
    /// It takes the mean of the valid values of the region's group.
    GroupMean,
}

impl MissingPolicy {
    /// The policies that are one word, with their names in rule files.
    pub const NAMES: [(&'static str, MissingPolicy); 6] = [
        ("skip", MissingPolicy::Skip),
        ("fail", MissingPolicy::Fail),
        ("worst", MissingPolicy::Worst),
        ("best", MissingPolicy::Best),
        ("mean", MissingPolicy::Mean),
        ("group-mean", MissingPolicy::GroupMean),
    ];

    /// How a rule file writes it.
    pub fn written(self) -> String {
        match self {
            MissingPolicy::Value(value) => format!("{{ value = {value} }}"),
            named => {
                let name = Self::NAMES.iter().find(|(_, policy)| *policy == named);
                format!("\"{}\"", name.map_or("", |(name, _)| name))
            }
        }
    }
}
