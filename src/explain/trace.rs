//! The tree of one region, from the index down to raw values.

use super::shares::{BUDGET, shares};
use crate::base::{IssueKind, NodeIndex, Span};
use crate::calculus::{Position, Statistics};
use crate::check::RuleSet;
use crate::check::rule_set::Range;
use crate::compile::Program;
use crate::evaluate::{ChildScore, Decision, ParentScorer, Scores};

/// One node of one region, with what is below it.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The node.
    pub node: NodeIndex,
    /// The raw value that was normalised.
    pub raw: Option<f64>,
    /// What changed a value of the node on its way, in order.
    pub moves: Vec<Move>,
    /// What was taken over the reference population, where the method asks for that.
    pub statistics: Option<Statistics>,
    /// Where the raw value comes from; `None` for parents.
    pub decision: Option<Decision>,
    /// Its exact score.
    pub score: Option<f64>,
    /// Its part of what its parent divides.
    pub part: Option<f64>,
    /// What is divided among its children; `None` for indicators, and where it cannot be divided.
    pub division: Option<Division>,
    /// Its children, sorted by id.
    pub children: Vec<Trace>,
}

/// A value that was changed on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    /// By what.
    pub by: Mover,
    /// The value before: raw for [`Mover::Valid`] and [`Mover::Treatment`], else a score.
    pub from: f64,
    /// The value after; `None` where it counts as missing.
    pub to: Option<f64>,
    /// The rule that says so.
    pub origin: Option<Span>,
}

/// What changes a value on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mover {
    /// The range of valid raw values.
    Valid,
    /// The treatment of outliers.
    Treatment,
    /// The end of the range of scores.
    Cap,
    /// Rounding for the node's parent.
    RoundTo,
}

/// What is divided among the children of a node: the way from one value to another, of which each child has a part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Division {
    /// What the parts are.
    pub kind: PartKind,
    /// Where the way begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// The standard error of the parts, where orders were drawn.
    pub error: Option<f64>,
}

/// What the parts of a division are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// w·x/Σw of a weighted mean, from 0 to the mean.
    Contribution,
    /// Shapley values of the way from all children at their worst to the score.
    Shapley,
    /// Shapley values of the way from the score to all children at their best: where one bad child drags the whole
    /// down, what makes up the score says nothing, and what keeps it from the best does.
    Gap,
}

impl PartKind {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contribution => "contribution",
            Self::Shapley => "shapley",
            Self::Gap => "gap",
        }
    }
}

impl Mover {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Treatment => "treat",
            Self::Cap => "cap",
            Self::RoundTo => "round_to",
        }
    }
}

impl Trace {
    pub(super) fn of(scores: &Scores, position: usize, node: NodeIndex) -> Self {
        let rules = scores.program.rules();
        let children: Vec<NodeIndex> = rules.node(node).children.clone();
        let mut trace = Self {
            node,
            raw: scores.raw_value(node, position),
            moves: raw_moves(scores, position, node),
            statistics: scores.statistics.get(node.at()).copied().flatten(),
            decision: scores.decision(node, position),
            score: scores.node(node).get(position),
            part: None,
            division: None,
            children: children
                .iter()
                .map(|child| Self::of(scores, position, *child))
                .collect(),
        };
        if children.is_empty() {
            trace.moves.extend(trace.cap(scores));
        } else if trace.score.is_some() {
            let now = scores.children(node, position);
            let combined = combined(&scores.program, node, &now);
            trace.moves.extend(limits(rules, node, combined));
            trace.divide(&scores.program, &now, combined);
        }
        trace
    }

    /// The raw value as it was measured, or filled in, before anything changed it.
    pub fn measured(&self) -> Option<f64> {
        let raw = |own: &&Move| matches!(own.by, Mover::Valid | Mover::Treatment);
        self.moves
            .iter()
            .find(raw)
            .map_or(self.raw, |own| Some(own.from))
    }

    /// The end of the range, where the raw value lies beyond it.
    fn cap(&self, scores: &Scores) -> Option<Move> {
        let node = scores.program.rules().node(self.node);
        let curve = scores.curves.get(self.node.at())?.as_ref()?;
        let range = node.range.value;
        let scaled = node.indicator()?.normalisation.scaled();
        let position: Position = curve.at(self.raw?);
        let free = if scaled {
            position.spread(range.low, range.high, false)
        } else {
            position.part
        };
        let origin = node.clamp.and_then(|clamp| clamp.origin);
        moved(range, free, self.score?, origin)
    }

    fn divide(&mut self, program: &Program, now: &[ChildScore], combined: Option<f64>) {
        let (rules, node) = (program.rules(), self.node);
        if rules.is_weighted_mean(node) {
            let weight = |child: &Trace| rules.node(child.node).weight.value;
            let present = self.children.iter().filter(|child| child.score.is_some());
            let total: f64 = present.map(weight).sum();
            for child in &mut self.children {
                child.part = child.score.map(|score| weight(child) * score / total);
            }
            self.division = combined.map(|mean| Division {
                kind: PartKind::Contribution,
                from: 0.0,
                to: mean,
                error: None,
            });
            return;
        }
        let at_ends = |end: fn(Range) -> f64| -> Vec<ChildScore> {
            now.iter()
                .zip(&rules.node(node).children)
                .map(|(child, index)| ChildScore {
                    score: child.score.map(|_| end(rules.node(*index).range.value)),
                    ..*child
                })
                .collect()
        };
        let worst = || shares(program, node, &at_ends(|range| range.low), now);
        let best = || shares(program, node, now, &at_ends(|range| range.high));
        let found = if drags(program, node) {
            best().map(|own| (PartKind::Gap, own))
        } else {
            let own = worst().map(|own| (PartKind::Shapley, own));
            own.or_else(|| best().map(|own| (PartKind::Gap, own)))
        };
        let Some((kind, shares)) = found else {
            return;
        };
        self.division = Some(Division {
            kind,
            from: shares.before,
            to: shares.after,
            error: shares.error,
        });
        for (child, part) in self.children.iter_mut().zip(shares.parts) {
            child.part = part;
        }
    }
}

/// Whether one child at its worst drags the whole down to the worst, or as good as.
///
/// So it is by name under the means that compensate only in part, and in a formula where one child alone, off its worst,
/// changes nothing.
fn drags(program: &Program, node: NodeIndex) -> bool {
    let rules = program.rules();
    if rules.compensates_in_part(node) {
        return true;
    }
    let ranges = rules.node(node).children.iter();
    let ranges: Vec<Range> = ranges.map(|child| rules.node(*child).range.value).collect();
    let count = ranges.len() as u64;
    let cost = count + rules.formula(node).map_or(0, |formula| formula.cost);
    if count < 2 || count.saturating_mul(cost) > BUDGET {
        return false;
    }
    let Some(step) = program.step(node) else {
        return false;
    };
    let mut scorer = ParentScorer::new(rules, step);
    let mut value = |off: Option<usize>| {
        let children: Vec<ChildScore> = ranges
            .iter()
            .enumerate()
            .map(|(at, range)| {
                let middle = range.low + (range.high - range.low) / 2.0;
                let score = if off == Some(at) { middle } else { range.low };
                ChildScore::new(Some(score), None, None)
            })
            .collect();
        scorer.score(&children).ok()
    };
    let Some(all_worst) = value(None) else {
        return false;
    };
    let tolerance = rules.node(node).range.value.tolerance();
    (0..ranges.len()).all(|at| value(Some(at)).is_some_and(|own| tolerance.same(own, all_worst)))
}

/// What the children of a node make together, before its limits.
fn combined(program: &Program, node: NodeIndex, now: &[ChildScore]) -> Option<f64> {
    let mut scorer = ParentScorer::new(program.rules(), program.step(node)?);
    scorer.combine(now).ok()
}

/// What the limits of a parent make of the value of its children.
fn limits(rules: &RuleSet, node: NodeIndex, combined: Option<f64>) -> Vec<Move> {
    let own = rules.node(node);
    let (Some(value), Some(parent)) = (combined, own.parent_rules()) else {
        return Vec::new();
    };
    let range = own.range.value;
    let inside = crate::base::number::clamp(value, range.low, range.high);
    let origin = own.clamp.and_then(|clamp| clamp.origin);
    let mut moves: Vec<Move> = moved(range, value, inside, origin).into_iter().collect();
    moves.extend(parent.round_to.and_then(|decimals| {
        let rounded = rules.precision_of(own, decimals.value).round(inside);
        Some(Move {
            by: Mover::RoundTo,
            ..moved(range, inside, rounded, decimals.origin)?
        })
    }));
    moves
}

fn moved(range: Range, from: f64, to: f64, origin: Option<Span>) -> Option<Move> {
    let differ = from.is_finite() && !range.tolerance().same(from, to);
    differ.then_some(Move {
        by: Mover::Cap,
        from,
        to: Some(to),
        origin,
    })
}

/// What changed the raw value: its issues say.
fn raw_moves(scores: &Scores, position: usize, node: NodeIndex) -> Vec<Move> {
    let Some(row) = scores.rows.get(position) else {
        return Vec::new();
    };
    let own = scores.issues.iter();
    let own = own.filter(|issue| issue.node == Some(node) && issue.row.as_ref() == Some(row));
    own.filter_map(|issue| {
        let found = issue.found.as_deref()?;
        let (by, from, to) = match issue.kind {
            IssueKind::OutsideValid => {
                let measured: f64 = found.parse().ok()?;
                let valid = scores.program.rules().node(node).indicator()?.valid?.value;
                let end = crate::base::number::clamp(measured, valid.low, valid.high);
                let outside = scores.program.rules().node(node).indicator()?.outside.value;
                (Mover::Valid, measured, outside.used(measured, end))
            }
            IssueKind::Treated => {
                let (before, after) = found.split_once(" → ")?;
                (Mover::Treatment, before.parse().ok()?, after.parse().ok())
            }
            _ => return None,
        };
        Some(Move {
            by,
            from,
            to,
            origin: issue.place,
        })
    })
    .collect()
}
