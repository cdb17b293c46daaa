//! The scores for people: counts per band, targets, roll-ups, aspects.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::scores::{Decision, Scores};
use crate::base::NodeIndex;
use crate::base::number::{self, Bounds, ExactSum, sum_over_rows};
use crate::check::RuleSet;

/// What the scores of all regions come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// All regions together.
    pub nation: RollUp,
    /// Each group, sorted by name.
    pub groups: Vec<(Arc<str>, RollUp)>,
    /// The regions without a group, where others have one.
    pub ungrouped: Option<RollUp>,
    /// Each target.
    pub targets: Vec<TargetResult>,
    /// Each aspect that indicators name, sorted.
    pub aspects: Vec<AspectMean>,
    /// What weighs regions, where the means are weighted.
    pub weighted_by: Option<String>,
    /// Regions without an index or, where there are bands, without a band, by position; of scores that were streamed the
    /// first few.
    pub unplaced: Vec<usize>,
    /// How many such regions there are.
    pub unplaced_count: usize,
    /// How many values of indicators there are in rows that were not refused, and how many of them were not observed.
    pub values: (usize, usize),
}

/// The roll-up of some regions.
#[derive(Clone, Debug, PartialEq)]
pub struct RollUp {
    /// How many regions there are.
    pub regions: usize,
    /// How many have an index.
    pub scored: usize,
    /// The mean of the exact index.
    pub mean: Option<f64>,
    /// The means of the exact variables, in the order of the rule set.
    pub variables: Vec<Option<f64>>,
    /// How many regions are in each band, from the lowest.
    pub bands: Vec<usize>,
    /// Regions with an index and without a weight, or with a weight of 0, which a weighted mean leaves out.
    pub unweighted: usize,
}

/// A target, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetResult {
    /// Its position in the rule set.
    pub target: usize,
    /// Regions at its band or better.
    pub reached: usize,
    /// 100 × reached / target, not capped: the *capaian*.
    pub percent: f64,
    /// Regions without a band, which count as not reached.
    pub without_band: usize,
}

/// The mean of an aspect.
#[derive(Clone, Debug, PartialEq)]
pub struct AspectMean {
    /// Its name.
    pub name: String,
    /// How many indicators name it.
    pub indicators: usize,
    /// The mean over regions, weighted where means are, of the simple mean of those indicators' scores.
    pub mean: Option<f64>,
}

/// Sums up scores. The means are weighted where a column of weights was read.
pub fn summarise(scores: &Scores) -> Summary {
    let totals = Totals::<Sorted>::of(scores, usize::MAX);
    let rules = scores.program.rules();
    totals.finish(rules, scores.weighted_by.clone(), |row| {
        scores.position(row)
    })
}

/// A sum over rows that does not depend on their order.
pub(super) trait Sum: Default {
    fn add(&mut self, value: f64);
    fn join(&mut self, other: Self);
    fn total(self) -> f64;
}

/// Values, kept to be added in ascending order.
#[derive(Default)]
pub(super) struct Sorted(Vec<f64>);

impl Sum for Sorted {
    fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn total(self) -> f64 {
        sum_over_rows(self.0)
    }
}

impl Sum for ExactSum {
    fn add(&mut self, value: f64) {
        ExactSum::add(self, value);
    }

    fn join(&mut self, other: Self) {
        ExactSum::join(self, &other);
    }

    fn total(self) -> f64 {
        ExactSum::total(&self)
    }
}

/// A mean over rows.
#[derive(Default)]
struct Mean<S> {
    sum: S,
    /// The sum of weights; of means without, nothing.
    weights: S,
    count: usize,
    /// The values that weigh lie between these.
    bounds: Bounds,
}

impl<S: Sum> Mean<S> {
    /// Adds a value, with its weight where means are weighted.
    fn add(&mut self, value: f64, weight: Option<f64>) {
        match weight {
            None => self.sum.add(value),
            Some(weight) if weight > 0.0 => {
                self.sum.add(value * weight);
                self.weights.add(weight);
            }
            Some(_) => return,
        }
        self.bounds.add(value);
        self.count += 1;
    }

    fn join(&mut self, other: Self) {
        self.sum.join(other.sum);
        self.weights.join(other.weights);
        self.bounds.join(other.bounds);
        self.count += other.count;
    }

    /// `None` of nothing, and of values whose sum no double can hold.
    fn value(self, weighted: bool) -> Option<f64> {
        let by = if weighted {
            self.weights.total()
        } else {
            self.count as f64
        };
        let mean = self.bounds.keep(self.sum.total() / by);
        (self.count > 0 && by > 0.0 && mean.is_finite()).then_some(mean)
    }
}

/// What some regions come to, while more may be added.
#[derive(Default)]
struct Part<S> {
    regions: usize,
    scored: usize,
    unweighted: usize,
    bands: Vec<usize>,
    /// Of the index, then of the variables.
    means: Vec<Mean<S>>,
}

impl<S: Sum> Part<S> {
    fn add(&mut self, scores: &Scores, nodes: &[NodeIndex], at: usize) {
        let weighted = scores.weighted_by.is_some();
        let weight = scores.weights.get(at);
        self.regions += 1;
        if let Some(band) = scores.band(at) {
            at_least(&mut self.bands, band + 1);
            if let Some(count) = self.bands.get_mut(band) {
                *count += 1;
            }
        }
        if scores.index().get(at).is_some() {
            self.scored += 1;
            self.unweighted += usize::from(weighted && !weighs(weight));
        }
        at_least(&mut self.means, nodes.len());
        if weighted && !weighs(weight) {
            return;
        }
        for (mean, node) in self.means.iter_mut().zip(nodes) {
            if let Some(value) = scores.node(*node).get(at) {
                mean.add(value, weight.filter(|_| weighted));
            }
        }
    }

    fn join(&mut self, other: Self) {
        self.regions += other.regions;
        self.scored += other.scored;
        self.unweighted += other.unweighted;
        at_least(&mut self.bands, other.bands.len());
        for (count, more) in self.bands.iter_mut().zip(other.bands) {
            *count += more;
        }
        at_least(&mut self.means, other.means.len());
        for (mean, more) in self.means.iter_mut().zip(other.means) {
            mean.join(more);
        }
    }

    fn finish(mut self, rules: &RuleSet, weighted: bool) -> RollUp {
        at_least(&mut self.bands, rules.bands.len());
        at_least(&mut self.means, 1 + rules.variables().len());
        let mut means = self.means.into_iter().map(|mean| mean.value(weighted));
        RollUp {
            regions: self.regions,
            scored: self.scored,
            mean: means.next().flatten(),
            variables: means.collect(),
            bands: self.bands,
            unweighted: self.unweighted,
        }
    }
}

/// Whether a region has a part in means that are weighted.
fn weighs(weight: Option<f64>) -> bool {
    weight.is_some_and(|weight| weight > 0.0)
}

fn at_least<T: Default>(list: &mut Vec<T>, length: usize) {
    if list.len() < length {
        list.resize_with(length, T::default);
    }
}

/// What scores come to, while more may be added.
pub(super) struct Totals<S> {
    nation: Part<S>,
    groups: BTreeMap<Arc<str>, Part<S>>,
    ungrouped: Part<S>,
    aspects: Vec<Mean<S>>,
    without_band: usize,
    /// The rows of regions without index or band, as many as are kept.
    unplaced: Vec<u32>,
    unplaced_count: usize,
    values: (usize, usize),
}

impl<S: Sum> Totals<S> {
    /// What scores come to; so many of the rows without index or band are kept.
    pub(super) fn of(scores: &Scores, keep: usize) -> Self {
        let rules = scores.program.rules();
        let mut nodes = vec![NodeIndex::ROOT];
        nodes.extend(rules.variables());
        let aspects: Vec<Vec<NodeIndex>> = aspects(rules).into_values().collect();
        let banded = !rules.bands.is_empty();
        let weighted = scores.weighted_by.is_some();
        let mut values = Vec::new();
        let mut totals = Self {
            nation: Part::default(),
            groups: BTreeMap::new(),
            ungrouped: Part::default(),
            aspects: aspects.iter().map(|_| Mean::default()).collect(),
            without_band: 0,
            unplaced: Vec::new(),
            unplaced_count: 0,
            values: (0, 0),
        };
        for (at, row) in scores.rows.iter().enumerate() {
            totals.nation.add(scores, &nodes, at);
            match scores.groups.get(at).and_then(Option::as_ref) {
                Some(group) => match totals.groups.get_mut(group) {
                    Some(part) => part.add(scores, &nodes, at),
                    None => {
                        let mut part = Part::default();
                        part.add(scores, &nodes, at);
                        totals.groups.insert(group.clone(), part);
                    }
                },
                None => totals.ungrouped.add(scores, &nodes, at),
            }
            let band = scores.band(at);
            totals.without_band += usize::from(band.is_none());
            if scores.index().get(at).is_none() || (banded && band.is_none()) {
                totals.unplaced_count += 1;
                if totals.unplaced.len() < keep {
                    totals.unplaced.push(*row);
                }
            }
            for (mean, nodes) in totals.aspects.iter_mut().zip(&aspects) {
                values.clear();
                values.extend(nodes.iter().filter_map(|node| scores.node(*node).get(at)));
                let weight = scores.weights.get(at);
                if !values.is_empty() && (!weighted || weighs(weight)) {
                    mean.add(number::mean(&values), weight.filter(|_| weighted));
                }
            }
        }
        for decisions in &scores.decisions {
            for (decision, refused) in decisions.iter().zip(&scores.refused) {
                totals.values.0 += usize::from(!refused);
                totals.values.1 += usize::from(!refused && *decision != Decision::Observed);
            }
        }
        totals
    }

    /// Adds those of later rows.
    pub(super) fn join(&mut self, other: Self, keep: usize) {
        self.nation.join(other.nation);
        for (group, part) in other.groups {
            match self.groups.get_mut(&group) {
                Some(known) => known.join(part),
                None => {
                    self.groups.insert(group, part);
                }
            }
        }
        self.ungrouped.join(other.ungrouped);
        for (mean, more) in self.aspects.iter_mut().zip(other.aspects) {
            mean.join(more);
        }
        self.without_band += other.without_band;
        self.unplaced_count += other.unplaced_count;
        self.unplaced.extend(other.unplaced);
        self.unplaced.truncate(keep);
        self.values.0 += other.values.0;
        self.values.1 += other.values.1;
    }

    /// The rows of regions without index or band that are kept.
    pub(super) fn unplaced(&mut self) -> &mut Vec<u32> {
        &mut self.unplaced
    }

    /// The summary, given where rows stand among the scores.
    pub(super) fn finish(
        self,
        rules: &RuleSet,
        weighted_by: Option<String>,
        position: impl Fn(u32) -> Option<usize>,
    ) -> Summary {
        let weighted = weighted_by.is_some();
        let targets = rules.targets.iter().enumerate().map(|(at, target)| {
            let reached = self.nation.bands.iter().skip(target.band).sum();
            TargetResult {
                target: at,
                reached,
                percent: 100.0 * reached as f64 / f64::from(target.count.value),
                without_band: self.without_band,
            }
        });
        let targets = targets.collect();
        let has_groups = !self.groups.is_empty();
        let ungrouped = (has_groups && self.ungrouped.regions > 0)
            .then(|| self.ungrouped.finish(rules, weighted));
        let groups = self.groups.into_iter();
        let aspects = aspects(rules).into_iter().zip(self.aspects);
        Summary {
            nation: self.nation.finish(rules, weighted),
            groups: groups
                .map(|(name, part)| (name, part.finish(rules, weighted)))
                .collect(),
            ungrouped,
            targets,
            aspects: aspects
                .map(|((name, nodes), mean)| AspectMean {
                    name: name.to_owned(),
                    indicators: nodes.len(),
                    mean: mean.value(weighted),
                })
                .collect(),
            weighted_by,
            unplaced: self
                .unplaced
                .iter()
                .filter_map(|row| position(*row))
                .collect(),
            unplaced_count: self.unplaced_count,
            values: self.values,
        }
    }
}

/// The indicators of each aspect.
fn aspects(rules: &RuleSet) -> BTreeMap<&str, Vec<NodeIndex>> {
    let mut members: BTreeMap<&str, Vec<NodeIndex>> = BTreeMap::new();
    for index in rules.indices() {
        let own = rules.node(index).indicator();
        if let Some(aspect) = own.and_then(|own| own.aspect.as_ref()) {
            members.entry(&aspect.value).or_default().push(index);
        }
    }
    members
}
