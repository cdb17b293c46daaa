//! `[variable]`, `[node.*]`, and the part of `index.toml` that says how the index is formed.

use std::sync::Arc;

use super::{BodyDraft, NodeDraft, ParentDraft, citation::read_citation, read_options};
use crate::base::language::text;
use crate::base::{Code, Diagnostic, Sourced, Span};
use crate::bundle::{Table, Value};
use crate::calculus::{Aggregation, Methods, Options};
use crate::check::fields::Fields;

/// Reads a node with children; `owner` is the parent where none is named, `None` for a variable.
pub(super) fn read_parent(
    id: &str,
    span: Span,
    table: &Table,
    owner: Option<&str>,
    methods: &Methods,
    findings: &mut Vec<Diagnostic>,
) -> NodeDraft {
    let mut fields = Fields::new(table, span, findings);
    let parent = match owner {
        Some(owner) => fields
            .string("parent")
            .or_else(|| Some(Sourced::default_value(owner.to_owned()))),
        None => None,
    };
    let draft = NodeDraft {
        id: id.to_owned(),
        span,
        title: fields.text("title"),
        parent,
        weight: fields.number("weight"),
        weight_is_faulty: fields.is_faulty("weight"),
        range: fields.range("range"),
        clamp: fields.flag("clamp"),
        internal: fields.flag("internal"),
        citation: read_citation(&mut fields),
        body: BodyDraft::Parent(Box::new(read_rules(&mut fields, methods))),
    };
    refuse_remove(&mut fields);
    fields.finish(&if owner.is_some() {
        format!("node.{id}")
    } else {
        "variable".to_owned()
    });
    draft
}

/// `remove` is for overlays; where it survives the merging there is no base, or it says `false`.
pub(super) fn refuse_remove(fields: &mut Fields<'_>) {
    if let Some(entry) = fields.entry("remove") {
        let span = entry.key;
        fields.report(Diagnostic::error(
            Code::E206,
            span,
            text!(
                "`remove` hanya berarti dalam perangkat aturan dengan `extends`, dan hanya `remove = true`",
                "`remove` has a meaning only in a rule set with `extends`, and only as `remove = true`"
            ),
        ));
    }
}

/// The keys that say how children make a score.
pub(super) fn read_rules(fields: &mut Fields<'_>, methods: &Methods) -> ParentDraft {
    let no_formula = fields.flag("formula").and_then(|flag| {
        if flag.value {
            let span = flag.origin.unwrap_or(fields.span);
            fields.wrong_type(
                "formula",
                span,
                text!(
                    "`false` (rumus ditulis dalam berkas `.rhai` bernama sama)",
                    "`false` (a formula is written in the `.rhai` file of the same name)"
                ),
            );
        }
        flag.origin.filter(|_| !flag.value)
    });
    ParentDraft {
        aggregation: read_aggregation(fields, methods),
        no_formula,
        available_at_least: fields.number("available_at_least").and_then(|share| {
            if (0.0..=1.0).contains(&share.value) {
                return Some(share);
            }
            let span = share.origin.unwrap_or(fields.span);
            fields.wrong_type(
                "available_at_least",
                span,
                text!(
                    "bagian dari 0 sampai 1, misalnya `0.66`",
                    "a share from 0 to 1, such as `0.66`"
                ),
            );
            None
        }),
        round_to: fields.whole("round_to", 0, 15).map(|n| Sourced {
            value: n.value as u8,
            origin: n.origin,
        }),
        rescale: fields.flag("rescale"),
        weights_sum: fields.number("weights_sum"),
    }
}

fn read_aggregation(
    fields: &mut Fields<'_>,
    methods: &Methods,
) -> Option<(Arc<dyn Aggregation>, Span, Options)> {
    let entry = fields.entry("aggregate")?;
    let span = entry.item.span;
    let empty = Table::default();
    let (name, name_span, table) = match &entry.item.value {
        Value::Text(name) => (name, span, &empty),
        Value::Table(table) if table.entries.len() == 1 => {
            let (name, inner) = table.entries.iter().next()?;
            let Value::Table(options) = &inner.item.value else {
                let at = inner.item.span;
                fields.wrong_type(name, at, text!("tabel `{{ … }}`", "a table `{{ … }}`"));
                return None;
            };
            (name, inner.key, options)
        }
        _ => {
            fields.wrong_type(
                "aggregate",
                span,
                text!(
                    "nama metode, atau `{{ power-mean = {{ exponent = 0.5 }} }}`",
                    "the name of a method, or `{{ power-mean = {{ exponent = 0.5 }} }}`"
                ),
            );
            return None;
        }
    };
    let Some(method) = methods.aggregation(name).cloned() else {
        let names = methods.aggregations.iter().map(|method| method.name());
        fields.unknown_word("aggregate", name, name_span, names);
        return None;
    };
    let mut inner = Fields::new(table, span, fields.findings());
    let options = read_options(&method.options(), &mut inner, method.name());
    inner.finish(name);
    Some((method, span, options?))
}
