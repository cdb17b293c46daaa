//! A year extends another: tables merge by key, a new value replaces the old, `remove = true` takes out.
//!
//! Arrays, alternatives and two-language texts are replaced whole. What vouches for a year (`status`,
//! `reviewed`, targets) is not inherited: each year states its own.

use super::value::{Entry, Table, Value};
use super::{Document, Layer};
use crate::base::Diagnostic;
use crate::base::language::text;

/// Keys whose tables are one value and so are replaced whole.
const WHOLE: [&str; 9] = [
    "title",
    "description",
    "note",
    "reference",
    "missing",
    "normalise",
    "aggregate",
    "treat",
    "outside",
];
/// Keys that a year does not inherit.
const OWN: [&str; 4] = ["status", "target", "seal", "extends"];
/// Keys that belong to a normalisation: stating another method drops them.
pub(crate) const METHOD_KEYS: [&str; 5] = ["worst", "best", "better", "target", "spread"];

/// Tables whose keys are ids that the author chose, not words of the language.
const KEYED: [&str; 6] = [
    "indicator",
    "node",
    "band",
    "parameters",
    "target",
    "columns",
];

/// Lays `over` on `base`.
pub(crate) fn merge(base: Layer, over: Layer, findings: &mut Vec<Diagnostic>) -> Layer {
    let mut merged = base;
    if let Some(mut over_index) = over.index {
        let mut table = merged.index.take().map(|d| d.table).unwrap_or_default();
        for key in OWN {
            table.entries.remove(key);
        }
        forget_reviews(&mut table);
        drop_formulas(&over_index.table, "index", &mut merged.formulas);
        merge_tables(
            &mut table,
            std::mem::take(&mut over_index.table),
            false,
            findings,
        );
        over_index.table = table;
        merged.index = Some(over_index);
    }
    for document in merged.variables.values_mut() {
        forget_reviews(&mut document.table);
    }
    for (stem, mut document) in over.variables {
        drop_formulas(&document.table, &stem, &mut merged.formulas);
        if removes(document.table.table("variable")) {
            remove_variable(&stem, &document, &mut merged, findings);
            continue;
        }
        let mut table = merged
            .variables
            .remove(&stem)
            .map(|d| d.table)
            .unwrap_or_default();
        merge_tables(
            &mut table,
            std::mem::take(&mut document.table),
            false,
            findings,
        );
        document.table = table;
        merged.variables.insert(stem, document);
    }
    merged.formulas.extend(over.formulas);
    merged.library.extend(over.library);
    merged.base = over.base;
    merged
}

fn remove_variable(
    stem: &str,
    document: &Document,
    merged: &mut Layer,
    findings: &mut Vec<Diagnostic>,
) {
    if merged.variables.remove(stem).is_none() {
        if let Some(entry) = document.table.get("variable") {
            findings.push(nothing_to_remove(stem, entry));
        }
        return;
    }
    merged.formulas.remove(stem);
    if let Some((key, entry)) = document
        .table
        .entries
        .iter()
        .find(|(key, _)| *key != "variable")
    {
        findings.push(Diagnostic::error(
            "E108",
            entry.key,
            text!(
                "`{key}` di samping `remove = true`: variabel ini sedang dihapus",
                "`{key}` beside `remove = true`: this variable is being removed"
            ),
        ));
    }
}

/// `formula = false` drops the formula file of the base.
fn drop_formulas(
    over: &Table,
    stem: &str,
    formulas: &mut std::collections::BTreeMap<String, crate::base::FileId>,
) {
    let own = if stem == "index" {
        Some(over)
    } else {
        over.table("variable")
    };
    if own.is_some_and(|table| table.says("formula", false)) {
        formulas.remove(stem);
    }
    let Some(nodes) = over.table("node") else {
        return;
    };
    for (id, entry) in &nodes.entries {
        let node = entry.item.value.as_table();
        if node.is_some_and(|table| table.says("formula", false) || table.says("remove", true)) {
            formulas.remove(id);
        }
    }
}

fn forget_reviews(table: &mut Table) {
    table.entries.remove("reviewed");
    for entry in table.entries.values_mut() {
        if let Value::Table(inner) = &mut entry.item.value {
            forget_reviews(inner);
        }
    }
}

fn removes(table: Option<&Table>) -> bool {
    table.is_some_and(|table| table.says("remove", true))
}

fn merge_tables(base: &mut Table, over: Table, keyed: bool, findings: &mut Vec<Diagnostic>) {
    if !keyed && over.entries.contains_key("normalise") {
        for key in METHOD_KEYS {
            base.entries.remove(key);
        }
    }
    for (key, entry) in over.entries {
        if removes(entry.item.value.as_table()) {
            if base.entries.remove(&key).is_none() {
                findings.push(nothing_to_remove(&key, &entry));
            }
            if let Some(beside) = beside_remove(&entry) {
                findings.push(beside);
            }
            continue;
        }
        let both_tables = matches!(entry.item.value, Value::Table(_))
            && matches!(
                base.entries.get(&key).map(|e| &e.item.value),
                Some(Value::Table(_))
            );
        if both_tables && (keyed || !WHOLE.contains(&key.as_str())) {
            let inner_keyed = !keyed && KEYED.contains(&key.as_str());
            if let (Some(old), Value::Table(new)) = (base.entries.get_mut(&key), entry.item.value) {
                old.key = entry.key;
                if let Value::Table(inner) = &mut old.item.value {
                    merge_tables(inner, new, inner_keyed, findings);
                }
            }
        } else {
            base.entries.insert(key, entry);
        }
    }
}

fn nothing_to_remove(id: &str, entry: &Entry) -> Diagnostic {
    Diagnostic::error(
        "E107",
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
        "E108",
        other.key,
        text!(
            "`{key}` di samping `remove = true`, yang harus berdiri sendiri",
            "`{key}` beside `remove = true`, which must stand alone"
        ),
    ))
}
