//! A year extends another: tables merge by key, a new value replaces the old, `remove = true` takes out.
//!
//! Arrays, alternatives and two-language texts are replaced whole. What vouches for a year (`status`,
//! `reviewed`, targets) is not inherited: each year states its own.

use std::collections::BTreeMap;

use super::keys::{self, Inherited};
use super::value::{Entry, Item, Table, Value};
use super::{Document, Layer};
use crate::base::language::text;
use crate::base::{Code, Diagnostic, FileId};

/// Lays the keys of a file on those of another.
pub(super) fn lay(base: &mut Table, over: Table, findings: &mut Vec<Diagnostic>) {
    merge_tables(base, over, Place::Words, findings);
}

/// Lays `over` on `base`.
pub(crate) fn merge(base: Layer, over: Layer, findings: &mut Vec<Diagnostic>) -> Layer {
    let mut merged = base;
    if let Some(mut over_index) = over.index {
        let mut table = merged.index.take().map(|d| d.table).unwrap_or_default();
        for key in keys::of(keys::Place::Index) {
            if key.inherited == Inherited::Never {
                table.entries.remove(key.name);
            }
        }
        forget_reviews(&mut table, false);
        settle_methods(
            "index",
            &mut table,
            &mut over_index.table,
            &over.formulas,
            &mut merged.formulas,
        );
        merge_tables(
            &mut table,
            std::mem::take(&mut over_index.table),
            Place::Words,
            findings,
        );
        over_index.table = table;
        merged.index = Some(over_index);
    }
    for (stem, document) in &mut merged.variables {
        forget_reviews(&mut document.table, false);
        // A formula of this year replaces a named method of the base, also where no TOML of this year says so.
        drop_named_methods(stem, &mut document.table, &over.formulas);
    }
    let mut variables = over.variables;
    refuse_strayed(&merged, &mut variables, findings);
    for (stem, mut document) in variables {
        if removes(document.table.table("variable")) {
            remove_variable(&stem, &document, &mut merged, findings);
            continue;
        }
        let mut table = merged
            .variables
            .remove(&stem)
            .map(|d| d.table)
            .unwrap_or_default();
        settle_methods(
            &stem,
            &mut table,
            &mut document.table,
            &over.formulas,
            &mut merged.formulas,
        );
        merge_tables(
            &mut table,
            std::mem::take(&mut document.table),
            Place::Words,
            findings,
        );
        document.table = table;
        merged.variables.insert(stem, document);
    }
    merged.population = over.population.or(merged.population);
    merged.formulas.extend(over.formulas);
    merged.library.extend(over.library);
    merged
}

/// An indicator or node that the base has in the file of another variable is not a second one: it is most likely
/// meant to be changed there. One that is removed there is moved.
fn refuse_strayed(
    base: &Layer,
    over: &mut BTreeMap<String, Document>,
    findings: &mut Vec<Diagnostic>,
) {
    const KINDS: [&str; 2] = ["indicator", "node"];
    let mut strayed: Vec<(String, &str, String)> = Vec::new();
    for (stem, document) in over.iter() {
        for kind in KINDS {
            let own = document.table.table(kind);
            for (id, entry) in own.iter().flat_map(|table| &table.entries) {
                let has = |document: &Document| {
                    document
                        .table
                        .table(kind)
                        .is_some_and(|table| table.get(id).is_some())
                };
                if base.variables.get(stem).is_some_and(has) {
                    continue;
                }
                let home = base.variables.iter().find(|(_, document)| has(document));
                let Some((home, _)) = home else { continue };
                let there = over.get(home).map(|document| &document.table);
                let moved = there.is_some_and(|table| {
                    let own = table.table(kind).and_then(|table| table.table(id));
                    removes(own) || removes(table.table("variable"))
                });
                if moved {
                    continue;
                }
                findings.push(
                    Diagnostic::error(
                        Code::E110,
                        entry.key,
                        text!(
                            "`{id}` ada di `{home}.toml`, bukan di `{stem}.toml`",
                            "`{id}` is in `{home}.toml`, not in `{stem}.toml`"
                        ),
                    )
                    .help(text!(
                        "ubah di `{home}.toml` tahun ini; untuk memindahkannya, hapus dulu di sana dengan `remove = true`",
                        "change it in this year's `{home}.toml`; to move it, take it out there by `remove = true`"
                    )),
                );
                strayed.push((stem.clone(), kind, id.clone()));
            }
        }
    }
    for (stem, kind, id) in strayed {
        let table = over
            .get_mut(&stem)
            .and_then(|document| document.table.entries.get_mut(kind));
        if let Some(Entry {
            item:
                Item {
                    value: Value::Table(table),
                    ..
                },
            ..
        }) = table
        {
            table.entries.remove(&id);
        }
    }
}

fn remove_variable(
    stem: &str,
    document: &Document,
    merged: &mut Layer,
    findings: &mut Vec<Diagnostic>,
) {
    if let Some(beside) = document.table.get("variable").and_then(beside_remove) {
        findings.push(beside);
    }
    if let Some((key, entry)) = document
        .table
        .entries
        .iter()
        .find(|(key, _)| *key != "variable")
    {
        findings.push(Diagnostic::error(
            Code::E108,
            entry.key,
            text!(
                "`{key}` di samping `remove = true`: variabel ini sedang dihapus",
                "`{key}` beside `remove = true`: this variable is being removed"
            ),
        ));
    }
    let Some(removed) = merged.variables.remove(stem) else {
        if let Some(entry) = document.table.get("variable") {
            findings.push(nothing_to_remove(stem, entry));
        }
        return;
    };
    merged.formulas.remove(stem);
    for id in removed
        .table
        .table("node")
        .iter()
        .flat_map(|nodes| nodes.entries.keys())
    {
        merged.formulas.remove(id);
    }
}

/// Shows the tables of a file that stand for nodes with children, with the stem of their formula file.
fn each_parent(stem: &str, table: &mut Table, see: &mut dyn FnMut(&str, &mut Table)) {
    if stem == "index" {
        see(stem, table);
    }
    for (key, entry) in &mut table.entries {
        let Value::Table(inner) = &mut entry.item.value else {
            continue;
        };
        match key.as_str() {
            "variable" => see(stem, inner),
            "node" => {
                for (id, entry) in &mut inner.entries {
                    if let Value::Table(node) = &mut entry.item.value {
                        see(id, node);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A formula and a named method replace each other; `formula = false` drops the formula of the base.
fn settle_methods(
    stem: &str,
    base: &mut Table,
    over: &mut Table,
    own: &BTreeMap<String, FileId>,
    formulas: &mut BTreeMap<String, FileId>,
) {
    each_parent(stem, over, &mut |id, table| {
        let drops = table.says("formula", false);
        if drops || table.says("remove", true) || table.get("aggregate").is_some() {
            formulas.remove(id);
        }
        // What is done is not handed on to later years, which may have a formula again.
        if drops && !own.contains_key(id) {
            table.entries.remove("formula");
        }
    });
    drop_named_methods(stem, base, own);
}

fn drop_named_methods(stem: &str, base: &mut Table, own: &BTreeMap<String, FileId>) {
    each_parent(stem, base, &mut |id, table| {
        if own.contains_key(id) {
            table.entries.remove("aggregate");
            table.entries.remove("formula");
        }
    });
}

fn forget_reviews(table: &mut Table, keyed: bool) {
    if !keyed {
        table.entries.remove("reviewed");
    }
    for (key, entry) in &mut table.entries {
        if let Value::Table(inner) = &mut entry.item.value {
            forget_reviews(inner, !keyed && keys::has_ids(key));
        }
    }
}

fn removes(table: Option<&Table>) -> bool {
    table.is_some_and(|table| table.says("remove", true))
}

/// What the keys of a table are.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Words of the language.
    Words,
    /// Ids of the author.
    Ids,
    /// Ids whose entries are one figure each.
    Figures,
    /// Words of the language that say one figure.
    Figure,
}

impl Place {
    /// What the keys of the table under `key` are.
    fn below(self, key: &str) -> Self {
        match self {
            Place::Ids => Place::Words,
            Place::Figures => Place::Figure,
            Place::Words | Place::Figure if keys::has_figures(key) => Place::Figures,
            Place::Words | Place::Figure if keys::has_ids(key) => Place::Ids,
            Place::Words | Place::Figure => Place::Words,
        }
    }

    fn has_ids(self) -> bool {
        matches!(self, Place::Ids | Place::Figures)
    }
}

fn merge_tables(base: &mut Table, over: Table, place: Place, findings: &mut Vec<Diagnostic>) {
    if !place.has_ids() {
        drop_replaced(base, &over, place);
    }
    for (key, entry) in over.entries {
        if place.has_ids() && removes(entry.item.value.as_table()) {
            if base.entries.remove(&key).is_none() {
                findings.push(nothing_to_remove(&key, &entry));
            }
            findings.extend(beside_remove(&entry));
            continue;
        }
        let whole = !place.has_ids() && keys::is_whole(&key);
        let Value::Table(new) = entry.item.value else {
            base.entries.insert(key, entry);
            continue;
        };
        let below = place.below(&key);
        if place == Place::Figures {
            spell_out(base, &key);
        }
        let old = base.entries.get_mut(&key).map(|old| &mut old.item.value);
        match old {
            Some(Value::Table(old)) if !whole => {
                merge_tables(old, new, below, findings);
                if let Some(kept) = base.entries.get_mut(&key) {
                    kept.key = entry.key;
                }
            }
            // A keyed table that the base lacks may still try to remove.
            _ if !whole && below.has_ids() => {
                let mut fresh = Table::default();
                merge_tables(&mut fresh, new, below, findings);
                base.entries
                    .insert(key, rewrap(entry.key, entry.item.span, fresh));
            }
            _ => {
                base.entries
                    .insert(key, rewrap(entry.key, entry.item.span, new));
            }
        }
    }
}

/// Writes `k = 5` as `k = { value = 5 }`, so that a year can add to it.
fn spell_out(base: &mut Table, key: &str) {
    let Some(old) = base
        .entries
        .get_mut(key)
        .filter(|old| matches!(old.item.value, Value::Number(_)))
    else {
        return;
    };
    let value = Entry {
        key: old.key,
        item: old.item.clone(),
    };
    old.item.value = Value::Table(Table {
        entries: [("value".to_owned(), value)].into(),
    });
}

fn rewrap(key: crate::base::Span, span: crate::base::Span, table: Table) -> Entry {
    Entry {
        key,
        item: Item {
            value: Value::Table(table),
            span,
        },
    }
}

/// Drops from the base what the new keys replace without naming it.
fn drop_replaced(base: &mut Table, over: &Table, place: Place) {
    if over.entries.contains_key("normalise") {
        base.entries.retain(|key, _| {
            keys::of(keys::Place::Indicator).any(|own| own.name == key && !own.is_of_method)
        });
    }
    for key in keys::all() {
        if let Some(other) = key.instead_of
            && over.entries.contains_key(key.name)
        {
            base.entries.remove(other);
        }
    }
    let figure = ["value", "from", "above"];
    if place == Place::Figure && figure.iter().any(|key| over.entries.contains_key(*key)) {
        base.entries.remove("reference");
        base.entries.remove("note");
    }
}

fn nothing_to_remove(id: &str, entry: &Entry) -> Diagnostic {
    Diagnostic::error(
        Code::E107,
        entry.key,
        text!(
            "`{id}` dihapus, tetapi dasar tidak memilikinya",
            "`{id}` is removed, but the base does not have it"
        ),
    )
    .help(text!(
        "hapus bagian ini, atau betulkan namanya (`tanggap show` menampilkan isi dasar)",
        "delete this part, or mend its name (`tanggap show` prints what the base has)"
    ))
}

fn beside_remove(entry: &Entry) -> Option<Diagnostic> {
    let table = entry.item.value.as_table()?;
    let (key, other) = table.entries.iter().find(|(key, _)| *key != "remove")?;
    Some(Diagnostic::error(
        Code::E108,
        other.key,
        text!(
            "`{key}` di samping `remove = true`, yang harus berdiri sendiri",
            "`{key}` beside `remove = true`, which must stand alone"
        ),
    ))
}
