//! The keys of rule files, each described once: readers, overlays, schemas, `diff` and the reference page are made from this
//! table or held to it.
//!
//! Options of methods are not here: a normalisation or an aggregation names its own.

mod index;
mod nodes;

/// A table of a rule file, in which keys stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// `index.toml`, before its first table.
    Index,
    /// The file of a variable, `<id>.toml`.
    VariableFile,
    /// `[variable]`.
    Variable,
    /// `[node.<id>]`.
    Node,
    /// `[indicator.<id>]`.
    Indicator,
    /// `[data]`.
    Data,
    /// `[parameters]`: a number, or a table with these keys.
    Parameter,
    /// `[band.<id>]`.
    Band,
    /// `[target.<id>]`.
    Target,
    /// `[columns]`, whose entries are headers.
    Alias,
    /// `[internal]`.
    Internal,
}

impl Place {
    /// All of them, in the order of the manual.
    pub const ALL: [Place; 11] = [
        Place::Index,
        Place::VariableFile,
        Place::Variable,
        Place::Node,
        Place::Indicator,
        Place::Data,
        Place::Parameter,
        Place::Band,
        Place::Target,
        Place::Alias,
        Place::Internal,
    ];

    /// The heading under which its keys stand.
    pub fn heading(self) -> &'static str {
        match self {
            Place::Index => "index.toml",
            Place::VariableFile => "<id>.toml",
            Place::Variable => "[variable]",
            Place::Node => "[node.<id>]",
            Place::Indicator => "[indicator.<id>]",
            Place::Data => "[data]",
            Place::Parameter => "[parameters.<id>]",
            Place::Band => "[band.<id>]",
            Place::Target => "[target.<id>]",
            Place::Alias => "[columns]",
            Place::Internal => "[internal]",
        }
    }

    /// The place of the keys in a table, from the keys that lead to it; `None` where they are not of the language.
    fn of(path: &[&str]) -> Option<Self> {
        match path {
            [] => Some(Place::Index),
            ["variable"] => Some(Place::Variable),
            ["node", _] => Some(Place::Node),
            ["indicator", _] => Some(Place::Indicator),
            ["data"] => Some(Place::Data),
            ["parameters", _] => Some(Place::Parameter),
            ["band", _] => Some(Place::Band),
            ["target", _] => Some(Place::Target),
            ["internal"] => Some(Place::Internal),
            _ => None,
        }
    }
}

/// Words that a key is chosen from; their list stands with the type that means them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// How official a rule set is.
    Status,
    /// How figures are rounded.
    Rounding,
    /// The value that bands are read off.
    BandValue,
    /// The better direction.
    Direction,
    /// Policy for values outside the valid range.
    Outside,
    /// Where the reference population is.
    Population,
}

/// Type of the value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number,
    /// A whole number between two ends.
    Whole(u32, u32),
    /// `true` or `false`.
    Flag,
    /// `false` alone.
    False,
    /// `true` alone, and no key beside it.
    Remove,
    /// A text for machines: a header, an id, an expression.
    String,
    /// A text for readers, in one language or two.
    Text,
    /// A date.
    Date,
    /// Two numbers, the smaller first.
    Range,
    /// One of some words.
    Words(Choice),
    /// The name of a base.
    Extends,
    /// One reference or several.
    References,
    /// An aggregation with its options.
    Aggregation,
    /// A normalisation with its options.
    Normalisation,
    /// A policy for missing values.
    MissingPolicy,
    /// A treatment of outliers.
    Treatment,
    /// One text or several that mean no data.
    Markers,
    /// Levels of lints by code.
    Lints,
    /// A table of keys.
    Table(Place),
    /// Tables, or single values, by ids of the author.
    ById(Place),
}

impl Kind {
    /// Whether the value is a table that says nothing by being there: its keys do.
    pub(crate) fn is_table(self) -> bool {
        matches!(self, Kind::Table(_) | Kind::ById(_) | Kind::Lints)
    }
}

/// Inheritance of a key where a year extends another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inherited {
    /// It is kept; tables are merged key by key.
    Merged,
    /// It is kept or replaced whole: its table is one value.
    Whole,
    /// Each year states its own.
    Never,
}

/// Effect of a change of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyEffect {
    /// Scores.
    Scores,
    /// Published figures and bands, the exact scores staying as they are.
    Placement,
    /// Whether targets are reached.
    Targets,
    /// No figure.
    Texts,
    /// Scores, where another key asks for it.
    Depends,
}

/// A key of rule files.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Key {
    /// How it is written.
    pub name: &'static str,
    /// Where it may stand.
    pub places: &'static [Place],
    /// Type of its value.
    pub kind: Kind,
    /// Its name for readers, in Indonesian and English.
    pub title: (&'static str, &'static str),
    /// Its meaning, in Indonesian and English.
    pub meaning: (&'static str, &'static str),
    /// Default where it is not written; empty for none.
    pub default: &'static str,
    /// How a year inherits it.
    pub inherited: Inherited,
    /// Effect of a change of it.
    pub effect: KeyEffect,
    /// A key that excludes it, and is dropped from the base where this one is written.
    pub instead_of: Option<&'static str>,
    /// Whether its entries are one figure each, so that a new figure drops what vouched for the old one.
    pub holds_figures: bool,
    /// Whether it belongs to the normalisation, and goes with it where a year writes another.
    pub is_of_method: bool,
    /// A value in TOML that is not the default, then lines with what it asks for; empty where a base or a table is needed.
    pub example: &'static str,
}

/// A key with what most of them have in common.
const fn key(
    name: &'static str,
    places: &'static [Place],
    kind: Kind,
    title: (&'static str, &'static str),
    meaning: (&'static str, &'static str),
) -> Key {
    Key {
        name,
        places,
        kind,
        title,
        meaning,
        default: "",
        inherited: Inherited::Merged,
        effect: KeyEffect::Scores,
        instead_of: None,
        holds_figures: false,
        is_of_method: false,
        example: "",
    }
}

impl Key {
    const fn default(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }

    const fn inherited(mut self, inherited: Inherited) -> Self {
        self.inherited = inherited;
        self
    }

    const fn effect(mut self, effect: KeyEffect) -> Self {
        self.effect = effect;
        self
    }

    const fn instead_of(mut self, other: &'static str) -> Self {
        self.instead_of = Some(other);
        self
    }

    const fn figures(mut self) -> Self {
        self.holds_figures = true;
        self
    }

    const fn of_method(mut self) -> Self {
        self.is_of_method = true;
        self
    }

    const fn example(mut self, example: &'static str) -> Self {
        self.example = example;
        self
    }
}

/// All keys of rule files, by place and in the order of the manual.
///
/// ```
/// use tanggap::bundle::keys::{self, Place};
///
/// let weight = keys::all().find(|key| key.name == "weight").ok_or("no such key")?;
/// assert!(weight.places.contains(&Place::Indicator));
/// assert_eq!(weight.title.0, "bobot");
/// # Ok::<(), &str>(())
/// ```
pub fn all() -> impl Iterator<Item = &'static Key> {
    index::KEYS.iter().chain(nodes::KEYS)
}

/// The keys of a place.
pub fn of(place: Place) -> impl Iterator<Item = &'static Key> {
    all().filter(move |key| key.places.contains(&place))
}

/// A key by its path from the top of a file, such as `indicator`, `<id>`, `weight`; `None` for ids and options of methods.
pub fn find(path: &[&str]) -> Option<&'static Key> {
    let (name, before) = path.split_last()?;
    let place = Place::of(before)?;
    let own = of(place).find(|key| key.name == *name);
    // A file is that of the index or that of a variable.
    own.or_else(|| of(Place::VariableFile).find(|key| place == Place::Index && key.name == *name))
}

/// Whether the tables under a key are one value each, and are replaced whole.
pub(crate) fn is_whole(name: &str) -> bool {
    all().any(|key| key.name == name && key.inherited == Inherited::Whole)
}

/// Whether the keys under a key are ids that the author chose.
pub(crate) fn has_ids(name: &str) -> bool {
    all().any(|key| key.name == name && matches!(key.kind, Kind::ById(_)))
}

/// Whether the entries under a key are one figure each.
pub(crate) fn has_figures(name: &str) -> bool {
    all().any(|key| key.name == name && key.holds_figures)
}

/// Keys of the top of `index.toml` that stand nowhere else and are no tables.
pub(crate) fn is_top_only(name: &str) -> bool {
    all().any(|key| key.name == name && key.places == [Place::Index] && !key.kind.is_table())
}
