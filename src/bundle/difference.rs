//! What differs between two bundles, and bundles in which some of that is changed and the rest is not.
//!
//! Compared is what is written, value by value: comments, layout and the order of keys are no difference, nor is it
//! which file of a chain of bases states a value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::keys;
use super::value::{Entry, Item, Table, Value};
use super::{Bundle, Document};
use crate::base::{FileId, SourceMap, Span};

/// One thing that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What it is.
    pub part: Part,
    /// What stands before, and where.
    pub before: Option<Written>,
    /// What stands after, and where.
    pub after: Option<Written>,
}

/// What can differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A whole variable: its file is only on one side.
    Variable(String),
    /// A key, by the stem of its file and the keys that lead to it.
    Key(String, Vec<String>),
    /// A formula, by the id of its node.
    Formula(String),
    /// A file of `lib/`, by its stem.
    Library(String),
    /// The frozen reference statistics.
    Population,
    /// The program year, which formulas may read.
    Year,
}

/// A value as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Its text; that of a table or a file is empty.
    pub text: String,
    /// Where it stands; `None` for what no file says.
    pub origin: Option<Span>,
}

/// Two bundles over one map of sources, so that values of both can stand side by side.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What is before.
    pub before: Bundle,
    /// What is after.
    pub after: Bundle,
    /// The files of both.
    pub sources: Arc<SourceMap>,
}

impl Pair {
    /// Puts two bundles side by side.
    pub fn new(mut before: Bundle, mut after: Bundle) -> Self {
        let mut sources = (*before.sources).clone();
        let by = sources.append(&after.sources);
        after.each_span(&mut |file| file.moved(by));
        let sources = Arc::new(sources);
        before.sources = sources.clone();
        after.sources = sources.clone();
        Self {
            before,
            after,
            sources,
        }
    }

    /// Everything that differs, in the order of files and keys.
    ///
    /// `same_formula` says whether two formula files mean the same.
    pub fn changes(&self, same_formula: &dyn Fn(FileId, FileId) -> bool) -> Vec<Change> {
        let (before, after) = (&self.before, &self.after);
        let mut found = Vec::new();
        self.tables("index", &before.index.table, &after.index.table, &mut found);
        let stems: BTreeSet<&String> = before
            .variables
            .keys()
            .chain(after.variables.keys())
            .collect();
        for stem in stems {
            match (before.variables.get(stem), after.variables.get(stem)) {
                (Some(old), Some(new)) => self.tables(stem, &old.table, &new.table, &mut found),
                (old, new) => {
                    let whole = |document: &Document| Written {
                        text: String::new(),
                        origin: document.table.get("variable").map(|entry| entry.key),
                    };
                    found.push(Change {
                        part: Part::Variable(stem.clone()),
                        before: old.map(whole),
                        after: new.map(whole),
                    });
                }
            }
        }
        let kinds: [(&dyn Fn(String) -> Part, _, _); 2] = [
            (&Part::Formula, &before.formulas, &after.formulas),
            (&Part::Library, &before.library, &after.library),
        ];
        for (kind, old, new) in kinds {
            let stems: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for stem in stems {
                let (old, new) = (old.get(stem), new.get(stem));
                if old
                    .zip(new)
                    .is_some_and(|(old, new)| same_formula(*old, *new))
                {
                    continue;
                }
                let whole = |file: &FileId| Written {
                    text: String::new(),
                    origin: Some(self.sources.head(*file)),
                };
                found.push(Change {
                    part: kind(stem.clone()),
                    before: old.map(whole),
                    after: new.map(whole),
                });
            }
        }
        let population = |bundle: &Bundle| bundle.population.as_ref().map(|document| document.file);
        let (old, new) = (population(before), population(after));
        let text = |file: Option<FileId>| file.map(|file| self.sources.text(file));
        if text(old) != text(new) {
            let whole = |file: FileId| Written {
                text: String::new(),
                origin: Some(self.sources.head(file)),
            };
            found.push(Change {
                part: Part::Population,
                before: old.map(whole),
                after: new.map(whole),
            });
        }
        if before.name.year != after.name.year {
            let year = |bundle: &Bundle| Written {
                text: bundle.name.year.to_string(),
                origin: None,
            };
            found.push(Change {
                part: Part::Year,
                before: Some(year(before)),
                after: Some(year(after)),
            });
        }
        found
    }

    fn tables(&self, stem: &str, old: &Table, new: &Table, found: &mut Vec<Change>) {
        let mut path = Vec::new();
        self.keys(stem, &mut path, old, new, found);
    }

    fn keys<'s>(
        &'s self,
        stem: &str,
        path: &mut Vec<String>,
        old: &'s Table,
        new: &'s Table,
        found: &mut Vec<Change>,
    ) {
        let keys: BTreeSet<&String> = old.entries.keys().chain(new.entries.keys()).collect();
        for key in keys {
            // What a rule set extends is how it is written, not what it says.
            if path.is_empty() && key == "extends" {
                continue;
            }
            let (old, new) = (old.get(key), new.get(key));
            path.push(key.clone());
            let tables = old.zip(new).and_then(|(old, new)| {
                Some((old.item.value.as_table()?, new.item.value.as_table()?))
            });
            let none = Table::default();
            let inner =
                |entry: Option<&'s Entry>| entry.and_then(|entry| entry.item.value.as_table());
            match tables {
                Some((old, new)) if !is_whole(path) => self.keys(stem, path, old, new, found),
                // A table of ids or settings is there as soon as it holds one.
                None if is_mere_table(path) && (inner(old).is_some() || inner(new).is_some()) => {
                    self.keys(
                        stem,
                        path,
                        inner(old).unwrap_or(&none),
                        inner(new).unwrap_or(&none),
                        found,
                    );
                }
                _ if same_entry(old, new, is_figure(path)) => {}
                _ => found.push(Change {
                    part: Part::Key(stem.to_owned(), path.clone()),
                    before: old.map(|entry| self.written(entry)),
                    after: new.map(|entry| self.written(entry)),
                }),
            }
            path.pop();
        }
    }

    fn written(&self, entry: &Entry) -> Written {
        let span = entry.item.span;
        let text = match &entry.item.value {
            Value::Number(value) => value.to_string(),
            value if is_prose(value) => String::new(),
            Value::Table(table) if !is_inline(&self.sources, span) => {
                // A table with a header: what stands in it is not one text.
                return Written {
                    text: String::new(),
                    origin: Some(table.entries.values().next().map_or(span, |_| entry.key)),
                };
            }
            _ => self.sources.slice(span).to_owned(),
        };
        Written {
            text,
            origin: Some(span),
        }
    }

    /// The bundle with some changes done and the others not.
    pub fn mixed(&self, done: &[&Change]) -> Bundle {
        let mut mixed = self.before.clone();
        mixed.findings.clear();
        mixed.seal = None;
        for change in done {
            match &change.part {
                Part::Variable(stem) => put(&mut mixed.variables, &self.after.variables, stem),
                Part::Formula(stem) => put(&mut mixed.formulas, &self.after.formulas, stem),
                Part::Library(stem) => put(&mut mixed.library, &self.after.library, stem),
                Part::Population => mixed.population.clone_from(&self.after.population),
                Part::Year => mixed.name = self.after.name.clone(),
                Part::Key(stem, path) => {
                    let new = self.after.document(stem).map(|document| &document.table);
                    if let Some(document) = mixed.document_mut(stem) {
                        set(&mut document.table, new, path);
                    }
                }
            }
        }
        mixed
    }
}

impl Bundle {
    fn document(&self, stem: &str) -> Option<&Document> {
        match stem {
            "index" => Some(&self.index),
            stem => self.variables.get(stem),
        }
    }

    fn document_mut(&mut self, stem: &str) -> Option<&mut Document> {
        match stem {
            "index" => Some(&mut self.index),
            stem => self.variables.get_mut(stem),
        }
    }

    /// Moves every span to another file.
    fn each_span(&mut self, moved: &mut dyn FnMut(FileId) -> FileId) {
        let others = self
            .population
            .as_mut()
            .into_iter()
            .chain(self.seal.as_mut());
        let documents = self.variables.values_mut().chain(others);
        for document in documents.chain([&mut self.index]) {
            document.file = moved(document.file);
            each_span(&mut document.table, moved);
        }
        let files = self.formulas.values_mut().chain(self.library.values_mut());
        files.for_each(|file| *file = moved(*file));
        let labels = self
            .findings
            .iter_mut()
            .flat_map(|finding| &mut finding.labels);
        labels.for_each(|label| label.span.file = moved(label.span.file));
    }
}

fn each_span(table: &mut Table, moved: &mut dyn FnMut(FileId) -> FileId) {
    for entry in table.entries.values_mut() {
        entry.key.file = moved(entry.key.file);
        each_item(&mut entry.item, moved);
    }
}

fn each_item(item: &mut Item, moved: &mut dyn FnMut(FileId) -> FileId) {
    item.span.file = moved(item.span.file);
    match &mut item.value {
        Value::Table(table) => each_span(table, moved),
        Value::Array(items) => items.iter_mut().for_each(|item| each_item(item, moved)),
        Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Date(_) => {}
    }
}

fn put<T: Clone>(into: &mut BTreeMap<String, T>, from: &BTreeMap<String, T>, stem: &str) {
    match from.get(stem) {
        Some(new) => into.insert(stem.to_owned(), new.clone()),
        None => into.remove(stem),
    };
}

/// Makes a key what it is in another table. The tables that lead to it are in both.
fn set(table: &mut Table, new: Option<&Table>, path: &[String]) {
    let Some((key, rest)) = path.split_first() else {
        return;
    };
    let new = new.and_then(|table| table.get(key));
    if rest.is_empty() {
        match new {
            Some(entry) => table.entries.insert(key.clone(), entry.clone()),
            None => table.entries.remove(key),
        };
        return;
    }
    if let (false, Some(new)) = (table.entries.contains_key(key), new) {
        let mut empty = new.clone();
        empty.item.value = Value::Table(Table::default());
        table.entries.insert(key.clone(), empty);
    }
    if let Some(entry) = table.entries.get_mut(key)
        && let Value::Table(inner) = &mut entry.item.value
    {
        set(
            inner,
            new.and_then(|entry| entry.item.value.as_table()),
            rest,
        );
    }
}

/// Whether a path leads to a table that says nothing by being there: its keys do.
fn is_mere_table(path: &[String]) -> bool {
    let [table] = path else { return false };
    keys::find(&[table.as_str()]).is_some_and(|key| key.kind.is_table() && table != "variable")
}

/// Whether the table at the end of a path is one value.
fn is_whole(path: &[String]) -> bool {
    !is_ids(path) && path.last().is_some_and(|key| keys::is_whole(key))
}

/// Whether the last key of a path is an id of the author.
fn is_ids(path: &[String]) -> bool {
    matches!(path, [table, _] if keys::has_ids(table))
}

/// Whether a path leads to a figure, which may be written with a table or without.
fn is_figure(path: &[String]) -> bool {
    matches!(path, [table, _] if keys::has_figures(table))
}

fn is_inline(sources: &SourceMap, span: Span) -> bool {
    sources.slice(span).starts_with('{')
}

fn same_entry(old: Option<&Entry>, new: Option<&Entry>, figure: bool) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => {
            same(&old.item.value, &new.item.value)
                || (figure
                    && number(&old.item.value)
                        .is_some_and(|old| number(&new.item.value) == Some(old)))
        }
        _ => false,
    }
}

/// The number of a figure that has nothing besides.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => Some(number.to_bits()),
        Value::Table(table) if table.entries.len() == 1 => number(&table.get("value")?.item.value),
        _ => None,
    }
}

/// Whether a value is a text in two languages, a reference, or several of them: too long to be shown in a line.
fn is_prose(value: &Value) -> bool {
    match value {
        Value::Table(table) => ["id", "en", "title"]
            .iter()
            .any(|key| table.get(key).is_some()),
        Value::Array(items) => items.iter().any(|item| item.value.as_table().is_some()),
        Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Date(_) => false,
    }
}

/// Whether two values say the same, wherever they stand.
pub(crate) fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Table(old), Value::Table(new)) => {
            old.entries.len() == new.entries.len()
                && old
                    .entries
                    .iter()
                    .zip(&new.entries)
                    .all(|((key, old), (other, new))| {
                        key == other && same(&old.item.value, &new.item.value)
                    })
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len()
                && old
                    .iter()
                    .zip(new)
                    .all(|(old, new)| same(&old.value, &new.value))
        }
        (old, new) => old == new,
    }
}
