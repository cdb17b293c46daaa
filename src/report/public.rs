//! What is made for the public: without what the rule set marks as internal to the office.
//!
//! Scores are computed as ever; this only decides what of them is shown. Regions below a band are left out with
//! all that is known of them, and internal nodes with all that is below them. A mean or a group is left out, too,
//! where it would tell the figures of one or two of the regions left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ScoreReport;
use crate::base::language::text;
use crate::base::{Issue, IssueKind, NodeIndex, Text};
use crate::check::RuleSet;
use crate::check::rule_set::Source;
use crate::evaluate::summary::{RollUp, Summary};
use crate::evaluate::{NumberColumn, Scores};
use crate::explain::Explanation;
use crate::explain::Trace;

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
            .map(|(n, id, _)| format!("{n} {id}"))
            .collect();
        let en: Vec<String> = there.map(|(n, _, en)| format!("{n} {en}")).collect();
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
    shown
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
        own.is_some_and(|own| match &own.source {
            Source::Column(column) => *column == at,
            Source::Expression(formula) => formula.columns.contains(&at),
        })
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
    // How many hidden values stand behind each mean, by group; the fewest of them where there are any.
    let mut hidden: BTreeMap<Option<Arc<str>>, Vec<usize>> = BTreeMap::new();
    let mut all = vec![0; nodes.len()];
    for position in (0..scores.len()).filter(|at| is_hidden(*at)) {
        let weighs = scores.weighted_by.is_none()
            || scores
                .weights
                .get(position)
                .is_some_and(|weight| weight > 0.0);
        let group = scores.groups.get(position).cloned().flatten();
        let own = hidden.entry(group).or_insert_with(|| vec![0; nodes.len()]);
        for ((node, count), all) in nodes.iter().zip(own).zip(&mut all) {
            let counts = usize::from(weighs && scores.node(*node).get(position).is_some());
            *count += counts;
            *all += counts;
        }
    }
    let few = |count: &usize| *count > 0 && *count < FEWEST;
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
    let mut left = vec![0; nodes.len()];
    for (_, counts) in hidden.iter().filter(|(group, _)| tells(group)) {
        for (left, count) in left.iter_mut().zip(counts) {
            *left += count;
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
    shown
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
            trace.statistics = None;
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
    explanation
        .issues
        .retain(|issue| issue.node.is_none_or(shown));
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
