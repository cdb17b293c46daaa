//! Formulas and rule sets as flat programs over columns, with the same bits and the same issues as row by row.
//!
//! A checked formula is partially evaluated (`unroll.rs`, over what `partial.rs` knows): loops unroll, what is known at
//! load folds, calls are written out (`calls.rs`), equal parts are shared, and branches become
//! selections. `steps.rs` puts the formulas, normalisations and aggregations of a rule set into one program, from the
//! observed values of indicators to the index. What is left is a list of instructions (`code.rs`), which
//! [`evaluate`](crate::evaluate) runs over blocks of rows. An instruction that can raise an issue knows the rows that
//! reach it; the first issue of a row, in the order of the instructions, is its issue, as in the interpreter. What
//! cannot be said so stays with the [interpreter](super::interpreter), with the reason.
//!
//! Each rule set has two programs. The general one says everything of every row. The one for whole rows takes all
//! values to be there and ends at the first issue; so most of it folds away, and sums take in the normalisation of their
//! terms (`fuse.rs`). Rows that it cannot finish are left to the general one.

mod calls;
pub(crate) mod code;
mod fuse;
pub(crate) mod line;
mod partial;
mod registers;
mod steps;
mod unroll;

use super::FallbackReason;
use crate::base::NodeIndex;
use crate::calculus::{Methods, Population};
use crate::check::RuleSet;
use crate::check::formula::Formula;
use crate::check::rule_set::Node;
use code::Code;
use line::Line;
use partial::Writer;

/// The most instructions of a formula: more would not be faster than what they replace.
const LONGEST: usize = 8192;

/// The programs of a rule set.
pub(crate) struct Flat {
    /// For any row.
    pub(crate) general: Code,
    /// For rows of which every value is there, up to the index alone.
    pub(crate) whole: Code,
}

/// What became of a formula: how many instructions it has, or why it is interpreted.
pub(crate) type Told = Result<usize, FallbackReason>;

/// The programs of a rule set, and what became of the formula of each node.
pub(crate) fn rule_set(rules: &RuleSet, methods: &Methods) -> (Flat, Vec<Option<Told>>) {
    let (general, told) = steps::write(rules, methods, false);
    let (mut whole, _) = steps::write(rules, methods, true);
    let lines: Vec<Option<Line>> = rules.nodes.iter().map(known_line).collect();
    fuse::fuse(&mut whole, &lines);
    let flat = Flat {
        general: registers::finish(general),
        whole: registers::finish(whole),
    };
    (flat, told)
}

/// The program of an expression over raw columns.
pub(crate) fn expression(
    formula: &Formula,
    node: NodeIndex,
    rules: &RuleSet,
    methods: &Methods,
) -> Result<Code, FallbackReason> {
    let mut writer = Writer::new(rules, methods, false);
    writer.node = node;
    // Which rows are asked for is known when it runs.
    let done = writer.new_flag();
    writer.draft.asked = Some(done);
    writer.done = Some(done);
    let result = writer.formula(formula)?;
    writer.draft.result = result;
    writer.draft.done = done;
    Ok(registers::finish(writer.draft))
}

/// The straight line of an indicator, if nothing that it depends on is taken over the data.
fn known_line(node: &Node) -> Option<Line> {
    let indicator = node.indicator()?;
    let population = match &indicator.frozen {
        Some(frozen) => frozen.population.clone(),
        None if indicator.normalisation.asks_population(&indicator.options) => return None,
        None => Population::default(),
    };
    Line::of(node, &indicator.curve(&population).ok()?)
}
