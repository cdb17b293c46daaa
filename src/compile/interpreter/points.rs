//! Points of a formula that regions reach or not: what a traced program counts.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fixedbitset::FixedBitSet;

use crate::base::Span;

thread_local! {
    /// The points that the region at work has reached; a formula runs on one thread from end to end.
    static REACHED: RefCell<FixedBitSet> = RefCell::default();
}

/// A point of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Where it is written; of a branch, what decides.
    pub span: Span,
    /// What it is.
    pub kind: PointKind,
}

/// What a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PointKind {
    /// A statement, or the value of a block.
    Statement,
    /// The branch of an `if` whose condition holds.
    Then,
    /// The branch of an `if` whose condition does not hold, written or not.
    Else,
    /// An arm of a `switch`, counted from 0.
    Arm(usize),
    /// What a `switch` does for all other values, written or not.
    Other,
    /// The right side of `&&` or `||`, which the left side did not decide; counted from 1.
    Right(usize),
    /// What stands after `??`, where all before it is missing; counted from 1.
    Fallback(usize),
}

/// How many regions reached each point of a formula.
pub(super) struct Probes {
    points: Arc<[Point]>,
    counts: Vec<AtomicU64>,
}

impl Probes {
    pub(super) fn new(points: Vec<Point>) -> Self {
        Self {
            counts: points.iter().map(|_| AtomicU64::new(0)).collect(),
            points: points.into(),
        }
    }

    /// Runs a formula for one region and counts the points that it reaches.
    pub(super) fn counted<T>(&self, run: impl FnOnce() -> T) -> T {
        REACHED.with_borrow_mut(|reached| {
            reached.clear();
            reached.grow(self.counts.len());
        });
        let result = run();
        REACHED.with_borrow(|reached| {
            for at in reached.ones() {
                if let Some(count) = self.counts.get(at) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        result
    }

    pub(super) fn counts(&self) -> impl Iterator<Item = (Point, u64)> + '_ {
        let counts = self
            .counts
            .iter()
            .map(|count| count.load(Ordering::Relaxed));
        self.points.iter().copied().zip(counts)
    }
}

/// Notes that the region at work reaches a point.
pub(super) fn reach(at: i64) {
    REACHED.with_borrow_mut(|reached| {
        if let Ok(at) = usize::try_from(at)
            && at < reached.len()
        {
            reached.insert(at);
        }
    });
}
