//! The figures of an explanation as they are shown: rounded so that what stands together adds up.

use crate::base::NodeIndex;
use crate::base::number::same;
use crate::check::RuleSet;
use crate::explain::difference::largest_remainder;
use crate::explain::{Explanation, Obstacle, Trace};

/// No figure is shown with fewer decimals.
const FEWEST: u8 = 2;
/// Beyond are the last digits of doubles.
const MOST: u8 = 12;

/// The parts of a node as shown.
pub(super) struct ShownParts {
    /// Where what is divided begins.
    pub(super) from: f64,
    /// Where it ends.
    pub(super) to: f64,
    /// The part of each child, in their order.
    pub(super) parts: Vec<Option<f64>>,
}

/// Obstacles as shown.
pub(super) struct ShownObstacles {
    /// The points of all of them.
    pub(super) total: f64,
    /// Those of each variable, in the order of the explanation.
    pub(super) variables: Vec<f64>,
    /// Those of each indicator.
    pub(super) indicators: Vec<f64>,
}

/// How an explanation rounds.
#[derive(Clone, Copy)]
pub(super) struct Figures<'a> {
    pub(super) rules: &'a RuleSet,
}

impl Figures<'_> {
    /// The decimals of a score: at least so many that rounding what is shown gives what is published, and that no score
    /// below or above a whole number, as 49.999999, reads as that number.
    pub(super) fn places(&self, node: NodeIndex, score: f64) -> u8 {
        let precision = self.rules.precision(node);
        let published = precision.round(score);
        let first = self.rules.decimals.value.max(FEWEST);
        let plain = |places: &u8| {
            let shown = self.at(node, score, *places);
            same(precision.round(shown), published)
                && (!same(shown.fract(), 0.0) || same(shown, self.at(node, score, MOST)))
        };
        (first..MOST).find(plain).unwrap_or(MOST)
    }

    /// A score of a node, or a part of it, with so many decimals.
    pub(super) fn at(&self, node: NodeIndex, value: f64, places: u8) -> f64 {
        let node = self.rules.node(node);
        self.rules.precision_of(node, places).round(value)
    }

    /// A score as shown.
    pub(super) fn score(&self, node: NodeIndex, score: f64) -> f64 {
        self.at(node, score, self.places(node, score))
    }

    /// A value before and after something moved it, with so many decimals that they differ.
    pub(super) fn moved(&self, node: NodeIndex, from: f64, to: f64) -> (f64, f64) {
        let first = self.places(node, to);
        let differ = |places: &u8| !same(self.at(node, from, *places), self.at(node, to, *places));
        let places = (first..MOST).find(differ).unwrap_or(MOST);
        (self.at(node, from, places), self.at(node, to, places))
    }

    /// The way from a value of the index to a bound beyond it, with so many decimals that there is one.
    pub(super) fn distance(&self, bound: f64, value: f64) -> f64 {
        let root = NodeIndex::ROOT;
        let first = self.places(root, value);
        let way = |places: &u8| self.at(root, bound - self.at(root, value, *places), *places);
        let places = (first..MOST).find(|places| way(places) > 0.0 || same(bound, value));
        way(&places.unwrap_or(MOST))
    }

    /// The parts of a node: they add up to what lies between its ends, as shown.
    pub(super) fn parts(&self, trace: &Trace) -> Option<ShownParts> {
        let (division, score) = (trace.division?, trace.score?);
        let node = trace.node;
        let places = self.places(node, score);
        let (from, to) = (
            self.at(node, division.from, places),
            self.at(node, division.to, places),
        );
        let parts: Vec<f64> = trace
            .children
            .iter()
            .filter_map(|child| child.part)
            .collect();
        let all = trace.children.len() == self.rules.node(node).children.len();
        let shown = if all {
            largest_remainder(&parts, to - from, places)
        } else {
            // Some are withheld: the others stand for themselves.
            parts
                .iter()
                .map(|part| self.at(node, *part, places))
                .collect()
        };
        let mut shown = shown.into_iter();
        let parts = trace.children.iter();
        Some(ShownParts {
            from,
            to,
            parts: parts
                .map(|child| child.part.and_then(|_| shown.next()))
                .collect(),
        })
    }

    /// The points lost: variables add up to the whole, the indicators of a variable to what it shows.
    pub(super) fn obstacles(&self, explanation: &Explanation) -> ShownObstacles {
        let root = NodeIndex::ROOT;
        let index = explanation.trace.score.unwrap_or(0.0);
        let places = self.places(root, index);
        let at = |value: f64| self.at(root, value, places);
        let sum = |list: &[Obstacle]| list.iter().map(|own| own.points).sum::<f64>();
        let points = |list: &[Obstacle]| list.iter().map(|own| own.points).collect::<Vec<f64>>();
        let lost = sum(&explanation.variables);
        let total = at(at(index + lost) - at(index));
        let variables = largest_remainder(&points(&explanation.variables), total, places);
        let mut indicators: Vec<f64> = explanation
            .indicators
            .iter()
            .map(|own| at(own.points))
            .collect();
        for (variable, shown) in explanation.variables.iter().zip(&variables) {
            let (places_of, own): (Vec<usize>, Vec<Obstacle>) = explanation
                .indicators
                .iter()
                .enumerate()
                .filter(|(_, own)| self.is_below(own.node, variable.node))
                .map(|(place, own)| (place, *own))
                .unzip();
            let tolerance = self.rules.node(root).range.value.tolerance();
            if !tolerance.same(sum(&own), variable.points) {
                // Some are withheld, or cannot be told.
                continue;
            }
            let parts = largest_remainder(&points(&own), *shown, places);
            for (place, part) in places_of.into_iter().zip(parts) {
                if let Some(slot) = indicators.get_mut(place) {
                    *slot = part;
                }
            }
        }
        ShownObstacles {
            total,
            variables,
            indicators,
        }
    }

    fn is_below(&self, node: NodeIndex, above: NodeIndex) -> bool {
        let mut at = Some(node);
        while let Some(node) = at {
            if node == above {
                return true;
            }
            at = self.rules.node(node).parent;
        }
        false
    }
}
