//! What of a rule set the cases reach: branches and lines of formulas, indicators, missing-data policies, bands and
//! their edges.
//!
//! A branch counts the cases that reach it. Counted is what the interpreter runs; the compiled executor gives the same
//! bits and so takes the same branches.

use std::collections::{BTreeMap, BTreeSet};

use super::ranges::reach;
use super::run::{Prepared, program_with, rows_as_data};
use crate::base::language::text;
use crate::base::{Error, IssueKind, NodeIndex, Span, Stop, Text};
use crate::bundle::Bundle;
use crate::calculus::Methods;
use crate::check::RuleSet;
use crate::compile::interpreter::{Inputs, Point, PointKind};
use crate::compile::{Program, StepKind, compile_traced};
use crate::data::Dataset;
use crate::evaluate::{Decision, EvaluateOptions, ParentScorer, Scores, evaluate};

/// What cases reach of a rule set.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// Everything that can be reached, in the order of files; what stands in no file comes last.
    pub items: Vec<Covered>,
    /// How many cases reached each line of each formula file, by path and line.
    pub lines: BTreeMap<String, BTreeMap<usize, u64>>,
}

/// Something that cases reach or not.
#[derive(Clone, Debug)]
pub struct Covered {
    /// What it is.
    pub kind: CoveredKind,
    /// The node it belongs to; the index for bands.
    pub node: NodeIndex,
    /// What to call it.
    pub what: Text,
    /// Where it is written.
    pub place: Option<Span>,
    /// How many cases reach it.
    pub count: u64,
    /// Whether no region can reach it, whatever its data: not counted.
    pub unreachable: bool,
}

/// The kinds of what is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CoveredKind {
    /// A branch of a formula.
    Branch,
    /// An indicator with an observed value.
    Indicator,
    /// What an indicator or a parent does about what is missing or not valid.
    Policy,
    /// A band.
    Band,
    /// The published values next to the bound of a band, on one of its sides.
    Edge,
}

impl CoveredKind {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            CoveredKind::Branch => "branch",
            CoveredKind::Indicator => "indicator",
            CoveredKind::Policy => "policy",
            CoveredKind::Band => "band",
            CoveredKind::Edge => "edge",
        }
    }
}

impl Coverage {
    /// What counts, and what of it is reached.
    pub fn counts(&self) -> (usize, usize) {
        let counting = self.items.iter().filter(|item| !item.unreachable);
        let reached = counting.clone().filter(|item| item.count > 0).count();
        (reached, counting.count())
    }

    /// The share that is reached, in percent; 100 where there is nothing to reach.
    pub fn percent(&self) -> f64 {
        let (reached, all) = self.counts();
        if all == 0 {
            return 100.0;
        }
        100.0 * reached as f64 / all as f64
    }
}

/// Runs the cases and counts what they reach of the rule set.
///
/// # Errors
/// Why the rule set cannot be run.
pub fn coverage(
    prepared: &Prepared<'_>,
    bundle: &Bundle,
    methods: &Methods,
) -> Result<Coverage, Error> {
    let base = program_with(bundle, &[], methods)?;
    let rules = base.rules();
    let mut counting = Counting {
        points: BTreeMap::new(),
        items: items(rules),
    };
    // All branches there are, reached or not.
    counting.formulas(&compile_traced(rules.clone(), methods)?);
    for group in prepared.groups() {
        let program = program_with(bundle, &group.settings, methods)?;
        let scores = group.score(&program, &Stop::default())?;
        let traced = compile_traced(program.rules().clone(), methods)?;
        for (_, row) in &group.cases {
            if let Some(position) = scores.position(*row) {
                counting.row(&traced, &scores, &group.data, position, *row);
            }
        }
        counting.formulas(&traced);
    }
    Ok(counting.finish(rules))
}

/// What rows reach, one after the other: whether each reaches something that none before it did.
pub(super) struct Reached {
    program: Program,
    traced: Program,
    points: BTreeSet<Point>,
    bands: BTreeSet<Option<usize>>,
}

impl Reached {
    /// Nothing yet.
    ///
    /// # Errors
    /// When a formula is too long to be interpreted.
    pub(super) fn new(program: &Program, methods: &Methods) -> Result<Self, Error> {
        Ok(Self {
            program: program.clone(),
            traced: compile_traced(program.rules().clone(), methods)?,
            points: BTreeSet::new(),
            bands: BTreeSet::new(),
        })
    }

    /// Whether a row reaches a branch or a band that none before it did.
    ///
    /// # Errors
    /// When it cannot be scored.
    pub(super) fn adds(&mut self, row: &[Option<f64>]) -> Result<bool, Error> {
        let data = rows_as_data(self.program.rules(), &[row.to_vec()])?;
        let scores = evaluate(&self.program, &data, &EvaluateOptions::default())?;
        run_formulas(&self.traced, &scores, &data, 0, 0);
        let before = (self.points.len(), self.bands.len());
        for step in self.traced.steps() {
            if let StepKind::Formula(own) | StepKind::Expression(own) = &step.kind {
                let reached = own.interpreter.reached().filter(|(_, count)| *count > 0);
                self.points.extend(reached.map(|(point, _)| point));
            }
        }
        self.bands.insert(scores.band(0));
        Ok(before != (self.points.len(), self.bands.len()))
    }
}

struct Counting {
    points: BTreeMap<Point, u64>,
    items: Vec<(Watch, Covered)>,
}

/// What shows that a case reaches something.
#[derive(Clone, Copy, PartialEq)]
enum Watch {
    Observed,
    Missing,
    Outside,
    TooLittle,
    /// A band, by position.
    Band(usize),
    /// The values next to the bound of a band, below it or from it on.
    Edge(usize, bool),
}

/// All that can be reached besides branches.
fn items(rules: &RuleSet) -> Vec<(Watch, Covered)> {
    let mut items = Vec::new();
    let mut add = |watch, node, what: Text, place: Option<Span>| {
        let kind = match watch {
            Watch::Observed => CoveredKind::Indicator,
            Watch::Missing | Watch::Outside | Watch::TooLittle => CoveredKind::Policy,
            Watch::Band(_) => CoveredKind::Band,
            Watch::Edge(..) => CoveredKind::Edge,
        };
        let covered = Covered {
            kind,
            node,
            what,
            place,
            count: 0,
            unreachable: false,
        };
        items.push((watch, covered));
    };
    for at in rules.indices() {
        let node = rules.node(at);
        let id = &node.id;
        if let Some(indicator) = node.indicator() {
            let observed = text!("indikator `{id}` terisi", "indicator `{id}` observed");
            add(Watch::Observed, at, observed, Some(node.span));
            let missing = &indicator.missing;
            let policy = missing.value.written();
            let what = text!("`{id}` kosong (`{policy}`)", "`{id}` missing (`{policy}`)");
            add(Watch::Missing, at, what, missing.origin.or(Some(node.span)));
            if let Some(valid) = &indicator.valid {
                let outside = indicator.outside.value.name();
                let what = text!(
                    "`{id}` di luar rentang sah (`{outside}`)",
                    "`{id}` outside its valid range (`{outside}`)"
                );
                add(Watch::Outside, at, what, valid.origin);
            }
        }
        let share = node.parent_rules().and_then(|own| own.available_at_least);
        if let Some(share) = share {
            let what = text!("`{id}` kurang data", "`{id}` with too little data");
            add(Watch::TooLittle, at, what, share.origin);
        }
    }
    for (at, band) in rules.bands.iter().enumerate() {
        let (id, origin) = (&band.id, band.bound.origin);
        let what = text!("kategori `{id}`", "band `{id}`");
        add(Watch::Band(at), NodeIndex::ROOT, what, origin);
        // Below the lowest there is no other.
        if at > 0 {
            let below = text!("tepi `{id}`, dari bawah", "edge of `{id}`, from below");
            add(Watch::Edge(at, false), NodeIndex::ROOT, below, origin);
            let above = text!("tepi `{id}`, dari atas", "edge of `{id}`, from above");
            add(Watch::Edge(at, true), NodeIndex::ROOT, above, origin);
        }
    }
    items
}

impl Counting {
    /// Takes over what a traced program has counted.
    fn formulas(&mut self, traced: &Program) {
        for step in traced.steps() {
            if let StepKind::Formula(own) | StepKind::Expression(own) = &step.kind {
                for (point, count) in own.interpreter.reached() {
                    *self.points.entry(point).or_default() += count;
                }
            }
        }
    }

    /// Runs the formulas for one case, and counts what else it reaches.
    fn row(
        &mut self,
        traced: &Program,
        scores: &Scores,
        data: &Dataset,
        position: usize,
        row: u32,
    ) {
        let rules = traced.rules();
        run_formulas(traced, scores, data, position, row);
        let has = |kind: IssueKind, node: NodeIndex| {
            let mut own = scores.issues.iter();
            own.any(|issue| {
                issue.kind == kind && issue.node == Some(node) && issue.row == Some(row)
            })
        };
        let published = scores
            .index()
            .get(position)
            .map(|exact| rules.published(exact));
        let unit = crate::base::number::pow(10.0, -f64::from(rules.decimals.value));
        let band = scores.band(position);
        for (watch, item) in &mut self.items {
            let node = item.node;
            let decision = scores.decision(node, position);
            let reached = match *watch {
                Watch::Observed => decision == Some(Decision::Observed),
                Watch::Missing => decision.is_some_and(|own| own != Decision::Observed),
                Watch::Outside => has(IssueKind::OutsideValid, node),
                Watch::TooLittle => {
                    has(IssueKind::BelowAvailable, node) || lacks(rules, scores, node, position)
                }
                Watch::Band(at) => band == Some(at),
                Watch::Edge(at, above) => {
                    let bound = rules.bands.get(at).map(|own| own.bound.value);
                    // The bound itself belongs to one of the sides, so that the other begins a unit away.
                    let near = |(value, bound): (f64, f64)| (value - bound).abs() < 1.5 * unit;
                    published.zip(bound).is_some_and(near)
                        && band.is_some_and(|own| own >= at) == above
                }
            };
            item.count += u64::from(reached);
        }
    }

    fn finish(self, rules: &RuleSet) -> Coverage {
        let sources = &rules.sources;
        let mut items: Vec<Covered> = self.items.into_iter().map(|(_, item)| item).collect();
        let mut reachable_points = Vec::new();
        let mut all_known = true;
        let mut owners: BTreeMap<Span, NodeIndex> = BTreeMap::new();
        for (node, formula) in rules.formulas() {
            owners.extend(rules.find(&node.id).map(|at| (formula.span, at)));
            match reach(rules, formula) {
                Some(reach) => reachable_points.push(reach.points),
                None => all_known = false,
            }
        }
        let owner = |span: Span| {
            let own = owners.iter().find(|(whole, _)| {
                whole.file == span.file && whole.start <= span.start && span.end <= whole.end
            });
            own.map_or(NodeIndex::ROOT, |(_, node)| *node)
        };
        let mut lines: BTreeMap<String, BTreeMap<usize, u64>> = BTreeMap::new();
        for (point, count) in &self.points {
            let unreachable = all_known && !reachable_points.iter().any(|own| own.contains(point));
            debug_assert!(
                !unreachable || *count == 0,
                "what a region reaches can be reached: {point:?}"
            );
            let place = sources.place(point.span);
            if point.kind == PointKind::Statement {
                if unreachable || !place.path.ends_with(".rhai") {
                    continue;
                }
                let file = lines.entry(place.path).or_default();
                let line = file.entry(place.line).or_default();
                *line = (*line).max(*count);
                continue;
            }
            items.push(Covered {
                kind: CoveredKind::Branch,
                node: owner(point.span),
                what: branch(point.kind, rules, point.span),
                place: Some(point.span),
                count: *count,
                unreachable,
            });
        }
        let file = |item: &Covered| {
            let place = item.place.map(|span| sources.place(span));
            place.map_or((true, String::new(), 0), |place| {
                (false, place.path, place.line)
            })
        };
        items.sort_by_cached_key(|item| (file(item), item.kind));
        Coverage { items, lines }
    }
}

/// Runs the formulas of a traced program for one region, for what they reach: what they give, the scores say already.
fn run_formulas(traced: &Program, scores: &Scores, data: &Dataset, position: usize, row: u32) {
    let rules = traced.rules();
    let columns = columns(data, row);
    for step in traced.steps() {
        match &step.kind {
            StepKind::Expression(own) => {
                let _ = own.interpreter.session().run(Inputs {
                    children: &[],
                    columns: &columns,
                });
            }
            StepKind::Formula(_) => {
                let children = scores.children(step.node, position);
                let _ = ParentScorer::new(rules, step).score(&children);
            }
            StepKind::Column(_) | StepKind::Aggregate => {}
        }
    }
}

/// What a branch is called: `if x < 20: ya`.
fn branch(kind: PointKind, rules: &RuleSet, span: Span) -> Text {
    let line = rules.sources.place(span).line;
    let written = rules
        .sources
        .text(span.file)
        .lines()
        .nth(line - 1)
        .unwrap_or("")
        .trim();
    let shown: String = written.chars().take(48).collect();
    let shown = if shown.len() < written.len() {
        format!("{shown}…")
    } else {
        shown
    };
    match kind {
        PointKind::Then => text!("`{shown}`: ya", "`{shown}`: yes"),
        PointKind::Else => text!("`{shown}`: tidak", "`{shown}`: no"),
        PointKind::Arm(at) => {
            let at = at + 1;
            text!("`{shown}`: pilihan ke-{at}", "`{shown}`: arm {at}")
        }
        PointKind::Other => text!("`{shown}`: selain itu", "`{shown}`: anything else"),
        PointKind::Right(at) => {
            let at = at + 1;
            text!(
                "`{shown}`: syarat ke-{at} ditanya",
                "`{shown}`: condition {at} asked"
            )
        }
        PointKind::Fallback(at) => {
            text!("`{shown}`: pengganti ke-{at}", "`{shown}`: substitute {at}")
        }
        PointKind::Statement => Text::same(shown),
    }
}

/// Whether a node has no score because one of its children, a parent itself, has none: that child has said why.
fn lacks(rules: &RuleSet, scores: &Scores, node: NodeIndex, position: usize) -> bool {
    let missing = |node: NodeIndex| scores.node(node).get(position).is_none();
    let mut children = rules.node(node).children.iter();
    missing(node)
        && children.any(|child| !rules.node(*child).children.is_empty() && missing(*child))
}

/// The raw columns of a row.
fn columns(data: &Dataset, row: u32) -> Vec<Option<f64>> {
    let chunk = data.chunks.iter().rfind(|chunk| chunk.start <= row);
    let columns = chunk.iter().flat_map(|chunk| {
        let at = (row - chunk.start) as usize;
        chunk.columns.iter().map(move |column| column.get(at))
    });
    columns.collect()
}
