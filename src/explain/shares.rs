//! A change of a parent's score, divided among its children.
//!
//! Where the parent is a weighted mean the parts have a closed form. Else each gets its Shapley value: the
//! mean, over all orders in which the children change one after the other, of what its own change adds
//! (L. S. Shapley, *A value for n-person games*, 1953). The parts add up to the whole change.

use crate::base::NodeIndex;
use crate::base::number::{shuffle, sqrt};
use crate::compile::Program;
use crate::evaluate::{ChildScore, ParentScorer};

/// The most children whose orders are all looked at.
const EXACT_CHILDREN: usize = 12;
/// Pairs of opposite orders that are drawn beyond: as many as the budget allows.
const MOST_PAIRS: u64 = 512;
const FEWEST_PAIRS: u64 = 4;
/// The steps that the division of one change may cost.
pub(super) const BUDGET: u64 = 20_000_000;

/// The parts of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// The part of each child, in their order; nothing for one that is missing.
    pub parts: Vec<Option<f64>>,
    /// The score before the change.
    pub before: f64,
    /// The score after the change.
    pub after: f64,
    /// The largest standard error of a part, where orders were drawn.
    pub error: Option<f64>,
}

/// Divides the change of a node's score when each available child goes from one score to another.
///
/// `None` when the node has no score for some mix of the two, so that the change cannot be divided.
pub fn shares(
    program: &Program,
    node: NodeIndex,
    from: &[ChildScore],
    to: &[ChildScore],
) -> Option<Shares> {
    let rules = program.rules();
    let step = program.step(node)?;
    let mut scorer = ParentScorer::new(rules, step);
    let mut value = |children: &[ChildScore]| scorer.score(children).ok();
    let (before, after) = (value(from)?, value(to)?);
    let players: Vec<usize> = (0..to.len())
        .filter(|at| to.get(*at).is_some_and(|c| c.score.is_some()))
        .collect();
    let mut parts = vec![None; to.len()];
    let linear = rules.is_weighted_mean(node);
    // What one score costs: the formula, and looking at every child.
    let cost = to.len() as u64 + rules.formula(node).map_or(0, |formula| formula.cost);
    let mut error = None;
    let values = if linear {
        closed_form(program, node, &players, from, to)?
    } else if players.len() <= EXACT_CHILDREN && (1 << players.len()) * cost <= BUDGET {
        exact(&players, from, to, &mut value)?
    } else {
        let orders = 2 * (players.len() as u64).saturating_mul(cost).max(1);
        let pairs = (BUDGET / orders).clamp(FEWEST_PAIRS, MOST_PAIRS);
        let (values, largest) = sampled(&players, from, to, &mut value, pairs)?;
        error = Some(largest);
        values
    };
    for (player, part) in players.iter().zip(values) {
        if let Some(slot) = parts.get_mut(*player) {
            *slot = Some(part);
        }
    }
    Some(Shares {
        parts,
        before,
        after,
        error,
    })
}

fn closed_form(
    program: &Program,
    node: NodeIndex,
    players: &[usize],
    from: &[ChildScore],
    to: &[ChildScore],
) -> Option<Vec<f64>> {
    let rules = program.rules();
    let children = &rules.node(node).children;
    let weight = |at: usize| {
        children
            .get(at)
            .map(|child| rules.node(*child).weight.value)
    };
    let total: f64 = players.iter().filter_map(|at| weight(*at)).sum();
    players
        .iter()
        .map(|at| Some(weight(*at)? * (to.get(*at)?.score? - from.get(*at)?.score?) / total))
        .collect()
}

type Value<'a> = &'a mut dyn FnMut(&[ChildScore]) -> Option<f64>;

fn mix(
    players: &[usize],
    changed: usize,
    from: &[ChildScore],
    to: &[ChildScore],
) -> Vec<ChildScore> {
    let mut mixed = from.to_vec();
    for (bit, at) in players.iter().enumerate() {
        if changed & (1 << bit) != 0
            && let (Some(slot), Some(new)) = (mixed.get_mut(*at), to.get(*at))
        {
            *slot = *new;
        }
    }
    mixed
}

/// Over all subsets: the weight of a subset of s others among n players is s! (n − s − 1)! / n!.
fn exact(
    players: &[usize],
    from: &[ChildScore],
    to: &[ChildScore],
    value: Value<'_>,
) -> Option<Vec<f64>> {
    let count = players.len();
    let values: Vec<f64> = (0..1usize << count)
        .map(|changed| value(&mix(players, changed, from, to)))
        .collect::<Option<_>>()?;
    let mut weights = vec![1.0 / count.max(1) as f64; count.max(1)];
    for s in 1..count {
        let before = weights.get(s - 1).copied()?;
        *weights.get_mut(s)? = before * s as f64 / (count - s) as f64;
    }
    (0..count)
        .map(|player| {
            let bit = 1 << player;
            let mut part = 0.0;
            for changed in (0..values.len()).filter(|changed| changed & bit == 0) {
                let weight = weights.get(changed.count_ones() as usize)?;
                part += weight * (values.get(changed | bit)? - values.get(changed)?);
            }
            Some(part)
        })
        .collect()
}

/// Over drawn orders, each with its reverse, which takes out most of the noise. The draw is fixed.
fn sampled(
    players: &[usize],
    from: &[ChildScore],
    to: &[ChildScore],
    value: Value<'_>,
    pairs: u64,
) -> Option<(Vec<f64>, f64)> {
    let count = players.len();
    let mut sums = vec![0.0; count];
    let mut squares = vec![0.0; count];
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..pairs {
        shuffle(&mut order, &mut state);
        let mut pair = vec![0.0; count];
        for reverse in [false, true] {
            let mut mixed = from.to_vec();
            let mut last = value(&mixed)?;
            for step in 0..count {
                let at = if reverse { count - 1 - step } else { step };
                let player = *order.get(at)?;
                let child = *players.get(player)?;
                *mixed.get_mut(child)? = *to.get(child)?;
                let next = value(&mixed)?;
                *pair.get_mut(player)? += (next - last) / 2.0;
                last = next;
            }
        }
        for ((sum, square), part) in sums.iter_mut().zip(&mut squares).zip(&pair) {
            *sum += part;
            *square += part * part;
        }
    }
    let draws = pairs as f64;
    let means: Vec<f64> = sums.iter().map(|sum| sum / draws).collect();
    let error = means.iter().zip(&squares).map(|(mean, square)| {
        let variance = crate::base::number::greater(square / draws - mean * mean, 0.0);
        sqrt(variance / draws)
    });
    let largest = error.reduce(crate::base::number::greater).unwrap_or(0.0);
    Some((means, largest))
}
