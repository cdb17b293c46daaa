//! `population.toml`: what was taken over the reference population when it was frozen.

use std::collections::BTreeMap;

use super::super::canonical::definition;
use crate::base::language::text;
use crate::base::{Diagnostic, Span};
use crate::bundle::{Document, Entry, Table, Value};
use crate::calculus::{Population, Statistics, Treatment};
use crate::check::fields::Fields;
use crate::check::rule_set::{
    FrozenData, FrozenIndicator, Method, Node, PopulationSource, RuleSet,
};

/// Reads the frozen population into a rule set whose indicators are complete. `at` is where the rule set says that
/// it is frozen.
pub(crate) fn read_population(
    rules: &mut RuleSet,
    document: Option<&Document>,
    at: Span,
    findings: &mut Vec<Diagnostic>,
) {
    let name = rules.name.to_string();
    let freeze = text!(
        "buat dengan `tanggap freeze {name} --data BERKAS`",
        "make it by `tanggap freeze {name} --data FILE`"
    );
    let Some(document) = document else {
        findings.push(
            Diagnostic::error(
                "E601",
                at,
                text!(
                    "belum ada `population.toml` dengan statistik acuan",
                    "there is no `population.toml` with the reference statistics yet"
                ),
            )
            .help(freeze),
        );
        return;
    };
    let head = rules.sources.head(document.file);
    let mut fields = Fields::new(&document.table, head, findings);
    let data = read_data(&mut fields);
    let empty = Table::default();
    let written = fields
        .entry("indicator")
        .and_then(|entry| entry.item.value.as_table())
        .unwrap_or(&empty);
    let definitions: Vec<String> = rules
        .nodes
        .iter()
        .map(|node| definition(rules, node))
        .collect();
    let mut read: Vec<Option<FrozenIndicator>> = Vec::new();
    for (node, definition) in rules.nodes.iter().zip(&definitions) {
        let asks = node.indicator().is_some_and(|own| own.asks_population());
        read.push(match written.get(&node.id) {
            Some(entry) if asks => read_indicator(&mut fields, node, definition, entry),
            None if asks => {
                let id = &node.id;
                fields.report(
                    Diagnostic::error(
                        "E602",
                        node.span,
                        text!(
                            "statistik acuan `{id}` tidak ada dalam `population.toml`",
                            "`population.toml` holds no reference statistics of `{id}`"
                        ),
                    )
                    .also(head, text!("berkasnya di sini", "the file is here"))
                    .help(freeze.clone()),
                );
                None
            }
            // What a later year no longer asks for does no harm.
            _ => None,
        });
    }
    fields.finish("population.toml");
    for (node, frozen) in rules.nodes.iter_mut().zip(read) {
        if let (Method::Indicator(indicator), Some(frozen)) = (&mut node.method, frozen) {
            indicator.frozen = Some(Box::new(frozen));
        }
    }
    if let Some(data) = data {
        rules.population = PopulationSource::Frozen(data);
    }
}

fn read_data(fields: &mut Fields<'_>) -> Option<FrozenData> {
    let entry = fields.entry("population");
    let table = entry.and_then(|entry| entry.item.value.as_table());
    let empty = Table::default();
    let span = entry.map_or(fields.span, |entry| entry.key);
    let mut inner = Fields::new(table.unwrap_or(&empty), span, fields.findings());
    let data = inner.string("data");
    let data = inner.required("data", data);
    let digest = inner.string("digest");
    let digest = inner.required("digest", digest);
    let rows = inner.whole("rows", 1, u32::MAX);
    let rows = inner.required("rows", rows);
    let years = inner.entry("years").map(|entry| match &entry.item.value {
        Value::Array(items) => items
            .iter()
            .filter_map(|item| match item.value {
                Value::Number(year) => Some(year as u16),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    });
    inner.finish("population");
    Some(FrozenData {
        data: data?.value,
        digest: digest?.value,
        rows: rows?.value,
        years: years.unwrap_or_default(),
    })
}

fn read_indicator(
    fields: &mut Fields<'_>,
    node: &Node,
    definition: &str,
    entry: &Entry,
) -> Option<FrozenIndicator> {
    let table = entry.item.value.as_table()?;
    let mut inner = Fields::new(table, entry.key, fields.findings());
    let taken = inner.string("definition");
    let taken = inner.required("definition", taken);
    let count = inner.whole("count", 0, u32::MAX);
    let count = inner.required("count", count);
    let mut number = |key| inner.number(key).map(|number| number.value);
    let statistics = Statistics {
        count: count.map_or(0, |count| count.value as usize),
        minimum: number("minimum"),
        maximum: number("maximum"),
        mean: number("mean"),
        standard_deviation: number("standard_deviation"),
    };
    let values = inner.entry("values").map(|entry| match &entry.item.value {
        Value::Array(items) => items
            .iter()
            .filter_map(|item| match item.value {
                Value::Number(value) => Some(value),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    });
    let values: Vec<f64> = values.unwrap_or_default();
    let treatment = read_treatment(&mut inner);
    let group_means = inner.entry("group_means").and_then(|entry| {
        let table = entry.item.value.as_table()?;
        let number = |entry: &Entry| match entry.item.value {
            Value::Number(value) => Some(value),
            _ => None,
        };
        let means = table.entries.iter();
        Some(
            means
                .filter_map(|(group, entry)| Some((group.clone(), number(entry)?)))
                .collect::<BTreeMap<_, _>>(),
        )
    });
    inner.finish(&format!("indicator.{}", node.id));
    let id = &node.id;
    let again = text!(
        "ulangi `tanggap freeze`, atau kembalikan indikatornya",
        "run `tanggap freeze` again, or put the indicator back as it was"
    );
    let taken = taken?;
    let asks_values = node.indicator().is_some_and(|own| {
        own.normalisation.asks_population(&own.options) && own.normalisation.asks_values()
    });
    let sorted = values.windows(2).all(|pair| match pair {
        [a, b] => a <= b,
        _ => true,
    });
    if taken.value != definition {
        fields.report(
            Diagnostic::error(
                "E603",
                node.span,
                text!(
                    "nilai mentah `{id}` kini ditentukan lain daripada saat statistik acuannya dibekukan",
                    "the raw values of `{id}` are defined otherwise than when its reference statistics were frozen"
                ),
            )
            .also(
                taken.origin.unwrap_or(entry.key),
                text!("dibekukan di sini", "frozen here"),
            )
            .help(again),
        );
        return None;
    }
    if (asks_values && values.len() != statistics.count) || !sorted {
        fields.report(
            Diagnostic::error(
                "E604",
                entry.key,
                text!(
                    "statistik acuan `{id}` tidak memuat semua nilainya dari yang kecil",
                    "the reference statistics of `{id}` do not hold all its values from the smallest up"
                ),
            )
            .help(again),
        );
        return None;
    }
    Some(FrozenIndicator {
        population: Population::frozen(statistics, values),
        treatment,
        group_means: group_means.unwrap_or_default(),
    })
}

/// `{ low = 1, high = 9 }` or `{ log = -0.5 }` or `{ log = 9, reflected = true }`.
fn read_treatment(fields: &mut Fields<'_>) -> Option<Treatment> {
    let entry = fields.entry("treatment")?;
    let table = entry.item.value.as_table()?;
    let mut inner = Fields::new(table, entry.key, fields.findings());
    let (low, high) = (inner.number("low"), inner.number("high"));
    let from = inner.number("log");
    let reflected = inner.flag("reflected").is_some_and(|flag| flag.value);
    inner.finish("treatment");
    match (low, high, from) {
        (Some(low), Some(high), None) => Some(Treatment::Winsorise {
            low: low.value,
            high: high.value,
        }),
        (None, None, Some(from)) => Some(Treatment::Log {
            from: from.value,
            reflected,
        }),
        _ => None,
    }
}
