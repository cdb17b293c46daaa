//! `population.toml`: what was taken over the reference population when it was frozen.

use std::collections::BTreeMap;

use super::super::canonical::definition;
use crate::base::language::text;
use crate::base::number::{same, sqrt};
use crate::base::{Code, Diagnostic, Sourced, Span};
use crate::bundle::{Document, Entry, Item, Table, Value};
use crate::calculus::{Population, Statistics, Treatment};
use crate::check::fields::Fields;
use crate::check::rule_set::{
    FrozenData, FrozenIndicator, Indicator, Method, MissingPolicy, Node, PopulationSource, RuleSet,
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
                Code::E601,
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
    let entry = fields.entry("indicator");
    let written = entry.and_then(|entry| entry.item.value.as_table());
    if let (Some(entry), None) = (entry, written) {
        let expected = text!("tabel `[indicator.nama]`", "a table `[indicator.name]`");
        fields.wrong_type("indicator", entry.item.span, expected);
    }
    let written = written.unwrap_or(&empty);
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
                        Code::E602,
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
    let years = read_numbers(&mut inner, "years");
    let whole = |year: &f64| (0.0..=9999.0).contains(year) && same(year.fract(), 0.0);
    if !years.iter().all(whole)
        && let Some(entry) = inner.entry("years")
    {
        let at = entry.item.span;
        inner.wrong_type("years", at, text!("daftar tahun", "a list of years"));
    }
    let years = years.into_iter().map(|year| year as u16).collect();
    inner.finish("population");
    Some(FrozenData {
        data: data?.value,
        digest: digest?.value,
        rows: rows?.value,
        years,
    })
}

fn read_indicator(
    fields: &mut Fields<'_>,
    node: &Node,
    definition: &str,
    entry: &Entry,
) -> Option<FrozenIndicator> {
    let empty = Table::default();
    let table = entry.item.value.as_table();
    if table.is_none() {
        let (id, at) = (&node.id, entry.item.span);
        let expected = text!("tabel `[indicator.{id}]`", "a table `[indicator.{id}]`");
        fields.wrong_type(id, at, expected);
        return None;
    }
    let mut inner = Fields::new(table.unwrap_or(&empty), entry.key, fields.findings());
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
    let values = read_numbers(&mut inner, "values");
    let treatment = read_treatment(&mut inner);
    let group_means = read_group_means(&mut inner);
    inner.finish(&format!("indicator.{}", node.id));
    let frozen = FrozenIndicator {
        population: Population::frozen(statistics, values),
        treatment,
        group_means,
    };
    let id = &node.id;
    let again = text!(
        "ulangi `tanggap freeze`, atau kembalikan indikatornya",
        "run `tanggap freeze` again, or put the indicator back as it was"
    );
    let taken = taken?;
    let here = text!("dibekukan di sini", "frozen here");
    let finding = if taken.value != definition {
        Diagnostic::error(
            Code::E603,
            node.span,
            text!(
                "nilai mentah `{id}` kini ditentukan lain daripada saat statistik acuannya dibekukan",
                "the raw values of `{id}` are defined otherwise than when its reference statistics were frozen"
            ),
        )
        .also(taken.origin.unwrap_or(entry.key), here)
    } else if let Some(lacking) = lacking(node.indicator()?, &frozen) {
        Diagnostic::error(
            Code::E602,
            node.span,
            text!(
                "statistik acuan `{id}` tidak memuat `{lacking}`, yang kini diperlukannya",
                "the reference statistics of `{id}` hold no `{lacking}`, which it needs now"
            ),
        )
        .also(entry.key, here)
    } else if !consistent(&frozen) {
        Diagnostic::error(
            Code::E604,
            entry.key,
            text!(
                "statistik acuan `{id}` tidak mungkin: banyaknya, ujung, rata-rata, simpangan dan nilainya tidak sesuai",
                "the reference statistics of `{id}` are impossible: count, ends, mean, deviation and values do not fit"
            ),
        )
    } else {
        return Some(frozen);
    };
    fields.report(finding.help(again));
    None
}

/// The statistic that an indicator asks for and that was not frozen.
pub(crate) fn lacking(indicator: &Indicator, frozen: &FrozenIndicator) -> Option<&'static str> {
    let statistics = frozen.population.statistics();
    let by_value = indicator.normalisation.asks_population(&indicator.options)
        && indicator.normalisation.asks_values();
    let policy = indicator.missing.value;
    [
        (statistics.count == 0, "count"),
        (statistics.minimum.is_none(), "minimum"),
        (statistics.maximum.is_none(), "maximum"),
        (statistics.mean.is_none(), "mean"),
        (
            statistics.count > 1 && statistics.standard_deviation.is_none(),
            "standard_deviation",
        ),
        (by_value && frozen.population.values().is_empty(), "values"),
        (
            policy == MissingPolicy::GroupMean && frozen.group_means.is_empty(),
            "group_means",
        ),
    ]
    .into_iter()
    .find(|(lacks, _)| *lacks)
    .map(|(_, key)| key)
}

/// Whether statistics can be those of one column.
pub(crate) fn consistent(frozen: &FrozenIndicator) -> bool {
    let statistics = frozen.population.statistics();
    let values = frozen.population.values();
    let (Some(low), Some(high)) = (statistics.minimum, statistics.maximum) else {
        return values.is_empty();
    };
    // The mean of equal values may be off by their last digit.
    let noise = 1e-12 * (low.abs() + high.abs());
    let inside = |x: f64| low - noise <= x && x <= high + noise;
    let ascending = values.windows(2).all(|pair| match pair {
        [a, b] => a <= b,
        _ => true,
    });
    let all_there = values.is_empty()
        || (values.len() == statistics.count
            && values.first() == Some(&low)
            && values.last() == Some(&high));
    // What was moved lies within the ends to which it was moved.
    let treatment = match frozen.treatment {
        Some(Treatment::Winsorise {
            low: least,
            high: most,
        }) => least.is_none_or(|least| least <= low) && most.is_none_or(|most| high <= most),
        _ => true,
    };
    let group_means = frozen.group_means.values().all(|mean| inside(*mean));
    // Of so many values with these ends, mean and deviation can lie only so far out.
    let (count, width) = (statistics.count as f64, high - low);
    let part = width / count;
    let mean = statistics
        .mean
        .is_none_or(|mean| low + part - noise <= mean && mean <= high - part + noise);
    let deviation = statistics.standard_deviation.is_none_or(|deviation| {
        let others = count - 1.0;
        let least = width / sqrt(2.0 * others) * (1.0 - 1e-9) - noise;
        let most = width / 2.0 * sqrt(count / others) * (1.0 + 1e-9) + noise;
        least <= deviation && deviation <= most
    });
    low <= high
        && statistics.mean.is_none_or(inside)
        && (mean || same(width, 0.0))
        && deviation
        && ascending
        && all_there
        && group_means
        && treatment
}

/// A list of numbers, each of which is one.
fn read_numbers(fields: &mut Fields<'_>, key: &'static str) -> Vec<f64> {
    let Some(entry) = fields.entry(key) else {
        return Vec::new();
    };
    let number = |item: &Item| match item.value {
        Value::Number(value) => Some(value),
        _ => None,
    };
    let list = match &entry.item.value {
        Value::Array(items) => items.iter().map(number).collect::<Option<Vec<f64>>>(),
        _ => None,
    };
    if list.is_none() {
        let at = entry.item.span;
        fields.wrong_type(key, at, text!("daftar angka", "a list of numbers"));
    }
    list.unwrap_or_default()
}

fn read_group_means(fields: &mut Fields<'_>) -> BTreeMap<String, f64> {
    let Some(entry) = fields.entry("group_means") else {
        return BTreeMap::new();
    };
    let number = |(group, entry): (&String, &Entry)| match entry.item.value {
        Value::Number(value) => Some((group.clone(), value)),
        _ => None,
    };
    let table = entry.item.value.as_table();
    let means = table.map(|table| table.entries.iter().map(number).collect::<Option<_>>());
    means.flatten().unwrap_or_else(|| {
        let at = entry.item.span;
        let expected = text!("tabel kelompok dan angka", "a table of groups and numbers");
        fields.wrong_type("group_means", at, expected);
        BTreeMap::new()
    })
}

/// `{ high = 9 }`, `{ low = 1, high = 9 }`, `{ log = -0.5, end = 0 }` or `{ log = 9, end = 8, reflected = true }`.
fn read_treatment(fields: &mut Fields<'_>) -> Option<Treatment> {
    let entry = fields.entry("treatment")?;
    let empty = Table::default();
    let table = entry.item.value.as_table();
    let mut inner = Fields::new(table.unwrap_or(&empty), entry.key, fields.findings());
    let (low, high) = (inner.number("low"), inner.number("high"));
    let (from, end) = (inner.number("log"), inner.number("end"));
    let reflected = inner.flag("reflected").is_some_and(|flag| flag.value);
    inner.finish("treatment");
    let value = |number: Option<Sourced<f64>>| number.map(|number| number.value);
    match (value(low), value(high), value(from).zip(value(end))) {
        (None, None, Some((from, end))) if (from < end) != reflected => Some(Treatment::Log {
            from,
            end,
            reflected,
        }),
        (low, high, None) if (low.is_some() || high.is_some()) && from.is_none() => {
            Some(Treatment::Winsorise { low, high })
        }
        _ => {
            let at = entry.item.span;
            let expected = text!(
                "`{{ low = …, high = … }}` atau `{{ log = …, end = … }}`",
                "`{{ low = …, high = … }}` or `{{ log = …, end = … }}`"
            );
            fields.wrong_type("treatment", at, expected);
            None
        }
    }
}
