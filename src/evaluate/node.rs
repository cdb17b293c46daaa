//! The second half of a run, row by row: the steps of the program over one chunk of rows. The reference of what the
//! [columns](super::columns) do, and what they ask about rows that are out of the ordinary.

use std::rc::Rc;

use super::raw::{Prepared, PreparedIndicator, RawChunk, cell, issue};
use super::scores::{Decision, NodeColumns};
use crate::base::number::{self, RawValues, Tolerance};
use crate::base::{IssueKind, NodeIndex};
use crate::calculus::{Part, Sibling, WhenMissing};
use crate::check::RuleSet;
use crate::check::rule_set::{Combine, Indicator, MissingPolicy, Node, ParentRules};
use crate::compile::interpreter::{ChildValue, Failure, Session};
use crate::compile::{Program, Step, StepKind};
use crate::data::dataset::{Chunk, Dataset, NumberColumn};

/// One child of a node, for one region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChildScore {
    /// Its score, unless missing.
    pub score: Option<f64>,
    /// Its raw value, if it is an indicator that has one.
    pub raw: Option<f64>,
    /// Whether its weight counts as available: it was observed, not filled in.
    pub available: bool,
    /// Whether it must make its parent missing.
    pub fails: bool,
}

impl ChildScore {
    /// A child with its score, its raw value, and where that comes from.
    pub fn new(score: Option<f64>, raw: Option<f64>, decision: Option<Decision>) -> Self {
        Self {
            score,
            raw,
            available: score.is_some()
                && decision.is_none_or(|decision| decision == Decision::Observed),
            fails: decision == Some(Decision::Failed),
        }
    }
}

/// Scores one chunk row by row, formulas by the interpreter.
pub(super) fn score_chunk(
    program: &Program,
    data: &Dataset,
    chunk: &Chunk,
    year: Option<u16>,
    raw: &RawChunk,
    prepared: &Prepared,
) -> NodeColumns {
    let rules = program.rules();
    let count = rules.nodes.len();
    let rows = chunk.rows();
    let scored = |row: &usize| {
        let of = chunk.years.get(*row).copied().flatten();
        let other = year.is_some() && of.is_some() && of != year;
        !other && !chunk.refused.contains(*row)
    };
    let mut run = Run {
        rules,
        data,
        chunk,
        scored: (0..rows).filter(scored).collect(),
        columns: NodeColumns {
            scores: vec![NumberColumn::missing(rows); count],
            raw: vec![NumberColumn::default(); count],
            decisions: vec![Vec::new(); count],
            issues: Vec::new(),
        },
    };
    for step in program.steps() {
        let node = rules.node(step.node);
        let indicator = prepared
            .indicators
            .get(step.node.at())
            .and_then(Option::as_ref);
        match (node.indicator(), indicator) {
            (Some(rule), Some(indicator)) => run.indicator(step, node, rule, indicator, raw),
            _ => run.parent(step, node),
        }
    }
    run.columns
}

struct Run<'a> {
    rules: &'a RuleSet,
    data: &'a Dataset,
    chunk: &'a Chunk,
    /// The rows that are scored: not at fault, nor of another year.
    scored: Rc<[usize]>,
    columns: NodeColumns,
}

impl Run<'_> {
    fn report(&mut self, row: usize, step: &Step, failure: Failure) {
        let issue = issue(self.chunk.start + row as u32, step.node, failure);
        self.columns.issues.push(match step.kind {
            StepKind::Column(_) => issue.in_cell(cell(self.data, self.chunk, &step.kind, row)),
            _ => issue,
        });
    }

    fn indicator(
        &mut self,
        step: &Step,
        node: &Node,
        rule: &Indicator,
        prepared: &PreparedIndicator,
        raw: &RawChunk,
    ) {
        let index = step.node;
        let rows = self.chunk.rows();
        let mut scores = NumberColumn::missing(rows);
        let mut used = NumberColumn::missing(rows);
        let mut decisions = vec![Decision::Skipped; rows];
        let observed = raw.values.get(index.at());
        let failing = raw.failed.get(index.at());
        for row in self.scored.clone().iter().copied() {
            let failed = failing.is_some_and(|failed| failed.contains(row));
            let value = observed.and_then(|column| column.get(row));
            let (made, value) = if failed {
                (Decision::Failed, None)
            } else {
                self.decide(rule, prepared, row, value)
            };
            used.set(row, value);
            let range = node.range.value;
            let score = match made {
                Decision::Worst if prepared.curve.is_some() => Ok(Some(range.low)),
                Decision::Best if prepared.curve.is_some() => Ok(Some(range.high)),
                _ => normalise(node, rule, prepared, value),
            };
            let without = !matches!(score, Ok(Some(_)));
            if let Some(decision) = decisions.get_mut(row) {
                let fails = without && rule.missing.value == MissingPolicy::Fail;
                *decision = if fails { Decision::Failed } else { made };
            }
            match score {
                Ok(score) => scores.set(row, score),
                Err((kind, found)) => {
                    let place = rule.normalisation_origin.unwrap_or(node.span);
                    self.report(
                        row,
                        step,
                        Failure {
                            kind,
                            place: Some(place),
                            found,
                        },
                    );
                }
            }
            let lacking = value.is_none()
                && matches!(
                    rule.missing.value,
                    MissingPolicy::Mean | MissingPolicy::GroupMean
                );
            if lacking && made == Decision::Skipped {
                let place = rule.missing.origin;
                self.report(
                    row,
                    step,
                    Failure {
                        kind: IssueKind::NoGroupMean,
                        place,
                        found: None,
                    },
                );
            }
        }
        self.put(index, scores);
        if let Some(slot) = self.columns.raw.get_mut(index.at()) {
            *slot = used;
        }
        if let Some(slot) = self.columns.decisions.get_mut(index.at()) {
            *slot = decisions;
        }
    }

    fn put(&mut self, index: NodeIndex, scores: NumberColumn) {
        if let Some(slot) = self.columns.scores.get_mut(index.at()) {
            *slot = scores;
        }
    }

    /// Where a value comes from, and the raw value to normalise.
    fn decide(
        &self,
        rule: &Indicator,
        prepared: &PreparedIndicator,
        row: usize,
        observed: Option<f64>,
    ) -> (Decision, Option<f64>) {
        if observed.is_some() {
            return (Decision::Observed, observed);
        }
        let filled = |decision| {
            let group = self.chunk.groups.get(row).and_then(Option::as_deref);
            match prepared.given(rule, group) {
                Some(value) => (decision, Some(value)),
                None => (Decision::Skipped, None),
            }
        };
        match rule.missing.value {
            MissingPolicy::Skip => (Decision::Skipped, None),
            MissingPolicy::Fail => (Decision::Failed, None),
            MissingPolicy::Worst => (Decision::Worst, None),
            MissingPolicy::Best => (Decision::Best, None),
            MissingPolicy::Value(_) => filled(Decision::Given),
            MissingPolicy::Mean => filled(Decision::Mean),
            MissingPolicy::GroupMean => filled(Decision::GroupMean),
        }
    }

    fn parent(&mut self, step: &Step, node: &Node) {
        let mut scores = NumberColumn::missing(self.chunk.rows());
        let mut failures = Vec::new();
        let columns = node.children.iter().map(|child| self.child(*child));
        let columns: Vec<ChildColumns> = columns.collect();
        let mut children = Vec::with_capacity(columns.len());
        let mut scorer = ParentScorer::new(self.rules, step);
        for row in self.scored.iter().copied() {
            children.clear();
            children.extend(columns.iter().map(|child| child.row(row)));
            match scorer.score(&children) {
                Ok(score) => scores.set(row, Some(score)),
                // A child without score that is a parent itself has said why.
                Err(failure)
                    if failure.kind == IssueKind::BelowAvailable && self.said(node, row) => {}
                Err(failure) => failures.push((row, failure)),
            }
        }
        for (row, failure) in failures {
            self.report(row, step, failure);
        }
        self.put(step.node, scores);
    }

    /// Whether a child that is a parent itself has no score, which is an issue of its own.
    fn said(&self, node: &Node, row: usize) -> bool {
        node.children.iter().any(|child| {
            let column = self.columns.scores.get(child.at());
            !self.rules.node(*child).children.is_empty()
                && column.is_some_and(|column| column.get(row).is_none())
        })
    }

    fn child(&self, child: NodeIndex) -> ChildColumns<'_> {
        ChildColumns {
            scores: self.columns.scores.get(child.at()),
            raw: self.columns.raw.get(child.at()),
            decisions: self.columns.decisions.get(child.at()),
        }
    }
}

/// What a chunk has of one child.
struct ChildColumns<'a> {
    scores: Option<&'a NumberColumn>,
    raw: Option<&'a NumberColumn>,
    decisions: Option<&'a Vec<Decision>>,
}

impl ChildColumns<'_> {
    fn row(&self, row: usize) -> ChildScore {
        let decision = self.decisions.and_then(|decisions| decisions.get(row));
        ChildScore::new(
            self.scores.and_then(|scores| scores.get(row)),
            self.raw.and_then(|raw| raw.get(row)),
            decision.copied(),
        )
    }
}

/// The score of a raw value; nothing where it, or the curve, is missing.
pub(super) fn normalise(
    node: &Node,
    rule: &Indicator,
    prepared: &PreparedIndicator,
    value: Option<f64>,
) -> Result<Option<f64>, (IssueKind, Option<String>)> {
    let (Some(value), Some(curve)) = (value, prepared.curve.as_ref()) else {
        return Ok(None);
    };
    let range = node.range.value;
    let clamped = node.clamp.map(|clamp| clamp.value);
    let position = curve.at(value);
    let whole = position.whole;
    if !position.part.is_finite() || !whole.is_finite() || number::same(whole, 0.0) {
        return Err((IssueKind::NotFinite, Some(value.to_string())));
    }
    let score = if rule.normalisation.scaled() {
        position.spread(range.low, range.high, clamped.unwrap_or(true))
    } else {
        match clamped {
            Some(true) => number::clamp(position.part, range.low, range.high),
            Some(false) => position.part,
            None if range.holds(position.part) => position.part,
            // A result that stands for the end of the range is moved there.
            None if rule.raw_values() == RawValues::Calculated
                && range.tolerance().reaches(position.part, range.low)
                && range.tolerance().reaches(range.high, position.part) =>
            {
                number::clamp(position.part, range.low, range.high)
            }
            None => return Err((IssueKind::OutsideScale, Some(position.part.to_string()))),
        }
    };
    if score.is_finite() {
        // A negative zero would be printed as one.
        Ok(Some(score + 0.0))
    } else {
        Err((IssueKind::NotFinite, Some(value.to_string())))
    }
}

/// Scores a parent from its children, region by region.
pub struct ParentScorer<'a> {
    rules: &'a RuleSet,
    node: &'a Node,
    siblings: Siblings,
    formula: Option<Session<'a>>,
}

impl<'a> ParentScorer<'a> {
    /// Gets ready for a step.
    pub fn new(rules: &'a RuleSet, step: &'a Step) -> Self {
        let node = rules.node(step.node);
        Self {
            rules,
            node,
            siblings: Siblings::of(rules, node),
            formula: match &step.kind {
                StepKind::Formula(formula) => Some(formula.interpreter.session()),
                _ => None,
            },
        }
    }

    /// The score of one region from its children, sorted by id.
    ///
    /// # Errors
    /// Why there is none.
    pub fn score(&mut self, children: &[ChildScore]) -> Result<f64, Failure> {
        let value = self.combine(children)?;
        finish(self.rules, self.node, self.parent()?, value)
    }

    /// What the children make together, before the range of the node and its rounding.
    ///
    /// # Errors
    /// Why there is nothing.
    pub fn combine(&mut self, children: &[ChildScore]) -> Result<f64, Failure> {
        let parent = self.parent()?;
        self.siblings
            .check_available(self.rules, self.node, parent, children)?;
        match (&parent.combine, &mut self.formula) {
            (Combine::Aggregation { .. }, _) => aggregate(parent, children, &self.siblings),
            (Combine::Formula(_), Some(formula)) => run_formula(formula, children),
            _ => Err(plain(IssueKind::Interpreter)),
        }
    }

    fn parent(&self) -> Result<&'a ParentRules, Failure> {
        let rules = self.node.parent_rules();
        rules.ok_or_else(|| plain(IssueKind::Interpreter))
    }
}

/// The children of a node, before their scores.
pub(super) struct Siblings {
    pub(super) list: Vec<Sibling>,
    /// Whether a child of no weight is left out, whatever becomes of it.
    by_weight: bool,
}

impl Siblings {
    pub(super) fn of(rules: &RuleSet, node: &Node) -> Self {
        let children = node.children.iter();
        Self {
            list: children.map(|child| rules.sibling(*child)).collect(),
            by_weight: rules.weighs(node),
        }
    }

    /// Whether a child has a part in the score at all.
    pub(super) fn counts(&self, sibling: &Sibling) -> bool {
        !self.by_weight || sibling.weight > 0.0
    }

    /// Whether enough of the children are available for a score.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn check_available(
        &self,
        rules: &RuleSet,
        node: &Node,
        parent: &ParentRules,
        children: &[ChildScore],
    ) -> Result<(), Failure> {
        let (mut available, mut total) = (0.0, 0.0);
        let mut any = false;
        let known = children.iter().zip(&node.children).zip(&self.list);
        for ((child, index), sibling) in known {
            let counts = self.counts(sibling);
            if child.fails && counts {
                return Err(Failure {
                    found: Some(rules.node(*index).id.clone()),
                    ..plain(IssueKind::Failed)
                });
            }
            total += sibling.weight;
            if child.available {
                available += sibling.weight;
                any |= counts;
            }
        }
        if any && is_enough(parent, available, total) {
            return Ok(());
        }
        Err(Failure {
            kind: IssueKind::BelowAvailable,
            place: parent.available_at_least.and_then(|share| share.origin),
            found: None,
        })
    }
}

/// Whether the available weight, of a total, is as much as a parent asks for.
pub(super) fn is_enough(parent: &ParentRules, available: f64, total: f64) -> bool {
    let least = parent.available_at_least;
    least.is_none_or(|least| Tolerance::SHARE.reaches(available / total, least.value))
}

fn plain(kind: IssueKind) -> Failure {
    Failure {
        kind,
        place: None,
        found: None,
    }
}

pub(super) fn aggregate(
    parent: &ParentRules,
    children: &[ChildScore],
    siblings: &Siblings,
) -> Result<f64, Failure> {
    let Combine::Aggregation {
        method,
        options,
        origin,
    } = &parent.combine
    else {
        return Err(plain(IssueKind::Interpreter));
    };
    let parts: Vec<Part> = children
        .iter()
        .zip(&siblings.list)
        .filter_map(|(child, sibling)| Some(sibling.scored(child.score?)))
        .collect();
    let failed = |kind| Failure {
        kind,
        place: *origin,
        found: None,
    };
    let mut scale = 1.0;
    if parts.len() < children.len() && method.when_missing() == WhenMissing::Refuse {
        if !parent.rescale.is_some_and(|flag| flag.value) {
            return Err(failed(IssueKind::IncompleteSum));
        }
        scale = children.len() as f64 / parts.len() as f64;
    }
    let value = method.combine(&parts, options).map_err(failed)? * scale;
    if value.is_finite() {
        Ok(value)
    } else {
        Err(failed(IssueKind::NotFinite))
    }
}

pub(super) fn run_formula(
    formula: &mut Session<'_>,
    children: &[ChildScore],
) -> Result<f64, Failure> {
    formula.run_over(children.iter().map(|child| ChildValue {
        score: child.score,
        raw: child.raw,
    }))
}

/// Range and rounding of a result.
pub(super) fn finish(
    rules: &RuleSet,
    node: &Node,
    parent: &ParentRules,
    value: f64,
) -> Result<f64, Failure> {
    let range = node.range.value;
    let inside = number::clamp(value, range.low, range.high);
    let clamp = node.clamp.is_some_and(|clamp| clamp.value);
    if !clamp && !range.tolerance().same(value, inside) {
        let place = match &parent.combine {
            Combine::Formula(formula) => Some(formula.span),
            Combine::Aggregation { origin, .. } => *origin,
        };
        return Err(Failure {
            kind: IssueKind::OutsideScale,
            place,
            found: Some(value.to_string()),
        });
    }
    let rounded = match parent.round_to {
        Some(decimals) => rules.precision_of(node, decimals.value).round(inside),
        None => inside,
    };
    // Rounding may step over the end of the range, and a negative zero would be printed as one.
    Ok(number::clamp(rounded, range.low, range.high) + 0.0)
}
