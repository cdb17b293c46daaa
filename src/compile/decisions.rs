//! Bounds with their tolerances, worked out once: what is decided of every row costs a comparison.

use crate::base::{NodeIndex, Precision};
use crate::check::RuleSet;
use crate::check::rule_set::{BandValue, Node};

/// What scoring decides against written numbers.
pub(crate) struct Decisions {
    limits: Vec<Limits>,
    /// How the index is rounded before bands are read off it; `None` where they are read off the exact value.
    pub(crate) published: Option<Precision>,
    /// The bound of each band, as values are compared with it, and whether it belongs to the band itself.
    pub(crate) edges: Vec<(f64, bool)>,
}

/// The range of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// How far beyond it a result may lie and stand for its end; below 0 where results are rounded besides.
    pub(crate) near: f64,
}

impl Decisions {
    pub(super) fn of(rules: &RuleSet) -> Self {
        let limits = |node: &Node| {
            let range = node.range.value;
            let rounds = node
                .parent_rules()
                .is_some_and(|own| own.round_to.is_some());
            Limits {
                low: range.low,
                high: range.high,
                near: if rounds {
                    -1.0
                } else {
                    range.tolerance().width()
                },
            }
        };
        let tolerance = rules.scale.value.tolerance();
        Self {
            limits: rules.nodes.iter().map(limits).collect(),
            published: match rules.band_value.value {
                BandValue::Exact => None,
                BandValue::Published => Some(rules.precision(NodeIndex::ROOT)),
            },
            edges: rules
                .bands
                .iter()
                .map(|band| band.edge(tolerance))
                .collect(),
        }
    }

    /// The range of a node.
    #[inline]
    pub(crate) fn limits(&self, node: NodeIndex) -> Option<&Limits> {
        self.limits.get(node.at())
    }

    /// The band of an exact index, as [`RuleSet::band_of`] gives it.
    #[inline]
    pub(crate) fn band_of(&self, exact: f64) -> Option<usize> {
        let value = self
            .published
            .map_or(exact, |precision| precision.round(exact));
        let reaches = |(edge, inclusive): &(f64, bool)| {
            if *inclusive {
                value >= *edge
            } else {
                value > *edge
            }
        };
        self.edges.iter().rposition(reaches)
    }
}
