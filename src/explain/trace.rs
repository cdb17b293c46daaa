//! The tree of one region, from the index down to raw values.

use super::shares::shares;
use crate::base::{IssueKind, NodeIndex};
use crate::calculus::Statistics;
use crate::evaluate::{ChildScore, Decision, Scores};

/// One node of one region, with what is below it.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The node.
    pub node: NodeIndex,
    /// The raw value that was normalised.
    pub raw: Option<f64>,
    /// The raw value before and after the treatment of outliers, as written, where that changed it.
    pub treated: Option<Box<str>>,
    /// What was taken over the reference population, where the method asks for that.
    pub statistics: Option<Statistics>,
    /// Where the raw value comes from; `None` for parents.
    pub decision: Option<Decision>,
    /// Its exact score.
    pub score: Option<f64>,
    /// What it adds to the score above it. Below a weighted mean this is w·x/Σw; below anything else it is its
    /// Shapley share of the way from the worst score of all siblings to what they have.
    pub contribution: Option<f64>,
    /// What the score would be with every child at its worst, where contributions start from there.
    pub base: Option<f64>,
    /// The standard error of the contributions of its children, where they were sampled.
    pub contribution_error: Option<f64>,
    /// Its children, sorted by id.
    pub children: Vec<Trace>,
}

impl Trace {
    pub(super) fn of(scores: &Scores, position: usize, node: NodeIndex) -> Self {
        let rules = scores.program.rules();
        let children: Vec<NodeIndex> = rules.node(node).children.clone();
        let mut trace = Self {
            node,
            raw: scores.raw_value(node, position),
            treated: treated(scores, position, node),
            statistics: scores.statistics.get(node.at()).copied().flatten(),
            decision: scores.decision(node, position),
            score: scores.node(node).get(position),
            contribution: None,
            base: None,
            contribution_error: None,
            children: children
                .iter()
                .map(|child| Self::of(scores, position, *child))
                .collect(),
        };
        trace.contribute(scores, position);
        trace
    }

    fn contribute(&mut self, scores: &Scores, position: usize) {
        if self.score.is_none() || self.children.is_empty() {
            return;
        }
        let rules = scores.program.rules();
        if rules.is_weighted_mean(self.node) {
            let weight = |child: &Trace| rules.node(child.node).weight.value;
            let present = self.children.iter().filter(|child| child.score.is_some());
            let total: f64 = present.map(weight).sum();
            for child in &mut self.children {
                child.contribution = child.score.map(|score| weight(child) * score / total);
            }
            return;
        }
        let now = scores.children(self.node, position);
        let worst: Vec<ChildScore> = now
            .iter()
            .zip(&rules.node(self.node).children)
            .map(|(child, index)| ChildScore {
                score: child.score.map(|_| rules.node(*index).range.value.low),
                ..*child
            })
            .collect();
        if let Some(shares) = shares(&scores.program, self.node, &worst, &now) {
            self.base = Some(shares.before);
            self.contribution_error = shares.error;
            for (child, part) in self.children.iter_mut().zip(shares.parts) {
                child.contribution = part;
            }
        }
    }
}

fn treated(scores: &Scores, position: usize, node: NodeIndex) -> Option<Box<str>> {
    let row = scores.rows.get(position);
    let mut issues = scores.issues.iter();
    let own = issues.find(|issue| {
        issue.kind == IssueKind::Treated && issue.node == Some(node) && issue.row.as_ref() == row
    });
    own?.found.clone()
}
