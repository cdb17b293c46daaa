//! Causes: changes that belong together, each one thing that an editor would say was changed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Difference, Effect};
use crate::base::NodeIndex;
use crate::bundle::difference::{Change, Part};
use crate::check::RuleSet;

/// What is changed together.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// What it is.
    pub kind: CauseKind,
    /// Its changes, by position among [`Difference::changes`].
    pub changes: Vec<usize>,
}

/// What a cause is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CauseKind {
    /// Something about a node, named by the key.
    Key(String, String),
    /// A node added or removed.
    Node(String),
    /// The range of raw values that a node is judged by: goalposts, normalisation.
    Method(String),
    /// Where the raw values of an indicator come from.
    Source(String),
    /// Which raw values are valid.
    Valid(String),
    /// The formula or the named aggregation of a node.
    Formula(String),
    /// A parameter.
    Parameter(String),
    /// The header of a raw column.
    Column(String),
    /// The functions of `lib/`.
    Library,
    /// How data is read, or the frozen reference statistics.
    Reading,
    /// A key of the index.
    Index(String),
    /// The program year.
    Year,
    /// Another data file, or another year of it.
    Data,
    /// How scores are rounded for publication, which changes no exact score.
    Publication,
    /// Several, which no rule set has apart.
    Several,
}

/// The changes that can have an effect on scores, as causes.
pub(super) fn causes(difference: &Difference) -> Vec<Cause> {
    let with_formula = whole_nodes(difference);
    let mut grouped: BTreeMap<CauseKind, Vec<usize>> = BTreeMap::new();
    let changes = difference.changes.iter().zip(&difference.effects);
    for (at, (change, effect)) in changes.enumerate() {
        if *effect == Effect::Scores {
            let kind = kind(&change.part, &with_formula);
            grouped.entry(kind).or_default().push(at);
        }
    }
    let causes = grouped.into_iter();
    let mut causes: Vec<Cause> = causes
        .map(|(kind, changes)| Cause { kind, changes })
        .collect();
    causes.sort_by(|a, b| a.changes.cmp(&b.changes));
    causes
}

/// The ids whose node comes or goes as a whole: with its variable, or by itself.
fn whole_nodes(difference: &Difference) -> BTreeMap<String, String> {
    let mut nodes = BTreeMap::new();
    for Change { part, .. } in &difference.changes {
        match part {
            Part::Variable(stem) => {
                nodes.insert(stem.clone(), stem.clone());
                let pair = &difference.pair;
                for bundle in [&pair.before, &pair.after] {
                    let document = bundle.variables.get(stem);
                    let inner = document.and_then(|document| document.table.table("node"));
                    for id in inner.iter().flat_map(|table| table.entries.keys()) {
                        nodes.insert(id.clone(), stem.clone());
                    }
                }
            }
            Part::Key(_, path) => {
                if let [table, id] = path.as_slice()
                    && table == "node"
                {
                    nodes.insert(id.clone(), id.clone());
                }
            }
            _ => {}
        }
    }
    nodes
}

fn kind(part: &Part, whole: &BTreeMap<String, String>) -> CauseKind {
    match part {
        Part::Variable(stem) => CauseKind::Node(stem.clone()),
        Part::Formula(id) => match whole.get(id) {
            Some(node) => CauseKind::Node(node.clone()),
            None => CauseKind::Formula(id.clone()),
        },
        Part::Library(_) => CauseKind::Library,
        Part::Population => CauseKind::Reading,
        Part::Year => CauseKind::Year,
        Part::Key(stem, path) => {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            match path.as_slice() {
                ["indicator" | "node", id] => CauseKind::Node((*id).to_owned()),
                ["indicator", id, key, ..] => indicator(id, key),
                ["node", id, key, ..] => parent(id, key),
                ["variable", key, ..] => parent(stem, key),
                ["parameters", id, ..] => CauseKind::Parameter((*id).to_owned()),
                ["columns", id, ..] => CauseKind::Column((*id).to_owned()),
                ["data", ..] => CauseKind::Reading,
                [key, ..] => match parent("index", key) {
                    CauseKind::Formula(id) => CauseKind::Formula(id),
                    _ => CauseKind::Index((*key).to_owned()),
                },
                [] => CauseKind::Several,
            }
        }
    }
}

fn indicator(id: &str, key: &str) -> CauseKind {
    let id = id.to_owned();
    match key {
        "column" | "value" => CauseKind::Source(id),
        "valid" | "outside" => CauseKind::Valid(id),
        "weight" | "missing" | "parent" | "clamp" | "treat" => CauseKind::Key(id, key.to_owned()),
        // The options of a normalisation are its own.
        _ => CauseKind::Method(id),
    }
}

fn parent(id: &str, key: &str) -> CauseKind {
    match key {
        "formula" | "aggregate" => CauseKind::Formula(id.to_owned()),
        key => CauseKind::Key(id.to_owned(), key.to_owned()),
    }
}

/// The variables that a cause touches alone; `None` where it may touch anything.
pub(super) fn variables_of(difference: &Difference, cause: &Cause) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for at in &cause.changes {
        let change = difference.changes.get(*at)?;
        for id in touched(difference, &change.part)? {
            found.insert(variable_of(difference, &id)?);
        }
    }
    Some(found)
}

/// The nodes whose own rules a change touches.
fn touched(difference: &Difference, part: &Part) -> Option<Vec<String>> {
    let Part::Key(stem, path) = part else {
        return match part {
            Part::Formula(id) => Some(vec![id.clone()]),
            _ => None,
        };
    };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        // The weight of a variable is a matter of the index.
        ["variable", "weight"] => None,
        ["variable", ..] => Some(vec![stem.clone()]),
        ["indicator" | "node", id, ..] => Some(vec![(*id).to_owned()]),
        ["parameters", id, ..] => {
            let readers = [&difference.before, &difference.after].into_iter();
            let readers = readers.flat_map(|rules| {
                rules.formulas().filter_map(|(node, formula)| {
                    let reads = formula.parameters.iter().any(|at| {
                        rules
                            .parameters
                            .get(*at)
                            .is_some_and(|parameter| parameter.id == *id)
                    });
                    reads.then(|| node.id.clone())
                })
            });
            Some(readers.collect())
        }
        _ => None,
    }
}

/// The variable that a node belongs to, the same on both sides; not that of an indicator of the index itself.
fn variable_of(difference: &Difference, id: &str) -> Option<String> {
    let of = |rules: &RuleSet| {
        let mut at = rules.find(id)?;
        while let Some(parent) = rules.node(at).parent {
            if parent == NodeIndex::ROOT {
                let node = rules.node(at);
                return Some(node.indicator().is_none().then(|| node.id.clone()));
            }
            at = parent;
        }
        Some(None)
    };
    match (of(&difference.before), of(&difference.after)) {
        (Some(before), Some(after)) if before == after => before,
        (Some(only), None) | (None, Some(only)) => only,
        _ => None,
    }
}
