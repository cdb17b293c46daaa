//! The checked rule set: overlays applied, names resolved, nothing left to doubt.

mod indicator;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use indicator::{FrozenIndicator, Indicator, MissingPolicy, Outside, Source};

use crate::base::number::Tolerance;
use crate::base::{
    NodeIndex, Precision, Rounding, RuleSetName, Severity, SourceMap, Sourced, Span, Text,
};
use crate::calculus::{Aggregation, Options, Sibling};
use crate::check::formula::Formula;

/// An index in one program year, ready to be compiled.
#[derive(Clone)]
pub struct RuleSet {
    /// Its name.
    pub name: RuleSetName,
    /// The chain of bases, the farthest first, itself last.
    pub layers: Vec<RuleSetName>,
    /// Whether it is published.
    pub status: Sourced<Status>,
    /// The scale of all scores.
    pub scale: Sourced<Range>,
    /// How many decimals are published.
    pub decimals: Sourced<u8>,
    /// How the others go away.
    pub rounding: Sourced<Rounding>,
    /// What bands are read off.
    pub band_value: Sourced<BandValue>,
    /// The tree: the index first, parents before children.
    pub nodes: Vec<Node>,
    /// The raw columns that are read, in the order in which the tree names them.
    pub columns: Vec<RawColumn>,
    /// Named numbers, sorted by id.
    pub parameters: Vec<Parameter>,
    /// The bands, from the lowest.
    pub bands: Vec<Band>,
    /// The targets, sorted by id.
    pub targets: Vec<Target>,
    /// The position of the band below which regions are internal to the office.
    pub internal_below: Option<Sourced<usize>>,
    /// How data files are read.
    pub data: DataSettings,
    /// What statistics are taken over.
    pub population: PopulationSource,
    /// How serious findings of lints are, by code, as far as it says so.
    pub lints: BTreeMap<String, Sourced<LintLevel>>,
    /// What vouches for it as a whole.
    pub citation: Citation,
    /// All source files.
    pub sources: Arc<SourceMap>,
    /// The methods of the engine that plug-ins have replaced, sorted by name.
    pub replaced: Vec<String>,
    /// The seal it bears.
    pub sealed: Option<Sealed>,
    /// BLAKE3 over the own functions of `lib/`.
    pub library_digest: String,
    /// BLAKE3 over the canonical form: two rule sets that score alike share it.
    pub rules_digest: String,
    /// BLAKE3 over the raw bytes of all files.
    pub files_digest: String,
}

impl RuleSet {
    /// The index, the root of the tree.
    pub fn root(&self) -> &Node {
        self.node(NodeIndex::ROOT)
    }

    /// A node of the tree.
    #[allow(clippy::indexing_slicing)]
    pub fn node(&self, index: NodeIndex) -> &Node {
        // INVARIANT: a `NodeIndex` is made by the check from the position in this very list.
        &self.nodes[index.at()]
    }

    /// Whether the score of a node is Σw·x/Σw over all its children, by name or by a formula that says just that, so
    /// that contributions and obstacles have a closed form.
    pub fn is_weighted_mean(&self, index: NodeIndex) -> bool {
        const FUNCTION: &str = "weighted_mean";
        let node = self.node(index);
        match node.parent_rules().map(|rules| &rules.combine) {
            Some(Combine::Aggregation { method, .. }) => method.linear(),
            // Another function under that name means something else.
            Some(Combine::Formula(formula)) => {
                formula.is_call_over_children(FUNCTION, &node.children)
                    && !self.is_replaced(FUNCTION)
            }
            None => false,
        }
    }

    /// Whether a node is a mean under which one bad child drags the whole down more than its weight, by name or by a
    /// formula that says just that.
    pub fn compensates_in_part(&self, index: NodeIndex) -> bool {
        const FUNCTIONS: [&str; 2] = ["geometric_mean", "harmonic_mean"];
        let node = self.node(index);
        match node.parent_rules().map(|rules| &rules.combine) {
            Some(Combine::Aggregation { method, .. }) => method.compensates_in_part(),
            Some(Combine::Formula(formula)) => FUNCTIONS.iter().any(|name| {
                formula.is_call_over_children(name, &node.children) && !self.is_replaced(name)
            }),
            None => false,
        }
    }

    /// What is known of a child before its score.
    pub fn sibling(&self, child: NodeIndex) -> Sibling {
        let node = self.node(child);
        Sibling {
            weight: node.weight.value,
            tolerance: node.range.value.tolerance(),
        }
    }

    /// Whether a node is a mean that its children enter by weight, by name or by a formula that says just that: a child of
    /// no weight is left out of it, with its faults.
    pub fn weighs(&self, node: &Node) -> bool {
        const MEANS: [&str; 3] = ["weighted_mean", "geometric_mean", "harmonic_mean"];
        match node.parent_rules().map(|rules| &rules.combine) {
            Some(Combine::Aggregation { method, .. }) => method.weighs(),
            Some(Combine::Formula(formula)) => MEANS.iter().any(|name| {
                formula.is_call_over_children(name, &node.children) && !self.is_replaced(name)
            }),
            None => false,
        }
    }

    /// Whether a plug-in has given a name of the engine another meaning.
    pub(crate) fn is_replaced(&self, name: &str) -> bool {
        self.replaced.iter().any(|own| own == name)
    }

    /// The position of an id.
    pub fn find(&self, id: &str) -> Option<NodeIndex> {
        let at = self.nodes.iter().position(|node| node.id == id)?;
        Some(NodeIndex(u32::try_from(at).ok()?))
    }

    /// All positions, the index first.
    pub fn indices(&self) -> impl Iterator<Item = NodeIndex> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeIndex)
    }

    /// The variables: the direct children of the index.
    pub fn variables(&self) -> &[NodeIndex] {
        &self.root().children
    }

    /// Whether anything is taken over a reference population, so that regions are compared with each other.
    pub fn population_asked(&self) -> bool {
        let indicators = self.nodes.iter().filter_map(Node::indicator);
        indicators.into_iter().any(Indicator::asks_population)
    }

    /// Whether regions are compared with each other as the data has them, so that one alone cannot be judged.
    pub fn compares_regions(&self) -> bool {
        self.population_asked() && self.population == PopulationSource::Data
    }

    /// How scores of a node are published.
    pub fn precision(&self, node: NodeIndex) -> Precision {
        self.precision_of(self.node(node), self.decimals.value)
    }

    /// How scores of a node are rounded to some decimals.
    pub fn precision_of(&self, node: &Node, decimals: u8) -> Precision {
        let range = node.range.value;
        Precision::new(self.rounding.value, decimals, range.low, range.high)
    }

    /// The published form of an exact index.
    pub fn published(&self, exact: f64) -> f64 {
        self.precision(NodeIndex::ROOT).round(exact)
    }

    /// The value that bands are read off.
    pub fn band_value_of(&self, exact: f64) -> f64 {
        match self.band_value.value {
            BandValue::Exact => exact,
            BandValue::Published => self.published(exact),
        }
    }

    /// The band of an index value: the last one whose lower bound it reaches.
    pub fn band_of(&self, exact: f64) -> Option<usize> {
        self.band_at(self.band_value_of(exact))
    }

    /// The last band whose lower bound a value reaches, of those that bands are read off.
    pub fn band_at(&self, value: f64) -> Option<usize> {
        let tolerance = self.scale.value.tolerance();
        let mut bands = self.bands.iter();
        bands.rposition(|band| band.holds(value, tolerance))
    }
}

/// The seal of a rule set that is published and no longer changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The day, as the seal writes it.
    pub day: String,
    /// Why, as the one who sealed it said.
    pub reason: Option<String>,
}

/// How serious the findings of a lint are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LintLevel {
    /// Not told.
    Off,
    /// So serious.
    On(Severity),
}

impl LintLevel {
    /// All with their names in rule files.
    pub const NAMES: [(&'static str, LintLevel); 4] = [
        ("off", LintLevel::Off),
        ("note", LintLevel::On(Severity::Note)),
        ("warning", LintLevel::On(Severity::Warning)),
        ("error", LintLevel::On(Severity::Error)),
    ];
}

/// How far a rule set is vouched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Published by the office, complete.
    Official,
    /// Not published, or not fully: filled in to show the way.
    Illustrative,
    /// Being written.
    Draft,
}

impl Status {
    /// All with their names in rule files.
    pub const NAMES: [(&'static str, Status); 3] = [
        ("official", Status::Official),
        ("illustrative", Status::Illustrative),
        ("draft", Status::Draft),
    ];

    /// The name in rule files.
    pub fn name(self) -> &'static str {
        match self {
            Status::Official => "official",
            Status::Illustrative => "illustrative",
            Status::Draft => "draft",
        }
    }

    /// What a reader must know of the figures.
    pub fn title(self) -> Text {
        match self {
            Status::Official => Text::new("resmi", "official"),
            Status::Illustrative => Text::new(
                "ilustratif: bukan aturan resmi, angkanya tidak boleh dikutip",
                "illustrative: not the official rules, its figures are not to be quoted",
            ),
            Status::Draft => Text::new("rancangan", "draft"),
        }
    }
}

/// What bands are read off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandValue {
    /// The value before rounding.
    Exact,
    /// The published value.
    Published,
}

impl BandValue {
    /// Both with their names in rule files.
    pub const NAMES: [(&'static str, BandValue); 2] = [
        ("exact", BandValue::Exact),
        ("published", BandValue::Published),
    ];

    /// The name in rule files.
    pub fn name(self) -> &'static str {
        match self {
            BandValue::Exact => "exact",
            BandValue::Published => "published",
        }
    }
}

/// A closed range of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Range {
    /// A value of this range, mapped linearly to another one.
    pub fn mapped(self, value: f64, to: Range) -> f64 {
        if self == to {
            value
        } else {
            to.low + (value - self.low) * (to.high - to.low) / (self.high - self.low)
        }
    }

    /// Whether a value lies in it, ends included.
    pub fn holds(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// How far apart scores of it lie that stand for the same decimal.
    pub fn tolerance(self) -> Tolerance {
        Tolerance::of_range(self.low, self.high)
    }
}

/// What vouches for a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Citation {
    /// Where it is published.
    pub references: Vec<Reference>,
    /// What there is to say about it.
    pub note: Option<Text>,
    /// The date it was last reviewed, as written.
    pub reviewed: Option<String>,
}

/// A publication.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Its title.
    pub title: Text,
    /// Its address.
    pub href: Option<String>,
    /// Where the rule file names it.
    pub span: Span,
}

/// A part of the tree.
#[derive(Clone)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// Where the id is written.
    pub span: Span,
    /// What it is called.
    pub title: Text,
    /// What stands above it; `None` for the index.
    pub parent: Option<NodeIndex>,
    /// What stands below it, sorted by id.
    pub children: Vec<NodeIndex>,
    /// Its weight among its siblings.
    pub weight: Sourced<f64>,
    /// The range its score lies in.
    pub range: Sourced<Range>,
    /// Whether a result outside the range is moved to its end.
    pub clamp: Option<Sourced<bool>>,
    /// How its score comes about.
    pub method: Method,
    /// Whether its figures are internal to the office: left out of what is made for the public.
    pub internal: Option<Sourced<bool>>,
    /// Where it is published, notes, review.
    pub citation: Citation,
}

impl Node {
    /// Whether its figures are internal to the office.
    pub fn is_internal(&self) -> bool {
        self.internal.is_some_and(|internal| internal.value)
    }

    /// The indicator, if it is one.
    pub fn indicator(&self) -> Option<&Indicator> {
        match &self.method {
            Method::Indicator(indicator) => Some(indicator),
            Method::Parent(_) => None,
        }
    }

    /// What it makes of its children, if it has any.
    pub fn parent_rules(&self) -> Option<&ParentRules> {
        match &self.method {
            Method::Parent(rules) => Some(rules),
            Method::Indicator(_) => None,
        }
    }
}

/// How a node gets its score.
#[derive(Clone)]
pub enum Method {
    /// From raw data.
    Indicator(Box<Indicator>),
    /// From its children.
    Parent(Box<ParentRules>),
}

/// How children make a score.
#[derive(Clone)]
pub struct ParentRules {
    /// The formula or the named aggregation.
    pub combine: Combine,
    /// The least share of declared weight that must be available; `None`: any one child.
    pub available_at_least: Option<Sourced<f64>>,
    /// The decimals that parents read; `None`: exact.
    pub round_to: Option<Sourced<u8>>,
    /// Whether sums over less than all children are scaled up.
    pub rescale: Option<Sourced<bool>>,
    /// What the weights of its children are to add up to, if it says so.
    pub weights_sum: Option<Sourced<f64>>,
}

/// A formula or a named aggregation.
#[derive(Clone)]
pub enum Combine {
    /// A Rhai formula.
    Formula(Box<Formula>),
    /// A named aggregation.
    Aggregation {
        /// The method.
        method: Arc<dyn Aggregation>,
        /// Its options.
        options: Options,
        /// Where it is named; `None` for the default.
        origin: Option<Span>,
    },
}

/// The reference population of a rule set, as it was frozen.
#[derive(Clone, Debug, PartialEq)]
pub struct FrozenData {
    /// The name of the data.
    pub data: String,
    /// BLAKE3 over its bytes.
    pub digest: String,
    /// How many rows it had.
    pub rows: u32,
    /// Its years.
    pub years: Vec<u16>,
}

/// What the population of a rule set is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PopulationSource {
    /// The data that is scored.
    #[default]
    Data,
    /// The data that is scored, as the rule set says in so many words: a single region, too, is its own population.
    DataAsWritten,
    /// What `tanggap freeze` has taken down.
    Frozen(FrozenData),
}

/// A raw column.
#[derive(Clone, Debug, PartialEq)]
pub struct RawColumn {
    /// The name formulas use.
    pub id: String,
    /// The header in the data.
    pub header: String,
    /// Where it is first named.
    pub span: Span,
}

/// A named number.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its id.
    pub id: String,
    /// Its value.
    pub value: Sourced<f64>,
    /// What it is called.
    pub title: Option<Text>,
    /// Where it is published, notes, review.
    pub citation: Citation,
}

/// A band of the index.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// Its lower bound.
    pub bound: Sourced<f64>,
    /// Whether the bound itself belongs to it.
    pub inclusive: bool,
    /// Where it is published.
    pub citation: Citation,
}

impl Band {
    /// Whether a value reaches the band, decided as decimals.
    pub fn holds(&self, value: f64, tolerance: Tolerance) -> bool {
        let (edge, inclusive) = self.edge(tolerance);
        if inclusive {
            value >= edge
        } else {
            value > edge
        }
    }

    /// The bound with its tolerance, as values are compared with it, and whether it belongs to the band itself.
    pub fn edge(&self, tolerance: Tolerance) -> (f64, bool) {
        let bound = self.bound.value;
        if self.inclusive {
            (tolerance.least(bound), true)
        } else {
            (tolerance.most(bound), false)
        }
    }
}

/// So many regions at a band or better.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: Option<Text>,
    /// How many regions.
    pub count: Sourced<u32>,
    /// The position of the band.
    pub band: usize,
    /// Where it is published.
    pub citation: Citation,
}

/// Data with one row per value, not one row per region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongForm {
    /// The header of the names of indicators: headers of raw columns, or their ids.
    pub indicator: String,
    /// The header of the values.
    pub value: String,
}

/// How data files are read, as far as the rule set says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataSettings {
    /// The header of the region codes.
    pub key: Option<String>,
    /// The header of the names of regions, read where the data has it.
    pub name: Option<String>,
    /// The header of the years.
    pub year: Option<String>,
    /// The header of the groups, such as the province.
    pub group: Option<String>,
    /// The header of what weighs regions in roll-ups.
    pub weighted_by: Option<String>,
    /// Texts that mean "no data", besides the empty cell.
    pub missing: Vec<String>,
    /// The sheet, in formats that have sheets.
    pub sheet: Option<String>,
    /// The headers, where the data has one row per value.
    pub long: Option<LongForm>,
}
