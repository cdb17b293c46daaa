//! What differs between two rule sets, what that does to each region, and which change does how much of it.
//!
//! - [`Difference`]: the changes, value by value, and what each can have an effect on;
//! - [`Comparison`]: the scores of both sides, region by region;
//! - [`Attribution`]: the change of each region's score divided among the [causes](Cause).

mod attribution;
mod causes;
mod comparison;
mod figures;
mod states;

pub use attribution::{Attribution, EXACT_CAUSES, largest_remainder};
pub use causes::{Cause, CauseKind};
pub use comparison::{CommonRegion, Comparison, ComparisonOptions};
pub use figures::{Alone, CauseMeans, Means, NotDivided};

use crate::base::{Diagnostics, FileId};
use crate::bundle::Bundle;
use crate::bundle::difference::{Change, Pair, Part};
use crate::bundle::keys::{self, Key, KeyEffect};
use crate::calculus::Methods;
use crate::check::formula::{FormulaSource, canonical_tokens};
use crate::check::rule_set::MissingPolicy;
use crate::check::{RuleSet, check};

/// Two rule sets side by side, with everything that differs.
pub struct Difference {
    /// The files of both.
    pub pair: Pair,
    /// The rule set before.
    pub before: RuleSet,
    /// The rule set after.
    pub after: RuleSet,
    /// What differs, in the order of files and keys.
    pub changes: Vec<Change>,
    /// What each of them can have an effect on.
    pub effects: Vec<Effect>,
}

/// What a change can have an effect on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Exact scores.
    Scores,
    /// Bands and published figures; exact scores stay.
    Placement,
    /// Whether a target is reached.
    Targets,
    /// No figure: texts, references, reviews.
    Texts,
}

impl Difference {
    /// Checks two bundles and compares them.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn new(before: Bundle, after: Bundle, methods: &Methods) -> Result<Self, Diagnostics> {
        let pair = Pair::new(before, after);
        let (before, after) = (
            check(pair.before.clone(), methods, &[])?.output,
            check(pair.after.clone(), methods, &[])?.output,
        );
        let sources = &pair.sources;
        let either = |asks: fn(&RuleSet) -> bool| asks(&before) || asks(&after);
        let tokens = |file: FileId| canonical_tokens(&FormulaSource::file(sources, file));
        let changes = pair.changes(&|old, new| tokens(old) == tokens(new));
        let context = Context {
            reads_year: either(reads_year),
            rounds: either(rounds),
            asks_groups: either(asks_groups),
        };
        let effects = changes.iter().map(|change| effect(change, context));
        Ok(Self {
            effects: effects.collect(),
            changes,
            before,
            after,
            pair,
        })
    }
}

/// What decides whether some keys matter, on either side.
#[derive(Clone, Copy)]
struct Context {
    reads_year: bool,
    rounds: bool,
    asks_groups: bool,
}

/// What a key has an effect on.
fn effect(change: &Change, context: Context) -> Effect {
    let Part::Key(_, path) = &change.part else {
        return match change.part {
            Part::Year if !context.reads_year => Effect::Texts,
            _ => Effect::Scores,
        };
    };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let key = keys::find(&path);
    match path.as_slice() {
        // Rounding within the tree is a matter of exact scores.
        ["rounding"] if context.rounds => Effect::Scores,
        ["lints", ..] => Effect::Texts,
        // An entry of a table as a whole.
        [table @ ("band" | "target"), _] => keys::find(&[table]).map_or(Effect::Scores, of_key),
        _ => match key {
            Some(key) if key.effect == KeyEffect::Depends && !context.asks_groups => Effect::Texts,
            Some(key) => of_key(key),
            // An id of the author, or an option of a method.
            None => Effect::Scores,
        },
    }
}

fn of_key(key: &Key) -> Effect {
    match key.effect {
        KeyEffect::Scores | KeyEffect::Depends => Effect::Scores,
        KeyEffect::Placement => Effect::Placement,
        KeyEffect::Targets => Effect::Targets,
        KeyEffect::Texts => Effect::Texts,
    }
}

/// Whether a node is rounded before its parent reads it.
fn rounds(rules: &RuleSet) -> bool {
    let parents = rules.nodes.iter().filter_map(|node| node.parent_rules());
    parents.into_iter().any(|own| own.round_to.is_some())
}

/// Whether a missing value takes the mean of its group.
fn asks_groups(rules: &RuleSet) -> bool {
    let mut indicators = rules.nodes.iter().filter_map(|node| node.indicator());
    indicators.any(|own| own.missing.value == MissingPolicy::GroupMean)
}

fn reads_year(rules: &RuleSet) -> bool {
    rules.formulas().any(|(_, formula)| {
        let mut words = formula
            .tokens
            .split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| word == "year")
    })
}
