//! What holds a region back: the points of the index lost in each part.

use super::shares::shares;
use crate::base::NodeIndex;
use crate::evaluate::{ChildScore, Scores};

/// The points of the index that one part costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Obstacle {
    /// The part.
    pub node: NodeIndex,
    /// Its score.
    pub score: f64,
    /// The points of the index that would be won if it, and all that is below it, were at its best.
    pub points: f64,
    /// The largest standard error on the way, where orders were drawn.
    pub error: Option<f64>,
}

/// The obstacles of a region.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Obstacles {
    /// Every part with a score, the largest obstacle first.
    pub list: Vec<Obstacle>,
    /// Nodes whose points are not, or not wholly, those of their children: they have no score for some mix of what their
    /// children have and what would be best, or their own best is beyond what their children can reach; then the children
    /// have what they can win, and the rest is nobody's.
    pub undivided: Vec<NodeIndex>,
}

/// The obstacles of a region, the largest first.
///
/// The gap between the index and what it would be with every available child at its best is divided among
/// the children; the part of each is divided among its own children in the same proportion. So the parts
/// on each level add up to the gap. What is missing costs nothing: the others carry its weight.
pub fn obstacles(scores: &Scores, position: usize) -> Obstacles {
    let mut found = Obstacles::default();
    divide(scores, position, NodeIndex::ROOT, None, None, &mut found);
    found
        .list
        .sort_by(|a, b| b.points.total_cmp(&a.points).then(a.node.cmp(&b.node)));
    found
}

fn divide(
    scores: &Scores,
    position: usize,
    node: NodeIndex,
    points: Option<f64>,
    error: Option<f64>,
    found: &mut Obstacles,
) {
    let rules = scores.program.rules();
    let now = scores.children(node, position);
    let best: Vec<ChildScore> = now
        .iter()
        .zip(&rules.node(node).children)
        .map(|(child, index)| ChildScore {
            score: child.score.map(|_| rules.node(*index).range.value.high),
            ..*child
        })
        .collect();
    if scores.node(node).get(position).is_none() {
        return;
    }
    let Some(parts) = shares(&scores.program, node, &now, &best) else {
        found.undivided.push(node);
        return;
    };
    // Rounding and limits of the parent can keep its gap from being the sum of the parts, which are scaled to
    // what is to be divided: the gap itself, or the points that the part above was given.
    let sum: f64 = parts.parts.iter().flatten().sum();
    let gap = parts.after - parts.before;
    let points = match points {
        None => gap,
        Some(points) => {
            let range = rules.node(node).range.value;
            let reached = range.tolerance().same(parts.after, range.high) || gap <= 0.0;
            if !reached || (sum <= 0.0 && points > 0.0) {
                // The best of this node is beyond what its children can reach, as for a count below its scale.
                found.undivided.push(node);
            }
            if reached {
                points
            } else {
                points * (gap / (range.high - parts.before)).clamp(0.0, 1.0)
            }
        }
    };
    if sum <= 0.0 && points > 0.0 {
        return;
    }
    let scale = if sum > 0.0 { points / sum } else { 0.0 };
    let error = match (error, parts.error) {
        (None, own) => own.map(|own| own * scale),
        (above, None) => above,
        (Some(above), Some(own)) => Some(crate::base::number::greater(above, own * scale)),
    };
    for ((part, child), now) in parts.parts.iter().zip(&rules.node(node).children).zip(&now) {
        let (Some(part), Some(score)) = (part, now.score) else {
            continue;
        };
        let points = part * scale;
        found.list.push(Obstacle {
            node: *child,
            score,
            points,
            error,
        });
        if !rules.node(*child).children.is_empty() {
            divide(scores, position, *child, Some(points), error, found);
        }
    }
}
