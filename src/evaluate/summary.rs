//! The scores for people: counts per band, targets, roll-ups, aspects.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::scores::{Decision, Scores};
use crate::base::NodeIndex;
use crate::base::number::{mean_over_rows, sum_over_rows};

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
    /// Regions without an index or, where there are bands, without a band, by position.
    pub unplaced: Vec<usize>,
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
    /// Regions with an index and without a weight, which a weighted mean leaves out.
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
    /// The mean over regions of the simple mean of those indicators' scores.
    pub mean: Option<f64>,
}

/// Sums up scores. The means are weighted where a column of weights was read.
pub fn summarise(scores: &Scores) -> Summary {
    let weighted = scores.weighted_by.is_some();
    let all: Vec<usize> = (0..scores.len()).collect();
    let mut members: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (position, group) in scores.groups.iter().enumerate() {
        if let Some(group) = group {
            members.entry(group.clone()).or_default().push(position);
        }
    }
    let has_groups = !members.is_empty();
    let members_none: Vec<usize> = all
        .iter()
        .copied()
        .filter(|at| scores.groups.get(*at).is_none_or(Option::is_none))
        .collect();
    let banded = !scores.program.rules().bands.is_empty();
    let unplaced = |at: &usize| match scores.index().get(*at) {
        None => true,
        Some(_) => banded && scores.bands.get(*at).is_none_or(Option::is_none),
    };
    let without_band = scores.bands.iter().filter(|band| band.is_none()).count();
    let targets = scores
        .program
        .rules()
        .targets
        .iter()
        .enumerate()
        .map(|(at, target)| {
            let reached = scores
                .bands
                .iter()
                .flatten()
                .filter(|band| **band >= target.band)
                .count();
            TargetResult {
                target: at,
                reached,
                percent: 100.0 * reached as f64 / f64::from(target.count.value),
                without_band,
            }
        });
    Summary {
        nation: roll_up(scores, &all, weighted),
        groups: members
            .into_iter()
            .map(|(name, rows)| (name, roll_up(scores, &rows, weighted)))
            .collect(),
        ungrouped: (!members_none.is_empty() && has_groups)
            .then(|| roll_up(scores, &members_none, weighted)),
        targets: targets.collect(),
        aspects: aspects(scores),
        weighted_by: scores.weighted_by.clone(),
        unplaced: all.iter().copied().filter(unplaced).collect(),
        values: values(scores),
    }
}

fn values(scores: &Scores) -> (usize, usize) {
    let accepted = |at: &usize| scores.refused.get(*at) == Some(&false);
    let rows = (0..scores.len()).filter(accepted);
    let (mut all, mut lacking) = (0, 0);
    for row in rows {
        for decision in scores.decisions.iter().filter_map(|list| list.get(row)) {
            all += 1;
            lacking += usize::from(*decision != Decision::Observed);
        }
    }
    (all, lacking)
}

fn roll_up(scores: &Scores, positions: &[usize], weighted: bool) -> RollUp {
    let rules = scores.program.rules();
    let mut bands = vec![0; rules.bands.len()];
    for band in positions.iter().filter_map(|at| scores.band(*at)) {
        if let Some(count) = bands.get_mut(band) {
            *count += 1;
        }
    }
    let has_index = |at: &&usize| scores.index().get(**at).is_some();
    RollUp {
        regions: positions.len(),
        scored: positions.iter().filter(has_index).count(),
        mean: mean(scores, NodeIndex::ROOT, positions, weighted),
        variables: rules
            .variables()
            .iter()
            .map(|node| mean(scores, *node, positions, weighted))
            .collect(),
        bands,
        unweighted: if weighted {
            positions
                .iter()
                .filter(has_index)
                .filter(|at| scores.weights.get(**at).is_none())
                .count()
        } else {
            0
        },
    }
}

fn mean(scores: &Scores, node: NodeIndex, positions: &[usize], weighted: bool) -> Option<f64> {
    let column = scores.node(node);
    if !weighted {
        return mean_over_rows(positions.iter().filter_map(|at| column.get(*at)).collect());
    }
    let pairs = positions
        .iter()
        .filter_map(|at| Some((column.get(*at)?, scores.weights.get(*at)?)));
    let pairs: Vec<(f64, f64)> = pairs.filter(|(_, weight)| *weight > 0.0).collect();
    let total = sum_over_rows(pairs.iter().map(|(_, weight)| *weight).collect());
    let sum = sum_over_rows(pairs.iter().map(|(value, weight)| value * weight).collect());
    let mean = sum / total;
    (total > 0.0 && mean.is_finite()).then_some(mean)
}

fn aspects(scores: &Scores) -> Vec<AspectMean> {
    let rules = scores.program.rules();
    let mut members: BTreeMap<&str, Vec<NodeIndex>> = BTreeMap::new();
    for index in rules.indices() {
        if let Some(aspect) = rules
            .node(index)
            .indicator()
            .and_then(|indicator| indicator.aspect.as_ref())
        {
            members.entry(&aspect.value).or_default().push(index);
        }
    }
    let of_region = |nodes: &[NodeIndex], at: usize| {
        let values: Vec<f64> = nodes
            .iter()
            .filter_map(|node| scores.node(*node).get(at))
            .collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    members
        .into_iter()
        .map(|(name, nodes)| AspectMean {
            name: name.to_owned(),
            indicators: nodes.len(),
            mean: mean_over_rows(
                (0..scores.len())
                    .filter_map(|at| of_region(&nodes, at))
                    .collect(),
            ),
        })
        .collect()
}
