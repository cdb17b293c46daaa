//! What holds a region back: the points of the index lost in each part.

use super::shares::shares;
use super::trace::children_of;
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

/// The obstacles of a region, the largest first.
///
/// The gap between the index and what it would be with every available child at its best is divided among
/// the children; the part of each is divided among its own children in the same proportion. So the parts
/// on each level add up to the gap. What is missing costs nothing: the others carry its weight.
pub fn obstacles(scores: &Scores, position: usize) -> Vec<Obstacle> {
    let mut list = Vec::new();
    divide(scores, position, NodeIndex::ROOT, None, None, &mut list);
    list.sort_by(|a, b| b.points.total_cmp(&a.points).then(a.node.cmp(&b.node)));
    list
}

fn divide(
    scores: &Scores,
    position: usize,
    node: NodeIndex,
    points: Option<f64>,
    error: Option<f64>,
    list: &mut Vec<Obstacle>,
) {
    let rules = scores.program.rules();
    let now = children_of(scores, position, node);
    let best: Vec<ChildScore> = now
        .iter()
        .zip(&rules.node(node).children)
        .map(|(child, index)| ChildScore {
            score: child.score.map(|_| rules.node(*index).range.value.high),
            ..*child
        })
        .collect();
    let Some(parts) = shares(&scores.program, node, &now, &best) else {
        return;
    };
    let gap = parts.after - parts.before;
    // At the root the points are those of the gap itself; below, the part's own points are divided.
    let scale = match points {
        None => 1.0,
        Some(points) if gap > 0.0 => points / gap,
        Some(_) => 0.0,
    };
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
        list.push(Obstacle {
            node: *child,
            score,
            points,
            error,
        });
        if !rules.node(*child).children.is_empty() {
            divide(scores, position, *child, Some(points), error, list);
        }
    }
}
