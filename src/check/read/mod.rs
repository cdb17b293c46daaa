//! Written tables → drafts: each part with its own keys understood, nothing linked to another part yet.

mod citation;
mod index;
mod indicator;
mod parent;
mod population;

pub(super) use index::{TargetDraft, bad_id, read_index};
pub(super) use population::read_population;
pub(crate) use population::{consistent, lacking};

use std::sync::Arc;

use super::fields::Fields;
use super::rule_set::{Citation, MissingPolicy, Outside, Range};
use crate::base::{Code, Diagnostic, Sourced, Span, Text};
use crate::bundle::{Document, Table, Value};
use crate::calculus::{Aggregation, Methods, Normalisation, OptionDefault, Options, TreatmentRule};

/// A node before it is linked into the tree.
pub(super) struct NodeDraft {
    pub(super) id: String,
    pub(super) span: Span,
    pub(super) title: Option<Text>,
    /// The parent it names, or the id of the file's own node.
    pub(super) parent: Option<Sourced<String>>,
    pub(super) weight: Option<Sourced<f64>>,
    /// Whether a weight is written, but not as a number or under another key, which is a finding of its own.
    pub(super) weight_is_faulty: bool,
    pub(super) range: Option<Sourced<Range>>,
    pub(super) clamp: Option<Sourced<bool>>,
    pub(super) internal: Option<Sourced<bool>>,
    pub(super) citation: Citation,
    pub(super) body: BodyDraft,
}

pub(super) enum BodyDraft {
    Indicator(Box<IndicatorDraft>),
    Parent(Box<ParentDraft>),
}

pub(super) struct IndicatorDraft {
    /// The header of its column; `None`: its id.
    pub(super) column: Option<Sourced<String>>,
    /// Its one-line expression.
    pub(super) value: Option<Sourced<String>>,
    pub(super) valid: Option<Sourced<Range>>,
    pub(super) outside: Option<Sourced<Outside>>,
    pub(super) treat: Option<Sourced<TreatmentRule>>,
    pub(super) missing: Sourced<MissingPolicy>,
    pub(super) normalisation: Option<(Arc<dyn Normalisation>, Option<Span>, Options)>,
    pub(super) high_is_better: Option<Sourced<bool>>,
    pub(super) unit: Option<Text>,
    pub(super) aspect: Option<Sourced<String>>,
}

pub(super) struct ParentDraft {
    pub(super) aggregation: Option<(Arc<dyn Aggregation>, Span, Options)>,
    /// `formula = false`.
    pub(super) no_formula: Option<Span>,
    pub(super) available_at_least: Option<Sourced<f64>>,
    pub(super) round_to: Option<Sourced<u8>>,
    pub(super) rescale: Option<Sourced<bool>>,
    pub(super) weights_sum: Option<Sourced<f64>>,
}

/// Reads the plug-in of one variable.
pub(super) fn read_variable(
    stem: &str,
    document: &Document,
    head: Span,
    methods: &Methods,
    findings: &mut Vec<Diagnostic>,
) -> Vec<NodeDraft> {
    let mut nodes = Vec::new();
    let mut fields = Fields::new(&document.table, head, findings);
    let entry = fields.entry("variable");
    let place = entry.map_or(head, |entry| entry.key);
    let empty = Table::default();
    let table = match entry.map(|entry| &entry.item.value) {
        Some(Value::Table(table)) => table,
        Some(_) => {
            fields.wrong_type(
                "variable",
                place,
                crate::base::language::text!("tabel `[variable]`", "a table `[variable]`"),
            );
            &empty
        }
        None => {
            if !fields.is_faulty("variable") {
                fields.report(
                    Diagnostic::error(
                        Code::E203,
                        head,
                        crate::base::language::text!(
                            "`[variable]` belum ditulis",
                            "`[variable]` is not written"
                        ),
                    )
                    .help(crate::base::language::text!(
                        "tambahkan baris `[variable]` di atas bobot dan judulnya",
                        "add a line `[variable]` above its weight and title"
                    )),
                );
            }
            &empty
        }
    };
    nodes.push(parent::read_parent(
        stem,
        place,
        table,
        None,
        methods,
        fields.findings(),
    ));
    read_parts(&mut fields, stem, methods, &mut nodes);
    fields.finish(&format!("{stem}.toml"));
    nodes
}

/// Reads `[node.*]` and `[indicator.*]` of a file whose own node is `owner`.
fn read_parts(fields: &mut Fields<'_>, owner: &str, methods: &Methods, nodes: &mut Vec<NodeDraft>) {
    for (kind, is_node) in [("node", true), ("indicator", false)] {
        let Some(entry) = fields.entry(kind) else {
            continue;
        };
        let Value::Table(table) = &entry.item.value else {
            fields.wrong_type(
                kind,
                entry.item.span,
                crate::base::language::text!("tabel `[{kind}.nama]`", "a table `[{kind}.name]`"),
            );
            continue;
        };
        for (id, entry) in &table.entries {
            let Value::Table(part) = &entry.item.value else {
                fields.wrong_type(
                    id,
                    entry.item.span,
                    crate::base::language::text!(
                        "tabel `[{kind}.{id}]`",
                        "a table `[{kind}.{id}]`"
                    ),
                );
                continue;
            };
            nodes.push(if is_node {
                parent::read_parent(id, entry.key, part, Some(owner), methods, fields.findings())
            } else {
                indicator::read_indicator(id, entry.key, part, owner, methods, fields.findings())
            });
        }
    }
}

/// The options of a method, from the table of its name or from keys beside it.
fn read_options(
    specs: &[crate::calculus::OptionSpec],
    fields: &mut Fields<'_>,
    method: &str,
) -> Option<Options> {
    let mut options = Options::default();
    let mut complete = true;
    for spec in specs {
        match (fields.number(spec.name), spec.default) {
            (Some(written), _) => options.set(spec.name, written),
            (None, OptionDefault::Value(default)) => {
                options.set(spec.name, Sourced::default_value(default))
            }
            (None, OptionDefault::Absent) => {}
            (None, OptionDefault::Required) => {
                let name = spec.name;
                complete = false;
                if fields.entry(name).is_none() && !fields.is_faulty(name) {
                    let (id, en) = (&spec.meaning.id, &spec.meaning.en);
                    let span = fields.span;
                    fields.report(
                        Diagnostic::error(
                            Code::E205,
                            span,
                            crate::base::language::text!(
                                "`{name}` belum ditulis; `{method}` memerlukannya",
                                "`{name}` is not written, and `{method}` needs it"
                            ),
                        )
                        .help(crate::base::language::text!(
                            "`{name}`: {id}",
                            "`{name}`: {en}"
                        )),
                    );
                }
            }
        }
    }
    complete.then_some(options)
}
