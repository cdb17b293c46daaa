//! Stage 5, *explain*: why a region has its score, what holds it back, and how far the next band is.

pub mod advice;
pub mod difference;
mod obstacle;
pub mod progress;
pub mod recap;
pub mod reconcile;
mod shares;
mod trace;

pub use obstacle::{Obstacle, Obstacles, obstacles};
pub use shares::{Shares, shares};
pub use trace::{Division, Move, Mover, PartKind, Trace};

use crate::base::stack::with_room;
use crate::base::{Issue, NodeIndex, Severity};
use crate::evaluate::Scores;

/// Everything there is to say about one region.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Its position among the scored regions.
    pub position: usize,
    /// The tree from the index down to raw values.
    pub trace: Trace,
    /// The points lost in each variable, largest first.
    pub variables: Vec<Obstacle>,
    /// The points lost in each indicator, largest first.
    pub indicators: Vec<Obstacle>,
    /// Nodes whose obstacles cannot be told.
    pub undivided: Vec<NodeIndex>,
    /// The way to the next band.
    pub next_band: Option<NextBand>,
    /// What is wrong with its row, and with whole columns.
    pub issues: Vec<Issue>,
}

/// The band above, and the way there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NextBand {
    /// Its position in the rule set.
    pub band: usize,
    /// The points that are missing to its lower bound.
    pub distance: f64,
    /// The value that bands are read off.
    pub value: f64,
}

/// Why the row of a region was not scored at all, such as a year column that nobody named; nothing where it was. There is
/// nothing to explain then, and an explanation would read as if its data were missing.
pub fn refusal(scores: &Scores, position: usize) -> Vec<Issue> {
    if !scores.refused.get(position).copied().unwrap_or(false) {
        return Vec::new();
    }
    let region = scores.regions.get(position);
    let alike = |row: u32| {
        let at = scores.position(row);
        at.is_some_and(|at| scores.regions.get(at) == region)
    };
    let own = scores.issues.iter();
    let own = own.filter(|issue| issue.row.is_some_and(alike));
    let faults =
        own.filter(|issue| issue.kind.severity() == Severity::Error && issue.node.is_none());
    faults.cloned().collect()
}

/// Explains the region at a position; `None` where there is no such position.
pub fn explain(scores: &Scores, position: usize) -> Option<Explanation> {
    let row = *scores.rows.get(position)?;
    with_room(|| explain_row(scores, position, row))
}

fn explain_row(scores: &Scores, position: usize, row: u32) -> Option<Explanation> {
    let rules = scores.program.rules();
    let Obstacles { list, undivided } = obstacles(scores, position);
    let of =
        |wanted: &dyn Fn(&Obstacle) -> bool| list.iter().copied().filter(|o| wanted(o)).collect();
    // What is wrong with a whole column, such as one without spread, is why this region lacks it as well.
    let about =
        |issue: &&Issue| issue.row == Some(row) || (issue.row.is_none() && issue.node.is_some());
    let mut issues: Vec<Issue> = scores.issues.iter().filter(about).cloned().collect();
    for kind in scores.kinds.of(row) {
        let known = |own: &Issue| own.row == Some(row) && own.kind == kind;
        if !issues.iter().any(known) {
            issues.push(Issue::row(row, kind));
        }
    }
    Some(Explanation {
        position,
        trace: Trace::of(scores, position, NodeIndex::ROOT),
        variables: of(&|obstacle| rules.variables().contains(&obstacle.node)),
        indicators: of(&|obstacle| rules.node(obstacle.node).children.is_empty()),
        undivided,
        next_band: next_band(scores, position),
        issues,
    })
}

fn next_band(scores: &Scores, position: usize) -> Option<NextBand> {
    let rules = scores.program.rules();
    let exact = scores.index().get(position)?;
    let value = rules.band_value_of(exact);
    let next = scores
        .bands
        .get(position)
        .copied()
        .flatten()
        .map_or(0, |band| band + 1);
    let band = rules.bands.get(next)?;
    Some(NextBand {
        band: next,
        distance: band.bound.value - value,
        value,
    })
}
