//! What is made for the public: without what the rule set marks as internal to the office.
//!
//! Scores are computed as ever; this only decides what of them is shown. Regions below a band are left out with
//! all that is known of them, and internal nodes with all that is below them. A mean or a group is left out, too,
//! where it would tell the figures of one or two of the regions left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ScoreReport;
use crate::base::language::text;
use crate::base::number::greater;
use crate::base::{Issue, IssueKind, NodeIndex, Text};
use crate::check::RuleSet;
use crate::check::rule_set::Range;
use crate::data::NumberColumn;
use crate::evaluate::summary::{RollUp, Summary};
use crate::evaluate::{Decision, Scores};
use crate::explain::{Explanation, Move, Mover, Trace};

/// The fewest regions left out whose mean tells of none of them alone.
const FEWEST: usize = 3;

/// What was left out of scores that are made for the public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withheld {
    /// How many regions.
    pub regions: usize,
    /// How many groups of the roll-up.
    pub groups: usize,
    /// The nodes.
    pub nodes: Vec<NodeIndex>,
    /// Whether the mean of all regions is among it.
    pub mean: bool,
}

impl Withheld {
    /// What was left out, in words; `None` where nothing was.
    pub fn told(&self) -> Text {
        let (regions, groups, nodes) = (self.regions, self.groups, self.nodes.len());
        if regions + groups + nodes == 0 {
            return text!(
                "versi untuk umum: perangkat aturan tidak menandai apa pun yang ada di sini sebagai internal",
                "public version: the rule set marks nothing that is here as internal"
            );
        }
        let parts = [
            (regions, "wilayah", "regions"),
            (groups, "kelompok", "groups"),
            (nodes, "bagian", "parts"),
            (usize::from(self.mean), "rata-rata semua", "mean of all"),
        ];
        let there = parts.iter().filter(|(count, ..)| *count > 0);
        let id: Vec<String> = there
            .clone()
            .map(|(n, id, _)| format!("{id}: {n}"))
            .collect();
        let en: Vec<String> = there.map(|(n, _, en)| format!("{en}: {n}")).collect();
        let (id, en) = (id.join(", "), en.join(", "));
        text!(
            "versi untuk umum: ditahan karena internal: {id}",
            "public version: withheld as internal: {en}"
        )
    }
}

/// Whether a node, or one above it, is internal.
pub fn is_withheld(rules: &RuleSet, node: NodeIndex) -> bool {
    let own = rules.node(node);
    own.is_internal() || own.parent.is_some_and(|parent| is_withheld(rules, parent))
}

/// Whether a region is internal: it has an index, and that lies below the band which the rule set names.
pub fn is_region_withheld(scores: &Scores, position: usize) -> bool {
    let Some(below) = scores.program.rules().internal_below else {
        return false;
    };
    let band = scores.bands.get(position).copied().flatten();
    scores.index().get(position).is_some() && band.is_none_or(|band| band < below.value)
}

/// Scores and their summary without what is internal, and what that is.
pub fn public_view(scores: &Scores, summary: &Summary) -> (Scores, Summary, Withheld) {
    let hidden: Vec<bool> = (0..scores.len())
        .map(|position| is_region_withheld(scores, position))
        .collect();
    let is_hidden = |position: usize| hidden.get(position).copied().unwrap_or(false);
    let rules = scores.program.rules();
    let mut withheld = Withheld {
        regions: hidden.iter().filter(|hidden| **hidden).count(),
        nodes: rules
            .indices()
            .filter(|node| is_withheld(rules, *node))
            .collect(),
        ..Withheld::default()
    };
    let summary = public_summary(scores, summary, &is_hidden, &mut withheld);
    (without_regions(scores, &is_hidden), summary, withheld)
}

/// Scores without some regions, and without what is internal of the others: internal nodes, what was found in cells
/// that only they read, and values that the treatment of outliers has taken from another region.
pub fn without_regions(scores: &Scores, is_hidden: &dyn Fn(usize) -> bool) -> Scores {
    let rules = scores.program.rules();
    let kept: Vec<usize> = (0..scores.len()).filter(|at| !is_hidden(*at)).collect();
    let column = |node: usize, column: &NumberColumn| {
        let hidden = u32::try_from(node).is_ok_and(|at| is_withheld(rules, NodeIndex(at)));
        let mut shown = NumberColumn::default();
        if !column.is_empty() {
            for at in &kept {
                shown.push(column.get(*at).filter(|_| !hidden));
            }
        }
        shown
    };
    let columns = |all: &[NumberColumn]| {
        let all = all.iter().enumerate();
        all.map(|(node, own)| column(node, own)).collect::<Vec<_>>()
    };
    let mut shown = Scores {
        rows: pick(&scores.rows, &kept),
        regions: pick(&scores.regions, &kept),
        names: pick(&scores.names, &kept),
        groups: pick(&scores.groups, &kept),
        lines: pick(&scores.lines, &kept),
        weights: NumberColumn::default(),
        refused: pick(&scores.refused, &kept),
        nodes: columns(&scores.nodes),
        raw: columns(&scores.raw),
        decisions: scores
            .decisions
            .iter()
            .enumerate()
            .map(|(node, list)| {
                let hidden = u32::try_from(node).is_ok_and(|at| is_withheld(rules, NodeIndex(at)));
                if hidden {
                    Vec::new()
                } else {
                    pick(list, &kept)
                }
            })
            .collect(),
        bands: pick(&scores.bands, &kept),
        ranks: pick(&scores.ranks, &kept),
        issues: Vec::new(),
        // The ends of a population are figures of single regions.
        statistics: vec![None; scores.statistics.len()],
        ..scores.clone()
    };
    for at in &kept {
        shown.weights.push(scores.weights.get(*at));
    }
    let told = |issue: &&Issue| {
        let of_hidden_node = issue.node.is_some_and(|node| is_withheld(rules, node));
        let of_hidden_column = issue
            .column
            .as_deref()
            .is_some_and(|column| is_column_withheld(rules, column));
        let there = issue.row.is_none_or(|row| shown.position(row).is_some());
        there && !of_hidden_node && !of_hidden_column
    };
    let mut issues: Vec<Issue> = scores.issues.iter().filter(told).cloned().collect();
    for issue in issues
        .iter_mut()
        .filter(|issue| issue.kind == IssueKind::Treated)
    {
        issue.found = None;
        let position = issue.row.and_then(|row| shown.position(row));
        let column = issue.node.and_then(|node| shown.raw.get_mut(node.at()));
        if let (Some(position), Some(column)) = (position, column) {
            column.set(position, None);
        }
    }
    shown.issues = issues;
    // Of what is only counted, it is not known which node it is of.
    let treated = |node: &NodeIndex| {
        rules
            .node(*node)
            .indicator()
            .is_some_and(|own| own.treat.is_some())
    };
    let treated: Vec<NodeIndex> = rules.indices().filter(treated).collect();
    for position in 0..shown.len() {
        let mut kinds = shown
            .rows
            .get(position)
            .into_iter()
            .flat_map(|row| scores.kinds.of(*row));
        if !kinds.any(|kind| kind == IssueKind::Treated) {
            continue;
        }
        for node in &treated {
            if let Some(column) = shown.raw.get_mut(node.at()) {
                column.set(position, None);
            }
        }
    }
    if rules.indices().any(|node| is_withheld(rules, node)) {
        shown.kinds = Default::default();
    }
    if kept.len() < scores.len() {
        hide_filled(&mut shown);
    }
    shown
}

/// Hides what was filled in from a population that hidden regions belong to.
fn hide_filled(shown: &mut Scores) {
    let taken = |decision: &Decision| matches!(decision, Decision::Mean | Decision::GroupMean);
    let columns = shown
        .decisions
        .iter()
        .zip(&mut shown.raw)
        .zip(&mut shown.nodes);
    for ((decisions, raw), score) in columns {
        for (at, _) in decisions.iter().enumerate().filter(|(_, own)| taken(own)) {
            raw.set(at, None);
            score.set(at, None);
        }
    }
}

/// Whether only internal nodes read a column.
fn is_column_withheld(rules: &RuleSet, header: &str) -> bool {
    let Some(at) = rules
        .columns
        .iter()
        .position(|column| column.header == header)
    else {
        return false;
    };
    let reads = |node: &NodeIndex| {
        let own = rules.node(*node).indicator();
        own.is_some_and(|own| own.columns().contains(&at))
    };
    rules
        .indices()
        .filter(reads)
        .all(|node| is_withheld(rules, node))
}

fn pick<T: Clone>(list: &[T], kept: &[usize]) -> Vec<T> {
    kept.iter()
        .filter_map(|at| list.get(*at).cloned())
        .collect()
}

/// The summary of all regions, without what would tell figures of a region left out.
///
/// A mean is told only where none of the values in it is hidden, or enough of them that it tells of none alone. What
/// can be had by subtracting groups that are shown from the whole counts as told.
fn public_summary(
    scores: &Scores,
    summary: &Summary,
    is_hidden: &dyn Fn(usize) -> bool,
    withheld: &mut Withheld,
) -> Summary {
    let rules = scores.program.rules();
    let mut nodes = vec![NodeIndex::ROOT];
    nodes.extend(rules.variables());
    // The hidden values that stand behind each mean, by group.
    let mut hidden: BTreeMap<Option<Arc<str>>, Vec<Hidden>> = BTreeMap::new();
    let mut all = vec![Hidden::default(); nodes.len()];
    for position in (0..scores.len()).filter(|at| is_hidden(*at)) {
        let weight = match scores.weighted_by {
            None => 1.0,
            Some(_) => scores.weights.get(position).unwrap_or(0.0),
        };
        let group = scores.groups.get(position).cloned().flatten();
        let fresh = || vec![Hidden::default(); nodes.len()];
        let own = hidden.entry(group).or_insert_with(fresh);
        for ((node, own), all) in nodes.iter().zip(own).zip(&mut all) {
            if let (Some(score), true) = (scores.node(*node).get(position), weight > 0.0) {
                let range = rules.node(*node).range.value;
                let one = Hidden::of(score, weight, range);
                own.add(&one);
                all.add(&one);
            }
        }
    }
    let few = |hidden: &Hidden| hidden.tells();
    let tells = |group: &Option<Arc<str>>| {
        let counts = hidden.get(group);
        counts.is_some_and(|counts| counts.iter().any(few))
    };
    let mut shown = summary.clone();
    shown
        .groups
        .retain(|(group, _)| !tells(&Some(group.clone())));
    if shown.ungrouped.is_some() && tells(&None) {
        shown.ungrouped = None;
        withheld.groups += 1;
    }
    withheld.groups += summary.groups.len() - shown.groups.len();
    // What is left of the whole when the groups that are shown are taken from it.
    let mut left = vec![Hidden::default(); nodes.len()];
    for (_, parts) in hidden.iter().filter(|(group, _)| tells(group)) {
        for (left, part) in left.iter_mut().zip(parts) {
            left.add(part);
        }
    }
    withheld.mean = all.iter().any(few) || left.iter().any(few);
    if withheld.mean {
        shown.nation.mean = None;
        shown.nation.variables.fill(None);
    }
    // An aspect is the mean over indicators whose gaps differ, so that nobody can count what stands behind it.
    if withheld.regions > 0 {
        shown.aspects.clear();
    }
    let variables: Vec<bool> = rules
        .variables()
        .iter()
        .map(|node| is_withheld(rules, *node))
        .collect();
    let groups = shown.groups.iter_mut().map(|(_, part)| part);
    for part in groups
        .chain([&mut shown.nation])
        .chain(&mut shown.ungrouped)
    {
        hide_variables(part, &variables);
    }
    let internal_aspect = |name: &str| {
        rules.indices().any(|node| {
            let aspect = rules
                .node(node)
                .indicator()
                .and_then(|own| own.aspect.as_ref());
            aspect.is_some_and(|aspect| aspect.value == name) && is_withheld(rules, node)
        })
    };
    shown
        .aspects
        .retain(|aspect| !internal_aspect(&aspect.name));
    let kept: Vec<usize> = (0..scores.len()).filter(|at| !is_hidden(*at)).collect();
    let position = |at: &usize| kept.binary_search(at).ok();
    shown.unplaced = summary.unplaced.iter().filter_map(position).collect();
    shown.unplaced_count = shown.unplaced.len();
    shown
}

/// The hidden values behind one mean.
#[derive(Clone, Copy, Debug, Default)]
struct Hidden {
    count: usize,
    weight: f64,
    /// The largest weight of one of them.
    largest: f64,
    /// How many of them lie at the lower end of the range, and at the upper one.
    ends: (usize, usize),
}

impl Hidden {
    fn of(score: f64, weight: f64, range: Range) -> Self {
        Self {
            count: 1,
            weight,
            largest: weight,
            ends: (
                usize::from(score <= range.low),
                usize::from(score >= range.high),
            ),
        }
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.weight += other.weight;
        self.largest = greater(self.largest, other.largest);
        self.ends.0 += other.ends.0;
        self.ends.1 += other.ends.1;
    }

    /// Whether their mean tells of one of them: there are few, one outweighs the others, or all lie at an end, where a
    /// mean can only be that of all.
    fn tells(&self) -> bool {
        let outweighed = self.largest * 2.0 > self.weight;
        let at_end = self.ends.0 == self.count || self.ends.1 == self.count;
        self.count > 0 && (self.count < FEWEST || outweighed || at_end)
    }
}

fn hide_variables(part: &mut RollUp, hidden: &[bool]) {
    for (mean, _) in part
        .variables
        .iter_mut()
        .zip(hidden)
        .filter(|(_, hidden)| **hidden)
    {
        *mean = None;
    }
}

/// An explanation without internal nodes.
pub fn public_explanation(rules: &RuleSet, explanation: &mut Explanation) {
    fn prune(rules: &RuleSet, trace: &mut Trace) {
        if rules.internal_below.is_some() {
            // The ends of a population are figures of single regions.
            if trace.statistics.take().is_some() {
                trace.moves.retain(|own| own.by != Mover::Cap);
            }
        }
        trace
            .children
            .retain(|child| !rules.node(child.node).is_internal());
        for child in &mut trace.children {
            prune(rules, child);
        }
    }
    prune(rules, &mut explanation.trace);
    let shown = |node: NodeIndex| !is_withheld(rules, node);
    explanation
        .variables
        .retain(|obstacle| shown(obstacle.node));
    explanation
        .indicators
        .retain(|obstacle| shown(obstacle.node));
    explanation.undivided.retain(|node| shown(*node));
    explanation.issues.retain(|issue| {
        let column = issue.column.as_deref();
        let hidden_column = column.is_some_and(|column| is_column_withheld(rules, column));
        issue.node.is_none_or(shown) && !hidden_column
    });
    let treated = |issue: &&mut Issue| issue.kind == IssueKind::Treated;
    for issue in explanation.issues.iter_mut().filter(treated) {
        issue.found = None;
    }
    if rules.internal_below.is_some() {
        hide_taken(&mut explanation.trace);
    }
}

/// Hides raw values that were taken from other regions: moved to the value of one, or filled in with the mean of some.
fn hide_taken(trace: &mut Trace) {
    let filled = matches!(trace.decision, Some(Decision::Mean | Decision::GroupMean));
    if filled {
        (trace.score, trace.part) = (None, None);
    }
    let treated = |own: &Move| own.by == Mover::Treatment;
    if filled || trace.moves.iter().any(treated) {
        trace.raw = None;
        trace.moves.clear();
    }
    for child in &mut trace.children {
        hide_taken(child);
    }
}

impl ScoreReport<'_> {
    /// Whether a node is shown.
    pub fn shows(&self, node: NodeIndex) -> bool {
        let withheld = self.withheld.as_ref();
        withheld.is_none_or(|withheld| !withheld.nodes.contains(&node))
    }

    /// The nodes that are shown, the index first.
    pub fn nodes(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        self.rules().indices().filter(|node| self.shows(*node))
    }
}
