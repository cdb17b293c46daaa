//! The figures of a comparison as each side publishes them: scores, means, and the part of each cause in a mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::causes::{Cause, CauseKind};
use super::comparison::{CommonRegion, Comparison};
use super::{Attribution, Difference};
use crate::base::number::weighted_mean_over_rows;
use crate::base::{NodeIndex, Precision, Rounding};
use crate::bundle::difference::Part;
use crate::evaluate::Scores;

/// Means over the same regions on both sides, weighted where means over regions are: before by the weights before, after by
/// those after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means {
    /// How many regions they are taken over.
    pub regions: usize,
    /// The mean of the exact scores before.
    pub before: f64,
    /// The mean of the exact scores after.
    pub after: f64,
}

/// The change of the mean score, divided among causes.
#[derive(Clone, Debug, PartialEq)]
pub struct CauseMeans {
    /// The means over all regions that have a score on both sides.
    pub means: Means,
    /// The part of each cause.
    pub parts: Vec<f64>,
    /// What regions do whose change is not divided; nothing where all are.
    pub not_divided: Option<f64>,
    /// What other weights of regions do; nothing where means are not weighted, or weights are the same.
    pub weights: Option<f64>,
}

/// Why the change of a region is not divided among the causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotDivided {
    /// It has no index before.
    NoIndexBefore,
    /// It has no index after.
    NoIndexAfter,
    /// It has no index on either side.
    NoIndex,
    /// It has none while only some of the causes are at work.
    NoIndexBetween,
    /// Only the data before has it.
    OnlyBefore,
    /// Only the data after has it.
    OnlyAfter,
}

/// A region that one side alone has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alone {
    /// The side: 0 before, 1 after.
    pub side: usize,
    /// Its position among the scores of that side.
    pub position: usize,
    /// Its score as that side publishes it.
    pub published: Option<f64>,
}

impl Alone {
    /// Why its change is not divided.
    pub fn reason(&self) -> NotDivided {
        if self.side == 0 {
            NotDivided::OnlyBefore
        } else {
            NotDivided::OnlyAfter
        }
    }
}

impl NotDivided {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            NotDivided::NoIndexBefore => "no-index-before",
            NotDivided::NoIndexAfter => "no-index-after",
            NotDivided::NoIndex => "no-index",
            NotDivided::NoIndexBetween => "no-index-between",
            NotDivided::OnlyBefore => "only-before",
            NotDivided::OnlyAfter => "only-after",
        }
    }
}

impl Comparison {
    fn sides(&self) -> [&Scores; 2] {
        [&self.before, &self.after]
    }

    /// Whether scores of a side stand on the scale of the comparison as they are.
    fn is_native(&self, scores: &Scores) -> bool {
        scores.program.rules().scale.value == self.scale
    }

    /// How many decimals differences have: the more of both sides.
    pub fn decimals(&self) -> u8 {
        let [before, after] = self.sides().map(|side| side.program.rules().decimals.value);
        before.max(after)
    }

    /// How each side publishes its index.
    fn precisions(&self) -> [Precision; 2] {
        self.sides()
            .map(|side| side.program.rules().precision(NodeIndex::ROOT))
    }

    /// With how many decimals the figures of each side are shown: its own, on its own scale; on another one those of
    /// differences.
    pub fn shown_decimals(&self) -> [u8; 2] {
        self.sides().map(|side| {
            if self.is_native(side) {
                side.program.rules().decimals.value
            } else {
                self.decimals()
            }
        })
    }

    /// Whether both sides publish in another way: on another scale, rounded in another way or to other decimals.
    pub fn publishes_otherwise(&self) -> bool {
        let [before, after] = self.precisions();
        before != after || self.sides().into_iter().any(|side| !self.is_native(side))
    }

    /// A score on the scale of the comparison as a side publishes it: rounded on its own scale, and mapped as it was.
    fn publish(&self, side: usize, score: f64) -> f64 {
        let [before, after] = self.sides();
        let scores = if side == 0 { before } else { after };
        let own = scores.program.rules().scale.value;
        let precision = scores.program.rules().precision(NodeIndex::ROOT);
        if self.is_native(scores) {
            return precision.round(score);
        }
        let published = precision.round(self.scale.mapped(score, own));
        let (low, high) = (self.scale.low, self.scale.high);
        let shown = Precision::new(Rounding::HalfUp, self.decimals(), low, high);
        shown.round(own.mapped(published, self.scale))
    }

    /// The scores of a region as each side publishes them.
    pub fn published(&self, region: &CommonRegion) -> [Option<f64>; 2] {
        [
            region.old.map(|old| self.publish(0, old)),
            region.new.map(|new| self.publish(1, new)),
        ]
    }

    /// The regions that one side alone has, those before first.
    pub fn alone(&self) -> impl Iterator<Item = Alone> + '_ {
        let sides = [(0, &self.vanished), (1, &self.appeared)].into_iter();
        sides.flat_map(move |(side, list)| {
            list.iter().map(move |position| {
                let [before, after] = self.sides();
                let scores = if side == 0 { before } else { after };
                let own = scores.program.rules().scale.value;
                let exact = scores.index().get(*position);
                Alone {
                    side,
                    position: *position,
                    published: exact.map(|exact| self.publish(side, own.mapped(exact, self.scale))),
                }
            })
        })
    }

    /// Means as each side publishes them.
    pub fn published_means(&self, means: Means) -> [f64; 2] {
        [self.publish(0, means.before), self.publish(1, means.after)]
    }

    /// What is shown of a change between two published figures: their difference.
    pub fn published_change(&self, before: f64, after: f64) -> f64 {
        Rounding::HalfUp.round(after - before, self.decimals())
    }

    /// The weights of a region on both sides; 1 where means are not weighted.
    fn weights(&self, region: &CommonRegion) -> [f64; 2] {
        let [old, new] = self.sides();
        [(old, region.before), (new, region.after)].map(|(scores, at)| match scores.weighted_by {
            Some(_) => scores.weights.get(at).unwrap_or(0.0),
            None => 1.0,
        })
    }

    /// The mean score before and after, of the regions that have one on both sides.
    pub fn means(&self) -> Option<Means> {
        self.means_of(self.regions.iter())
    }

    /// The same of some regions.
    pub fn means_of<'r>(&self, regions: impl Iterator<Item = &'r CommonRegion>) -> Option<Means> {
        let [mut before, mut after] = [Vec::new(), Vec::new()];
        for region in regions {
            let [by, then_by] = self.weights(region);
            if let (Some(old), Some(new)) = (region.old, region.new)
                && by > 0.0
                && then_by > 0.0
            {
                before.push((old, by));
                after.push((new, then_by));
            }
        }
        Some(Means {
            regions: before.len(),
            before: weighted_mean_over_rows(&before)?,
            after: weighted_mean_over_rows(&after)?,
        })
    }

    /// The change of the mean over all regions, and the part of each cause in it: all of them together are the change.
    pub fn cause_means(&self) -> Option<CauseMeans> {
        let attribution = self.attribution.as_ref()?;
        let means = self.means()?;
        let weighed = self.regions.iter().enumerate().filter_map(|(at, region)| {
            let [by, then_by] = self.weights(region);
            let there = region.old.is_some() && region.new.is_some() && by > 0.0 && then_by > 0.0;
            there.then_some((at, region, then_by))
        });
        let weighed: Vec<(usize, &CommonRegion, f64)> = weighed.collect();
        let mean = |value: &dyn Fn(usize, &CommonRegion) -> Option<f64>| {
            let values = weighed.iter();
            let values = values.map(|(at, region, by)| (value(*at, region).unwrap_or(0.0), *by));
            weighted_mean_over_rows(&values.collect::<Vec<_>>()).unwrap_or(0.0)
        };
        let mut parts: Vec<f64> = attribution
            .parts
            .iter()
            .map(|parts| mean(&|at, _| parts.get(at).copied().flatten()))
            .collect();
        let undivided = |at: usize| self.not_divided(at).is_some();
        let any = weighed.iter().any(|(at, ..)| undivided(*at));
        let not_divided =
            any.then(|| mean(&|at, region| region.change().filter(|_| undivided(at))));
        let shift = mean(&|_, region| region.old) - means.before;
        let same = self.scale.tolerance().same(shift, 0.0);
        let weights = (self.after.weighted_by.is_some() && !same).then_some(shift);
        // What rounding does to a mean is not the mean of what it does to each score.
        let rounding = attribution
            .causes
            .iter()
            .position(|cause| cause.kind == CauseKind::Publication);
        if let Some(slot) = rounding.and_then(|at| parts.get_mut(at)) {
            let [before, after] = self.published_means(means);
            *slot = self.published_change(before, after) - (means.after - means.before);
        }
        Some(CauseMeans {
            means,
            parts,
            not_divided,
            weights,
        })
    }

    /// The common regions of each group that the data after names, sorted by name.
    pub fn groups(&self) -> BTreeMap<Arc<str>, Vec<&CommonRegion>> {
        let mut groups: BTreeMap<Arc<str>, Vec<&CommonRegion>> = BTreeMap::new();
        for region in &self.regions {
            if let Some(Some(group)) = self.after.groups.get(region.after) {
                groups.entry(group.clone()).or_default().push(region);
            }
        }
        groups
    }

    /// Why the change of a region, by position, is not divided; `None` where it is, or where no causes were asked for.
    pub fn not_divided(&self, at: usize) -> Option<NotDivided> {
        let attribution = self.attribution.as_ref()?;
        let region = self.regions.get(at)?;
        match (region.old, region.new) {
            (None, None) => Some(NotDivided::NoIndex),
            (None, Some(_)) => Some(NotDivided::NoIndexBefore),
            (Some(_), None) => Some(NotDivided::NoIndexAfter),
            (Some(_), Some(_)) => {
                let parts = attribution.parts.first()?;
                let divided = parts.get(at).copied().flatten().is_some();
                (!divided).then_some(NotDivided::NoIndexBetween)
            }
        }
    }

    /// Adds what is no change of any exact score: another rounding, other decimals.
    pub(super) fn add_publication(&self, difference: &Difference, attribution: &mut Attribution) {
        if !self.publishes_otherwise() {
            return;
        }
        let changes = difference.changes.iter().enumerate();
        let changes = changes.filter(|(_, change)| {
            matches!(&change.part, Part::Key(_, path)
                if matches!(path.as_slice(), [key] if key == "decimals" || key == "rounding"))
        });
        let kind = CauseKind::Publication;
        let changes = changes.map(|(at, _)| at).collect();
        let first = attribution.parts.first().cloned();
        let parts = self.regions.iter().enumerate().map(|(at, region)| {
            let divided = first
                .as_ref()
                .is_none_or(|parts| parts.get(at).copied().flatten().is_some());
            let ([Some(old), Some(new)], true) = (self.published(region), divided) else {
                return None;
            };
            Some((new - region.new?) - (old - region.old?))
        });
        attribution.parts.push(parts.collect());
        attribution.causes.push(Cause { kind, changes });
    }
}
